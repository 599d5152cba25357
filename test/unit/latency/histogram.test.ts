import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import * as hdr from 'hdr-histogram-js';
import {
  addHistogram,
  bucketOf,
  latencyLayout,
  layoutFor,
  lowestOf,
  mean,
  newHistogram,
  quantile,
  rankOf,
  record,
  recordUnits,
  resetHistogram,
  summarize,
  valueAtRank,
  widthOf,
} from '../../../src/latency/histogram.ts';

test('quantiles are nearest-rank values within 0.1 %, the maximum is exact', () => {
  const histogram = newHistogram();
  for (let us = 1; us <= 10_000; us++) assert.ok(record(histogram, us));
  const summary = summarize(histogram);
  for (const [key, expected] of [
    ['p50', 5000],
    ['p90', 9000],
    ['p95', 9500],
    ['p99', 9900],
    ['p99.9', 9990],
  ] as const) {
    const value = summary[key] ?? NaN;
    assert.ok(value >= expected && value <= expected * 1.001, `${key} ${value}`);
  }
  assert.equal(summary.max, 10_000);
  assert.equal(mean(histogram), 5000.5);
});

test('an empty histogram has no quantiles, not zeros', () => {
  const empty = newHistogram();
  assert.deepEqual(summarize(empty), { p50: null, p90: null, p95: null, p99: null, 'p99.9': null, max: null });
  assert.equal(quantile(empty, 0.5), null);
  assert.equal(mean(empty), null);
});

test('what is not a latency is refused and leaves no trace', () => {
  const histogram = newHistogram();
  record(histogram, 100);
  for (const value of [NaN, -1, Infinity, -Infinity]) assert.equal(record(histogram, value), false);
  assert.equal(histogram.total, 1);
  assert.ok(Math.abs((quantile(histogram, 0.99) ?? 0) - 100) < 0.01);
});

test('values beyond the range are counted at its end and said to be', () => {
  const histogram = newHistogram();
  record(histogram, 1e12);
  assert.equal(histogram.saturated, 1);
  assert.equal(summarize(histogram).max, 86_400e6);
});

test('sub-microsecond latencies keep their digits', () => {
  const histogram = newHistogram();
  record(histogram, 5.125);
  assert.equal(quantile(histogram, 0.5), 5.125);
});

test('ranks do not slip on binary fractions', () => {
  assert.equal(rankOf(0.07, 100), 7);
  assert.equal(rankOf(0.29, 100), 29);
  assert.equal(rankOf(0.999, 1000), 999);
  assert.equal(rankOf(0, 10), 1);
  assert.equal(rankOf(1, 10), 10);
  assert.equal(rankOf(0.5, 3), 2);
});

test('buckets, quantiles and totals are those of hdr-histogram-js', () => {
  const units = fc.oneof(
    fc.nat(5000),
    fc.nat(2_000_000),
    fc.maxSafeNat().map((n) => n % 86_400e9),
  );
  fc.assert(
    fc.property(fc.array(units, { minLength: 1, maxLength: 200 }), (values) => {
      const ours = newHistogram();
      const theirs = hdr.build({
        lowestDiscernibleValue: 8,
        highestTrackableValue: 86_400e9,
        numberOfSignificantValueDigits: 3,
        bitBucketSize: 64,
      });
      for (const value of values) {
        recordUnits(ours, value, 1);
        theirs.recordValue(value);
      }
      for (const p of [0.001, 10, 50, 90, 99, 99.9]) {
        // Ours never exceeds the exact maximum; HdrHistogram answers with the end of its bucket.
        const expected = Math.min(theirs.getValueAtPercentile(p), Math.max(...values));
        assert.equal(Math.round((quantile(ours, p / 100) ?? NaN) * 1000), expected, `p${p}`);
      }
      assert.equal(ours.total, theirs.totalCount);
    }),
  );
});

test('every value lies in its bucket, whatever the layout', () => {
  const layouts = fc.record({ lowest: fc.integer({ min: 1, max: 5000 }), digits: fc.integer({ min: 0, max: 5 }) });
  fc.assert(
    fc.property(layouts, fc.maxSafeNat(), ({ lowest, digits }, value) => {
      const layout = layoutFor(1, lowest, Number.MAX_SAFE_INTEGER, digits);
      const bucket = bucketOf(layout, value);
      assert.ok(lowestOf(layout, bucket) <= value && value < lowestOf(layout, bucket) + widthOf(layout, bucket));
    }),
  );
  for (let exponent = 11; exponent < 53; exponent++) {
    for (const value of [2 ** exponent - 1, 2 ** exponent, 2 ** exponent + 1]) {
      const bucket = bucketOf(latencyLayout, value);
      assert.ok(
        lowestOf(latencyLayout, bucket) <= value &&
          value < lowestOf(latencyLayout, bucket) + widthOf(latencyLayout, bucket),
      );
    }
  }
});

test('adding is the same as recording all in one, and refuses another layout', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(10_000_000)), fc.array(fc.nat(100_000)), (a, b) => {
      const [one, two, both] = [newHistogram(), newHistogram(), newHistogram()];
      for (const value of a) recordUnits(one, value, 1);
      for (const value of b) recordUnits(two, value, 1);
      for (const value of [...a, ...b]) recordUnits(both, value, 1);
      addHistogram(one, two);
      assert.deepEqual(summarize(one), summarize(both));
      assert.equal(one.sum, both.sum);
      assert.equal(one.total, both.total);
    }),
  );
  assert.throws(() => addHistogram(newHistogram(), newHistogram(layoutFor(1, 1, 1e6, 2))), RangeError);
});

test('a reset histogram is as good as new', () => {
  const histogram = newHistogram();
  for (const us of [1, 50, 2e6]) record(histogram, us);
  resetHistogram(histogram);
  assert.ok(histogram.counts.every((count) => count === 0));
  record(histogram, 7);
  assert.equal(valueAtRank(histogram, 1), 7);
  assert.equal(histogram.total, 1);
});
