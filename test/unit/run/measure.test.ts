import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { SlowpathError } from '../../../src/errors.ts';
import { runsDirOf } from '../../../src/run/folder.ts';
import { measure } from '../../../src/run/measure.ts';
import type { Manifest } from '../../../src/run/model.ts';
import { listRuns, openRun, readManifest } from '../../../src/run/store.ts';
import { endlessLoad, FakeRooms, goodLoad, scenarioIn, tempDir } from './fakes.ts';

const never = new AbortController().signal;

function failsWith(code: string, ...words: readonly string[]): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof SlowpathError, String(error));
    assert.equal(error.code, code);
    for (const word of words) assert.ok(error.message.includes(word), `"${word}" is missing in: ${error.message}`);
    return true;
  };
}

async function onlyRun(runsDir: string): Promise<Manifest> {
  const [entry, ...others] = await listRuns(runsDir);
  assert.deepEqual(others, []);
  assert.ok(entry?.manifest, entry?.problem?.message ?? 'there is no run');
  return entry.manifest;
}

interface EndlessRun {
  readonly workspace: string;
  readonly runsDir: string;
  readonly fakes: FakeRooms;
  readonly stop: AbortController;
  readonly run: Promise<string>;
}

/** A run that measures, and goes on until it is stopped. */
async function endlessRun(t: TestContext): Promise<EndlessRun> {
  const workspace = await tempDir(t);
  const runsDir = runsDirOf(workspace);
  const fakes = new FakeRooms();
  const stop = new AbortController();
  const { load, measuring } = endlessLoad();
  fakes.load = load;
  const { onEvent, rooms } = fakes;
  const run = measure(scenarioIn(workspace), { runsDir, signal: stop.signal, onEvent, rooms });
  await measuring;
  return { workspace, runsDir, fakes, stop, run };
}

test('A run launches in plan order, profiles in warm-up, collects after the load, and stops everything', async (t) => {
  const workspace = await tempDir(t);
  const runsDir = runsDirOf(workspace);
  const fakes = new FakeRooms();
  const scenario = scenarioIn(workspace, ['api', 'db']);
  const dir = await measure(scenario, { runsDir, signal: never, onEvent: fakes.onEvent, rooms: fakes.rooms });
  assert.deepEqual(fakes.did, [
    'start api',
    'start db',
    'load',
    'profile api',
    'profile db',
    'counters',
    'counters',
    'collect api',
    'collect db',
    'dispose db',
    'dispose api',
  ]);
  assert.deepEqual(fakes.phases(), [
    'launching',
    'connecting',
    'warmup',
    'measuring',
    'draining',
    'writing',
    'collecting',
  ]);
  const manifest = await readManifest(dir);
  assert.equal(manifest.state, 'complete');
  assert.equal(manifest.id, basename(dir));
  assert.match(manifest.id, /^\d{8}-\d{6}-orders-[0-9a-f]{4}$/);
  assert.deepEqual(manifest.window, goodLoad.window);
  assert.deepEqual(manifest.counters, { 'TcpExt.DelayedACKs': 1 });
  assert.deepEqual(
    manifest.targets.map(({ name, runtime }) => [name, runtime]),
    [
      ['api', 'node 24.0.0'],
      ['db', 'node 24.0.0'],
    ],
  );
  assert.equal(manifest.summary?.requests.sent, 990);
  assert.ok(Math.abs((manifest.clockOffsetUs.end ?? 0) - manifest.clockOffsetUs.start) < 50_000);
  assert.deepEqual(await readdir(dir), ['run.json'], 'no draft and no reserve is left');
  assert.deepEqual(await readdir(runsDir), [basename(dir)], 'the lock is given back');
});

