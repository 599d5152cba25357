import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { runsDirOf } from '../../../src/run/folder.ts';
import { openRun, readManifest, readStoredFindings } from '../../../src/run/store.ts';
import { readMatrix } from '../../../src/matrix/file.ts';
import type {
  CapacityMessage,
  MatrixMessage,
  MessageFromRunner,
  RunnerEvent,
  RunnerJob,
  StartMessage,
} from '../../../src/runnerMessages.ts';
import { lingering, workspace, type PlanOptions } from './harness.ts';

const runnerPath = resolve(import.meta.dirname, '../../../dist/runner.cjs');

interface Runner {
  readonly dir: string;
  readonly child: ChildProcess;
  readonly messages: MessageFromRunner[];
  readonly ended: Promise<number | null>;
  readonly phase: (phase: string) => Promise<void>;
}

async function startRunner(
  t: { after: (clean: () => Promise<void>) => void },
  plan: PlanOptions,
  change: Partial<StartMessage> | Pick<MatrixMessage, 'type' | 'asked'> | Pick<CapacityMessage, 'type' | 'range'> = {},
): Promise<Runner> {
  const dir = await workspace(t, plan);
  const env = { ...process.env, SLOWPATH_TEST_WORKSPACE: dir, NODE_TEST_CONTEXT: undefined };
  const child = fork(runnerPath, [], { cwd: dir, env, execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const messages: MessageFromRunner[] = [];
  child.on('message', (message) => messages.push(message as MessageFromRunner));
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  const events = (): RunnerEvent[] => messages.flatMap((message) => (message.type === 'event' ? [message.event] : []));
  const phase = async (wanted: string): Promise<void> => {
    const over = ended.then(() => true);
    while (!events().some((event) => event.type === 'phase' && event.phase === wanted)) {
      if (await Promise.race([over, sleep(10)]))
        throw new Error(`It ended before ${wanted}: ${JSON.stringify(messages.at(-1))}`);
    }
  };
  const usual: Omit<StartMessage, 'type' | 'overrides'> = {
    planFile: join(dir, 'slowpath.jsonc'),
    scenario: 'orders',
    workspaceFolder: dir,
    runsDir: runsDirOf(dir),
    confirmRemote: false,
  };
  const job: RunnerJob =
    change.type === 'matrix' || change.type === 'capacity'
      ? { ...usual, ...change }
      : { ...usual, type: 'start', overrides: {}, ...change };
  child.send(job);
  return { dir, child, messages, ended, phase };
}

test('A run for the editor: events while it goes on, then done with a folder that holds the findings', async (t) => {
  const runner = await startRunner(t, {}, { overrides: { ratePerSecond: 50, durationUs: 700_000 } });
  assert.equal(await runner.ended, 0);
  const last = runner.messages.at(-1);
  assert.ok(last?.type === 'done', JSON.stringify(last));
  assert.equal(last.id, basename(last.dir));
  const { manifest } = await openRun(last.dir);
  assert.equal(manifest.state, 'complete');
  assert.equal(manifest.scenario.load.durationUs, 700_000);
  assert.deepEqual(manifest.scenario.load.arrivals, { model: 'constant', ratePerSecond: 50 });
  assert.ok(Array.isArray(await readStoredFindings(last.dir)));
  const kinds = new Set(
    runner.messages.map((message) => (message.type === 'event' ? message.event.type : message.type)),
  );
  for (const kind of ['created', 'phase', 'progress', 'done']) assert.ok(kinds.has(kind as 'done'), kind);
  assert.deepEqual(await lingering(runner.dir), []);
});

test('Cancelled from the editor it is done with the partial run', async (t) => {
  const runner = await startRunner(t, { duration: '60s' });
  await runner.phase('measuring');
  runner.child.send({ type: 'cancel' });
  assert.equal(await runner.ended, 0);
  const last = runner.messages.at(-1);
  assert.ok(last?.type === 'done', JSON.stringify(last));
  assert.equal((await readManifest(last.dir)).state, 'cancelled');
  assert.deepEqual(await lingering(runner.dir), []);
});

test('When the window is gone it cleans up and ends; the run is kept', async (t) => {
  const runner = await startRunner(t, { duration: '60s' });
  await runner.phase('measuring');
  runner.child.disconnect();
  assert.equal(await runner.ended, 0);
  assert.deepEqual(await lingering(runner.dir), []);
  const [name = ''] = (await readdir(runsDirOf(runner.dir))).filter((each) => !each.startsWith('.'));
  assert.equal((await readManifest(join(runsDirOf(runner.dir), name))).state, 'cancelled');
});

test('When the window is gone before anything was asked it ends at once', async () => {
  const child = fork(runnerPath, [], { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  child.disconnect();
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});

test('A failing target is told in a sentence, its last lines apart, with the folder of what was kept', async (t) => {
  const runner = await startRunner(t, { env: { EXIT_AFTER: '20' }, duration: '20s' });
  assert.equal(await runner.ended, 0);
  const last = runner.messages.at(-1);
  assert.ok(last?.type === 'error', JSON.stringify(last));
  assert.equal(last.code, 'TARGET_EXITED');
  assert.match(last.message, /^Target "api" exited with code 7 during the run\./);
  assert.ok(!last.message.includes('\n'));
  assert.deepEqual(last.lines, ['out of stock: giving up']);
  assert.equal((await readManifest(last.dir ?? '')).state, 'failed');
});

test('A matrix that fails tells the folder that says so', async (t) => {
  const asked = { shapes: undefined, clients: undefined, durationUs: 500_000, soakUs: 500_000 };
  const runner = await startRunner(t, { command: 'nowhere.cjs' }, { type: 'matrix', asked });
  assert.equal(await runner.ended, 0);
  const last = runner.messages.at(-1);
  assert.ok(last?.type === 'error' && last.dir !== undefined, JSON.stringify(last));
  const { state, error, planned } = await readMatrix(last.dir);
  assert.deepEqual([state, error?.code], ['failed', last.code]);
  // Each shape is told as it begins, with how many there are.
  const begun = runner.messages.flatMap((each) =>
    each.type === 'event' && each.event.type === 'cell' ? [each.event] : [],
  );
  assert.deepEqual(begun, [{ type: 'cell', name: 'single, one client', index: 0, count: planned.length }]);
});

test('A capacity search that fails at its first level tells the folder of that run, which is there', async (t) => {
  const range = { fromPerSecond: undefined, toPerSecond: undefined, steps: undefined };
  const runner = await startRunner(t, { command: 'nowhere.cjs' }, { type: 'capacity', range });
  assert.equal(await runner.ended, 0);
  const last = runner.messages.at(-1);
  assert.ok(last?.type === 'error' && last.dir !== undefined, JSON.stringify(last));
  const { state, error } = await readManifest(last.dir);
  assert.deepEqual([state, error?.code], ['failed', last.code]);
  // The search itself found nothing, and leaves nothing.
  assert.deepEqual(await readdir(dirname(last.dir)), [basename(last.dir)]);
});

test('A plan that cannot be run is told with its place', async (t) => {
  const unknown = await startRunner(t, {}, { scenario: 'nope' });
  assert.equal(await unknown.ended, 0);
  assert.deepEqual(
    unknown.messages.map(({ type }) => type),
    ['error'],
  );
  const [message] = unknown.messages;
  assert.ok(message?.type === 'error' && message.code === 'PLAN_UNKNOWN_SCENARIO');
  const attach = await startRunner(t, {}, { attach: { pid: process.pid } });
  assert.equal(await attach.ended, 0);
  const [refused] = attach.messages;
  assert.ok(refused?.type === 'error' && refused.code === 'USAGE', JSON.stringify(refused));
  assert.match(refused.message, /\$\{port:…\}/);
});
