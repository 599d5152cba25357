/** The walkthrough's first step: the bundled sample, measured from its copy, ends at the line to blame. */
import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCommand } from './quickInput.ts';
import { reportPage, showRuns, workbenchForTests } from './workbenchDriver.ts';

const driven = workbenchForTests({
  prepare: (folder) => {
    rmSync(join(folder, 'slowpath.jsonc'));
    const scripts = { start: 'node server.js' };
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'shop', scripts }));
  },
});

test(
  'Profile the Sample shows its report, its run and a finding at a line of its code',
  { timeout: 240_000 },
  async () => {
    const { page } = driven();
    await runCommand(page, 'Slowpath: Profile the Sample');
    const report = reportPage(page);
    const findings = report.getByRole('tab', { name: /^Findings/ });
    await findings.waitFor({ timeout: 120_000 });
    await findings.click();
    await report
      .getByText(/^(orders|prices)\.js:\d+$/)
      .first()
      .waitFor();
    const view = await showRuns(page);
    await view.locator('.monaco-list-row', { hasText: 'orders' }).first().waitFor();
    await page
      .locator('.tab.active', { hasText: /(orders|prices)\.js/ })
      .first()
      .waitFor();
    await page.locator('.squiggly-error, .squiggly-warning, .squiggly-info, .squiggly-hint').first().waitFor();
    assert.deepEqual(driven().violations, []);
  },
);

test(
  'Create Plan writes what was found in the folder, and its scenarios can be started',
  { timeout: 240_000 },
  async () => {
    const { page, folder } = driven();
    await runCommand(page, 'Slowpath: Create Plan');
    await page.locator('.tab.active', { hasText: 'slowpath.jsonc' }).waitFor();
    assert.match(readFileSync(join(folder, 'slowpath.jsonc'), 'utf8'), /"command": "server\.js"/);
    await page.locator('.codelens-decoration', { hasText: 'Profile' }).first().waitFor();
  },
);

test('the walkthrough offers that first step', { timeout: 180_000 }, async () => {
  const { page } = driven();
  await runCommand(page, 'Welcome: Open Walkthrough', [{ pick: 'Find the slow path', asked: 'Select a walkthrough' }]);
  await page.getByRole('button', { name: 'Profile the Sample' }).first().waitFor();
});
