import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { differenceStep, differenceSteps } from '../../../src/profile/difference.ts';
import { FrameKind, FrameTier } from '../../../src/profile/tables.ts';
import { drawFlame, type FlamePaint } from '../../../webview/flame/draw.ts';
import { drawMinimap } from '../../../webview/flame/drawMinimap.ts';
import { firstBoxAfter, type FlameLayout } from '../../../webview/flame/layout.ts';
import type { BoxPainter } from '../../../webview/flame/pixelRows.ts';
import type { Palette } from '../../../webview/theme.ts';

interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly style: string;
}

/** Records what is painted; text is ten units a letter. */
function recorder() {
  const rectangles: Rectangle[] = [];
  const texts: string[] = [];
  const context = {
    fillStyle: '',
    strokeStyle: '',
    lineWidth: 1,
    font: '',
    textBaseline: '',
    setTransform: () => undefined,
    strokeRect: () => undefined,
    measureText: (text: string) => ({ width: text.length * 10 }),
    fillRect(x: number, y: number, width: number, height: number) {
      rectangles.push({ x, y, width, height, style: this.fillStyle });
    },
    fillText: (text: string) => void texts.push(text),
  };
  const lines: Pick<Rectangle, 'x' | 'width' | 'style'>[][] = [];
  const styles: string[] = [];
  const boxes: BoxPainter = {
    color: (style) => styles.push(style) - 1,
    begin: () => void lines.splice(0),
    fill: (row, left, right, color) =>
      void (lines[row] ??= []).push({ x: left, width: right - left, style: styles[color] ?? '' }),
    paint: (_, row, y, height) => {
      for (const box of lines[row] ?? []) rectangles.push({ ...box, y, height });
    },
  };
  return { context: context as unknown as CanvasRenderingContext2D, boxes, rectangles, texts };
}

const palette = {
  background: 'background',
  frames: Array.from({ length: 8 }, (_, kind) => [`kind${kind}`]),
  tiers: Array.from({ length: 6 }, (_, tier) => [`tier${tier}`]),
  difference: Array.from({ length: differenceSteps }, (_, step) => `difference${step}`),
  match: 'match',
  dimmed: 'dimmed',
  frameOutline: null,
  frameText: 'text',
  muted: 'muted',
} as unknown as Palette;

function paintOf(layout: FlameLayout, overrides: Partial<FlamePaint> = {}): FlamePaint {
  const count = 1 + layout.frame.reduce((most, frame) => Math.max(most, frame), 0);
  return {
    layout,
    labels: {
      name: Array.from({ length: count }, (_, frame) => `function number ${frame}`),
      file: [],
      line: new Int32Array(count),
      column: new Int32Array(count),
      kind: new Uint8Array(count),
      tier: new Uint8Array(count),
      shade: new Uint8Array(count),
    },
    view: { x0: 0, x1: layout.span, scrollY: 0 },
    width: 1000,
    height: 400,
    dpr: 1,
    palette,
    byTier: false,
    matches: null,
    selected: -1,
    hovered: -1,
    upwards: false,
    ...overrides,
  };
}

/** One row of equal boxes side by side. */
function rowOfBoxes(count: number): FlameLayout {
  return {
    rowStart: Int32Array.of(0, count),
    start: Float64Array.from({ length: count }, (_, box) => box),
    end: Float64Array.from({ length: count }, (_, box) => box + 1),
    frame: new Int32Array(count),
    parent: new Int32Array(count).fill(-1),
    self: new Float64Array(count).fill(1),
    contrast: null,
    differenceLow: null,
    differenceHigh: null,
    tint: null,
    span: count,
    unit: 'cpuUs',
  };
}

