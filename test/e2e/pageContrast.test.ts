/** What the report page writes on its colours can be read in every theme of the editor, and in the file on its own. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { ensureTools } from '../../scripts/lib/tools.mjs';
import { launchBrowser } from '../../scripts/lib/workbench.mjs';
import { pagePath } from '../../src/bundles.ts';
import { editorThemes, type EditorTheme } from '../fixtures/themes.ts';

/** WCAG 2.2, 1.4.3: letters smaller than 24 px, or than 18.7 px where they are bold. */
const leastContrast = 4.5;

/** `window.contrasts()`: how far letters stand from what they are written on, by name, as the theme that is set resolves both. */
const inPage = `
import { readPalette } from './webview/theme.ts';
import { contrast as contrastOf } from './test/fixtures/contrast.ts';

const pixel = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
const drawn = (color) => {
  pixel.fillStyle = color;
  pixel.fillRect(0, 0, 1, 1);
  return Array.from(pixel.getImageData(0, 0, 1, 1).data);
};
const contrast = (a, b) => contrastOf(drawn(a), drawn(b));
const styleOf = (markup, selector) => {
  const box = document.createElement('div');
  box.innerHTML = markup;
  document.body.append(box);
  const { color, backgroundColor } = getComputedStyle(box.querySelector(selector));
  box.remove();
  return { color, backgroundColor };
};
window.contrasts = () => {
  const palette = readPalette(document);
  const on = (fills) => fills.map((fill) => contrast(palette.frameText, fill));
  const found = {};
  palette.frames.forEach((shades, kind) => (found['frames of kind ' + kind] = on(shades)));
  palette.tiers.forEach((shades, tier) => (found['frames of tier ' + tier] = on(shades)));
  palette.difference.forEach((fill, step) => (found['difference, step ' + step] = on([fill])));
  found['a frame that was searched for'] = on([palette.match]);
  found['frames that were not'] = [contrast(palette.muted, palette.dimmed)];
  for (const part of ['otherCpu', 'ownCpu', 'gc', 'runnable', 'downstream', 'idle']) {
    const { color, backgroundColor } = styleOf('<div class="ledger-bar"><span class="ledger-' + part + '"></span></div>', 'span');
    found['where the time went: ' + part] = [contrast(color, backgroundColor)];
  }
  const few = styleOf('<div class="tile unearned"><dd></dd></div>', 'dd');
  found['what few samples decide'] = [contrast(few.color, palette.background)];
  const figure = styleOf('<p class="sentence"><b class="figure"></b></p>', 'b');
  found['a figure in a sentence'] = [contrast(figure.color, palette.background)];
  return found;
};
`;

let browser: Browser;
let page: Page;
let script: string;
let css: string;
before(async () => {
  css = readFileSync(pagePath('report.css'), 'utf8');
  const resolveDir = resolve(import.meta.dirname, '../..');
  const { outputFiles } = await build({
    stdin: { contents: inPage, resolveDir, loader: 'js' },
    bundle: true,
    write: false,
  });
  script = outputFiles[0]?.text ?? '';
  browser = await launchBrowser((await ensureTools()).chromium);
  page = await browser.newPage();
});
after(() => browser.close());

async function assertReadable({ className, variables }: EditorTheme, root: string): Promise<void> {
  const style = Object.entries(variables).map(([name, color]) => `--vscode-${name}: ${color};`);
  await page.setContent(
    `<!doctype html><html ${root} style="${style.join('')}"><style>${css}</style><body class="${className}"></body></html>`,
  );
  await page.addScriptTag({ content: script });
  const contrasts = await page.evaluate<Record<string, number[]>>('window.contrasts()');
  assert.ok(Object.keys(contrasts).length > 25, 'all pairs of colours are there');
  const tooPale = Object.entries(contrasts).flatMap(([what, found]) => {
    const least = Math.min(...found);
    return least >= leastContrast ? [] : `${what}: ${least.toFixed(2)}`;
  });
  assert.deepEqual(tooPale, []);
}

describe('letters stand out from what they are written on', () => {
  for (const [name, theme] of Object.entries(editorThemes)) {
    test(`in the editor's ${name}`, () => assertReadable(theme, ''));
  }
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`in the file on its own, ${colorScheme}`, async () => {
      await page.emulateMedia({ colorScheme });
      await assertReadable({ className: '', variables: {} }, 'class="standalone"');
    });
  }
});
