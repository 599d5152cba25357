/**
 * The report page in a real browser: as a standalone file under its own content security policy, and with an editor's side
 * faked around the same bundle. Needs `npm run build`.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { ensureTools } from '../../scripts/lib/tools.mjs';
import { launchBrowser } from '../../scripts/lib/workbench.mjs';
import { pagePath } from '../../src/bundles.ts';
import { encodeHlogHeader, encodeHlogLine } from '../../src/latency/hlog.ts';
import { newHistogram, record } from '../../src/latency/histogram.ts';
import { importProfile } from '../../src/profile/formats/index.ts';
import { standaloneHtml, type StandaloneReport } from '../../src/report/html.ts';
import { packProfile, packRun } from '../../src/run/pack.ts';
import { syntheticFindings, syntheticRun } from '../fixtures/run.ts';

const run = syntheticRun(1);
const packed = packRun(run, syntheticFindings());
const bundles = {
  js: readFileSync(pagePath('report.js'), 'utf8'),
  css: readFileSync(pagePath('report.css'), 'utf8'),
  controls: readFileSync(pagePath('controls.js'), 'utf8'),
};

let browser: Browser;
let folder: string;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'slowpath-page-'));
  browser = await launchBrowser((await ensureTools()).chromium);
});
after(async () => {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
});

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
async function openFile(report: Partial<StandaloneReport> = {}, options: BrowserContextOptions = {}): Promise<Watched> {
  const file = join(folder, `report-${files++}.html`);
  writeFileSync(file, standaloneHtml({ title: 'orders', packed, page: bundles, ...report }));
  const opened = await watched(options);
  await opened.page.goto(pathToFileURL(file).href);
  return opened;
}

/** The page as in a webview: `messages` come in once it is ready; what it says is kept in `window.said`. */
async function openInEditor(messages: readonly string[]): Promise<Watched> {
  const opened = await watched();
  await opened.page.addInitScript(`
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

const base64 = (buffer: ArrayBuffer): string => Buffer.from(buffer).toString('base64');
const runMessage = `{ type: 'run', title: 'orders', run: bytes('${base64(packed)}'), baseline: null }`;
const said = (page: Page): Promise<{ type: string; [key: string]: unknown }[]> => page.evaluate('window.said');

async function show(page: Page, view: string): Promise<void> {
  await page.click(`#tab-${view}`);
  await page.waitForSelector(`.view-${view}`);
}

const tile = async (page: Page, name: string): Promise<string> =>
  (await page
    .locator('.tile', { has: page.locator('dt', { hasText: new RegExp(`^${name}$`) }) })
    .first()
    .locator('dd')
    .textContent()) ?? '';

describe('the standalone report', () => {
  test('tells the story, without a complaint from the browser and without the network', async () => {
    const { page, complaints, requests } = await openFile();
    const headline = await page.locator('.headline').textContent();
    assert.match(
      headline ?? '',
      /^p99 is 32\.9 ms\. \d\d% of the slow requests’ time was recalculate \(prices\.js:\d+\) blocking the event loop\.$/,
    );
    assert.equal(await page.locator('.objectives .fail').count(), 2);
    assert.equal(await page.locator('.objectives .pass').count(), 1);
    for (const view of ['timeline', 'flamegraph', 'functions', 'findings', 'overview']) await show(page, view);
    await page.waitForFunction(() => customElements.get('vscode-text-field') !== undefined);
    assert.deepEqual(complaints, []);
    assert.deepEqual(requests, []);
    await page.context().close();
  });

  test('in the other colour schemes and with forced colours', async () => {
    const schemes: BrowserContextOptions[] = [
      { colorScheme: 'light' },
      { colorScheme: 'dark' },
      { forcedColors: 'active' },
      { contrast: 'more' },
    ];
    const backgrounds = new Set<string>();
    for (const options of schemes) {
      const { page, complaints } = await openFile({}, options);
      await page.waitForSelector('.headline');
      backgrounds.add(await page.evaluate('getComputedStyle(document.body).backgroundColor'));
      assert.deepEqual(complaints, []);
      await page.context().close();
    }
    assert.ok(backgrounds.size >= 2);
  });

  test('fits 400 pixels: no view scrolls sideways', async () => {
    const { page } = await openFile({}, { viewport: { width: 400, height: 800 } });
    for (const view of ['overview', 'timeline', 'flamegraph', 'functions', 'findings']) {
      await show(page, view);
      const [wide, inner] = await page.evaluate<[number, number]>('[document.documentElement.scrollWidth, innerWidth]');
      assert.ok(wide <= inner, `${view} is ${wide} wide in ${inner}`);
    }
    await page.context().close();
  });

  test('an invalid measurement shows its reasons and no percentiles', async () => {
    const { verdict } = run.manifest;
    assert.ok(verdict);
    const invalid = {
      ...verdict,
      valid: false,
      reasons: [{ code: 'SEND_LAG' as const, text: 'The generator was late.' }],
    };
    const { page } = await openFile({
      packed: packRun({ ...run, manifest: { ...run.manifest, verdict: invalid } }, []),
    });
    assert.match((await page.locator('.hero').textContent()) ?? '', /can’t be trusted.*The generator was late\./);
    assert.equal(await page.locator('.tile').count(), 0);
    assert.equal(await page.locator('.plot').count(), 0);
    await show(page, 'timeline');
    await page.waitForSelector('.lanes');
    assert.equal(await page.locator('.tile').count(), 0);
    await page.context().close();
  });

  test('a damaged file says so', async () => {
    const file = join(folder, 'damaged.html');
    writeFileSync(
      file,
      standaloneHtml({ title: 'orders', packed, page: bundles }).replace(
        /id="slowpath-data">[^<]{400}/,
        'id="slowpath-data">AAAA',
      ),
    );
    const { page } = await watched();
    await page.goto(pathToFileURL(file).href);
    assert.match((await page.locator('[role=alert]').textContent()) ?? '', /cut or was changed.*Export it again/);
    await page.context().close();
  });

  test('hostile names stay text', async () => {
    const name = '<img src=x onerror="document.title=\'owned\'">\u202e</script><script>document.title="owned"</script>';
    const hostile = syntheticRun(1, { culpritName: name });
    const evil = { ...hostile, manifest: { ...hostile.manifest, scenario: { ...hostile.manifest.scenario, name } } };
    const findings = syntheticFindings().map((finding) => ({
      ...finding,
      title: name,
      explanation: name,
      evidence: { [name]: name },
    }));
    const { page, complaints } = await openFile({ title: name, packed: packRun(evil, findings) });
    for (const view of ['overview', 'timeline', 'flamegraph', 'functions', 'findings']) {
      await show(page, view);
      assert.equal(await page.locator('#app img, #app script').count(), 0, view);
    }
    await show(page, 'functions');
    assert.match(
      (await page.locator('.data-table .row').first().textContent()) ?? '',
      /^<img src=x onerror=.*\\u\{202e\}<\/script>/,
    );
    assert.notEqual(await page.title(), 'owned');
    assert.deepEqual(complaints, []);
    await page.context().close();
  });

  test('compares with a baseline, and says what one pair can’t tell', async () => {
    const { page, complaints } = await openFile({
      baseline: { title: 'before the fix', packed: packRun(syntheticRun(2, { culpritUs: 0 }), []) },
    });
    await show(page, 'compare');
    assert.match((await page.locator('.banner').textContent()) ?? '', /not by one pair/);
    assert.match((await page.locator('.legend').first().textContent()) ?? '', /A: before the fix/);
    assert.deepEqual(complaints, []);
    await page.context().close();
  });
});

/** No figures are on their way any more. */
const settled = (page: Page): Promise<unknown> => page.waitForSelector('main[aria-busy=false]');

describe('choosing a stretch of time', () => {
  test('dragging recomputes every figure; clearing brings them back', async () => {
    const { page } = await openFile();
    await show(page, 'timeline');
    await settled(page);
    const whole = await tile(page, 'requests');
    const lanes = await page.locator('.brush').boundingBox();
    assert.ok(lanes);
    await page.mouse.move(lanes.x + lanes.width * 0.5, lanes.y + 60);
    await page.mouse.down();
    await page.mouse.move(lanes.x + lanes.width * 0.6, lanes.y + 60, { steps: 5 });
    await page.mouse.up();
    await settled(page);
    await page.waitForSelector('.chip-range');
    const part = await tile(page, 'requests');
    assert.ok(Number(part.replace(',', '')) < Number(whole.replace(',', '')) / 5, `${part} of ${whole}`);
    await show(page, 'overview');
    assert.equal(await page.locator('.tile small', { hasText: 'requests' }).textContent(), `${part} requests`);
    await page.click('.chip-range button');
    await page.waitForSelector('.chip-range', { state: 'detached' });
    await settled(page);
    assert.equal(await page.locator('.tile small', { hasText: 'requests' }).textContent(), `${whole} requests`);
    await page.context().close();
  });

  test('by keyboard alone', async () => {
    const { page } = await openFile();
    await show(page, 'timeline');
    await page.focus('[role=slider][aria-label="Start of the range"]');
    for (let press = 0; press < 4; press++) await page.keyboard.press('Shift+ArrowRight');
    await page.waitForSelector('.chip-range');
    const valueText = await page.locator('[role=slider]').first().getAttribute('aria-valuetext');
    assert.match(valueText ?? '', /^5\.\d+ s$/);
    await page.keyboard.press('Escape');
    await page.waitForSelector('.chip-range', { state: 'detached' });
    await page.context().close();
  });
});

describe('the flamegraph', () => {
  test('search dims the rest and tells the share', async () => {
    const { page } = await openFile();
    await show(page, 'flamegraph');
    await page.click('.segments button:has-text("Left-heavy")');
    await page.locator('vscode-text-field input').fill('recalculate');
    await page.waitForFunction(() => document.querySelector('.matches')?.textContent.includes('under matches'));
    const share = Number.parseFloat((await page.locator('.matches').textContent()) ?? '');
    assert.ok(share > 10 && share < 30, `${share} %`);
    await page.context().close();
  });

  test('arrow keys walk the frames and a screen reader hears them; W, D and 0 move the view', async () => {
    const { page } = await openFile();
    await show(page, 'flamegraph');
    await page.waitForSelector('canvas[data-drawn]');
    await page.focus('.flame-canvas');
    const heard = (): Promise<string | null> => page.locator('[aria-live=polite].visually-hidden').textContent();
    await page.keyboard.press('ArrowDown');
    assert.match((await heard()) ?? '', /^processTicksAndRejections.*total 9\d/);
    for (let press = 0; press < 3; press++) await page.keyboard.press('ArrowDown');
    assert.match((await heard()) ?? '', /^recalculate, prices\.js:41: total \d\d.*typical 0%$/);
    await page.keyboard.press('ArrowRight');
    assert.match((await heard()) ?? '', /^Array\.prototype\.sort/);
    await page.keyboard.press('ArrowUp');
    assert.match((await heard()) ?? '', /^repriceCatalogue/);
    await page.waitForFunction(() => document.querySelector('.details strong')?.textContent === 'repriceCatalogue');
    // The details have narrowed the canvas: two frames later it is painted anew.
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');

    const picture = (): Promise<string> => page.evaluate("document.querySelector('.flame-canvas').toDataURL()");
    const at = await picture();
    await page.keyboard.press('w');
    await page.waitForFunction(
      (before) => document.querySelector<HTMLCanvasElement>('.flame-canvas')?.toDataURL() !== before,
      at,
    );
    await page.keyboard.press('0');
    await page.waitForFunction(
      (before) => document.querySelector<HTMLCanvasElement>('.flame-canvas')?.toDataURL() === before,
      at,
    );
    await page.context().close();
  });

  test('a click shows details, and leads to callers and callees', async () => {
    const { page, complaints } = await openFile();
    await show(page, 'flamegraph');
    await page.waitForSelector('canvas[data-drawn]');
    await page.locator('.flame-canvas').hover({ position: { x: 200, y: 70 } });
    assert.match((await page.locator('.tooltip').textContent()) ?? '', /recalculate.*slow.*typical/);
    await page.locator('.flame-canvas').click({ position: { x: 200, y: 70 } });
    assert.equal(await page.locator('.details strong').textContent(), 'recalculate');
    await page.click('.actions vscode-button:has-text("Callers")');
    await page.waitForSelector('.sandwich');
    assert.equal(await page.locator('.sandwich canvas').count(), 2);
    assert.deepEqual(complaints, []);
    await page.context().close();
  });
});

describe('tables', () => {
  test('every chart has a twin with figures in it', async () => {
    const { page } = await openFile();
    let twins = 0;
    for (const view of ['overview', 'timeline', 'flamegraph']) {
      await show(page, view);
      await page.waitForSelector('.twin');
      const buttons = page.locator('.twin');
      for (let index = 0; index < (await buttons.count()); index++) {
        await buttons.nth(index).click();
        assert.equal(await buttons.nth(index).getAttribute('aria-pressed'), 'true');
        twins++;
      }
      await page.locator('.twin-table tbody tr, .flame-stage [role=row]').nth(7).waitFor();
      const rows = await page.locator('.twin-table tbody tr, .flame-stage [role=row]').count();
      assert.ok(rows >= 8, `${view}: ${rows} rows`);
      assert.equal(await page.locator('main canvas').count(), 0, view);
    }
    assert.equal(twins, 4);
    await page.context().close();
  });

  test('functions sort and filter', async () => {
    const { page } = await openFile();
    await show(page, 'functions');
    const first = (): Promise<string | null> => page.locator('.data-table .row code').first().textContent();
    assert.equal(await first(), 'recalculate');
    await page.click('[role=columnheader] button:has-text("Total")');
    assert.equal(await first(), 'createOrder');
    await page.locator('vscode-text-field input').fill('ajv');
    await page.waitForFunction(() => document.querySelectorAll('.data-table .row').length === 1);
    assert.equal(await first(), 'validate');
    await page.context().close();
  });
});

describe('beside the editor', () => {
  test('asks for data once it is ready, opens sources, tells the range, and comes back as it was', async () => {
    const { page, complaints } = await openInEditor([runMessage]);
    await page.click('.headline .source');
    const opened = (await said(page)).find((message) => message.type === 'openSource');
    assert.equal(opened?.['file'], '/srv/shop/src/prices.js');
    await show(page, 'timeline');
    await page.focus('[role=slider]');
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction(() =>
      (globalThis as unknown as { said: { type: string }[] }).said.some((message) => message.type === 'rangeChanged'),
    );
    await page.reload();
    await page.waitForSelector('.view-timeline .chip-range, .chip-range');
    assert.equal(await page.locator('[role=tab][aria-selected=true]').textContent(), 'Timeline');
    assert.equal((await said(page))[0]?.type, 'ready');
    assert.deepEqual(complaints, []);
    await page.context().close();
  });

  test('a finding can be revealed', async () => {
    const { page } = await openInEditor([runMessage, `{ type: 'reveal', view: 'findings', finding: 1 }`]);
    await page.waitForSelector('.finding:focus');
    assert.match((await page.locator('.finding:focus').textContent()) ?? '', /NODE08/);
    await page.context().close();
  });

  test('a profile alone: flamegraph and functions', async () => {
    assert.ok(run.profile);
    const { page, complaints } = await openInEditor([
      `{ type: 'profile', title: 'api.cpuprofile', profile: bytes('${base64(packProfile(run.profile))}') }`,
    ]);
    await page.waitForSelector('canvas[data-drawn]');
    assert.deepEqual(await page.locator('[role=tab]').allTextContents(), ['Flamegraph', 'Functions']);
    assert.equal(await page.locator('.segments button').count(), 3);
    assert.deepEqual(complaints, []);
    await page.context().close();
  });

  test('a heap profile: sizes instead of times, and no order of time', async () => {
    const heap = importProfile(readFileSync(new URL('../fixtures/profiles/go/go-heap.pb.gz', import.meta.url)));
    const { page, complaints } = await openInEditor([
      `{ type: 'profile', title: 'heap.pb.gz', profile: bytes('${base64(packProfile(heap))}') }`,
    ]);
    await page.waitForSelector('canvas[data-drawn]');
    assert.deepEqual(await page.locator('.segments button').allTextContents(), ['Left-heavy', 'Callers & callees']);
    assert.equal(await page.locator('.facts').textContent(), '57 samples');
    await page.getByRole('tab', { name: 'Functions' }).click();
    // As `go tool pprof -top` has it: 1056506B of 1084017B.
    assert.match(
      (await page.locator('[role=row]', { hasText: 'main.main' }).first().textContent()) ?? '',
      /1\.06 MB97\.5%/,
    );
    assert.deepEqual(complaints, []);
    await page.context().close();
  });

  test('an interval log alone', async () => {
    let text = encodeHlogHeader({ startTimeMs: 1e12, comments: [] });
    for (let second = 0; second < 5; second++) {
      const histogram = newHistogram();
      for (let i = 1; i <= 200; i++) record(histogram, i * 10);
      text += encodeHlogLine({ tag: 'response/create', startSeconds: second, lengthSeconds: 1, histogram });
    }
    const { page, complaints } = await openInEditor([
      `{ type: 'hlog', title: 'latency.hlog', text: ${JSON.stringify(text)} }`,
    ]);
    await page.waitForSelector('.uplot');
    assert.match((await page.locator('table.figures').first().textContent()) ?? '', /response\/create1,000/);
    assert.deepEqual(complaints, []);
    await page.context().close();
  });

  test('an error is one sentence, and so is data that can’t be read', async () => {
    const failed = await openInEditor([`{ type: 'error', code: 'RUN_NOT_FOUND', message: 'The run is gone.' }`]);
    assert.match((await failed.page.locator('[role=alert]').textContent()) ?? '', /The run is gone\./);
    const damaged = await openInEditor([`{ type: 'run', title: 'x', run: new ArrayBuffer(40), baseline: null }`]);
    assert.match((await damaged.page.locator('[role=alert]').textContent()) ?? '', /SLOWPACK/);
    await failed.page.context().close();
    await damaged.page.context().close();
  });
});
