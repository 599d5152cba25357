/** Whatever ends a measurement before its time, nothing is left running and the partial run opens. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  driveWorkbench,
  measuringIn,
  parentOf,
  pick,
  runCommand,
  servicesIn,
  showRuns,
  until,
  type Driven,
} from './workbenchDriver.ts';

let driven: Driven;
before(
  async () => {
    driven = await driveWorkbench();
  },
  { timeout: 600_000 },
);
after(() => driven.stop());

/** Starts the two-minute scenario and waits until it is measured. @returns the runner's process id */
async function startLongRun(): Promise<number> {
  const { page, folder } = driven;
  await runCommand(page, 'Slowpath: Profile Scenario');
  await pick(page, 'long');
  await page
    .locator('.statusbar-item', { hasText: /long: .*p99/ })
    .first()
    .waitFor({ timeout: 60_000 });
  assert.equal(servicesIn(folder).length, 1);
  const runner = measuringIn(folder).find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('runner.cjs'));
  assert.ok(runner);
  return runner;
}

async function nothingRuns(): Promise<void> {
  await until('nothing left running', () => servicesIn(driven.folder).length + measuringIn(driven.folder).length === 0);
}

function lastState(): string {
  const runs = join(driven.folder, '.slowpath/runs');
  const last =
    readdirSync(runs)
      .filter((name) => !name.startsWith('.'))
      .sort()
      .at(-1) ?? '';
  return (JSON.parse(readFileSync(join(runs, last, 'run.json'), 'utf8')) as { state: string }).state;
}

test('a click on the status bar stops the run and keeps it', { timeout: 180_000 }, async () => {
  await startLongRun();
  await driven.page
    .locator('.statusbar-item', { hasText: /long: / })
    .first()
    .click();
  await nothingRuns();
  await until('the record', () => lastState() === 'cancelled');
  const view = await showRuns(driven.page);
  await view.locator('.monaco-list-row', { hasText: 'cancelled' }).first().waitFor();
});

test('Cancel in the notification stops the run and keeps it', { timeout: 180_000 }, async () => {
  await startLongRun();
  const toast = driven.page.locator('.notification-list-item', { hasText: 'Slowpath: long' });
  await toast.hover();
  await toast
    .getByRole('button', { name: /^Cancel/ })
    .or(toast.getByText('Cancel', { exact: true }))
    .first()
    .click();
  await nothingRuns();
  await until('the record', () => lastState() === 'cancelled');
});

test('closing the window in the middle of a run leaves nothing running', { timeout: 180_000 }, async () => {
  await startLongRun();
  await driven.page.goto('about:blank');
  await nothingRuns();
  await driven.openWindow();
  const view = await showRuns(driven.page);
  await view
    .locator('.monaco-list-row', { hasText: /cancelled|incomplete/ })
    .first()
    .waitFor({ timeout: 60_000 });
});

test('an extension host that is killed leaves nothing running', { timeout: 180_000 }, async () => {
  const runner = await startLongRun();
  process.kill(parentOf(runner), 'SIGKILL');
  await nothingRuns();
});
