import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { RunFailed, runnerEnvironment, startRunner, type RunnerOptions } from '../../../src/editor/runnerProcess.ts';

import type { RunnerEvent, StartMessage } from '../../../src/runnerMessages.ts';

const folder = mkdtempSync(join(tmpdir(), 'slowpath-runner-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const start: StartMessage = {
  type: 'start',
  planFile: join(folder, 'slowpath.jsonc'),
  scenario: 'orders',
  workspaceFolder: folder,
  runsDir: join(folder, 'runs'),
  overrides: {},
  confirmRemote: false,
};

/** A runner whose body is given: what it does is forced, not waited for. */
function fakeRunner(name: string, body: string): string {
  const script = join(folder, `${name}.cjs`);
  writeFileSync(script, body);
  return script;
}

function options(script: string, more: Partial<RunnerOptions> = {}): RunnerOptions {
  return { script, env: process.env, nodePath: '', onEvent: () => undefined, onStray: () => undefined, ...more };
}

test('events arrive in order, and the run’s folder at the end', async () => {
  const script = fakeRunner(
    'good',
    `process.on('message', (m) => {
      process.send({ type: 'event', event: { type: 'log', text: m.scenario } });
      process.send({ type: 'event', event: { type: 'phase', phase: 'measuring' } });
      process.send({ type: 'done', dir: m.runsDir + '/one', id: 'one' }, () => process.disconnect());
    });`,
  );
  const events: RunnerEvent[] = [];
  const result = await startRunner(start, options(script, { onEvent: (event) => events.push(event) })).result;
  assert.deepEqual(result, { dir: join(folder, 'runs', 'one'), id: 'one' });
  assert.deepEqual(events, [
    { type: 'log', text: 'orders' },
    { type: 'phase', phase: 'measuring' },
  ]);
});

test('an error keeps its code, the target’s last lines and the partial run', async () => {
  const script = fakeRunner(
    'bad',
    `process.on('message', () => process.send(
      { type: 'error', code: 'TARGET_EXITED', message: 'api ended with 3.', lines: ['boom'], dir: '/runs/one' }, () => process.disconnect()));`,
  );
  await assert.rejects(startRunner(start, options(script)).result, (error) => {
    assert.ok(error instanceof RunFailed);
    assert.deepEqual(
      [error.code, error.message, error.lines, error.dir],
      ['TARGET_EXITED', 'api ended with 3.', ['boom'], '/runs/one'],
    );
    return true;
  });
});

test('a runner that dies says so instead of leaving the notification open', async () => {
  const script = fakeRunner('dies', `process.on('message', () => process.exit(7));`);
  await assert.rejects(startRunner(start, options(script)).result, { code: 'INTERNAL', message: /exit code 7/ });
  const killed = fakeRunner('killed', `process.on('message', () => process.kill(process.pid, 'SIGKILL'));`);
  await assert.rejects(startRunner(start, options(killed)).result, { code: 'INTERNAL', message: /SIGKILL/ });
});

test('cancelling keeps what the runner could record', async () => {
  const script = fakeRunner(
    'cancelled',
    `process.on('message', (m) => {
      if (m.type === 'start') process.send({ type: 'event', event: { type: 'phase', phase: 'measuring' } });
      else process.send({ type: 'done', dir: '/runs/partial', id: 'partial' }, () => process.disconnect());
    });`,
  );
  const runner = startRunner(start, options(script, { onEvent: () => runner.cancel() }));
  assert.equal((await runner.result).id, 'partial');
});

test('a runner that ignores the cancel is killed after its grace time', async () => {
  const script = fakeRunner(
    'deaf',
    `process.on('message', () => process.send({ type: 'event', event: { type: 'phase', phase: 'measuring' } })); setInterval(() => {}, 1000);`,
  );
  const runner = startRunner(start, options(script, { graceMs: 50, onEvent: () => runner.cancel() }));
  await assert.rejects(runner.result, { code: 'INTERNAL', message: /SIGKILL/ });
});

test('letting go closes the channel: the runner sees its window is gone', async () => {
  const script = fakeRunner(
    'orphan',
    `process.on('message', () => process.send({ type: 'event', event: { type: 'phase', phase: 'measuring' } }));
     process.on('disconnect', () => process.exit(42));`,
  );
  const runner = startRunner(start, options(script, { onEvent: () => runner.dispose() }));
  await assert.rejects(runner.result, { message: /exit code 42/ });
});

test('what a runner prints beside its messages is not lost', async () => {
  const script = fakeRunner(
    'prints',
    `process.on('message', () => { console.error('deprecated'); process.send({ type: 'done', dir: '/r', id: 'r' }, () => process.disconnect()); });`,
  );
  const lines: string[] = [];
  await startRunner(start, options(script, { onStray: (line) => lines.push(line) })).result;
  assert.deepEqual(lines, ['deprecated']);
});

test('the service under test does not inherit what the editor set for itself', () => {
  const host = {
    PATH: '/usr/bin',
    HOME: '/home/me',
    NODE_OPTIONS: '--require /bootloader.js',
    VSCODE_PID: '1',
    ELECTRON_RUN_AS_NODE: '1',
    NODE_CHANNEL_FD: '3',
    GONE: undefined,
  };
  assert.deepEqual(runnerEnvironment(host, '', false), { PATH: '/usr/bin', HOME: '/home/me' });
  assert.equal(runnerEnvironment(host, '', true)['ELECTRON_RUN_AS_NODE'], '1');
  assert.equal(runnerEnvironment(host, '/opt/node/bin/node', false)['PATH'], '/opt/node/bin:/usr/bin');
  assert.equal(
    runnerEnvironment({ Path: 'C:\\Windows' }, '/opt/node/bin/node', false)['Path'],
    '/opt/node/bin:C:\\Windows',
  );
});