test('A profile that begins after measuring did says how much of the window it lacks', async (t) => {
  const workspace = await tempDir(t);
  const scenario = scenarioIn(workspace, ['api', 'db']);
  const { durationUs } = scenario.load;
  const lateBy = async (share: number): Promise<Manifest['gaps']> => {
    const fakes = new FakeRooms();
    const begun = Promise.withResolvers<undefined>();
    fakes.startProfile = (target) => (target === 'db' ? begun.promise : Promise.resolve());
    fakes.load = async (options) => {
      options.onPhase('warmup', 0);
      // The other target's profile begins now, in time.
      await setImmediate();
      options.onPhase('measuring', 1);
      fakes.nowUs = share * durationUs;
      begun.resolve(undefined);
      return goodLoad;
    };
    const runsDir = join(workspace, `late-${share}`);
    const dir = await measure(scenario, { runsDir, signal: never, onEvent: fakes.onEvent, rooms: fakes.rooms });
    return (await readManifest(dir)).gaps;
  };
  assert.equal(durationUs, 1e5);
  const [late, ...others] = await lateBy(0.4);
  assert.deepEqual(others, []);
  assert.equal(late?.what, 'CPU profile of db in the first 40 ms of the measured window');
  assert.match(late.why, /longer "warmup"/);
  assert.equal((await lateBy(1.5))[0]?.what, 'CPU profile of db in the whole of the measured window');
  assert.deepEqual(await lateBy(0.009), []);
});

test('Without a warm-up the profiler is started before the load', async (t) => {
  const workspace = await tempDir(t);
  const fakes = new FakeRooms();
  const scenario = scenarioIn(workspace);
  await measure(
    { ...scenario, load: { ...scenario.load, warmupUs: 0 } },
    { runsDir: runsDirOf(workspace), signal: never, onEvent: fakes.onEvent, rooms: fakes.rooms },
  );
  assert.deepEqual(fakes.did.slice(0, 3), ['start api', 'profile api', 'load']);
});

test('With collection off no profiler is started', async (t) => {
  const workspace = await tempDir(t);
  const fakes = new FakeRooms();
  const scenario = {
    ...scenarioIn(workspace),
    collect: { cpuIntervalUs: null, with: 'auto', callGraph: 'auto' } as const,
  };
  await measure(scenario, { runsDir: runsDirOf(workspace), signal: never, onEvent: fakes.onEvent, rooms: fakes.rooms });
  assert.ok(!fakes.did.includes('profile api'));
  assert.ok(fakes.did.includes('collect api'), 'runtime events are collected all the same');
});

test('The folder of runs keeps itself out of commits, and a .gitignore that is there stays', async (t) => {
  const workspace = await tempDir(t);
  const runsDir = runsDirOf(workspace);
  const fakes = new FakeRooms();
  const options = { runsDir, signal: never, onEvent: fakes.onEvent, rooms: fakes.rooms };
  await measure(scenarioIn(workspace), options);
  const ignore = join(workspace, '.slowpath', '.gitignore');
  assert.equal(await readFile(ignore, 'utf8'), '*\n');
  await writeFile(ignore, 'mine\n');
  await measure(scenarioIn(workspace), options);
  assert.equal(await readFile(ignore, 'utf8'), 'mine\n');
  assert.equal((await listRuns(runsDir)).length, 2);
});

test('While it runs the folder says so; its manifest is whole at every moment', async (t) => {
  const { runsDir, stop, run } = await endlessRun(t);
  let manifest = await onlyRun(runsDir);
  while (!manifest.window) manifest = await onlyRun(runsDir);
  assert.equal(manifest.state, 'running');
  assert.equal(manifest.targets[0]?.pid, 4711);
  const { durationUs } = manifest.scenario.load;
  assert.deepEqual(
    manifest.window,
    { warmupStartUs: 10, startUs: 20, endUs: 20 + durationUs },
    'as far as it is known',
  );
  stop.abort();
  await run;
});

test('A cancelled run is kept, marked, and everything of it is stopped', async (t) => {
  const { fakes, stop, run } = await endlessRun(t);
  stop.abort();
  const manifest = await readManifest(await run);
  assert.equal(manifest.state, 'cancelled');
  assert.equal(manifest.error, null);
  assert.equal(manifest.summary?.requests.sent, 990);
  assert.deepEqual(fakes.did.slice(-2), ['collect api', 'dispose api']);
});

