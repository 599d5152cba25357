/** A service that runs already: found by the picker, measured, and left running. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { measuringIn, servicesIn, until } from './processes.ts';
import { runCommand } from './quickInput.ts';
import { runStates } from './records.ts';
import { reportPage, showRuns, workbenchForTests } from './workbenchDriver.ts';

const driven = workbenchForTests();
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
