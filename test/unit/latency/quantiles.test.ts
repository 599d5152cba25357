import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { binomialQuantile } from '../../../src/latency/binomial.ts';
import { newHistogram, record, summarize } from '../../../src/latency/histogram.ts';
import {
  orderStatistics,
  percentileCurve,
  quantileInterval,
  recordedStatistics,
  summarizeSorted,
} from '../../../src/latency/quantiles.ts';

const oneTo = (count: number): Float64Array => Float64Array.from({ length: count }, (_, index) => index + 1);

/** P(B ≤ k) term by term, for small counts. */
function binomialCdf(count: number, share: number, k: number): number {
  let sum = 0;
  for (let i = 0; i <= k; i++) {
    let ways = 1;
    for (let j = 0; j < i; j++) ways = (ways * (count - j)) / (j + 1);
    sum += ways * share ** i * (1 - share) ** (count - i);
  }
  return sum;
}

describe('binomial quantile', () => {
  test('agrees with adding up the terms', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        fc.double({ min: 0.001, max: 0.999, noNaN: true }),
        (count, share, probability) => {
          const k = binomialQuantile(count, share, probability);
          assert.ok(binomialCdf(count, share, k) >= probability - 1e-9);
          if (k > 0) assert.ok(binomialCdf(count, share, k - 1) < probability + 1e-9);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('large counts: within a hair of the normal approximation', () => {
    const count = 10_000_000;
    const share = 0.999;
    const deviation = Math.sqrt(count * share * (1 - share));
    assert.ok(Math.abs(binomialQuantile(count, share, 0.975) - (count * share + 1.959964 * deviation)) < 3);
    assert.ok(Math.abs(binomialQuantile(count, share, 0.025) - (count * share - 1.959964 * deviation)) < 3);
  });
});

test('times that stand for several requests are told as those requests would be', () => {
  const several = fc.array(fc.tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 9 })), { minLength: 1 });
  fc.assert(
    fc.property(several, (pairs) => {
      const all = recordedStatistics(
        Float64Array.from(pairs.flatMap(([us, count]) => new Array<number>(count).fill(us))),
      );
      const sample = recordedStatistics(
        Float64Array.from(pairs, ([us]) => us),
        Float32Array.from(pairs, ([, count]) => count),
      );
      assert.equal(sample.count, all.count);
      for (let rank = 1; rank <= all.count; rank++) assert.equal(sample.atRank(rank), all.atRank(rank));
    }),
  );
});

describe('quantile with its interval', () => {
  test('median of ten: [x2, x9], as in the tables (97.9 %)', () => {
    assert.deepEqual(quantileInterval(oneTo(10), 0.5), {
      quantile: 0.5,
      value: 5,
      low: 2,
      high: 9,
      samplesAbove: 5,
      earned: false,
    });
  });

  test('p99 of a hundred has no upper bound, of a thousand it has', () => {
    // P(B ≥ 100) = 0.99^100 = 0.366 > 0.025.
    const small = quantileInterval(oneTo(100), 0.99);
    assert.deepEqual([small.value, small.high, small.samplesAbove, small.earned], [99, null, 1, false]);
    const large = quantileInterval(oneTo(1000), 0.99);
    assert.deepEqual([large.value, large.samplesAbove, large.earned], [990, 10, true]);
    // σ = √9.9 = 3.1: about ±6 ranks.
    assert.ok(large.low !== null && large.low >= 982 && large.low <= 985);
    assert.ok(large.high !== null && large.high >= 996 && large.high <= 998);
  });

  test('covers the true quantile at least as often as promised', () => {
    // A fixed sequence, so that the count is the same on every machine: fractional parts of the golden ratio's multiples, scrambled.
    let state = 1;
    const random = (): number => (state = (state * 48271) % 2147483647) / 2147483647;
    let covered = 0;
    const trials = 2000;
    for (let trial = 0; trial < trials; trial++) {
      const { low, high } = quantileInterval(Float64Array.from({ length: 300 }, random).sort(), 0.9);
      if ((low ?? 0) <= 0.9 && 0.9 <= (high ?? 1)) covered++;
    }
    assert.ok(covered / trials >= 0.945, `${covered} of ${trials}`);
  });

  test('no samples, one sample', () => {
    assert.deepEqual(quantileInterval(new Float64Array(), 0.5), {
      quantile: 0.5,
      value: Number.NaN,
      low: null,
      high: null,
      samplesAbove: 0,
      earned: false,
    });
    // P(B = 0) = 0.01: even one sample bounds the 99th percentile from below.
    assert.deepEqual(quantileInterval(oneTo(1), 0.99), {
      quantile: 0.99,
      value: 1,
      low: 1,
      high: null,
      samplesAbove: 0,
      earned: false,
    });
  });

  test('a histogram answers by its ranks', () => {
    const sorted = oneTo(5000);
    assert.deepEqual(quantileInterval(orderStatistics(sorted), 0.95), quantileInterval(sorted, 0.95));
  });
});

test('times of requests are told exactly as the histogram that recorded them tells them', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 5e9, noNaN: true }), { minLength: 1, maxLength: 300 }), (times) => {
      const histogram = newHistogram();
      for (const us of times) record(histogram, us);
      assert.deepEqual(summarizeSorted(recordedStatistics(Float64Array.from(times).sort())), summarize(histogram));
    }),
    { numRuns: 500 },
  );
});

test('summary: nearest ranks, null without samples', () => {
  assert.deepEqual(summarizeSorted(oneTo(1000)), { p50: 500, p90: 900, p95: 950, p99: 990, 'p99.9': 999, max: 1000 });
  assert.deepEqual(summarizeSorted(new Float64Array()), {
    p50: null,
    p90: null,
    p95: null,
    p99: null,
    'p99.9': null,
    max: null,
  });
});

describe('percentile curve', () => {
  test('from the minimum at 1 to the maximum at the count, ten a decade', () => {
    const curve = percentileCurve(oneTo(1000), 10);
    assert.deepEqual([curve.x[0], curve.us[0]], [1, 1]);
    assert.deepEqual([curve.x[curve.length - 1], curve.us[curve.length - 1]], [1000, 1000]);
    const at = (x: number): number =>
      curve.us[[...curve.x].findIndex((value) => Math.abs(value - x) < 1e-9)] ?? Number.NaN;
    assert.deepEqual([at(10), at(100)], [900, 990]);
    assert.equal(curve.length, 31);
    for (let row = 1; row < curve.length; row++)
      assert.ok((curve.x[row] ?? 0) > (curve.x[row - 1] ?? 0) && (curve.us[row] ?? 0) >= (curve.us[row - 1] ?? 0));
  });

  test('says from where on the figures are not earned', () => {
    const curve = percentileCurve(oneTo(1000), 10);
    const first = [...curve.earned].indexOf(0);
    assert.ok(
      Math.abs((curve.x[first] ?? 0) - 100 * 10 ** 0.1) < 1e-9,
      'beyond 1 in 100 fewer than ten samples are above',
    );
  });

  test('none and one', () => {
    assert.equal(percentileCurve(new Float64Array()).length, 0);
    assert.deepEqual([...percentileCurve(Float64Array.of(7)).us], [7]);
  });
});
