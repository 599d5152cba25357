/** Opens the report page in a real browser: as a standalone file, or with an editor's side faked around it. Needs `npm run build`. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { ensureTools } from '../../scripts/lib/tools.mjs';
import { launchBrowser } from '../../scripts/lib/workbench.mjs';
import { pagePath } from '../../src/bundles.ts';
import { standaloneHtml, type StandaloneReport } from '../../src/report/html.ts';
import { packRun } from '../../src/run/pack.ts';
import { syntheticFindings, syntheticRun } from '../fixtures/run.ts';

export const run = syntheticRun(1);
const packed = packRun(run, syntheticFindings());
const bundles = {
  js: readFileSync(pagePath('report.js'), 'utf8'),
  css: readFileSync(pagePath('report.css'), 'utf8'),
  controls: readFileSync(pagePath('controls.js'), 'utf8'),
};

let browser: Browser;
let folder: string;

/** One browser for all tests of a file, which calls this once at its top. */
export function browserForTests(): void {
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'slowpath-page-'));
    browser = await launchBrowser((await ensureTools()).chromium);
  });
  after(async () => {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  });
}

/** Everything a browser could complain about, and every request beyond the file itself. */
interface Watched {
  readonly page: Page;
  readonly complaints: string[];
  readonly requests: string[];
}

async function watched(options: BrowserContextOptions = {}): Promise<Watched> {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (!/^(file|blob|data):/.test(request.url())) requests.push(request.url());
  });
  return { page, complaints, requests };
}

let files = 0;
/** The report as a file of its own; `damage` changes its text before it is written. */
export async function openFile(
  report: Partial<StandaloneReport> = {},
  options: BrowserContextOptions = {},
  damage: (html: string) => string = (html) => html,
): Promise<Watched> {
  const file = join(folder, `report-${files++}.html`);
  writeFileSync(file, damage(standaloneHtml({ title: 'orders', packed, page: bundles, ...report })));
  const opened = await watched(options);
  await opened.page.goto(pathToFileURL(file).href);
  return opened;
}

/**
 * The page as in a webview: `messages` come in once it is ready; what it says is kept in `window.said`. `prepare` is run first.
 */
export async function openInEditor(messages: readonly string[], prepare = ''): Promise<Watched> {
  const opened = await watched();
  await opened.page.addInitScript(`
    ${prepare}
    window.said = [];
    window.bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;
    window.acquireVsCodeApi = () => ({
      postMessage(message) {
        window.said.push(message);
        if (message.type === 'ready') for (const text of ${JSON.stringify(messages)}) window.postMessage(eval('(' + text + ')'), '*');
      },
      getState: () => JSON.parse(sessionStorage.getItem('state') ?? 'null'),
      setState: (state) => sessionStorage.setItem('state', JSON.stringify(state)),
    });`);
  const file = join(folder, `editor-${files++}.html`);
  const { css, js, controls } = bundles;
  const scripts = [js, controls]
    .map((text) => `<script>${text.replaceAll('</script', '<\\/script')}</script>`)
    .join('');
  writeFileSync(
    file,
    `<!doctype html><meta charset="utf-8"><style>${css}</style><body class="vscode-dark"><div id="app"></div>${scripts}`,
  );
  await opened.page.goto(pathToFileURL(file).href);
  return opened;
}

export const base64 = (buffer: ArrayBuffer): string => Buffer.from(buffer).toString('base64');
export const runMessage = `{ type: 'run', title: 'orders', run: bytes('${base64(packed)}'), baseline: null }`;
/** The same as a large one comes: its bytes in three pieces, then the message they belong to. */
export const runInPieces = [0, 1, 2]
  .map((third) => Math.floor((third * packed.byteLength) / 3))
  .map((from, third, starts) => {
    const bytes = base64(packed.slice(from, starts[third + 1] ?? packed.byteLength));
    return `{ type: 'piece', transfer: 1, buffer: 0, offset: ${from}, size: ${packed.byteLength}, bytes: bytes('${bytes}') }`;
  })
  .concat(
    `{ type: 'joined', transfer: 1, message: { type: 'run', title: 'orders', run: new ArrayBuffer(0), baseline: null } }`,
  );
export const said = (page: Page): Promise<{ type: string; [key: string]: unknown }[]> => page.evaluate('window.said');

export async function show(page: Page, view: string): Promise<void> {
  await page.click(`#tab-${view}`);
  await page.waitForSelector(`.view-${view}`);
}

export const tile = async (page: Page, name: string): Promise<string> =>
  (await page
    .locator('.tile', { has: page.locator('dt', { hasText: new RegExp(`^${name}$`) }) })
    .first()
    .locator('dd')
    .textContent()) ?? '';

/** What was asked for is drawn: the next frame has begun, and no figures are on their way any more. */
export async function settled(page: Page): Promise<void> {
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
  await page.waitForSelector('main[aria-busy=false]');
}

/** Polls a text of the page until it is as expected. */
export async function reads(read: () => Promise<string | null>, expected: RegExp, ms = 20_000): Promise<void> {
  const end = Date.now() + ms;
  for (;;) {
    const text = (await read()) ?? '';
    if (expected.test(text)) return;
    if (Date.now() > end) assert.match(text, expected);
    await new Promise((done) => setTimeout(done, 50));
  }
}