test('Cancelled while a target starts: the run is kept as cancelled and opens empty', async (t) => {
  const workspace = await tempDir(t);
  const fakes = new FakeRooms();
  const stop = new AbortController();
  fakes.starting = (name, signal) => {
    if (name === 'api') return Promise.resolve();
    stop.abort();
    assert.ok(signal.aborted);
    return Promise.reject(new SlowpathError('CANCELLED', 'Cancelled.'));
  };
  const options = { runsDir: runsDirOf(workspace), signal: stop.signal, onEvent: fakes.onEvent, rooms: fakes.rooms };
  const run = await openRun(await measure(scenarioIn(workspace, ['api', 'db']), options));
  assert.equal(run.manifest.state, 'cancelled');
  assert.equal(run.requests.length, 0);
  assert.equal(run.profile, null);
  assert.ok(!fakes.did.includes('load'));
  assert.ok(fakes.did.includes('dispose api'));
});

test('Cancelled before it began: nothing is made', async (t) => {
  const workspace = await tempDir(t);
  const options = { runsDir: runsDirOf(workspace), signal: AbortSignal.abort(), onEvent: () => undefined };
  await assert.rejects(measure(scenarioIn(workspace), options), failsWith('CANCELLED'));
  assert.ok(!existsSync(join(workspace, '.slowpath')));
});

test('A target that dies mid-run stops the load, fails the run, and what was recorded is collected', async (t) => {
  const workspace = await tempDir(t);
  const runsDir = runsDirOf(workspace);
  const fakes = new FakeRooms();
  const { load, measuring } = endlessLoad();
  fakes.load = load;
  const slo = {
    source: 'p99 < 1s',
    metric: { kind: 'quantile', quantile: 0.99 },
    comparison: '<',
    bound: { kind: 'value', value: 1e6 },
  } as const;
  const scenario = scenarioIn(workspace, ['api', 'db'], [slo]);
  const run = measure(scenario, { runsDir, signal: never, onEvent: fakes.onEvent, rooms: fakes.rooms });
  await measuring;
  fakes.targets.get('db')?.die(
    new SlowpathError('TARGET_EXITED', 'Target "db" exited with code 7 during the run.', {
      cause: { code: 7, signal: null },
    }),
  );
  await assert.rejects(run, failsWith('TARGET_EXITED', 'db', '7'));
  const manifest = await onlyRun(runsDir);
  assert.equal(manifest.state, 'failed');
  assert.equal(manifest.error?.code, 'TARGET_EXITED');
  assert.deepEqual(
    manifest.targets.map(({ name, exitCode }) => [name, exitCode]),
    [
      ['api', null],
      ['db', 7],
    ],
  );
  assert.equal(manifest.verdict?.valid, false);
  assert.equal(manifest.summary?.slo[0]?.pass, false, 'an objective is not met by a run that failed');
  assert.deepEqual(fakes.did.slice(-4), ['collect api', 'collect db', 'dispose db', 'dispose api']);
});

test('A load that fails because a target is dying is told as the target’s end', async (t) => {
  const workspace = await tempDir(t);
  const fakes = new FakeRooms();
  fakes.load = () => {
    // The refused connection is seen first, the exit a moment later.
    setTimeout(() => fakes.targets.get('api')?.die(new SlowpathError('TARGET_EXITED', 'Target "api" exited.')), 20);
    return Promise.reject(new SlowpathError('LOAD_FAILED', 'Nobody answers.'));
  };
  const options = { runsDir: runsDirOf(workspace), signal: never, onEvent: fakes.onEvent, rooms: fakes.rooms };
  await assert.rejects(measure(scenarioIn(workspace), options), failsWith('TARGET_EXITED'));
});

test('A load that fails on its own fails the run, and the targets are stopped', async (t) => {
  const workspace = await tempDir(t);
  const fakes = new FakeRooms();
  fakes.load = () => Promise.reject(new SlowpathError('LOAD_FAILED', 'Nobody answers.'));
  const runsDir = runsDirOf(workspace);
  const options = { runsDir, signal: never, onEvent: fakes.onEvent, rooms: fakes.rooms };
  await assert.rejects(measure(scenarioIn(workspace), options), failsWith('LOAD_FAILED', 'Nobody answers.'));
  assert.equal((await onlyRun(runsDir)).state, 'failed');
  assert.equal(fakes.did.at(-1), 'dispose api');
});

