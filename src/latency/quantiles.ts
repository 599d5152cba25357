import { binomialQuantile } from './binomial.ts';
import { rankOf, recordedUs } from './histogram.ts';
import type { LatencySummary } from './summary.ts';

export { rankOf } from './histogram.ts';

/** A sample by rank: a sorted array, or a histogram that answers for its ranks. */
export interface OrderStatistics {
  readonly count: number;
  /** The rank-th smallest value, 1-based, in µs. */
  readonly atRank: (rank: number) => number;
}

/** Whether a quantile is shown, but decided by single requests. @param count null where it is not known: then nothing is said. */
export function isFew(us: number | null, count: number | null, quantile: number): boolean {
  return us !== null && count !== null && !isEarned(count, quantile);
}

/** A quantile with its confidence. */
export interface QuantileInterval {
  readonly quantile: number;
  /** The smallest value that at least this share of the samples doesn't exceed. NaN without samples. */
  readonly value: number;
  /** Bounds that hold the true quantile with the given confidence; null where there are too few samples to bound it. */
  readonly low: number | null;
  readonly high: number | null;
  /** How many samples lie above, by rank. */
  readonly samplesAbove: number;
  /** Whether it may be shown as a number (architecture, law 7): at least ten samples above it. */
  readonly earned: boolean;
}

/** Of a sum of weights, in requests. */
const rounding = 0.001;

/** Below this many samples above it a quantile is decided by single events. */
export const minSamplesAbove = 10;

/** Whether a quantile of so many samples may be shown as a number (architecture, law 7). */
export function isEarned(count: number, quantile: number): boolean {
  return count > 0 && count - rankOf(quantile, count) >= minSamplesAbove;
}

/**
 * @param sorted ascending, without NaN.
 * @param standsFor how many there are of each, where they are a sample; null: one.
 */
export function orderStatistics(sorted: Float64Array, standsFor: Float32Array | null = null): OrderStatistics {
  if (!standsFor) return { count: sorted.length, atRank: (rank) => sorted[rank - 1] ?? Number.NaN };
  /** Of all up to each. */
  const upTo = new Float64Array(sorted.length);
  let all = 0;
  for (const [at, each] of standsFor.entries()) upTo[at] = all += each;
  const atRank = (rank: number): number => {
    let from = 0;
    // Whatever rounding leaves to be asked for is with the last.
    let to = sorted.length - 1;
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((upTo[middle] ?? 0) + rounding >= rank) to = middle;
      else from = middle + 1;
    }
    return sorted[from] ?? Number.NaN;
  };
  return { count: Math.round(all), atRank };
}

/**
 * Times of requests, told as the run's histograms tell them.
 * @param times µs, without NaN; left in ascending order where each stands for itself.
 * @param standsFor how many requests each time stands for, where they are a sample; null: one.
 */
export function recordedStatistics(times: Float64Array, standsFor: Float32Array | null = null): OrderStatistics {
  const { count, atRank } = standsFor ? inOrder(times, standsFor) : orderStatistics(times.sort());
  const max = count === 0 ? Number.NaN : atRank(count);
  return { count, atRank: (rank) => recordedUs(atRank(rank), max) };
}

function inOrder(times: Float64Array, standsFor: Float32Array): OrderStatistics {
  const order = Uint32Array.from(times.keys()).sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0));
  return orderStatistics(
    Float64Array.from(order, (at) => times[at] ?? Number.NaN),
    Float32Array.from(order, (at) => standsFor[at] ?? 1),
  );
}

/**
 * A quantile with a distribution-free interval from order statistics: the number of samples below the true quantile is
 * binomial(count, quantile), so [x_l, x_u] with P(B < l) ≤ α/2 and P(B ≥ u) ≤ α/2 covers it with at least `confidence`.
 * Source: David & Nagaraja, Order Statistics, §7.1. Holds for independent samples; victims of one stall are not, so
 * across runs only repeated trials can judge (see pairedTrials.ts).
 */
export function quantileInterval(
  sample: Float64Array | OrderStatistics,
  quantile: number,
  confidence = 0.95,
): QuantileInterval {
  const statistics = asStatistics(sample);
  const { count } = statistics;
  if (count === 0) return { quantile, value: Number.NaN, low: null, high: null, samplesAbove: 0, earned: false };
  const rank = rankOf(quantile, count);
  const alpha = 1 - confidence;
  // P(B ≤ l − 1) ≤ α/2 for the largest l; P(B ≤ u − 1) ≥ 1 − α/2 for the smallest u.
  const low = binomialQuantile(count, quantile, alpha / 2);
  const high = binomialQuantile(count, quantile, 1 - alpha / 2) + 1;
  return {
    quantile,
    value: statistics.atRank(rank),
    low: low >= 1 ? statistics.atRank(low) : null,
    high: high <= count ? statistics.atRank(high) : null,
    samplesAbove: count - rank,
    earned: isEarned(count, quantile),
  };
}

/** The usual quantiles. Null without samples. */
export function summarizeSorted(sample: Float64Array | OrderStatistics): LatencySummary {
  const { count, atRank } = asStatistics(sample);
  const at = (quantile: number): number | null => (count === 0 ? null : atRank(rankOf(quantile, count)));
  return { p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99), 'p99.9': at(0.999), max: at(1) };
}

/** Columns of the percentile chart. */
export interface PercentileCurve {
  readonly length: number;
  /** 1/(1 − p): one sample in x is slower than `us`. The last row is the maximum, at x = count. */
  readonly x: Float64Array;
  readonly us: Float64Array;
  /** 1 where at least ten samples lie above. */
  readonly earned: Uint8Array;
}

/** Latency over x = 1/(1 − p), evenly spaced on the logarithmic axis, the maximum included. */
export function percentileCurve(sample: Float64Array | OrderStatistics, pointsPerDecade = 40): PercentileCurve {
  const { count, atRank } = asStatistics(sample);
  if (count === 0) return { length: 0, x: new Float64Array(), us: new Float64Array(), earned: new Uint8Array() };
  const steps = Math.floor(Math.log10(count) * pointsPerDecade - 1e-9);
  const x = new Float64Array(steps + 2);
  const us = new Float64Array(steps + 2);
  const earned = new Uint8Array(steps + 2);
  for (let step = 0; step <= steps; step++) {
    const at = 10 ** (step / pointsPerDecade);
    const rank = rankOf(1 - 1 / at, count);
    x[step] = at;
    us[step] = atRank(rank);
    earned[step] = count - rank >= minSamplesAbove ? 1 : 0;
  }
  if (count === 1)
    return { length: 1, x: Float64Array.of(1), us: Float64Array.of(atRank(1)), earned: new Uint8Array(1) };
  x[steps + 1] = count;
  us[steps + 1] = atRank(count);
  return { length: steps + 2, x, us, earned };
}

function asStatistics(sample: Float64Array | OrderStatistics): OrderStatistics {
  return sample instanceof Float64Array ? orderStatistics(sample) : sample;
}
