/** Results that are not one run, as files of their own in a real browser: the load curve, the shapes of a load, the machine. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { BrowserContextOptions } from 'playwright-core';
import { capacityPage } from '../../src/report/capacityPage.ts';
import { doctorPage } from '../../src/report/doctorPage.ts';
import { matrixPage } from '../../src/report/matrixPage.ts';
import type { ResultPage } from '../../src/report/resultPage.ts';
import { packResult } from '../../src/run/pack.ts';
import { capacityRecord, examination } from '../fixtures/results.ts';
import { cell, chain, matrix, soak } from '../unit/matrix/cells.ts';
import { browserForTests, openFile, openInEditor, said } from './pageDriver.ts';

browserForTests();

const startedAt = '2026-03-11T14:15:00.000Z';
const pages: readonly ResultPage[] = [
  capacityPage(capacityRecord()),
  matrixPage(
    matrix([
      cell({ shape: 'single', clients: 1, run: 'run-1' }),
      cell({ run: 'run-2' }),
      cell({ shape: 'chain', chain, run: 'run-3' }),
      cell({ shape: 'soak', soak: soak(50_000), run: 'run-4' }),
    ]),
    38,
  ),
  doctorPage({ startedAt, examination: examination() }),
];
const open = (page: ResultPage, options: BrowserContextOptions = {}) =>
  openFile({ title: page.title, packed: packResult(page) }, options);

describe('a result in a file', () => {
  test('opens without a complaint from the browser, and each chart has its table', async () => {
    for (const result of pages) {
      const { page, complaints, requests } = await open(result);
      await page.waitForSelector('.headline');
      assert.equal(await page.locator('h1').textContent(), result.title);
      const twins = page.locator('.twin');
      const charts = await twins.count();
      assert.ok(charts >= 2, `${result.kind} has ${charts} charts`);
      for (let chart = 0; chart < charts; chart++) {
        await twins.nth(chart).focus();
        await page.keyboard.press('Enter');
      }
      assert.equal(await page.locator('.twin-table table').count(), charts);
      assert.equal(await page.locator('.twin[aria-pressed=true]').count(), charts);
      assert.deepEqual([complaints, requests], [[], []]);
      await page.context().close();
    }
  });

  test('fits 400 pixels and forced colours', async () => {
    for (const result of pages) {
      const { page, complaints } = await open(result, {
        viewport: { width: 400, height: 800 },
        forcedColors: 'active',
      });
      await page.waitForSelector('.headline');
      const [wide, inner] = await page.evaluate<[number, number]>('[document.documentElement.scrollWidth, innerWidth]');
      assert.ok(wide <= inner, `${result.kind} is ${wide} wide in ${inner}`);
      assert.deepEqual(complaints, []);
      await page.context().close();
    }
  });

  test('a level that can’t be trusted is greyed with its reason, and the knee is told', async () => {
    const { page } = await open(capacityPage(capacityRecord()));
    const row = page.locator('table.levels tr', { hasText: '1.5k/s' });
    assert.match((await row.getAttribute('class')) ?? '', /unearned/);
    assert.match((await row.textContent()) ?? '', /not trusted.*The generator was late by 4 ms/);
    assert.match((await page.locator('table.levels tr', { hasText: 'knee' }).textContent()) ?? '', /^787\/s/);
    assert.match(
      (await page.locator('.plot').first().getAttribute('aria-label')) ?? '',
      /knee at 787\/s, floor 38 µs$/,
    );
    await page.context().close();
  });
});

test('in the editor a level opens its run, and foreign text stays text', async () => {
  const evil = '<img src=x onerror="document.title=\'owned\'">\u202e';
  const record = capacityRecord({ scenario: evil });
  const levels = record.levels.map((level) => ({ ...level, outcome: 'slo' as const, reasons: [evil] }));
  const result = capacityPage({ ...record, levels });
  const { page, complaints } = await openInEditor([`(${JSON.stringify({ type: 'result', title: evil, result })})`]);
  await page.waitForSelector('table.levels');
  assert.equal(await page.locator('#app img').count(), 0);
  assert.match((await page.locator('h1').textContent()) ?? '', /<img src=x.*\\u\{202e\}/);
  await page.locator('table.levels .source').first().click();
  assert.deepEqual((await said(page)).at(-1), { type: 'openRun', run: record.levels[0]?.run });
  assert.deepEqual(complaints, []);
  await page.context().close();
});
