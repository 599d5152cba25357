/** Linked brushing in the report page: what is chosen in one chart narrows the flamegraph, the functions, and the editor's heat. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { importProfile } from '../../src/profile/formats/index.ts';
import { packProfile } from '../../src/run/pack.ts';
import { base64, browserForTests, openInEditor, reads, runMessage, said, settled, show } from './pageDriver.ts';
import { readFileSync } from 'node:fs';

browserForTests();

interface Told {
  readonly startUs: number;
  readonly endUs: number;
  readonly response?: { readonly fromUs: number; readonly toUs: number };
}

/** What the editor was last told: its line heat and CodeLens follow. */
async function told(page: Page): Promise<Told | null> {
  const ranges = (await said(page)).filter(({ type }) => type === 'rangeChanged');
  return (ranges.at(-1)?.['range'] ?? null) as Told | null;
}

/** From one place of a box to another, both as shares of its size. */
async function drag(page: Page, selector: string, from: readonly [number, number], to: readonly [number, number]) {
  const box = await page.locator(selector).boundingBox();
  assert.ok(box);
  await page.mouse.move(box.x + box.width * from[0], box.y + box.height * from[1]);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * to[0], box.y + box.height * to[1], { steps: 4 });
  await page.mouse.up();
  await settled(page);
}

const flameLabel = (page: Page) => (): Promise<string | null> =>
  page.locator('.flame-canvas').getAttribute('aria-label');

describe('linked brushing', () => {
  test('cells of the subsecond heatmap and bars of the histogram narrow everything at once', async () => {
    const { page, complaints } = await openInEditor([runMessage]);
    await show(page, 'flamegraph');
    await page.click('.segments button:has-text("Left-heavy")');
    await page.click('.toggle');
    await page.waitForSelector('.subsecond-pick');
    const frames = Number(/(\d+) frames/.exec((await flameLabel(page)()) ?? '')?.[1]);

    await drag(page, '.subsecond-pick', [0.5, 0.9], [0.5, 0.9]);
    const cell = await told(page);
    assert.ok(cell && Math.abs(cell.endUs - cell.startUs - 20_000) < 1, 'one cell is 20 ms');
    await page.waitForSelector('.chip-range');
    await reads(flameLabel(page), new RegExp(`, (?!${frames} )\\d+ frames`));

    await page.keyboard.press('Escape');
    await page.waitForSelector('.chip-range', { state: 'detached' });
    assert.equal(await told(page), null);

    await drag(page, '.brushable .brush', [0.8, 0.5], [0.99, 0.5]);
    const band = await told(page);
    assert.ok(band?.response && band.response.fromUs > 1000 && band.response.toUs > band.response.fromUs);
    await drag(page, '.subsecond-pick', [0.2, 0.9], [0.9, 0.1]);
    const both = await told(page);
    assert.deepEqual(both?.response, band.response, 'the band stays');
    assert.ok(both.startUs > band.startUs && both.endUs < band.endUs);

    await page.click('.segments button:has-text("Slow vs typical")');
    await show(page, 'functions');
    const share = page.locator('.data-table .row', { hasText: 'recalculate' }).first();
    await reads(() => share.textContent(), /recalculate.*[5-9]\d(\.\d)?%/);
    assert.deepEqual(complaints, []);
    await page.context().close();
  });

  test('by keyboard alone: arrows walk the cells, Shift extends, sliders choose the bars', async () => {
    const { page } = await openInEditor([runMessage]);
    await show(page, 'timeline');
    await page.focus('.subsecond-pick');
    const heard = (): Promise<string | null> => page.locator('[aria-live=polite].visually-hidden').textContent();
    await page.keyboard.press('ArrowRight');
    await reads(heard, /^0\.00 s: .*% of a core$/);
    await page.keyboard.press('ArrowRight');
    await reads(heard, /^1\.00 s: /);
    await page.keyboard.press('Shift+ArrowRight');
    await settled(page);
    const range = await told(page);
    assert.ok(range && Math.abs(range.endUs - range.startUs - 1_020_000) < 1);
    await page.focus('[role=slider][aria-label="Start of the response times"]');
    await page.keyboard.press('Shift+ArrowRight');
    await settled(page);
    assert.ok((await told(page))?.response);
    await page.keyboard.press('Escape');
    await settled(page);
    assert.equal((await told(page))?.response, undefined);
    await page.context().close();
  });

  test('a profile on its own is brushed by second too', async () => {
    const bytes = readFileSync(new URL('../fixtures/profiles/recursion.cpuprofile', import.meta.url));
    const { page } = await openInEditor([
      `{ type: 'profile', title: 'a.cpuprofile', profile: bytes('${base64(packProfile(importProfile(bytes)))}') }`,
    ]);
    await page.click('.toggle');
    await page.waitForSelector('.subsecond-pick');
    assert.equal(await page.locator('.brushable').count(), 0, 'without requests there is no histogram');
    await drag(page, '.subsecond-pick', [0.1, 0.9], [0.6, 0.1]);
    await page.waitForSelector('.chip-range');
    await page.click('.chip-range button');
    await page.waitForSelector('.chip-range', { state: 'detached' });
    await page.context().close();
  });
});
