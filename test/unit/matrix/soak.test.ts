import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newHistogram, record } from '../../../src/latency/histogram.ts';
import type { HlogFile } from '../../../src/latency/hlog.ts';
import { soakOf } from '../../../src/matrix/soak.ts';
import type { Run } from '../../../src/run/model.ts';
import { emptyRuntime } from '../../../src/target/runtimeLog.ts';
import { syntheticRun } from '../../fixtures/run.ts';

const base = syntheticRun(1, { durationUs: 1e5 });
const startUs = 5e6;

/** A run of so many seconds with rows of resident memory: [second, thread, bytes]. */
function runWith(seconds: number, memory: readonly (readonly [number, number, number])[]): Run {
  const rows = [...memory].sort((a, b) => a[0] - b[0]);
  const none = new Float64Array(rows.length);
  return {
    ...base,
    manifest: { ...base.manifest, window: { warmupStartUs: 0, startUs, endUs: startUs + seconds * 1e6 } },
    runtime: {
      ...emptyRuntime(),
      threads: [
        { target: 'api', pid: 1, tid: 1, name: 'main' },
        { target: 'api', pid: 1, tid: 2, name: 'worker 1' },
        { target: 'api', pid: 9, tid: 9, name: 'main' },
        { target: 'other', pid: 5, tid: 5, name: 'main' },
      ],
      memory: {
        length: rows.length,
        timeUs: Float64Array.from(rows, ([at]) => startUs + at * 1e6),
        thread: Int32Array.from(rows, ([, thread]) => thread),
        rssBytes: Float64Array.from(rows, ([, , bytes]) => bytes),
        heapUsedBytes: none,
        heapLimitBytes: none,
      },
    },
  };
}

/** So many seconds of the latencies a function gives, with a line of another series beside each. */
function logOf(seconds: number, latencies: (second: number) => readonly number[]): HlogFile {
  const lines = Array.from({ length: seconds }, (_, second) => {
    const histogram = newHistogram();
    for (const us of latencies(second)) record(histogram, us);
    const line = { startSeconds: second, lengthSeconds: 1, histogram };
    return [
      { ...line, tag: 'response' },
      { ...line, tag: 'response/create' },
    ];
  }).flat();
  return { startTimeSeconds: 0, tags: ['response', 'response/create'], lines };
}

const target = base.manifest.scenario.targets[0]?.name ?? '';

test('Intervals of whole seconds, sixty where there is time for them, the rest left out', () => {
  assert.equal(target, 'api');
  const of = (seconds: number): readonly [number, number] => {
    const soak = soakOf(
      runWith(seconds, []),
      logOf(0, () => []),
    );
    return [soak.startSeconds.length, soak.intervalUs];
  };
  assert.deepEqual(of(2.5), [2, 1e6]);
  assert.deepEqual(of(45), [45, 1e6]);
  assert.deepEqual(of(130), [65, 2e6]);
  assert.deepEqual(of(3600), [60, 60e6]);
});

test('Latencies are merged by interval, and a few requests have no p99', () => {
  const log = logOf(130, (second) => Array.from({ length: second < 4 ? 4 : 60 }, () => (second % 2 === 0 ? 100 : 300)));
  const soak = soakOf(runWith(130, []), log);
  assert.deepEqual([soak.p50Us[0], soak.p99Us[0]], [null, null]);
  const [p50, p99] = [soak.p50Us[2] ?? 0, soak.p99Us[2] ?? 0];
  assert.ok(Math.abs(p50 - 100) < 1 && Math.abs(p99 - 300) < 1, `${p50} ${p99}`);
});

test('Memory of a target: all its processes, each once, one fallen silent for a while as it was', () => {
  const { memory } = soakOf(
    runWith(4, [
      [-1, 0, 999],
      [0.2, 0, 100],
      [0.7, 1, 120],
      [1.2, 2, 50],
      [2.1, 0, 130],
      [3.1, 0, 140],
      [3.2, 2, 60],
      [3.3, 3, 7000],
    ]),
    logOf(0, () => []),
  );
  assert.deepEqual(memory, [{ target: 'api', rssBytes: [110, 160, 180, 200] }]);
});

test('A leaking service is found, a steady one is not, and what is not there can’t be told', () => {
  const rows = (leak: number): (readonly [number, number, number])[] =>
    Array.from(
      { length: 240 },
      (_, index) => [index / 4, 0, 1e8 + leak * (index / 4) + 1e5 * ((index * 7) % 5)] as const,
    );
  const log = logOf(60, (second) => Array.from({ length: 200 }, (_, index) => 1000 + index + 10 * ((second * 3) % 7)));
  const verdicts = (leak: number): unknown[] =>
    soakOf(runWith(60, rows(leak)), log).drifts.map(({ of, target: name, verdict }) => [of, name, verdict]);
  assert.deepEqual(verdicts(1e6), [
    ['rss', 'api', 'drifts'],
    ['p50', null, 'steady'],
    ['p99', null, 'steady'],
  ]);
  assert.deepEqual(verdicts(0)[0], ['rss', 'api', 'steady']);
  const slower = logOf(60, (second) => Array.from({ length: 200 }, (_, index) => (1000 + index) * (1 + second / 100)));
  assert.deepEqual(
    soakOf(runWith(60, []), slower).drifts.map(({ of, verdict }) => [of, verdict]),
    [
      ['p50', 'drifts'],
      ['p99', 'drifts'],
    ],
  );
  assert.deepEqual(
    soakOf(
      runWith(60, []),
      logOf(0, () => []),
    ).drifts.map(({ verdict }) => verdict),
    ['untold', 'untold'],
  );
});
