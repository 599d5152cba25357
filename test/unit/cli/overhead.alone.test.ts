import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { readArguments } from '../../../src/cli/arguments.ts';
import { helpText } from '../../../src/cli/help.ts';
import type { OverheadJson } from '../../../src/report/overheadJson.ts';
import { openRun } from '../../../src/run/store.ts';
import { lingering, slowpath, workspace } from './harness.ts';

test('overhead reads its words', () => {
  assert.deepEqual(readArguments('overhead orders --pairs 3 --rate 30k/min --duration 2s --json'.split(' ')), {
    name: 'overhead',
    scenario: 'orders',
    plan: undefined,
    out: undefined,
    pairs: 3,
    closed: undefined,
    ratePerSecond: 500,
    durationUs: 2e6,
    json: true,
    allowRemote: false,
  });
  const closed = readArguments(['overhead', '--closed', '10']);
  assert.ok(closed.name === 'overhead' && closed.closed === 10 && closed.pairs === 8);
  for (const [words, message] of [
    ['overhead --pairs 0', /^--pairs: "0" is no number of pairs; write 1 to 100\.$/],
    ['overhead --closed many', /^--closed: "many" is no number of clients/],
    ['overhead --closed 5 --rate 5', /give --closed or --rate, not both/],
    ['overhead --html f', /^slowpath overhead takes no --html; it takes --plan/],
    ['overhead a b', /^It takes one scenario/],
  ] as const)
    assert.throws(() => readArguments(words.split(' ')), { code: 'USAGE', message });
  for (const option of ['plan', 'out', 'pairs', 'closed', 'rate', 'duration', 'json', 'allow-remote'])
    assert.ok(helpText('overhead').includes(`--${option}`), option);
});

test('One pair of a real service: one run is watched, the other carries nothing of ours, both tell their CPU time', async (t) => {
  const dir = await workspace(t, { warmup: '500ms', duration: '1s' });
  const ended = await slowpath(dir, ['overhead', '--pairs', '1', '--closed', '2', '--json']);
  const { overhead, pairs, collectors, cancelled } = JSON.parse(ended.stdout) as OverheadJson;
  assert.deepEqual(await lingering(dir), []);
  assert.equal(cancelled, false);
  const [pair] = pairs;
  assert.ok(pair && pairs.length === 1);
  // On a machine too busy to measure, saying so is the right answer.
  assert.equal(ended.code, pair.trusted ? 0 : 4, ended.stderr);
  assert.equal(overhead === null, !pair.trusted);
  assert.deepEqual(
    collectors.map(({ target, collector }) => [target, collector]),
    [
      ['api', 'probe'],
      ['api', 'inspector'],
    ],
  );
  for (const { samples, lost, blindSpots } of collectors)
    assert.ok(samples !== null && samples > 0 && lost !== null && blindSpots.length > 0);

  const open = (run: string): ReturnType<typeof openRun> => openRun(join(dir, '.slowpath', 'runs', run));
  const [watched, bare] = [await open(pair.watched.run), await open(pair.bare.run)];
  assert.deepEqual(watched.manifest.scenario.load.arrivals, { model: 'closed', concurrency: 2 });
  assert.ok(watched.profile && watched.runtime.serverRequests.length > 0);
  assert.equal(bare.profile, null);
  assert.deepEqual(bare.manifest.collectors, []);
  const { serverRequests, gc, memory, sched } = bare.runtime;
  assert.deepEqual([serverRequests.length, gc.length, memory.length], [0, 0, 0]);
  if (process.platform !== 'linux') return;
  assert.ok(sched.length > 0);
  assert.ok((pair.watched.cpuUs ?? 0) > 0 && (pair.bare.cpuUs ?? 0) > 0);
});
