/** What is there already and what is not: a service found by the picker and left running; a profiler offered and declined. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { measuringIn, servicesIn, until } from './processes.ts';
import { runCommand } from './quickInput.ts';
import { runStates } from './records.ts';
import { reportPage, showRuns, workbenchForTests } from './workbenchDriver.ts';

const driven = workbenchForTests({
  prepare: (folder) => {
    const plan = join(folder, 'slowpath.jsonc');
    writeFileSync(plan, readFileSync(plan, 'utf8').replace('"cpu": "1ms"', '"cpu": "1ms", "with": "0x"'));
  },
});

test('Attach measures a running process chosen from a list, and leaves it running', { timeout: 240_000 }, async (t) => {
  const { page, folder } = driven();
  const env = { ...process.env, PORT: '0' };
  const service = spawn(process.execPath, ['server.js'], { cwd: folder, env, stdio: 'ignore' });
  const ended = new Promise((done) => service.once('exit', done));
  t.after(async () => {
    service.kill();
    await ended;
  });
  const { pid } = service;
  assert.ok(pid !== undefined);
  await runCommand(page, 'Slowpath: Attach to Process', [
    { pick: `process ${pid} listening`, asked: 'Which process shall be measured' },
    { write: null, asked: 'where does it listen' },
    { write: '60', asked: 'how many requests a second' },
  ]);
  const report = reportPage(page);
  await report.getByRole('tab', { name: /^Functions/ }).click({ timeout: 120_000 });
  await report.getByText('hashOfOrder').first().waitFor();
  assert.deepEqual(runStates(folder), ['complete']);
  await until('only the service left', () => measuringIn(folder).length === 0);
  assert.deepEqual(servicesIn(folder), [pid]);
  const view = await showRuns(page);
  await view.locator('.monaco-list-row', { hasText: 'attached' }).first().waitFor();
  assert.deepEqual(driven().violations, []);
});

test(
  '0x, where it is missing, is offered with what it weighs; declined, nothing is installed',
  { timeout: 240_000 },
  async () => {
    const { page, folder } = driven();
    const before = readFileSync(join(folder, 'slowpath.jsonc'), 'utf8');
    assert.match(before, /"with": "0x"/);
    await runCommand(page, 'Slowpath: Profile Scenario', [{ pick: 'hot', asked: 'Which scenario' }]);
    const offer = page.locator('.notification-toast', { hasText: /needs the npm package 0x \(\d+ packages, \d+ MB\)/ });
    await offer.getByRole('button', { name: 'Install 0x…' }).click();
    const dialog = page.getByRole('dialog').filter({ hasText: 'Add the npm package 0x to this project?' });
    await dialog.getByText(/It brings \d+ packages, \d+ MB .*npm install --save-dev --ignore-scripts 0x/).waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'detached' });
    assert.equal(await page.locator('.terminal-wrapper').count(), 0, 'no terminal was opened');
    assert.equal(existsSync(join(folder, 'node_modules')), false);
  },
);
