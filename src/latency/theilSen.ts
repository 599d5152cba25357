import { doubledRanks, medianOfSorted } from './pairedTrials.ts';

/** A line through points by the median of the slopes between all pairs of them. */
export interface Trend {
  readonly points: number;
  /** Of y for one x. */
  readonly slope: number;
  /** Interval of the slope; null with too few points to bound it. */
  readonly low: number | null;
  readonly high: number | null;
  /** The line's y in the middle of the points. */
  readonly level: number;
  /** By how much the neighbourhood of the points widened the interval's variance; 1: the points are independent. */
  readonly inflation: number;
}

const z975 = 1.959963984540054;
/** Of so many points the slopes between all pairs are half a million: some 50 ms. */
const mostPoints = 1000;
/** Autocorrelation is estimated up to this share of the points: beyond it there is little to estimate it from. */
const lagShare = 0.25;
const leastForLags = 10;
/**
 * However alike neighbours are, so many independent points are in all of them: a smooth curve has residuals that are alike, and
 * its slopes are all the surer.
 */
const leastIndependent = 8;

/**
 * The Theil–Sen slope with its 95 % interval. Up to 29 % of wild points don't move it.
 *
 * The interval is Sen's (1968), as in Hollander & Wolfe, Nonparametric Statistical Methods, §9.3: of the N sorted slopes the
 * ⌊(N − C)/2⌋-th and the one after the ⌈(N + C)/2⌉-th, with C = z·√Var K and Var K = (n(n−1)(2n+5) − Σ t(t−1)(2t+5))/18 over groups
 * of t equal y. It holds for independent points; points of one process are not, so the variance is multiplied by a factor
 * from the ranks' autocorrelation (Hamed & Rao 1998).
 *
 * @param x ascending, no two equal
 * @param y one a point, finite
 * @param z of the interval's confidence: 1.96 for 95 %
 * @throws RangeError for more than a thousand points
 */
export function theilSen(x: ArrayLike<number>, y: ArrayLike<number>, z = z975): Trend {
  const n = Math.min(x.length, y.length);
  if (n > mostPoints) throw new RangeError(`${n} points; a slope is made of at most ${mostPoints}`);
  const slopes = new Float64Array((n * (n - 1)) / 2);
  for (let i = 0, at = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) slopes[at++] = ((y[j] ?? 0) - (y[i] ?? 0)) / ((x[j] ?? 0) - (x[i] ?? 0));
  }
  slopes.sort();
  const slope = medianOfSorted(slopes);
  const residuals = Float64Array.from({ length: n }, (_, i) => (y[i] ?? 0) - slope * (x[i] ?? 0));
  const level =
    medianOfSorted(residuals.slice().sort()) + (n === 0 ? 0 : slope * (((x[0] ?? 0) + (x[n - 1] ?? 0)) / 2));
  const inflation = rankInflation(residuals);
  const reach = z * Math.sqrt(kendallVariance(y, n) * inflation);
  const below = Math.floor((slopes.length - reach) / 2);
  return {
    points: n,
    slope,
    low: below >= 1 ? (slopes[below - 1] ?? null) : null,
    high: below >= 1 ? (slopes[slopes.length - below] ?? null) : null,
    level,
    inflation,
  };
}

/** Of Kendall's K if there were no trend; equal values make it smaller. */
function kendallVariance(y: ArrayLike<number>, n: number): number {
  const groups = new Map</* value */ number, number>();
  for (let i = 0; i < n; i++) groups.set(y[i] ?? 0, (groups.get(y[i] ?? 0) ?? 0) + 1);
  let sum = n * (n - 1) * (2 * n + 5);
  for (const t of groups.values()) sum -= t * (t - 1) * (2 * t + 5);
  return sum / 18;
}

/**
 * The greater of two, and never below 1, for points that alternate must not make the trend surer than independent ones would:
 *
 * - Hamed & Rao: 1 + 2/(n(n−1)(n−2)) · Σ (n−k)(n−k−1)(n−k−2)·r(k) over the lags k whose rank autocorrelation r(k) is beyond chance.
 * - (1 + ρ)/(1 − ρ), as if each point were ρ times the last one and chance (Bayley & Hammersley 1946), if r(1) is beyond chance. A
 *   fitted line makes r(1) too small by (2 + 4ρ)/n (Marriott & Pope 1954), so ρ = (n·r(1) + 2)/(n − 4).
 */
function rankInflation(residuals: Float64Array): number {
  const n = residuals.length;
  if (n < leastForLags) return 1;
  // Twice the ranks: a correlation doesn't mind.
  const ranks = doubledRanks(residuals);
  const mean = n + 1;
  const correlationAt = (lag: number): number => {
    let product = 0;
    for (let i = 0; i + lag < n; i++) product += ((ranks[i] ?? 0) - mean) * ((ranks[i + lag] ?? 0) - mean);
    return product / variance;
  };
  const variance = ranks.reduce((sum, rank) => sum + (rank - mean) ** 2, 0);
  if (variance === 0) return 1;
  const chance = z975 / Math.sqrt(n);
  let sum = 0;
  for (let lag = 1; lag <= n * lagShare; lag++) {
    const correlation = correlationAt(lag);
    if (Math.abs(correlation) > chance) sum += (n - lag) * (n - lag - 1) * (n - lag - 2) * correlation;
  }
  const next = correlationAt(1);
  const carried = next > chance ? (n * next + 2) / (n - 4) : 0;
  const byCarrying = carried < 1 ? (1 + carried) / (1 - carried) : Infinity;
  const factor = Math.max(1, 1 + (2 * sum) / (n * (n - 1) * (n - 2)), byCarrying);
  return Math.min(factor, n / leastIndependent);
}
