import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkWatched, measureOverhead, type OverheadOptions } from '../../../src/overhead/measureOverhead.ts';
import type { Scenario } from '../../../src/plan/scenario.ts';
import { runsDirOf } from '../../../src/run/folder.ts';
import { measure } from '../../../src/run/measure.ts';
import type { Manifest } from '../../../src/run/model.ts';
import { readManifest } from '../../../src/run/store.ts';
import { emptyRuntime } from '../../../src/target/runtimeLog.ts';
import type { CollectorFacts } from '../../../src/target/target.ts';
import { endlessLoad, FakeRooms, scenarioIn, tempDir } from '../run/fakes.ts';

const probe: CollectorFacts = {
  target: 'api',
  collector: 'probe',
  label: 'the probe',
  intervalUs: null,
  samples: 5,
  lost: 0,
  blindSpots: ['what it can’t see'],
};

interface Set {
  readonly fakes: FakeRooms;
  readonly scenario: Scenario;
  readonly options: OverheadOptions;
  readonly order: string[];
}

async function setUp(t: Parameters<typeof tempDir>[0], change: Partial<OverheadOptions> = {}): Promise<Set> {
  const workspace = await tempDir(t);
  const fakes = new FakeRooms();
  const order: string[] = [];
  const scenario = scenarioIn(workspace);
  fakes.record = () =>
    Promise.resolve({
      files: [],
      profile: null,
      runtime: emptyRuntime(),
      gaps: [],
      collectors: order.at(-1)?.startsWith('watched') ? [probe] : [],
    });
  const options: OverheadOptions = {
    runsDir: runsDirOf(workspace),
    signal: new AbortController().signal,
    pairs: 2,
    scenario: () => Promise.resolve(scenario),
    onEvent: fakes.onEvent,
    rooms: fakes.rooms,
    onStart: (pair, isWatched) => void order.push(`${isWatched ? 'watched' : 'bare'} ${pair}`),
    onPair: ({ watched, bare }) => void order.push(`pair ${watched.achieved} ${bare.achieved}`),
    ...change,
  };
  return { fakes, scenario, options, order };
}

test('Pairs alternate; the bare run has nothing inside its targets; both are kept', async (t) => {
  const { fakes, options, order } = await setUp(t);
  const { pairs, overhead, collectors, cancelled } = await measureOverhead(options);
  assert.deepEqual(order, ['watched 1', 'bare 1', 'pair 988 988', 'bare 2', 'watched 2', 'pair 988 988']);
  assert.equal(cancelled, false);
  assert.deepEqual(collectors, [probe]);
  assert.deepEqual([overhead?.pairs, overhead?.throughput?.ratio, overhead?.cpu], [2, 1, null]);
  const manifests: Manifest[] = [];
  for (const { watched, bare } of pairs)
    for (const { run } of [watched, bare]) manifests.push(await readManifest(join(options.runsDir, run)));
  assert.deepEqual(
    manifests.map(({ scenario: { collect } }) => [collect.with, collect.cpuIntervalUs]),
    [
      ['auto', 1000],
      ['none', null],
      ['auto', 1000],
      ['none', null],
    ],
  );
  assert.equal(fakes.did.filter((what) => what === 'profile api').length, 2);
});

test('A later run of the same scenario states what was measured; another set of collectors doesn’t', async (t) => {
  const { options, scenario, fakes, order } = await setUp(t);
  const { overhead } = await measureOverhead(options);
  order.push('watched later');
  const later = await readManifest(await measure(scenario, options));
  assert.deepEqual(later.overhead, overhead);
  assert.deepEqual(later.collectors, [probe]);
  fakes.record = () =>
    Promise.resolve({
      files: [],
      profile: null,
      runtime: emptyRuntime(),
      gaps: [],
      collectors: [probe, { ...probe, collector: 'inspector', intervalUs: 1000 }],
    });
  assert.equal((await readManifest(await measure(scenario, options))).overhead, null);
  const other = { ...scenario, name: 'other' };
  assert.equal((await readManifest(await measure(other, options))).overhead, null);
});

test('A damaged memory of overheads is none, and is written anew', async (t) => {
  const { options, scenario, order } = await setUp(t);
  const file = join(options.runsDir, 'overhead.json');
  await measureOverhead(options);
  for (const damage of ['{', '[]', '{"format":1,"measured":[{"key":"x","overhead":{"pairs":"many"}}]}']) {
    await writeFile(file, damage);
    order.push('watched');
    assert.equal((await readManifest(await measure(scenario, options))).overhead, null);
  }
  const { overhead } = await measureOverhead(options);
  const kept = JSON.parse(await readFile(file, 'utf8')) as { measured: { overhead: unknown }[] };
  assert.deepEqual(
    kept.measured.map((each) => each.overhead),
    [overhead],
  );
});

test('Cancelled in the second pair: the first one still tells, and nothing is remembered', async (t) => {
  const abort = new AbortController();
  const endless = endlessLoad();
  const { fakes, options, order } = await setUp(t, { signal: abort.signal });
  const stopping = endless.measuring.then(() => abort.abort());
  const result = await measureOverhead({
    ...options,
    onPair: (pair) => {
      options.onPair(pair);
      fakes.load = endless.load;
    },
  });
  await stopping;
  assert.deepEqual(order, ['watched 1', 'bare 1', 'pair 988 988', 'bare 2']);
  assert.equal(result.cancelled, true);
  assert.equal(result.overhead?.pairs, 1);
  await assert.rejects(readFile(join(options.runsDir, 'overhead.json')), { code: 'ENOENT' });
});

test('A scenario in which nothing is watched is refused, with what to write', async (t) => {
  const { scenario } = await setUp(t);
  checkWatched(scenario);
  assert.throws(() => checkWatched({ ...scenario, targets: [] }), { code: 'USAGE', message: /has no targets/ });
  const none = { ...scenario, collect: { ...scenario.collect, with: 'none' as const } };
  assert.throws(() => checkWatched(none), { code: 'USAGE', message: /"with" in its "collect" is "none"/ });
});
