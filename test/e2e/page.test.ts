/** The report page as a standalone file in a real browser, under its own content security policy. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { BrowserContextOptions } from 'playwright-core';
import { packRun } from '../../src/run/pack.ts';
import { syntheticFindings, syntheticRun } from '../fixtures/run.ts';
import { browserForTests, openFile, reads, run, settled, show, tile } from './pageDriver.ts';

browserForTests();

describe('the standalone report', () => {
  test('tells the story, without a complaint from the browser and without the network', async () => {
    const { page, complaints, requests } = await openFile();
    const headline = await page.locator('.headline').textContent();
    assert.match(
      headline ?? '',
      /^p99 is 32\.9 ms\. \d\d% of the slow requests’ waiting was for recalculate \(prices\.js:\d+\), which blocked the event loop\.$/,
    );
    assert.equal(await page.locator('.objectives .fail').count(), 2);
    assert.equal(await page.locator('.objectives .pass').count(), 1);
    assert.equal(await page.locator('.run-actions').count(), 0, 'no editor, nothing to ask it for');
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

  test('as wide as beside the code, every column of the functions is in sight', async () => {
    const { page } = await openFile({}, { viewport: { width: 560, height: 800 } });
    await show(page, 'functions');
    const last = await page.getByRole('columnheader', { name: 'In typical' }).boundingBox();
    assert.ok(last && last.x + last.width <= 560, JSON.stringify(last));
    const cell = page.locator('.data-table .row').first().getByRole('cell');
    assert.match((await cell.nth(1).locator('b').getAttribute('title')) ?? '', / (ms|s|µs)$/, 'its time is a hint');
    assert.equal(await cell.nth(1).locator('span').isVisible(), false);
    await page.context().close();
  });

  test('in 280 pixels a fact that takes two lines loses no letter of the second', async () => {
    const { page } = await openFile({}, { viewport: { width: 280, height: 800 } });
    const [clip, starts] = await page.locator('.facts').evaluate((facts): [number, number[]] => {
      const range = document.createRange();
      const lefts = [...facts.querySelectorAll('span')].flatMap((span) => {
        range.selectNodeContents(span);
        return [...range.getClientRects()].map(({ left }) => left);
      });
      return [facts.getBoundingClientRect().left + Number.parseFloat(getComputedStyle(facts).marginLeft) * -1, lefts];
    });
    assert.ok(starts.length > (await page.locator('.facts span').count()), 'one of them is broken');
    assert.ok(Math.min(...starts) >= clip, `${JSON.stringify(starts)} from ${clip}`);
    await page.context().close();
  });

  test('a run that was cut short has no percentiles, and says what to do', async () => {
    const manifest = { ...run.manifest, state: 'incomplete' as const, verdict: null, summary: null };
    const { page } = await openFile({ packed: packRun({ ...run, manifest }, []) });
    assert.match((await page.locator('.hero').textContent()) ?? '', /never summed up.*Run it again for figures\./);
    assert.equal(await page.locator('.tile').count(), 0);
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
    const { page } = await openFile({}, {}, (html) =>
      html.replace(/id="slowpath-data">[^<]{400}/, 'id="slowpath-data">AAAA'),
    );
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

  test('shows where the CPU time of two runs differs: picture, table, new functions, search', async () => {
    const { page, complaints } = await openFile({
      baseline: { title: 'before the fix', packed: packRun(syntheticRun(2, { culpritUs: 0 }), []) },
    });
    await show(page, 'compare');
    const canvas = page.locator('.flame-canvas');
    await canvas.waitFor();
    await canvas.scrollIntoViewIfNeeded();
    assert.match((await canvas.getAttribute('aria-label')) ?? '', /^Differential flamegraph, \d+ frames in \d+ rows/);
    assert.match(
      (await page.locator('.diff-lists').textContent()) ?? '',
      /New in B.*recalculate.*prices\.js:41.*µs a request/,
    );
    await canvas.focus();
    await page.keyboard.press('ArrowDown');
    await page.locator('.diff-details').waitFor();
    assert.match(
      (await page.locator('.diff-details').textContent()) ?? '',
      /A[\d.]+ µs a request.*B[\d.]+ µs a request.*change/,
    );
    await page.getByRole('radio', { name: 'A', exact: true }).click();
    await page.locator('.search input').fill('recalculate');
    await page.getByText('0% under matches').waitFor();
    await page.getByRole('radio', { name: 'B', exact: true }).click();
    await page.getByText(/\d\d(?:\.\d)?% under matches/).waitFor();
    await page.locator('[aria-labelledby="compare-flame-title"] .twin').click();
    const table = page.getByRole('table', { name: 'CPU time of each function in both runs' });
    await table.waitFor();
    assert.match((await table.locator('.row').first().textContent()) ?? '', /recalculate.*\+.*new/);
    assert.deepEqual(complaints, []);
    await page.context().close();
  });
});

describe('choosing a stretch of time', () => {
  test('dragging recomputes every figure; clearing brings them back', async () => {
    const { page } = await openFile();
    await show(page, 'timeline');
    await settled(page);
    const whole = await tile(page, 'requests');
    const lanes = await page.locator('.timeline .brush').boundingBox();
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
    await reads(heard, /^processTicksAndRejections.*total 9\d/);
    for (let press = 0; press < 3; press++) await page.keyboard.press('ArrowDown');
    await reads(heard, /^recalculate, prices\.js:41: total \d\d.*typical 0%$/);
    await page.keyboard.press('ArrowRight');
    await reads(heard, /^Array\.prototype\.sort/);
    await page.keyboard.press('ArrowUp');
    await reads(heard, /^repriceCatalogue/);
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

  test('a tree of rows equals the picture, and is walked by keyboard', async () => {
    const { page, complaints } = await openFile();
    await show(page, 'flamegraph');
    await page.waitForSelector('canvas[data-drawn]');
    const frames = Number(
      /(\d+) frames/.exec((await page.locator('.flame-canvas').getAttribute('aria-label')) ?? '')?.[1],
    );
    await page.click('.toolbar .twin');
    const tree = page.getByRole('treegrid');
    assert.equal(await tree.getAttribute('aria-rowcount'), `${frames + 1}`);
    const focused = page.locator('.row:focus');
    await tree.locator('.row[tabindex="0"]').focus();
    assert.equal(await focused.getAttribute('aria-level'), '1');
    await page.keyboard.press('ArrowRight');
    await page.waitForSelector('.row:focus[aria-level="2"][aria-posinset="1"]');
    await page.keyboard.press('ArrowLeft');
    await page.waitForSelector('.row:focus[aria-level="2"][aria-expanded="false"]');
    assert.ok(Number(await tree.getAttribute('aria-rowcount')) < frames + 1);
    await page.keyboard.press('ArrowRight');
    await page.waitForSelector('.row:focus[aria-level="2"][aria-expanded="true"]');
    // The second key as soon as the rows have changed for the first, before that is painted: as fast as keys can come.
    await page.evaluate(async () => {
      const row = document.activeElement;
      if (!row) throw new Error('nothing has the focus');
      const left = (): boolean => row.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowLeft', bubbles: true }));
      await new Promise<void>((done) => {
        new MutationObserver((_, observer) => {
          observer.disconnect();
          left();
          done();
        }).observe(row, { attributeFilter: ['aria-expanded'] });
        left();
      });
    });
    await page.waitForSelector('.row:focus[aria-level="1"]');
    await page.keyboard.press('End');
    await page.waitForSelector('.row:focus:not([aria-rowindex="2"])');
    assert.equal(await tree.locator('[tabindex="0"]').count(), 1, 'one stop for the Tab key');
    assert.deepEqual(complaints, []);
    await page.context().close();
  });

  test('a box has a menu, by pointer and by keyboard', async () => {
    const { page, complaints } = await openFile();
    await show(page, 'flamegraph');
    await page.waitForSelector('canvas[data-drawn]');
    await page.locator('.flame-canvas').click({ position: { x: 200, y: 70 }, button: 'right' });
    const menu = page.getByRole('menu', { name: 'recalculate' });
    await menu.waitFor();
    assert.equal(await menu.getByRole('menuitem').count(), 8);
    await page.keyboard.press('Escape');
    await menu.waitFor({ state: 'detached' });
    await page.waitForSelector('.flame-canvas:focus');
    await page.keyboard.press('Shift+F10');
    await menu.waitFor();
    await page.keyboard.press('h');
    await page.keyboard.press('Enter');
    await menu.waitFor({ state: 'detached' });
    await reads(() => page.locator('.matches').textContent(), /under matches/);
    await page.locator('.flame-canvas').click({ position: { x: 200, y: 70 }, button: 'right' });
    const downloading = page.waitForEvent('download');
    await page.getByRole('menuitem', { name: 'Save as PNG' }).click();
    const download = await downloading;
    assert.equal(download.suggestedFilename(), 'flamegraph.png');
    const png = readFileSync(await download.path());
    assert.deepEqual([...png.subarray(1, 4)], [...Buffer.from('PNG')]);
    const width = await page.evaluate<number>("document.querySelector('.flame-canvas').clientWidth");
    assert.equal(png.readUInt32BE(16), 2 * width);
    await page.locator('.flame-canvas').click({ position: { x: 200, y: 70 }, button: 'right' });
    await page.getByRole('menuitem', { name: 'Callers and callees' }).click();
    await page.waitForSelector('.sandwich');
    assert.deepEqual(complaints, []);
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
    assert.equal(twins, 6);
    await page.context().close();
  });

  test('functions sort and filter', async () => {
    const { page } = await openFile();
    await show(page, 'functions');
    const first = (): Promise<string | null> => page.locator('.data-table .row code').first().textContent();
    await reads(first, /^recalculate$/);
    await page.click('[role=columnheader] button:has-text("Total")');
    await reads(first, /^createOrder$/);
    await page.locator('vscode-text-field input').fill('ajv');
    await page.waitForFunction(() => document.querySelectorAll('.data-table .row').length === 1);
    await reads(first, /^validate$/);
    await page.context().close();
  });
});
