/** Lanes of threads over the time-order flamegraph: which ran when, and the one that is drawn in full. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { importProfile } from '../../src/profile/formats/index.ts';
import { packProfile } from '../../src/run/pack.ts';
import type { Profile } from '../../src/profile/tables.ts';
import { threadsProfile } from '../fixtures/threadsProfile.ts';
import { base64, browserForTests, openInEditor, reads } from './pageDriver.ts';

browserForTests();

const message = (profile: Profile): string =>
  `{ type: 'profile', title: 'threads', profile: bytes('${base64(packProfile(profile))}') }`;

async function openLanes(profile: Profile): Promise<{ readonly page: Page; readonly complaints: string[] }> {
  const { page, complaints } = await openInEditor([message(profile)]);
  await page.click('.segments button:has-text("Time order")');
  await page.waitForSelector('.flame-canvas[data-drawn]');
  return { page, complaints };
}

const chosen = (page: Page) => (): Promise<string | null> =>
  page.locator('[role=option][aria-selected=true]').getAttribute('aria-label');
const flameLabel = (page: Page) => (): Promise<string | null> =>
  page.locator('.flame-canvas').getAttribute('aria-label');
const shownThread = (page: Page): Promise<string> => page.locator('.toolbar select').inputValue();

describe('lanes of threads', () => {
  test('stand by process, are chosen by pointer and keys, and narrow with the brush', async () => {
    const { page, complaints } = await openLanes(threadsProfile(3));
    await page.waitForSelector('.thread-lanes');
    assert.deepEqual(
      await page
        .locator('.thread-lanes [role=group]')
        .evaluateAll((groups) => groups.map((group) => group.getAttribute('aria-label'))),
      ['api · pid 41', 'db · pid 77'],
    );
    assert.equal(await page.locator('.thread-lanes [role=option]').count(), 6);
    await reads(chosen(page), /^main, 2 s · 43%/);
    await reads(flameLabel(page), /, 8\d frames in 3 rows/);

    await page.click('[role=option]:has-text("store")');
    await reads(chosen(page), /^store, 1 s/);
    assert.equal(await shownThread(page), '5');
    await reads(flameLabel(page), /, 2,?000 frames in 2 rows/);

    await page.focus('[role=option][aria-selected=true]');
    await page.keyboard.press('Home');
    await reads(chosen(page), /^main/);
    await page.keyboard.press('ArrowDown');
    await reads(chosen(page), /^worker, 1\.6 s/);
    assert.equal(await page.locator(':focus').getAttribute('aria-selected'), 'true', 'the focus is on what is chosen');
    assert.equal(await shownThread(page), '1');

    await page.click('.toggle:has-text("Brush")');
    await page.focus('.subsecond-pick');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.chip-range');
    await reads(chosen(page), /^worker, 0 /);
    await page.keyboard.press('Escape');
    await reads(chosen(page), /^worker, 1\.6 s/);
    assert.deepEqual(complaints, []);
    await page.context().close();
  });

  test('more threads than lanes are summed up, and all stand in the table, foreign names as text', async () => {
    const { page, complaints } = await openLanes(threadsProfile(60, '<img src=x onerror=alert(1)>\u202e'));
    await page.waitForSelector('.thread-lanes');
    assert.equal(await page.locator('.thread-lanes [role=option]').count(), 32);
    await reads(() => page.locator('.thread-lane.others').textContent(), /^31 more threads together/);
    await reads(() => page.locator('.thread-lanes').textContent(), /<img src=x onerror=alert\(1\)>\\u\{202e\}/);
    assert.equal(await page.locator('.thread-lanes img').count(), 0);

    await page.click('.figure.threads .twin');
    const table = page.locator('.figure.threads .data-table');
    assert.equal(await table.getAttribute('aria-rowcount'), '64', 'all 63 and the head');
    await reads(() => table.locator('.body .row').first().textContent(), /^api · pid 41main2 s\d+%2,000$/);
    await table.locator('.row', { hasText: 'store' }).click();
    await reads(() => shownThread(page), /^62$/);
    assert.deepEqual(complaints, []);
    await page.context().close();
  });

  test('one thread has no lanes', async () => {
    const bytes = readFileSync(new URL('../fixtures/profiles/recursion.cpuprofile', import.meta.url));
    const { page } = await openLanes(importProfile(bytes));
    assert.equal(await page.locator('.figure.threads').count(), 0);
    await page.context().close();
  });
});
