/** The product in a real workbench in a real browser, as a person uses it. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { completeRuns, runStates } from './records.ts';
import { nothingRuns, until } from './processes.ts';
import { interact, runCommand } from './quickInput.ts';
import { hoverTells, openFile, reportPage, showRuns, workbenchForTests } from './workbenchDriver.ts';

const driven = workbenchForTests();

test(
  'Profile Scenario from the palette: progress with live figures, then the report beside the code',
  { timeout: 300_000 },
  async () => {
    const { page, folder } = driven();
    await openFile(page, 'server.js');
    await page.locator('.editor-group-container .tab', { hasText: 'server.js' }).first().waitFor();
    await runCommand(page, 'Slowpath: Profile Scenario', [{ pick: 'hot', asked: 'Which scenario' }]);
    const toast = page.locator('.notification-list-item', { hasText: 'Slowpath: hot' });
    // At once: the measurement lasts seconds, and a busy machine may spend them on the first of the three.
    await Promise.all([
      toast.waitFor(),
      page.locator('.notification-list-item', { hasText: /p50 .* p99 .*\/s/ }).waitFor(),
      page
        .locator('.statusbar-item', { hasText: /hot: .*p99/ })
        .first()
        .waitFor(),
    ]);
    const report = reportPage(page);
    for (const tab of ['Overview', 'Timeline', 'Flamegraph', 'Functions', 'Findings']) {
      await report.getByRole('tab', { name: new RegExp(`^${tab}`) }).waitFor();
    }
    await toast.waitFor({ state: 'detached' });
    assert.deepEqual(runStates(folder), ['complete']);
    await nothingRuns(folder);
  },
);

test('the hot lines are tinted, and a hover tells their cost', { timeout: 240_000 }, async () => {
  const { page } = driven();
  const hotLine = page.locator('.view-line', { hasText: 'Math.imul' });
  await hotLine.waitFor();
  await hotLineMarked(page);
  await hoverTells(page, hotLine.locator('span span').first(), /This line: .*of the CPU time/);
  await page.keyboard.press('Escape');
});

test('a click in the report opens the source line', { timeout: 240_000 }, async () => {
  const { page } = driven();
  const report = reportPage(page);
  await report.getByRole('tab', { name: /^Findings/ }).click();
  const link = report.getByText(/^server\.js:\d+$/).first();
  const line = /\d+$/.exec(await link.innerText())?.[0] ?? '';
  await link.click();
  await page
    .locator('.statusbar-item', { hasText: new RegExp(`^Ln ${line}, Col`) })
    .first()
    .waitFor();
});

test('the run stands in the tree; its finding leads to the evidence in the report', { timeout: 240_000 }, async () => {
  const { page } = driven();
  const view = await showRuns(page);
  const run = view.locator('.monaco-list-row', { hasText: 'hot' }).first();
  await run.waitFor();
  await run.locator('.monaco-tl-twistie').click();
  await view.locator('.monaco-list-row', { hasText: 'hashOfOrder' }).first().waitFor();
  await view
    .locator('.monaco-list-row', { hasText: 'NODE01' })
    .or(view.locator('.monaco-list-row', { hasText: 'pbkdf2Sync' }))
    .first()
    .click();
  await reportPage(page).locator('.finding[aria-current=true]', { hasText: 'hashOfOrder' }).waitFor();
  // Whoever walks through the tree, or opens the palette meanwhile, keeps the focus.
  assert.notEqual(await page.evaluate(() => document.activeElement?.tagName), 'IFRAME');
});

test(
  'Run Again measures once more, and Compare With… puts the two runs side by side',
  { timeout: 300_000 },
  async () => {
    const { page, folder } = driven();
    await runCommand(page, 'Slowpath: Run Again');
    await until('a second run', () => completeRuns(folder) === 2);
    const view = await showRuns(page);
    await view.locator('.monaco-list-row[aria-level="1"]').nth(1).waitFor();
    // From the code, not from a report: so it asks for both.
    await page.locator('.tab', { hasText: 'server.js' }).first().click();
    await runCommand(page, 'Slowpath: Compare With…', [
      { pick: 'hot', asked: 'Which run shall be compared' },
      { pick: 'hot', asked: 'with which run' },
    ]);
    await page.locator('.tab', { hasText: /hot \d\d:\d\d compared/ }).waitFor();
    await reportPage(page)
      .getByRole('tab', { name: /^Compare/, selected: true })
      .waitFor();
  },
);

test('the buttons of a report save what it shows, and measure its scenario again', { timeout: 300_000 }, async () => {
  const { page, folder } = driven();
  const button = (name: string): Locator => reportPage(page).getByRole('button', { name });
  const saveAsHtml = (): Promise<void> => button('Save as HTML').click({ timeout: 15_000 });
  const saved = join(folder, 'compared.html');
  await interact(page, 'Save as HTML', saveAsHtml, [{ saveAs: saved, asked: 'Save the Report as HTML' }]);
  await until('the saved page', () => existsSync(saved) && readFileSync(saved, 'utf8').includes('</html>'));
  assert.match(readFileSync(saved, 'utf8'), /id="slowpath-baseline" data-title="hot \d\d:\d\d"/);
  await button('Run Again').click();
  await until('a third run', () => completeRuns(folder) === 3);
  const others = [{ pick: 'hot', asked: 'with which run' }];
  await interact(page, 'Compare With…', () => button('Compare With…').click({ timeout: 15_000 }), others);
  await reportPage(page)
    .getByRole('tab', { name: /^Compare/ })
    .waitFor();
});

test('report, heat and CodeLens come back after the window is reloaded', { timeout: 300_000 }, async () => {
  const { page, folder } = driven();
  mkdirSync(join(folder, '.vscode'), { recursive: true });
  writeFileSync(join(folder, '.vscode/settings.json'), JSON.stringify({ 'slowpath.codeLens.enabled': true }));
  await page.reload();
  await page.locator('.tab', { hasText: 'hot' }).first().click();
  await reportPage(page)
    .getByRole('tab', { name: /^Findings/ })
    .waitFor();
  assert.deepEqual(driven().violations, []);
  // Nothing was measured or opened since: what the code shows is what the workspace remembers.
  await page.locator('.tab', { hasText: 'server.js' }).first().click();
  await page.locator('.view-line', { hasText: 'Math.imul' }).waitFor();
  await hotLineMarked(page);
  await page
    .locator('.codelens-decoration', { hasText: /self .* total / })
    .first()
    .waitFor();
});

test('Delete Run asks first and then removes the folder', { timeout: 240_000 }, async () => {
  const { page, folder } = driven();
  await runCommand(page, 'Slowpath: Delete Run', [{ pick: 'hot', asked: 'Which run shall be deleted' }]);
  await page.locator('.monaco-dialog-box').getByRole('button', { name: 'Delete' }).click();
  await until('one run fewer', () => completeRuns(folder) === 2);
});

/** A bar of two pixels at the left edge of the line, over its own box. */
async function hotLineMarked(page: Page): Promise<void> {
  await page.waitForFunction(() =>
    [...document.querySelectorAll('.view-overlays .cdr')].some(
      (each) => getComputedStyle(each).borderLeftWidth === '2px',
    ),
  );
}