describe('painting a flamegraph', () => {
  test('boxes lie on whole pixels with a gap, and carry their names', () => {
    const { context, boxes, rectangles, texts } = recorder();
    drawFlame(context, boxes, paintOf(rowOfBoxes(3)));
    const drawn = rectangles.slice(1);
    assert.deepEqual(
      drawn.map((box) => [box.x, box.width]),
      [
        [0, 332],
        [333, 333],
        [667, 332],
      ],
    );
    assert.ok(drawn.every((box) => Number.isInteger(box.y) && Number.isInteger(box.height)));
    assert.equal(texts.length, 3);
  });

  test('a million boxes cost no more than the pixels they fall on, and none of those stays empty', () => {
    const { context, boxes, rectangles } = recorder();
    drawFlame(context, boxes, paintOf(rowOfBoxes(1_000_000)));
    const pixels = new Set(rectangles.slice(1).map((box) => box.x));
    assert.ok(rectangles.length <= 1002, `${rectangles.length} rectangles`);
    assert.equal(pixels.size, 1000);
  });

  test('in high contrast an outline goes round each box that has room for one', () => {
    const { context, boxes, rectangles } = recorder();
    const outlined = { ...palette, frameOutline: 'outline' };
    drawFlame(context, boxes, paintOf(rowOfBoxes(2), { palette: outlined, width: 100 }));
    assert.deepEqual(
      rectangles.slice(1).map(({ style, ...place }) => [style, ...Object.values(place)]),
      [
        ['outline', 0, 49, 0, 19],
        ['outline', 50, 49, 0, 19],
        ['kind0', 1, 47, 1, 17],
        ['kind0', 51, 47, 1, 17],
      ],
    );
  });

  test('rows of the minimap share its pixels where there are more of them', () => {
    const rows = 10_000;
    const layout: FlameLayout = {
      ...rowOfBoxes(rows),
      rowStart: Int32Array.from({ length: rows + 1 }, (_, row) => row),
      start: new Float64Array(rows),
      end: new Float64Array(rows).fill(rows),
    };
    const { context, boxes, rectangles } = recorder();
    let lines = 0;
    const counting: BoxPainter = { ...boxes, begin: (width, count) => boxes.begin(width, (lines = count)) };
    drawMinimap(context, counting, paintOf(layout, { height: 44 }));
    assert.equal(lines, 44);
    assert.deepEqual(
      [...new Set(rectangles.slice(1).map(({ y }) => y))],
      Array.from({ length: 44 }, (_, y) => y),
    );
  });

  test('the search for the next box in view equals a walk over the row', () => {
    const layout = { ...rowOfBoxes(100), end: Float64Array.from({ length: 100 }, (_, box) => (box * box) / 50) };
    for (let from = 0; from <= 100; from += 7) {
      for (const x of [-1, 0, 0.02, 3, 50, 196, 197.5, 300]) {
        const walked = layout.end.findIndex((end, box) => box >= from && end > x);
        assert.equal(firstBoxAfter(layout, 0, x, from), walked < 0 ? 100 : walked, `from ${from}, beyond ${x}`);
      }
    }
  });

  test('one sliver in an empty stretch still shows', () => {
    const sliver = { ...rowOfBoxes(1), start: Float64Array.of(500), end: Float64Array.of(500.001), span: 1000 };
    const { context, boxes, rectangles } = recorder();
    drawFlame(context, boxes, paintOf(sliver));
    assert.deepEqual(
      rectangles.slice(1).map((box) => [box.x, box.width]),
      [[500, 1]],
    );
  });

  test('by tier, code has the colour of how it ran; what has no tier is native, but garbage collection', () => {
    const { context, boxes, rectangles } = recorder();
    const layout = { ...rowOfBoxes(4), frame: Int32Array.of(0, 1, 2, 3) };
    const plain = paintOf(layout);
    const labels = {
      ...plain.labels,
      kind: Uint8Array.of(FrameKind.user, FrameKind.runtime, FrameKind.user, FrameKind.gc),
      tier: Uint8Array.of(FrameTier.interpreted, FrameTier.inlined, FrameTier.unknown, FrameTier.unknown),
    };
    drawFlame(context, boxes, { ...plain, labels, byTier: true });
    assert.deepEqual(
      rectangles.slice(1).map(({ style }) => style),
      [`tier${FrameTier.interpreted}`, `tier${FrameTier.inlined}`, `kind${FrameKind.native}`, `kind${FrameKind.gc}`],
    );
  });

  test('only what is in view is painted', () => {
    const { context, boxes, rectangles } = recorder();
    drawFlame(context, boxes, paintOf(rowOfBoxes(1000), { view: { x0: 500, x1: 510, scrollY: 0 } }));
    assert.equal(rectangles.length, 11);
    const below = recorder();
    drawFlame(below.context, below.boxes, paintOf(rowOfBoxes(3), { view: { x0: 0, x1: 3, scrollY: 100 } }));
    assert.equal(below.rectangles.length, 1);
  });

  test('long names are cut to the room they have', () => {
    const { context, boxes, texts } = recorder();
    drawFlame(context, boxes, paintOf(rowOfBoxes(10)));
    assert.ok(texts.every((text) => text.endsWith('…') && text.length * 10 <= 90));
  });

  test('a search dims what does not match', () => {
    const { context, boxes, rectangles } = recorder();
    const layout = { ...rowOfBoxes(2), frame: Int32Array.of(0, 1) };
    drawFlame(context, boxes, paintOf(layout, { matches: Uint8Array.of(0, 1) }));
    assert.deepEqual(
      rectangles.slice(1).map((box) => box.style),
      ['dimmed', 'match'],
    );
  });

  test('the difference decides the colour where there is a contrast', () => {
    const { context, boxes, rectangles } = recorder();
    drawFlame(context, boxes, paintOf({ ...rowOfBoxes(3), contrast: Float64Array.of(0, 1, 4) }));
    assert.deepEqual(
      rectangles.slice(1).map((box) => box.style),
      ['difference10', 'difference5', 'difference1'],
    );
  });

  test('a tint decides the colour, whatever the width is', () => {
    const { context, boxes, rectangles } = recorder();
    drawFlame(context, boxes, paintOf({ ...rowOfBoxes(3), tint: Uint8Array.of(0, 5, 10) }));
    assert.deepEqual(
      rectangles.slice(1).map((box) => box.style),
      ['difference0', 'difference5', 'difference10'],
    );
  });

  test('the difference scale', () => {
    assert.equal(differenceStep(1, 0), differenceSteps - 1);
    assert.equal(differenceStep(0, 1), 0);
    assert.equal(differenceStep(0.3, 0.3), (differenceSteps - 1) / 2);
    assert.equal(differenceStep(0, 0), (differenceSteps - 1) / 2);
  });
});
