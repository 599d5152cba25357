/** Whatever ends a measurement before its time, nothing is left running and the partial run opens. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { measuringIn, nothingRuns, parentOf, servicesIn, until } from './processes.ts';
import { runCommand } from './quickInput.ts';
import { runStates } from './records.ts';
import { showRuns, workbenchForTests } from './workbenchDriver.ts';

const driven = workbenchForTests();

/** Starts the two-minute scenario and waits until it is measured. @returns the runner's process id */
async function startLongRun(): Promise<number> {
  const { page, folder } = driven();
  await runCommand(page, 'Slowpath: Profile Scenario', [{ pick: 'long', asked: 'Which scenario' }]);
  await page
    .locator('.statusbar-item', { hasText: /long: .*p99/ })
    .first()
    .waitFor();
  assert.equal(servicesIn(folder).length, 1);
  const runner = measuringIn(folder).find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('runner.cjs'));
  assert.ok(runner);
  return runner;
}

const lastState = (): string | undefined => runStates(driven().folder).at(-1);

test('a click on the status bar stops the run and keeps it', { timeout: 300_000 }, async () => {
  await startLongRun();
  await driven()
    .page.locator('.statusbar-item', { hasText: /long: / })
    .first()
    .click();
  await nothingRuns(driven().folder);
  await until('the record', () => lastState() === 'cancelled');
  const view = await showRuns(driven().page);
  await view.locator('.monaco-list-row', { hasText: 'cancelled' }).first().waitFor();
});

test('Cancel in the notification stops the run and keeps it', { timeout: 300_000 }, async () => {
  await startLongRun();
  const toast = driven().page.locator('.notification-list-item', { hasText: 'Slowpath: long' });
  await toast.hover();
  await toast
    .getByRole('button', { name: /^Cancel/ })
    .or(toast.getByText('Cancel', { exact: true }))
    .first()
    .click();
  await nothingRuns(driven().folder);
  await until('the record', () => lastState() === 'cancelled');
});

test('closing the window in the middle of a run leaves nothing running', { timeout: 300_000 }, async () => {
  await startLongRun();
  await driven().page.goto('about:blank');
  await nothingRuns(driven().folder);
  await driven().openWindow();
  const view = await showRuns(driven().page);
  await view
    .locator('.monaco-list-row', { hasText: /cancelled|incomplete/ })
    .first()
    .waitFor();
});

test('an extension host that is killed leaves nothing running', { timeout: 300_000 }, async () => {
  const runner = await startLongRun();
  process.kill(parentOf(runner), 'SIGKILL');
  await nothingRuns(driven().folder);
});
