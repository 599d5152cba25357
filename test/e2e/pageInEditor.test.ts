/** The report page in a real browser, with an editor's side faked around it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { encodeHlogHeader, encodeHlogLine } from '../../src/latency/hlog.ts';
import { newHistogram, record } from '../../src/latency/histogram.ts';
import { importProfile } from '../../src/profile/formats/index.ts';
import { packProfile, packRun } from '../../src/run/pack.ts';
import { base64, browserForTests, openInEditor, run, runInPieces, runMessage, said, show } from './pageDriver.ts';

browserForTests();

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

  test('what takes long to open says that it goes on, for how long by now, and how it ends', async () => {
    const { page, complaints } = await openInEditor([`{ type: 'loading', title: 'large.json', run: null }`]);
    await page.getByText('Opening large.json…').waitFor();
    const told = page.getByText(/^\d+ s so far\.$/);
    await told.waitFor();
    const first = (await told.textContent()) ?? '';
    assert.ok(parseInt(first, 10) >= 4, 'a small file opens without a word');
    assert.ok(await page.getByText('Closing the tab ends it.').isVisible());
    await page.getByText(first, { exact: true }).waitFor({ state: 'detached' });
    assert.ok(parseInt((await told.textContent()) ?? '', 10) > parseInt(first, 10), 'it counts on');
    assert.deepEqual(complaints, []);
    await page.context().close();
  });

  test('where a run has no profile its page says why', async () => {
    const gaps = [{ what: 'CPU profile of api', why: 'no sample was taken: the target was idle' }];
    const bytes = base64(packRun({ ...run, profile: null, manifest: { ...run.manifest, gaps } }, []));
    const message = `{ type: 'run', title: 'orders', run: bytes('${bytes}'), baseline: null }`;
    const { page, complaints } = await openInEditor([message]);
    await show(page, 'flamegraph');
    await page.getByText('CPU profile of api: no sample was taken: the target was idle').waitFor();
    assert.deepEqual(complaints, []);
    await page.context().close();
  });

  test('before a run is read its name and figures are there, the same as after', async () => {
    const { state, startedAt, verdict, summary } = run.manifest;
    const preview = JSON.stringify({ scenario: 'orders', state, startedAt, verdict, summary });
    const loading = `{ type: 'loading', title: 'orders 14:15', run: ${preview} }`;
    const { page, complaints } = await openInEditor([loading]);
    await page.getByText('Reading the requests and samples…').waitFor();
    const seen = async (): Promise<string[]> =>
      (await page.locator('h1, .chip-good, .tiles, .objectives').allTextContents()).map((text) => text.trim());
    const before = await seen();
    assert.equal(before.length, 4);
    await page.evaluate(`window.postMessage(${runMessage}, '*')`);
    await page.waitForSelector('.headline');
    assert.deepEqual(await seen(), before);
    assert.deepEqual(complaints, []);
    await page.context().close();
    const invalid = JSON.stringify({
      scenario: 'orders',
      state,
      startedAt,
      verdict: { ...verdict, valid: false },
      summary,
    });
    const other = await openInEditor([`{ type: 'loading', title: 'orders', run: ${invalid} }`]);
    await other.page.getByText('invalid measurement').waitFor();
    assert.equal(await other.page.locator('.tiles').count(), 0, 'a number is shown only if it is earned');
    await other.page.context().close();
  });

  test('a finding can be revealed, also in a run that comes in pieces', async () => {
    const { page } = await openInEditor([...runInPieces, `{ type: 'reveal', view: 'findings', finding: 1 }`]);
    await page.waitForSelector('.finding:focus');
    assert.match((await page.locator('.finding:focus').textContent()) ?? '', /NODE08/);
    await page.context().close();
  });

  test('revealed while the person types elsewhere, a finding is marked and heard of, and takes no focus', async () => {
    const reveal = `{ type: 'reveal', view: 'findings', finding: 1 }`;
    const { page } = await openInEditor([runMessage, reveal], 'Document.prototype.hasFocus = () => false;');
    const marked = page.locator('.finding[aria-current=true]');
    assert.match((await marked.textContent()) ?? '', /NODE08/);
    assert.equal(await page.locator('.finding:focus').count(), 0);
    assert.equal(
      await page.locator('[aria-live=polite].visually-hidden').textContent(),
      await marked.locator('h2').textContent(),
    );
    // Shown again by hand it is a tab like any other.
    await show(page, 'overview');
    await show(page, 'findings');
    assert.equal(await marked.count(), 0);
    await page.context().close();
  });

  test('buttons ask the editor for what is done with a run', async () => {
    const { page } = await openInEditor([runMessage]);
    const group = page.getByRole('group', { name: 'This run' });
    for (const name of ['Run Again', 'Compare With…', 'Save as HTML']) {
      await group.getByRole('button', { name, exact: true }).click();
    }
    assert.deepEqual(
      (await said(page)).flatMap(({ type, command }) => (type === 'command' ? [command] : [])),
      ['runAgain', 'compareWith', 'saveHtml'],
    );
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
    assert.equal(await page.locator('.run-actions').count(), 0, 'there is no run to do anything with');
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
    // Of 1,000 values one lies above p99.9.
    await page.locator('td.unearned').first().waitFor();
    assert.match((await page.locator('section.figure .note').allTextContents()).join(' '), /Grey: too few samples/);
    assert.deepEqual(complaints, []);
    await page.context().close();
  });

  test('an error is one sentence, and so is data that can’t be read', async () => {
    const failed = await openInEditor([`{ type: 'error', code: 'RUN_NOT_FOUND', message: 'The run is gone.' }`]);
    assert.match((await failed.page.locator('[role=alert]').textContent()) ?? '', /The run is gone\./);
    await failed.page.getByRole('button', { name: 'Show Log' }).click();
    assert.equal((await said(failed.page)).at(-1)?.['command'], 'showLog');
    const damaged = await openInEditor([`{ type: 'run', title: 'x', run: new ArrayBuffer(40), baseline: null }`]);
    assert.match((await damaged.page.locator('[role=alert]').textContent()) ?? '', /SLOWPACK/);
    await failed.page.context().close();
    await damaged.page.context().close();
  });
});