test('A second target that can’t start stops the first one', async (t) => {
  const workspace = await tempDir(t);
  const fakes = new FakeRooms();
  fakes.starting = (name) =>
    name === 'db' ? Promise.reject(new SlowpathError('TARGET_NOT_READY', 'Target "db" …')) : Promise.resolve();
  const options = { runsDir: runsDirOf(workspace), signal: never, onEvent: fakes.onEvent, rooms: fakes.rooms };
  await assert.rejects(measure(scenarioIn(workspace, ['api', 'db', 'late']), options), failsWith('TARGET_NOT_READY'));
  assert.deepEqual(
    fakes.did.filter((what) => !what.startsWith('collect')),
    ['start api', 'start db', 'dispose api'],
  );
});

test('A target that never hands over what it collected becomes a gap, not a hang', async (t) => {
  const workspace = await tempDir(t);
  const fakes = new FakeRooms();
  fakes.collectMs = 50;
  fakes.record = () => new Promise(() => undefined);
  const options = { runsDir: runsDirOf(workspace), signal: never, onEvent: fakes.onEvent, rooms: fakes.rooms };
  const manifest = await readManifest(await measure(scenarioIn(workspace), options));
  assert.equal(manifest.state, 'complete');
  assert.deepEqual(fakes.gaps(), ['profile and runtime events of api']);
  assert.equal(manifest.gaps[0]?.what, 'profile and runtime events of api');
});

test('A wall clock set by an hour in the middle is named, and changes no figure', async (t) => {
  const workspace = await tempDir(t);
  const fakes = new FakeRooms();
  fakes.load = () => {
    const now = Date.now.bind(Date);
    t.mock.method(Date, 'now', () => now() - 3_600_000);
    return Promise.resolve(goodLoad);
  };
  const options = { runsDir: runsDirOf(workspace), signal: never, onEvent: fakes.onEvent, rooms: fakes.rooms };
  const manifest = await readManifest(await measure(scenarioIn(workspace), options));
  assert.equal(manifest.state, 'complete');
  const gap = manifest.gaps.find(({ what }) => what === 'wall clock');
  const seconds = Number(/^it was set by (-?[\d.]+) s during the run/.exec(gap?.why ?? '')?.[1]);
  // The machine may pause between the two readings that make an offset.
  assert.ok(Math.abs(seconds + 3600) < 10, gap?.why);
  assert.deepEqual(manifest.window, goodLoad.window);
  assert.deepEqual(manifest.summary?.latencyUs, goodLoad.latencyUs);
  assert.equal(manifest.verdict?.valid, true);
});

test('A full disk is told with the folder and what was kept', async (t) => {
  const workspace = await tempDir(t);
  const runsDir = runsDirOf(workspace);
  const fakes = new FakeRooms();
  fakes.load = async ({ dir }) => {
    await writeFile(join(dir, 'latency.hlog'), 'some of it');
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  };
  const options = { runsDir, signal: never, onEvent: fakes.onEvent, rooms: fakes.rooms };
  await assert.rejects(
    measure(scenarioIn(workspace), options),
    failsWith('RUN_WRITE_FAILED', 'disk is full', runsDir, '--out', 'Kept in', 'latency.hlog', 'run.json'),
  );
  const manifest = await onlyRun(runsDir);
  assert.equal(manifest.state, 'failed');
  assert.equal(manifest.error?.code, 'RUN_WRITE_FAILED');
  assert.equal(fakes.did.at(-1), 'dispose api');
});

