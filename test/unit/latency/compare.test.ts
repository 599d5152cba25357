import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compareRuns, compareTrials, type ComparedRequests } from '../../../src/latency/compare.ts';
import {
  estimatePairs,
  judgePairs,
  minimumDetectableEffect,
  signedRankDistribution,
  signedRankGreater,
  walshAverages,
} from '../../../src/latency/pairedTrials.ts';

const close = (actual: number | null, expected: number, tolerance = 1e-12): void =>
  assert.ok(actual !== null && Math.abs(actual - expected) <= tolerance, `${String(actual)} is not ${expected}`);

describe('exact signed rank', () => {
  test('three pairs: of the 8 sign patterns, sums 0, 1, 2, 3 (twice), 4, 5, 6', () => {
    assert.deepEqual(
      [...signedRankDistribution(3)],
      [1, 1, 1, 2, 1, 1, 1].map((ways) => ways / 8),
    );
  });

  test('all six positive: one pattern of 64', () => close(signedRankGreater([1, 2, 3, 4, 5, 6]), 1 / 64));

  test('only the smallest negative: sums 20 and 21 of 21', () => close(signedRankGreater([-1, 2, 3, 4, 5, 6]), 2 / 64));

  test('ties share ranks: |1|, |1|, |2| are 1.5, 1.5, 3', () => {
    // −1, +1, +2: T⁺ = 4.5; patterns with at least that: {1.5, 3} twice and all three: 3 of 8.
    close(signedRankGreater([-1, 1, 2]), 3 / 8);
  });

  test('zeros are left out', () => close(signedRankGreater([0, 0, 1, 2, 3]), 1 / 8));

  test('nothing at all proves nothing', () => close(signedRankGreater([]), 1));
});

describe('Hodges–Lehmann', () => {
  test('Walsh averages of 1, 3, 8: 1, 2, 3, 4.5, 5.5, 8', () => {
    assert.deepEqual([...walshAverages([1, 3, 8])], [1, 2, 3, 4.5, 5.5, 8]);
    assert.equal(estimatePairs([1, 3, 8]).difference, 3.75);
  });

  test('five pairs can not bound anything at 95 %, six can: the least and greatest average', () => {
    // P(T⁺ = 0) is 1/32 > 0.025 and 1/64 ≤ 0.025.
    assert.deepEqual([estimatePairs([1, 2, 3, 4, 5]).low, estimatePairs([1, 2, 3, 4, 5]).high], [null, null]);
    const six = estimatePairs([1, 2, 3, 4, 5, 9]);
    assert.deepEqual([six.low, six.high], [1, 9]);
  });

  test('eight pairs: k = 4, as in the tables (P(T⁺ ≤ 3) = 5/256)', () => {
    const pairs = [1, 2, 3, 4, 5, 6, 7, 8];
    const walsh = walshAverages(pairs);
    const { low, high } = estimatePairs(pairs);
    assert.deepEqual([low, high], [walsh[3], walsh[walsh.length - 4]]);
  });

  test('the effect is a ratio: ln 1.1 everywhere is 10 % slower', () => {
    close(estimatePairs(Array.from({ length: 6 }, () => Math.log(1.1))).effect, 0.1);
  });
});

describe('the judgement', () => {
  const spread = [-0.02, 0.01, 0, 0.015, -0.01, 0.005, -0.005, 0.02, 0.001, -0.015];
  test('10 % slower fails, unchanged passes, in between is not green', () => {
    assert.equal(judgePairs(spread.map((d) => d + Math.log(1.1))), 'FAIL');
    assert.equal(judgePairs(spread), 'PASS');
    assert.equal(judgePairs(spread.map((d) => d + Math.log(1.05))), 'INCONCLUSIVE');
    assert.equal(judgePairs(spread.slice(0, 3)), 'INCONCLUSIVE');
  });

  test('what could be found: s = 0.13 and 16 pairs: exp(2.4865·0.13/√15.28) − 1 = 8.6 %', () => {
    close(minimumDetectableEffect(0.13, 16), 0.0862, 5e-4);
  });
});

describe('pairs of trials', () => {
  test('by their quantiles: 10 % more in each of eight pairs', () => {
    const noise = [0.99, 1.01, 1, 1.02, 0.98, 1.005, 0.995, 1];
    const { judgement, estimate, detectable } = compareTrials(
      noise.map((factor) => ({ before: 1000, after: 1100 * factor })),
    );
    assert.equal(judgement, 'FAIL');
    close(estimate.effect, 0.1, 0.002);
    assert.ok(
      estimate.low !== null &&
        estimate.low > Math.log(1.08) &&
        estimate.high !== null &&
        estimate.high < Math.log(1.12),
    );
    // s of the logarithms is 0.0122: exp(2.4865·0.0122/√7.64) − 1.
    close(detectable, 0.011, 0.0005);
  });

  test('a pair without a figure is left out, and few pairs decide nothing', () => {
    const { judgement, estimate } = compareTrials([
      { before: 0, after: 5 },
      { before: Number.NaN, after: 5 },
      { before: 5, after: 50 },
    ]);
    assert.deepEqual([judgement, estimate.pairs], ['INCONCLUSIVE', 1]);
  });
});

