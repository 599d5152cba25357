import assert from 'node:assert/strict';
import { test } from 'node:test';
import { estimateOverhead, type Pair } from '../../../src/overhead/estimate.ts';
import { cpuTimeUs, trialOf, type Trial } from '../../../src/overhead/trial.ts';
import type { SchedTable } from '../../../src/target/tables.ts';
import { syntheticRun } from '../../fixtures/run.ts';

function sched(rows: readonly (readonly [thread: number, timeUs: number, cpuUs: number])[]): SchedTable {
  return {
    length: rows.length,
    thread: Int32Array.from(rows, ([thread]) => thread),
    timeUs: Float64Array.from(rows, ([, time]) => time),
    cpuUs: Float64Array.from(rows, ([, , cpu]) => cpu),
    waitUs: new Float64Array(rows.length),
  };
}

function trial(change: Partial<Trial> = {}): Trial {
  return { run: 'run', achieved: 100, cpuUs: 50, p50Us: 1000, p99Us: 2000, reasons: [], ...change };
}

function pair(watched: Partial<Trial>, bare: Partial<Trial> = {}): Pair {
  return { watched: trial(watched), bare: trial(bare) };
}

test('CPU time between two moments: every thread’s growth, straight between its readings', () => {
  const rows = sched([
    [1, 0, 1000],
    [2, 50, 10],
    [1, 100, 1050], // at 50: 1025
    [2, 150, 70],
    [1, 200, 1150], // at 150: 1100
    [3, 400, 9000], // after the window
    [3, 500, 9900],
  ]);
  assert.equal(cpuTimeUs(rows, 50, 150), 75 + 60);
  assert.equal(cpuTimeUs(rows, 0, 500), 150 + 60 + 900);
  assert.equal(cpuTimeUs(rows, 110, 120), 10 + 6, 'between two readings of each');
  assert.equal(cpuTimeUs(sched([]), 0, 500), null, 'a system that tells none is no zero');
});

test('Each figure is the estimate over pairs of watched ÷ bare; an interval takes six pairs', () => {
  const six = [1.1, 1.1, 1.1, 1.1, 1.1, 1.1].map((ratio, index) =>
    pair({ cpuUs: 50 * (index + 1) * ratio, achieved: 80, p99Us: 3000 }, { cpuUs: 50 * (index + 1) }),
  );
  const overhead = estimateOverhead(six, '2026-01-01T00:00:00.000Z');
  assert.ok(overhead?.cpu && overhead.throughput && overhead.p50 && overhead.p99);
  assert.equal(overhead.pairs, 6);
  for (const [figure, ratio] of [
    [overhead.cpu, 1.1],
    [overhead.throughput, 0.8],
    [overhead.p50, 1],
    [overhead.p99, 1.5],
  ] as const) {
    assert.ok(Math.abs(figure.ratio - ratio) < 1e-9, `${figure.ratio} for ${ratio}`);
    assert.ok(figure.low !== null && figure.high !== null && figure.low <= figure.ratio && figure.high >= figure.ratio);
  }
  const five = estimateOverhead(six.slice(1), '2026-01-01T00:00:00.000Z');
  assert.deepEqual([five?.cpu?.low, five?.cpu?.high], [null, null]);
});

test('A pair with a run that can’t be trusted tells nothing', () => {
  const lost = pair({ cpuUs: 500, reasons: ['The generator sent late.'] });
  const overhead = estimateOverhead([lost, pair({ cpuUs: 55 })], '2026-01-01T00:00:00.000Z');
  assert.equal(overhead?.pairs, 1);
  assert.ok(Math.abs((overhead.cpu?.ratio ?? 0) - 1.1) < 1e-9);
  assert.equal(estimateOverhead([lost], '2026-01-01T00:00:00.000Z'), null);
});

test('What a system doesn’t tell stays untold', () => {
  const overhead = estimateOverhead([pair({ cpuUs: null })], '2026-01-01T00:00:00.000Z');
  assert.equal(overhead?.cpu, null);
  assert.equal(overhead.throughput?.ratio, 1);
});

test('A run as a trial: CPU time by the answers of the window', () => {
  const run = syntheticRun(1, { durationUs: 2e6, warmupUs: 1e6 });
  const { window, summary } = run.manifest;
  assert.ok(window && summary);
  const readings = sched([
    [0, window.startUs, 0],
    [0, window.endUs, 1e6],
  ]);
  const told = trialOf({ ...run, runtime: { ...run.runtime, sched: readings } });
  assert.ok(Math.abs((told.cpuUs ?? 0) - 1e6 / ((summary.ratePerSecond.achieved ?? 0) * 2)) < 1e-6);
  assert.equal(told.p99Us, summary.latencyUs.response.p99);
  assert.deepEqual(told.reasons, []);
  const cut = trialOf({ ...run, manifest: { ...run.manifest, state: 'incomplete' } });
  assert.deepEqual(cut.reasons, ['The run did not come to its end.']);
});
