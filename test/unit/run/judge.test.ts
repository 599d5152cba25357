import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LoadResult } from '../../../src/load/result.ts';
import { parseSlo } from '../../../src/plan/slo.ts';
import { judgeSlo } from '../../../src/run/judge.ts';
import { needsMoreQuantiles } from '../../../src/run/responseQuantiles.ts';
import { goodLoad } from './fakes.ts';

/** p50 1 ms, p99 2.5 ms, p99.9 4 ms, max 9 ms, mean 1.1 ms; of 1,000 due 6 errors, 2 time-outs, 10 unsent; 988/s. */
function judged(text: string, load: LoadResult = goodLoad, p75: number | null = 1300): unknown[] {
  const [result] = judgeSlo([parseSlo(text)], { load, quantileUs: () => p75 });
  return [result?.pass, result?.actual, result?.bound];
}

test('Each objective is held against its figure', () => {
  assert.deepEqual(judged('p99 < 2ms'), [false, 2500, 2000]);
  assert.deepEqual(judged('p99 < 3ms'), [true, 2500, 3000]);
  assert.deepEqual(judged('p99.9 < 2 * p50'), [false, 4000, 2000]);
  assert.deepEqual(judged('p99.9 <= 4 * p50'), [true, 4000, 4000]);
  assert.deepEqual(judged('p99.9 < 4 * p50'), [false, 4000, 4000]);
  assert.deepEqual(judged('max < 50ms'), [true, 9000, 50_000]);
  assert.deepEqual(judged('mean < 1ms'), [false, 1100, 1000]);
  assert.deepEqual(judged('rate > 990/s'), [false, 988, 990]);
  assert.deepEqual(judged('rate >= 988/s'), [true, 988, 988]);
});

test('Errors are bad answers, time-outs and what could not be sent, of all that was due', () => {
  // (6 + 2 + 10) / (990 + 10)
  assert.deepEqual(judged('errors < 1%'), [false, 0.018, 0.01]);
  assert.deepEqual(judged('errors < 2%'), [true, 0.018, 0.02]);
});

test('A quantile that the summary does not carry comes from the log', () => {
  assert.deepEqual(judged('p75 < 1ms'), [false, 1300, 1000]);
  assert.ok(needsMoreQuantiles([parseSlo('p75 < 1ms')]));
  assert.ok(needsMoreQuantiles([parseSlo('p99 < 3 * p75')]));
  assert.ok(!needsMoreQuantiles(['p50 < 1s', 'p99.9 < 2 * p95', 'errors < 1%', 'max < 1s'].map(parseSlo)));
});

test('It fails closed: nothing measured, nothing due, or an invalid measurement is a miss', () => {
  const empty = { p50: null, p90: null, p95: null, p99: null, 'p99.9': null, max: null };
  const latencyUs = { ...goodLoad.latencyUs, response: empty };
  assert.deepEqual(judged('p99 < 1h', { ...goodLoad, latencyUs }, null), [false, null, 3.6e9]);
  assert.deepEqual(judged('p99.9 < 9 * p75', { ...goodLoad }, null), [false, 4000, null]);
  const none = { ...goodLoad.counts, sent: 0, unsent: 0, errors: 0, timeouts: 0 };
  assert.deepEqual(judged('errors < 1%', { ...goodLoad, counts: none }), [false, null, 0.01]);
  const invalid = { ...goodLoad, verdict: { ...goodLoad.verdict, valid: false } };
  assert.deepEqual(judged('p99 < 3ms', invalid), [false, 2500, 3000]);
});