describe('two runs side by side', () => {
  const requests = (timesUs: readonly number[], more: Partial<ComparedRequests> = {}): ComparedRequests => ({
    length: timesUs.length,
    endpoints: ['get'],
    intendedUs: Float64Array.from(timesUs, (_, row) => row * 1000),
    doneUs: Float64Array.from(timesUs, (time, row) => row * 1000 + time),
    endpoint: new Int32Array(timesUs.length),
    outcome: new Uint8Array(timesUs.length),
    ...more,
  });
  const ramp = (factor: number, count = 2000): number[] =>
    Array.from({ length: count }, (_, row) => (row + 1) * factor);

  test('ratios of quantiles, with the caveat of a single pair', () => {
    const { groups, objections, caveat } = compareRuns(requests(ramp(1)), requests(ramp(1.5)));
    const quantiles = groups.flatMap((group) => group.quantiles);
    assert.deepEqual(
      quantiles.map(({ quantile, ratio }) => [quantile, Number(ratio.toFixed(2))]),
      [0.5, 0.9, 0.95, 0.99, 0.999].map((q) => [q, 1.5]),
    );
    assert.deepEqual(
      quantiles.map(({ worthTesting }) => worthTesting),
      [true, true, true, true, false],
    );
    assert.deepEqual(objections, []);
    assert.match(caveat, /not by one pair/);
  });

  test('a 10 % difference of one pair is no reason to believe anything; p99.9 of 2,000 is not earned', () => {
    const [all] = compareRuns(requests(ramp(1)), requests(ramp(1.1))).groups;
    assert.ok(all);
    assert.ok(all.quantiles.every(({ worthTesting }) => !worthTesting));
    assert.deepEqual(
      all.quantiles.map(({ earned }) => earned),
      [true, true, true, true, false],
    );
  });

  test('warm-up stays out, endpoints are held against each other by name', () => {
    const endpoints = ['get', 'put'];
    const endpoint = Int32Array.from({ length: 2000 }, (_, row) => row % 2);
    const before = requests(ramp(1), { endpoints, endpoint });
    const after = requests(ramp(2), { endpoints: ['put', 'get'], endpoint: endpoint.map((id) => 1 - id) });
    const { groups } = compareRuns(before, after, {
      before: { window: { startUs: 1_000_000, endUs: 2e9 } },
      after: { window: { startUs: 1_000_000, endUs: 2e9 } },
    });
    assert.deepEqual(
      groups.map((group) => [group.endpoint, group.before.requests, group.quantiles[0]?.ratio.toFixed(2)]),
      [
        [null, 1000, '2.00'],
        ['get', 500, '2.00'],
        ['put', 500, '2.00'],
      ],
    );
  });

  test('what must not be compared is said', () => {
    const failing = requests(ramp(1), { outcome: Uint8Array.from({ length: 2000 }, (_, row) => (row < 100 ? 3 : 0)) });
    const { objections } = compareRuns(
      requests(ramp(1)),
      { ...failing, endpoints: ['other'] },
      {
        before: { fingerprint: 'a', valid: false, load: 'poisson, 100/s' },
        after: { fingerprint: 'b', valid: true, load: 'poisson, 40/s' },
      },
    );
    assert.equal(objections.length, 5);
    assert.match(objections.join(' '), /different loads: poisson, 100\/s, then poisson, 40\/s\./);
    assert.match(objections.join(' '), /0\.0 % and 5\.0 %/);
  });

  test('of all requests the run’s own summary is told, of an endpoint its rows', () => {
    const response = { p50: 7, p90: 8, p95: 9, p99: 10, 'p99.9': null, max: 12 };
    const endpoints = ['get', 'put'];
    const after = requests(ramp(1), { endpoints, endpoint: Int32Array.from({ length: 2000 }, (_, row) => row % 2) });
    const { groups } = compareRuns(after, after, { after: { response } });
    const p50s = groups.map(({ quantiles }) => quantiles[0]?.after.value);
    assert.equal(p50s[0], 7);
    assert.ok((p50s[1] ?? 0) > 900);
    assert.ok((groups[0]?.quantiles[4]?.after.value ?? 0) > 1900, 'what the summary lacks the rows tell');
  });

  test('an empty run gives no ratio', () => {
    const [all] = compareRuns(requests([]), requests([5])).groups;
    assert.ok(Number.isNaN(all?.quantiles[0]?.ratio));
  });
});
