import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { callers } from '../../../src/profile/queries/sandwich.ts';
import { callTree } from '../../../src/profile/queries/callTree.ts';
import { sliceWindows } from '../../../src/profile/queries/slice.ts';
import { timeOrderRows } from '../../../src/profile/queries/timeOrder.ts';
import { layoutOfCallers, layoutOfTime, layoutOfTree } from '../../../webview/flame/arrange.ts';
import {
  boxAt,
  firstBoxAfter,
  type FlameLayout,
  matchShare,
  rowCount,
  rowOf,
  widestChild,
  widthOf,
} from '../../../webview/flame/layout.ts';
import { matchingFrames } from '../../../webview/flame/search.ts';
import { frameLabels } from '../../../webview/model/labels.ts';
import { syntheticRun } from '../../fixtures/run.ts';

const { profile } = syntheticRun(4, { durationUs: 4e6, warmupUs: 1e6 });
assert.ok(profile);
const labels = frameLabels(profile);
const frameNamed = (name: string): number => labels.name.indexOf(name);
const weights = sliceWindows(profile);
const heavy = layoutOfTree(profile, callTree(profile, weights));
const time = layoutOfTime(profile, timeOrderRows(profile, { thread: 0 }), profile.startUs, profile.endUs);

/** What drawing and hit testing rely on. */
function assertWellFormed(layout: FlameLayout): void {
  for (let row = 0; row < rowCount(layout); row++) {
    for (let box = layout.rowStart[row] ?? 0; box < (layout.rowStart[row + 1] ?? 0); box++) {
      assert.ok(widthOf(layout, box) >= 0);
      assert.equal(rowOf(layout, box), row);
      if (box > (layout.rowStart[row] ?? 0))
        assert.ok((layout.start[box] ?? 0) >= (layout.end[box - 1] ?? 0) - 1e-6, 'no overlap');
      const parent = layout.parent[box] ?? -1;
      assert.equal(parent < 0, row === 0);
      if (parent < 0) continue;
      assert.equal(rowOf(layout, parent), row - 1);
      assert.ok((layout.start[parent] ?? 0) <= (layout.start[box] ?? 0) + 1e-6, 'begins inside its caller');
      assert.ok((layout.end[parent] ?? 0) >= (layout.end[box] ?? 0) - 1e-6, 'ends inside its caller');
    }
  }
}

function widthOfRow(layout: FlameLayout, row: number): number {
  let sum = 0;
  for (let box = layout.rowStart[row] ?? 0; box < (layout.rowStart[row + 1] ?? 0); box++) sum += widthOf(layout, box);
  return sum;
}

describe('layouts', () => {
  test('boxes lie inside their callers, in order, without overlap', () => {
    assertWellFormed(heavy);
    assertWellFormed(time);
    assertWellFormed(layoutOfCallers(profile, callers(profile, weights, frameNamed('writev'))));
  });

  test('the root is left away: the first row adds up to all CPU time', () => {
    assert.ok(Math.abs(widthOfRow(heavy, 0) - weights.cpuUs) < 1);
    assert.ok(Math.abs(widthOfRow(time, 0) - weights.cpuUs) < 1);
    assert.ok(!heavy.frame.includes(frameNamed('(root)')));
    assert.ok(!time.frame.includes(frameNamed('(root)')));
  });

  test('self times add up to all CPU time, in time order too', () => {
    for (const layout of [heavy, time]) {
      const self = layout.self.reduce((sum, us) => sum + us, 0);
      assert.ok(Math.abs(self - weights.cpuUs) < 1, `${self} against ${weights.cpuUs}`);
      assert.ok(layout.self.every((us) => us > -1e-6));
    }
  });

  test('left-heavy: siblings go from heavy to light', () => {
    for (let box = 1; box < (heavy.rowStart[1] ?? 0); box++) assert.ok(widthOf(heavy, box) <= widthOf(heavy, box - 1));
  });

  test('callers end above the root, and the chosen function is row 0', () => {
    const layout = layoutOfCallers(profile, callers(profile, weights, frameNamed('recalculate')));
    assert.equal(layout.rowStart[1], 1);
    assert.equal(labels.name[layout.frame[0] ?? -1], 'recalculate');
    const chain = Array.from(
      { length: rowCount(layout) },
      (_, row) => labels.name[layout.frame[layout.rowStart[row] ?? 0] ?? 0],
    );
    assert.deepEqual(chain, ['recalculate', 'repriceCatalogue', 'createOrder', 'processTicksAndRejections']);
  });
});

describe('finding boxes', () => {
  test('the box at a point is the one a linear search finds', () => {
    for (const layout of [heavy, time]) {
      for (let step = 0; step < 300; step++) {
        const x = (layout.span * step) / 300;
        const row = step % rowCount(layout);
        let expected = -1;
        for (let box = layout.rowStart[row] ?? 0; box < (layout.rowStart[row + 1] ?? 0); box++) {
          if ((layout.start[box] ?? 0) <= x && x < (layout.end[box] ?? 0)) expected = box;
        }
        assert.equal(boxAt(layout, row, x), expected, `row ${row} at ${x}`);
      }
    }
  });

  test('outside of the picture there is none', () => {
    assert.equal(boxAt(heavy, -1, 5), -1);
    assert.equal(boxAt(heavy, rowCount(heavy), 5), -1);
    assert.equal(boxAt(heavy, 0, heavy.span + 1), -1);
    assert.equal(firstBoxAfter(heavy, 0, Infinity), heavy.rowStart[1]);
  });

  test('the widest callee', () => {
    const box = heavy.frame.indexOf(frameNamed('repriceCatalogue'));
    assert.equal(labels.name[heavy.frame[widestChild(heavy, box)] ?? -1], 'recalculate');
    assert.equal(widestChild(heavy, heavy.frame.length - 1), -1);
  });
});

describe('search', () => {
  test('share of the base under matches, recursion and nesting counted once', () => {
    const layout: FlameLayout = {
      // outer(0…10) > [match 0…6 > match 1…5 , other 6…10]
      rowStart: Int32Array.of(0, 1, 3, 4),
      start: Float64Array.of(0, 0, 6, 1),
      end: Float64Array.of(10, 6, 10, 5),
      frame: Int32Array.of(0, 1, 2, 1),
      parent: Int32Array.of(-1, 0, 0, 1),
      self: Float64Array.of(0, 2, 4, 4),
      contrast: null,
      differenceLow: null,
      differenceHigh: null,
      tint: null,
      span: 10,
      unit: 'cpuUs',
    };
    assert.equal(matchShare(layout, Uint8Array.of(0, 1, 0)), 0.6);
    assert.equal(matchShare(layout, Uint8Array.of(1, 1, 1)), 1);
    assert.equal(matchShare(layout, Uint8Array.of(0, 0, 0)), 0);
  });

  test('all words must occur in name or file, whatever their case', () => {
    const found = matchingFrames(labels, 'PRICES recalc');
    assert.ok(found);
    assert.deepEqual(
      labels.name.filter((_, frame) => found[frame] === 1),
      ['recalculate'],
    );
    assert.equal(matchingFrames(labels, '  '), null);
  });
});
