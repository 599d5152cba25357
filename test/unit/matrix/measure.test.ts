import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { SlowpathError } from '../../../src/errors.ts';
import { scenarioIn } from '../../../src/matrix/cell.ts';
import { readMatrix } from '../../../src/matrix/file.ts';
import { measureMatrix, type MatrixOptions } from '../../../src/matrix/measureMatrix.ts';
import type { Matrix } from '../../../src/matrix/model.ts';
import type { PlannedCell } from '../../../src/plan/matrix.ts';
import type { LoadResult } from '../../../src/load/result.ts';
import { listRuns } from '../../../src/run/store.ts';
import { FakeRooms, goodLoad, scenarioIn as scenario, tempDir } from '../run/fakes.ts';

const planned: readonly PlannedCell[] = [
  { shape: 'single', clients: 1, durationUs: 1e6 },
  { shape: 'many', clients: null, durationUs: 1e6 },
  { shape: 'many', clients: 40, durationUs: 1e6 },
  { shape: 'soak', clients: null, durationUs: 9e6 },
];

/** A matrix on fake rooms; `loads` tells what each cell's load comes to. */
function measuring(
  runsDir: string,
  loads: (cell: number, rooms: FakeRooms, stop: AbortController) => Promise<LoadResult>,
) {
  const stop = new AbortController();
  const fake = new FakeRooms();
  const plain = fake.load;
  let cell = -1;
  fake.load = async (options) => {
    await plain(options);
    return loads(++cell, fake, stop);
  };
  const seen: { durations: number[]; started: string[]; dirs: string[] } = { durations: [], started: [], dirs: [] };
  const options: MatrixOptions = {
    runsDir,
    signal: stop.signal,
    onEvent: fake.onEvent,
    rooms: fake.rooms,
    scenarioFor: (durationUs) => {
      seen.durations.push(durationUs);
      return Promise.resolve(scenario(runsDir));
    },
    onCreated: (dir) => void seen.dirs.push(dir),
    onStart: ({ shape }, index, count) => void seen.started.push(`${index}/${count} ${shape}`),
  };
  return { seen, fake, run: () => measureMatrix('Some orders', planned, options) };
}

async function stored(runsDir: string): Promise<Matrix> {
  const names = await readdir(runsDir);
  const name = names.find((each) => each.includes('-some-orders-matrix-'));
  assert.ok(name !== undefined, names.join(' '));
  return readMatrix(join(runsDir, name));
}

test('A shape is the scenario with another load, and leaves the plan’s own as it is', () => {
  const plain = scenario('/srv', ['api']);
  const streams = {
    ...plain,
    load: { ...plain.load, streams: 16 },
    collect: { ...plain.collect, cpuIntervalUs: 1000 },
  };
  const [single, plan, many, soak] = planned.map((each) => scenarioIn(each, streams));
  assert.deepEqual(single?.load.arrivals, { model: 'closed', concurrency: 1 });
  assert.deepEqual([single.load.connections, single.load.streams, single.slo], [1, 1, []]);
  assert.equal(plan, streams);
  assert.deepEqual(many?.load.arrivals, { model: 'closed', concurrency: 40 });
  assert.deepEqual([many.load.connections, many.load.streams], [3, 16]);
  assert.equal(soak?.load, streams.load);
  assert.equal(soak.collect.cpuIntervalUs, null);
});

test('Every cell is a run of its own, and the file says the same as what is returned', async (t) => {
  const runsDir = await tempDir(t);
  const { seen, fake, run } = measuring(runsDir, (cell) =>
    Promise.resolve(
      cell === 1
        ? {
            ...goodLoad,
            verdict: { ...goodLoad.verdict, valid: false, reasons: [{ code: 'CPU', text: 'It was busy.' }] },
          }
        : goodLoad,
    ),
  );
  const { dir, matrix } = await run();
  assert.deepEqual(await stored(runsDir), matrix);
  assert.equal(matrix.state, 'complete');
  assert.deepEqual(seen.started, ['0/4 single', '1/4 many', '2/4 many', '3/4 soak']);
  assert.deepEqual(seen.durations, [1e6, 1e6, 1e6, 9e6]);
  assert.deepEqual(seen.dirs, [dir]);
  const runs = await listRuns(runsDir);
  assert.deepEqual(matrix.cells.map((cell) => cell.run).sort(), runs.map(({ id }) => id).sort());
  assert.equal(fake.did.filter((what) => what === 'dispose api').length, 4);
  const [single, plan, , soak] = matrix.cells;
  assert.deepEqual([single?.outcome, single?.latencyUs?.p99, single?.errors], ['good', 2500, 18 / 1000]);
  // An invalid cell shows why, and no percentiles.
  assert.deepEqual([plan?.outcome, plan?.reasons, plan?.latencyUs], ['invalid', ['It was busy.'], null]);
  assert.equal(single?.soak, null);
  assert.deepEqual(
    soak?.soak?.drifts.map(({ of, verdict }) => [of, verdict]),
    [
      ['p50', 'untold'],
      ['p99', 'untold'],
    ],
  );
});

test('Cancelled at any cell, what was measured until then stands', async (t) => {
  for (const [at, measuredInIt] of [
    [0, false],
    [1, true],
    [3, true],
  ] as const) {
    const runsDir = await tempDir(t);
    const window = measuredInIt ? goodLoad.window : { ...goodLoad.window, endUs: goodLoad.window.startUs };
    const { run } = measuring(runsDir, (cell, _, stop) => {
      if (cell === at) stop.abort();
      return Promise.resolve(cell === at ? { ...goodLoad, window, cancelled: true } : goodLoad);
    });
    const { matrix } = await run();
    assert.equal(matrix.state, 'cancelled');
    assert.deepEqual(await stored(runsDir), matrix);
    assert.equal(matrix.cells.length, measuredInIt ? at + 1 : at);
    assert.equal(matrix.planned.length, 4);
  }
});

test('A target that ends under one load is that cell’s failure; one that never stood is everyone’s', async (t) => {
  const runsDir = await tempDir(t);
  const exited = new SlowpathError('TARGET_EXITED', 'api ended with code 1.');
  const { run } = measuring(runsDir, (cell, rooms) => {
    if (cell === 2) rooms.targets.get('api')?.die(exited);
    return cell === 2 ? Promise.reject(exited) : Promise.resolve(goodLoad);
  });
  const { matrix } = await run();
  assert.deepEqual(
    matrix.cells.map(({ outcome }) => outcome),
    ['good', 'good', 'failed', 'good'],
  );
  assert.deepEqual(matrix.cells[2]?.reasons, ['api ended with code 1.']);

  const other = await tempDir(t);
  const failing = measuring(other, () => Promise.resolve(goodLoad));
  failing.fake.starting = () => Promise.reject(new SlowpathError('TARGET_NOT_READY', 'api did not answer.'));
  await assert.rejects(failing.run(), { code: 'TARGET_NOT_READY' });
  const { state, error, cells } = await stored(other);
  assert.deepEqual([state, error, cells], ['failed', { code: 'TARGET_NOT_READY', message: 'api did not answer.' }, []]);
  // Whoever asked knows where that stands.
  assert.deepEqual(
    failing.seen.dirs.map((dir) => dirname(dir)),
    [other],
  );
});
