/** The flamegraph's boxes are painted as stretched lines of pixels: in a real browser the picture is the one that rectangles give. */
import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { ensureTools } from '../../scripts/lib/tools.mjs';
import { launchBrowser } from '../../scripts/lib/workbench.mjs';

/** Paints one picture both ways; `window.compared(changes)` tells how many pixels differ, and how many colours there are. */
const inPage = `
import { drawFlame } from './webview/flame/draw.ts';
import { drawMinimap } from './webview/flame/drawMinimap.ts';
import { PixelRows } from './webview/flame/pixelRows.ts';

class Rectangles {
  begin() { this.lines = []; }
  color(style) { return (this.styles ??= []).push(style) - 1; }
  fill(row, left, right, color) { (this.lines[row] ??= []).push([left, right, this.styles[color]]); }
  paint(context, row, top, height) {
    for (const [left, right, style] of this.lines[row] ?? []) {
      context.fillStyle = style;
      context.fillRect(left, top, right - left, height);
    }
  }
}

const widths = [[1000], [400, 3, 2, 1, 94, 500], Array.from({ length: 6000 }, (_, box) => (box % 7 === 0 ? 0.4 : 0.02))];
const rowStart = widths.reduce((starts, row) => [...starts, starts.at(-1) + row.length], [0]);
const start = widths.flatMap((row) => row.map((_, box) => row.slice(0, box).reduce((sum, width) => sum + width, 0)));
const boxes = widths.flat();
const layout = {
  rowStart: Int32Array.from(rowStart),
  start: Float64Array.from(start),
  end: Float64Array.from(start, (left, box) => left + boxes[box]),
  frame: Int32Array.from(boxes.keys(), (box) => box % 5),
  parent: new Int32Array(boxes.length).fill(-1),
  self: new Float64Array(boxes.length),
  contrast: null, differenceLow: null, differenceHigh: null, tint: null, span: 1000, unit: 'cpuUs',
};
const labels = {
  name: ['one', 'two', 'three', 'four', 'five'], file: [], line: new Int32Array(5), column: new Int32Array(5),
  kind: Uint8Array.from([0, 1, 2, 3, 0]), tier: new Uint8Array(5), shade: new Uint8Array(5),
};
// As a theme's colours come: in any way that CSS has.
const palette = {
  background: '#101418', text: '#fff', focus: '#08f', frameText: '#eee', muted: '#999', font: 'sans-serif',
  frames: [['oklab(0.55 0.05 0.06)'], ['rgb(40 90 160)'], ['hsl(120 40% 40%)'], ['color(srgb 0.5 0.25 0.75)']],
  tiers: [], difference: [], match: '#ff0', dimmed: '#333', frameOutline: null,
};
const picture = (painter, { minimap, outline, dpr = 1, ...changes }) => {
  const paint = {
    layout, labels, view: { x0: 0, x1: 1000, scrollY: 0 }, width: 700, height: 90, dpr, byTier: false, matches: null,
    palette: { ...palette, frameOutline: outline ?? null }, selected: -1, hovered: -1, upwards: false, ...changes,
  };
  const context = new OffscreenCanvas(700 * dpr, 90 * dpr).getContext('2d', { alpha: false, willReadFrequently: true });
  (minimap ? drawMinimap : drawFlame)(context, painter, paint);
  return new Uint32Array(context.getImageData(0, 0, 700 * dpr, 90 * dpr).data.buffer);
};
const pixels = new PixelRows();
window.compared = (changes) => {
  const [ours, plain] = [picture(pixels, changes), picture(new Rectangles(), changes)];
  return { differing: ours.filter((pixel, at) => pixel !== plain[at]).length, colours: new Set(ours).size };
};
`;

let browser: Browser;
let page: Page;
before(async () => {
  browser = await launchBrowser((await ensureTools()).chromium);
  page = await browser.newPage();
  const resolveDir = resolve(import.meta.dirname, '../..');
  const { outputFiles } = await build({
    stdin: { contents: inPage, resolveDir, loader: 'js' },
    bundle: true,
    write: false,
  });
  await page.addScriptTag({ content: outputFiles[0]?.text ?? '' });
});
after(() => browser.close());

describe('a flamegraph painted as lines of pixels is the one of rectangles', () => {
  const pictures = {
    whole: {},
    'on a screen with two pixels a point': { dpr: 2 },
    'zoomed in': { view: { x0: 399.5, x1: 412.25, scrollY: 0 } },
    'scrolled by a part of a row': { view: { x0: 0, x1: 1000, scrollY: 7 } },
    'callers growing upwards': { upwards: true },
    'with the outlines of high contrast': { outline: 'rgb(255 255 0)' },
    searched: { matches: [0, 1, 0, 0, 0] },
    'the minimap': { minimap: true },
  };
  for (const [name, changes] of Object.entries(pictures)) {
    test(name, async () => {
      const { differing, colours } = await page.evaluate<{ differing: number; colours: number }>(
        `window.compared(${JSON.stringify(changes)})`,
      );
      assert.equal(differing, 0, `${differing} pixels differ`);
      assert.ok(colours >= 3, `${colours} colours: something was painted`);
    });
  }
});
