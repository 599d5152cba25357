/**
 * The report page on a `.cpuprofile` of a million samples and some 250,000 nodes: opening it and the memory of its page against
 * speedscope in the same browser, then panning, zooming and brushing it. A process of its own for each page, so that its greatest
 * resident memory is its own.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inRounds, ratioFigure, ownFigure } from '../load/figures.mjs';
import { drawnOurs, drawnTheirs, installSpeedscope, launchBrowser, openPage, serve } from '../profilePages.mjs';
import { samples, writeBigProfile } from './bigProfile.mjs';

const frames = 60;
const brushes = 12;

/** @returns figures, see ../load/figures.mjs. */
export async function viewer() {
  const directory = mkdtempSync(join(tmpdir(), 'slowpath-bench-'));
  const file = join(directory, 'big.cpuprofile');
  const nodes = await writeBigProfile(file);
  const server = await serve(file, installSpeedscope());
  const work = `${samples.toLocaleString('en')} samples, ${nodes.toLocaleString('en')} nodes`;
  try {
    const found = await inRounds(3, 11, {
      ours: () => inOwnBrowser(async (browser) => measureOurs(browser, `${server.url}/ours.html`)),
      theirs: () =>
        inOwnBrowser(async (browser) => {
          const url = `${server.url}/speedscope/index.html#profileURL=/profile.cpuprofile`;
          return (await opened(browser, url, drawnTheirs)).figures;
        }),
    });
    const all = (kind, key) => found[kind].map((round) => round[key]);
    return [
      ownFigure({
        work,
        quantity: 'file to first flamegraph',
        unit: 'ms',
        asked: { most: 2500 },
        values: all('ours', 'openMs'),
      }),
      ratioFigure({
        work,
        against: 'speedscope',
        quantity: 'greatest resident memory of the page, MB',
        asked: { most: 0.3 },
        ours: all('ours', 'memoryMb'),
        peers: all('theirs', 'memoryMb'),
      }),
      ratioFigure({
        work,
        against: 'speedscope',
        quantity: 'file to first flamegraph, ms',
        asked: { most: 0.2 },
        ours: all('ours', 'openMs'),
        peers: all('theirs', 'openMs'),
      }),
      ownFigure({
        work,
        quantity: 'script of a frame while zooming and panning, p95',
        unit: 'ms',
        asked: { most: 16.7 },
        values: all('ours', 'frameMs'),
      }),
      ownFigure({
        work,
        quantity: 'brush to all views, median',
        unit: 'ms',
        asked: { most: 100 },
        values: all('ours', 'brushMs'),
      }),
    ];
  } finally {
    server.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function inOwnBrowser(measure) {
  const browser = await launchBrowser();
  try {
    return await measure(browser);
  } finally {
    await browser.close();
  }
}

/** A page whose flamegraph stands; how long that took, and the greatest resident memory of its process so far. */
async function opened(browser, url, isDrawn) {
  const { page, openMs } = await openPage(browser, url, isDrawn);
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  const memory = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => greatestResidentMb(id));
  return { page, figures: { openMs, memoryMb: Math.max(...memory) } };
}

function greatestResidentMb(pid) {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}

async function measureOurs(browser, url) {
  const { page, figures } = await opened(browser, url, drawnOurs);
  const frameMs = await zoomAndPan(page);
  const brushMs = await brush(page);
  return { ...figures, frameMs, brushMs };
}

/** The p95 of the script that ran for one turn of the wheel, its frame included: the browser's own count of it. */
async function zoomAndPan(page) {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const scriptMs = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return 1000 * (metrics.find(({ name }) => name === 'ScriptDuration')?.value ?? 0);
  };
  const box = await page.locator('.flame-canvas').boundingBox();
  await page.mouse.move(box.x + box.width * 0.4, box.y + box.height * 0.5);
  const spent = [];
  for (let frame = 0; frame < frames; frame++) {
    const before = await scriptMs();
    const pans = frame % 3 === 2;
    await page.mouse.wheel(pans ? 40 : 0, pans ? 0 : frame < frames / 2 ? -60 : 60);
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))');
    spent.push((await scriptMs()) - before);
  }
  spent.sort((a, b) => a - b);
  return spent[Math.ceil(spent.length * 0.95) - 1];
}

/** Grows a range second by second from the keyboard of the heatmap; from the key until the new flamegraph has been painted. */
async function brush(page) {
  await page.click('.toggle');
  await page.waitForSelector('.subsecond-pick');
  const took = await page.evaluate(`(async () => {
    const picker = document.querySelector('.subsecond-pick');
    const canvas = document.querySelector('.flame-canvas');
    const press = (key, shiftKey = false) => picker.dispatchEvent(new KeyboardEvent('keydown', { key, shiftKey, bubbles: true }));
    const changed = () => new Promise((done) => {
      const observer = new MutationObserver(() => {
        observer.disconnect();
        requestAnimationFrame(() => requestAnimationFrame(() => done()));
      });
      observer.observe(canvas, { attributes: true, attributeFilter: ['aria-label'] });
    });
    const rendered = () => new Promise((done) => setTimeout(done, 100));
    press('Home');
    await rendered();
    const took = [];
    for (let step = 0; step < ${brushes}; step++) {
      for (let column = 0; column < 3; column++) {
        press('ArrowRight');
        await rendered();
      }
      const painted = changed();
      const from = performance.now();
      press('ArrowRight', true);
      await painted;
      took.push(performance.now() - from);
      await rendered();
    }
    return took;
  })()`);
  took.sort((a, b) => a - b);
  return took[took.length >> 1];
}
