import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { test } from 'node:test';
import type { AttachTarget } from '../../../src/plan/scenario.ts';
import { Collection } from '../../../src/target/collection.ts';
import { messageFrame } from '../../../src/target/probe/rows.ts';
import { countsOf } from '../../../src/target/profileFiles.ts';
import { startTarget } from '../../../src/target/start.ts';
import type { RunningTarget } from '../../../src/target/target.ts';
import { collecting, freePort, get, launchSpec, lives, start, temporaryFolder } from './harness.ts';

const nothing = { ...collecting, cpuIntervalUs: null, with: 'none' } as const;

test('With "none" a Node target is started as it would be by hand, and only seen from outside', async (t) => {
  const port = await freePort();
  const target: RunningTarget = await startTarget(launchSpec('http.cjs', { env: { PORT: String(port) } }), {
    dir: await temporaryFolder(t),
    signal: new AbortController().signal,
    collect: nothing,
    onOutput: () => undefined,
  });
  t.after(() => target.dispose());
  if (process.platform === 'linux') {
    const environment = readFileSync(`/proc/${target.pid}/environ`, 'utf8');
    assert.doesNotMatch(environment, /preload|SLOWPATH_SOCKET/);
    assert.match(environment, /SLOWPATH_RUN=/, 'its guard must find it again');
  }
  await target.startProfile(1000);
  target.measuring(1e6);
  await get(port, '/work?ms=30');
  const { collectors, profile, runtime, gaps } = await target.collect();
  assert.deepEqual([collectors, profile, gaps], [[], null, []]);
  assert.deepEqual([runtime.serverRequests.length, runtime.stalls.length], [0, 0]);
  if (process.platform === 'linux') assert.ok(runtime.sched.length > 0);
});

test('With "none" a Node process that runs already is not touched; by inspector alone it can’t be found', async (t) => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000); console.log("on")']);
  t.after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  const context = {
    dir: await temporaryFolder(t),
    signal: new AbortController().signal,
    collect: nothing,
    onOutput: () => undefined,
  };
  const spec = (via: AttachTarget['via']): AttachTarget => {
    return { kind: 'attach', name: 'api', runtime: 'node', pprof: null, via };
  };
  const target = await startTarget(spec({ pid: child.pid ?? 0 }), context);
  assert.deepEqual((await target.collect()).collectors, []);
  await target.dispose();
  assert.ok(lives(child.pid ?? 0));
  await assert.rejects(startTarget(spec({ inspector: 'ws://127.0.0.1:1/x' }), context), {
    code: 'TARGET_ATTACH_FAILED',
    message: /write its "pid" in the plan/,
  });
});

test('A watched target tells what its collectors took and lost', async (t) => {
  const { target, get: ask } = await start(t, 'http.cjs');
  await target.startProfile(1000);
  await ask('/work?ms=50');
  const { collectors, profile, runtime } = await target.collect();
  const [probe, inspector] = collectors;
  assert.ok(probe && inspector && profile);
  assert.deepEqual([probe.collector, probe.intervalUs, probe.lost], ['probe', null, 0]);
  assert.ok((probe.samples ?? 0) >= runtime.gc.length + runtime.memory.length + 2, 'a request is two rows');
  assert.deepEqual([inspector.collector, inspector.intervalUs], ['inspector', 1000]);
  // V8 begins with samples that have no time of their own; the table leaves them out.
  assert.ok((inspector.samples ?? 0) >= profile.samples.length && profile.samples.length > 0);
});

test('Rows that a probe could not hand over are counted as lost, and named', async (t) => {
  const dir = await temporaryFolder(t);
  const collection = await Collection.open({ target: 'api', dir, cwd: dir });
  t.after(() => collection.dispose());
  const { socket: path, run } = collection.coordinates;
  const socket = connect(path);
  t.after(() => socket.destroy());
  const hello = { type: 'hello', run, pid: 1, tid: 1, threadId: 0, name: 'main', version: '24.0.0', argv: [] };
  for (const message of [hello, { type: 'lost', rows: 40 }, { type: 'lost', rows: 'many' }, { type: 'lost', rows: 2 }])
    socket.write(messageFrame(message));
  socket.setEncoding('utf8').on('data', (line) => {
    const { id } = JSON.parse(String(line)) as { id: number };
    socket.write(messageFrame({ type: 'reply', id, error: null }));
  });
  await collection.firstHello;
  const { counts, gaps } = await collection.collect();
  assert.deepEqual(counts.probe, { samples: 0, lost: 42 });
  assert.deepEqual(
    gaps.map(({ what }) => what),
    ['runtime events in main (pid 1)'],
  );
});

test('Samples that were due and not taken are lost', () => {
  const profile = { startTime: 1e6, endTime: 1.1e6, samples: new Array<number>(97).fill(1) };
  assert.deepEqual(countsOf({ profile, intervalUs: 1000 }), { samples: 97, lost: 3 });
  assert.deepEqual(countsOf({ profile, intervalUs: 2000 }), { samples: 97, lost: 0 }, 'more than were due');
  assert.deepEqual(countsOf({ profile: null, intervalUs: 1000 }), { samples: 0, lost: 0 });
});