test('A workspace that can’t be written to is told with what to do', async (t) => {
  const workspace = await tempDir(t);
  await writeFile(join(workspace, '.slowpath'), 'a file in the way');
  const fakes = new FakeRooms();
  const options = { runsDir: runsDirOf(workspace), signal: never, onEvent: fakes.onEvent, rooms: fakes.rooms };
  await assert.rejects(
    measure(scenarioIn(workspace), options),
    failsWith('RUN_WRITE_FAILED', '.slowpath', '--out DIR'),
  );
  // The kernel refuses to make folders here, whoever asks.
  const elsewhere = { ...options, runsDir: '/proc/slowpath/runs' };
  await assert.rejects(measure(scenarioIn(workspace), elsewhere), failsWith('RUN_WRITE_FAILED', '/proc', '--out DIR'));
  assert.deepEqual(fakes.did, []);
});

test('Two runs at once in one workspace: the second is refused, names the first and leaves no folder', async (t) => {
  const { workspace, runsDir, stop, run } = await endlessRun(t);
  const { id } = await onlyRun(runsDir);
  const second = new FakeRooms();
  const options = { runsDir, signal: never, onEvent: second.onEvent, rooms: second.rooms };
  await assert.rejects(measure(scenarioIn(workspace), options), failsWith('RUN_BUSY', id));
  assert.deepEqual(second.did, []);
  assert.equal((await onlyRun(runsDir)).id, id);
  stop.abort();
  await run;
  await measure(scenarioIn(workspace), options);
});

test('A lock left by a process that is gone, or by another one with its number, is taken over', async (t) => {
  const workspace = await tempDir(t);
  const runsDir = runsDirOf(workspace);
  await mkdir(runsDir, { recursive: true });
  const fakes = new FakeRooms();
  const options = { runsDir, signal: never, onEvent: fakes.onEvent, rooms: fakes.rooms };
  const leftovers = [
    { pid: 2 ** 22 + 1, processStart: null, run: 'gone' },
    { pid: process.pid, processStart: 'another boot:1', run: 'reused' },
    'not a lock',
    { pid: -1, processStart: null, run: 'hostile' },
  ];
  for (const leftover of leftovers) {
    await writeFile(join(runsDir, '.lock'), JSON.stringify(leftover));
    assert.equal((await readManifest(await measure(scenarioIn(workspace), options))).state, 'complete');
  }
  assert.deepEqual(
    (await readdir(runsDir)).filter((name) => name.startsWith('.lock')),
    [],
  );
});

test('Secrets are given to the target but not recorded', async (t) => {
  const workspace = await tempDir(t);
  const fakes = new FakeRooms();
  const scenario = scenarioIn(workspace);
  const [target] = scenario.targets;
  const [request] = scenario.load.requests;
  assert.ok(target?.kind === 'launch' && request);
  const env = {
    PORT: '3000',
    API_TOKEN: 'hunter2',
    DB_PASSWORD: 'hunter2',
    DATABASE_URL: 'postgres://shop:hunter2@127.0.0.1/shop',
    PUBLIC_URL: 'http://127.0.0.1:3000/a:b@c',
  };
  const headers = { Authorization: 'Bearer hunter2', Cookie: 'id=hunter2', Accept: 'text/plain' };
  const secretive = {
    ...scenario,
    targets: [{ ...target, env }],
    load: { ...scenario.load, url: 'http://me:hunter2@127.0.0.1:3000', requests: [{ ...request, headers }] },
  };
  let given: unknown;
  const rooms = {
    ...fakes.rooms,
    startTarget: (...args: Parameters<typeof fakes.rooms.startTarget>) => {
      [given] = args;
      return fakes.rooms.startTarget(...args);
    },
  };
  const dir = await measure(secretive, { runsDir: runsDirOf(workspace), signal: never, onEvent: fakes.onEvent, rooms });
  assert.deepEqual(given, { ...target, env });
  const text = await readFile(join(dir, 'run.json'), 'utf8');
  assert.ok(!text.includes('hunter2'), text);
  const recorded = (await readManifest(dir)).scenario;
  assert.deepEqual(recorded.targets[0], {
    ...target,
    env: {
      ...env,
      API_TOKEN: '(not recorded)',
      DB_PASSWORD: '(not recorded)',
      DATABASE_URL: 'postgres://shop:(not recorded)@127.0.0.1/shop',
    },
  });
  assert.equal(recorded.load.requests[0]?.headers['Accept'], 'text/plain');
});
