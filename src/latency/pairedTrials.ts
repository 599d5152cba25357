/**
 * Did a quantile change? Judged over P interleaved pairs of trials, never by pooling requests of two runs (in A/A trials
 * that finds a difference most of the time, because requests of one run are not independent). For pair i the difference
 * is d = ln(Q_after / Q_before). Source: Hodges & Lehmann 1963; Hollander & Wolfe, Nonparametric Statistical Methods, §3.
 */
export interface PairedEstimate {
  readonly pairs: number;
  /** Hodges–Lehmann estimate of d. */
  readonly difference: number;
  /** Interval of d; null with too few pairs for the confidence (below six at 95 %). */
  readonly low: number | null;
  readonly high: number | null;
  /** e^difference − 1: +0.1 is 10 % slower. */
  readonly effect: number;
}

/** Estimate and exact interval: the median and the k-th smallest and greatest of the Walsh averages. */
export function estimatePairs(differences: readonly number[], alpha = 0.05): PairedEstimate {
  const walsh = walshAverages(differences);
  const difference = medianOfSorted(walsh);
  // The largest k with P(T⁺ ≤ k − 1) ≤ α/2.
  const distribution = signedRankDistribution(differences.length);
  let k = 0;
  for (let cumulative = 0; k < distribution.length; k++) {
    cumulative += distribution[k] ?? 0;
    if (cumulative > alpha / 2) break;
  }
  return {
    pairs: differences.length,
    difference,
    low: k >= 1 ? (walsh[k - 1] ?? null) : null,
    high: k >= 1 ? (walsh[walsh.length - k] ?? null) : null,
    effect: Math.expm1(difference),
  };
}

/** All (d_i + d_j)/2 with i ≤ j, ascending. */
export function walshAverages(differences: readonly number[]): Float64Array {
  const averages = new Float64Array((differences.length * (differences.length + 1)) / 2);
  let at = 0;
  for (const [index, first] of differences.entries()) {
    for (const second of differences.slice(index)) averages[at++] = (first + second) / 2;
  }
  return averages.sort();
}

/** P(T⁺ = t) for t = 0…P(P+1)/2: rank r is positive or not, each with probability ½. */
export function signedRankDistribution(pairs: number): Float64Array {
  const distribution = new Float64Array((pairs * (pairs + 1)) / 2 + 1);
  distribution[0] = 1;
  for (let rank = 1; rank <= pairs; rank++) {
    for (let t = distribution.length - 1; t >= 0; t--) {
      const without = distribution[t] ?? 0;
      const including = t >= rank ? (distribution[t - rank] ?? 0) : 0;
      distribution[t] = (without + including) / 2;
    }
  }
  return distribution;
}

/**
 * One-sided exact signed-rank test: the probability of ranks at least this positive if the differences were symmetric
 * about zero. Zeros are left out; ties share their mean rank, for which the exact distribution is built on doubled ranks.
 */
export function signedRankGreater(differences: readonly number[]): number {
  const nonZero = differences.filter((difference) => difference !== 0);
  const ranks = doubledRanks(nonZero.map(Math.abs));
  let positive = 0;
  for (const [index, difference] of nonZero.entries()) if (difference > 0) positive += ranks[index] ?? 0;
  const most = ranks.reduce((sum, rank) => sum + rank, 0);
  const distribution = new Float64Array(most + 1);
  distribution[0] = 1;
  for (const rank of ranks) {
    for (let t = most; t >= 0; t--) {
      distribution[t] = ((distribution[t] ?? 0) + (t >= rank ? (distribution[t - rank] ?? 0) : 0)) / 2;
    }
  }
  let probability = 0;
  for (let t = positive; t <= most; t++) probability += distribution[t] ?? 0;
  return Math.min(1, probability);
}

export type Judgement = 'FAIL' | 'PASS' | 'INCONCLUSIVE';

/**
 * Judges a change against a margin: FAIL if it is worse by more than `margin` (e.g. 0.05 for 5 %), PASS if it is surely
 * not, else INCONCLUSIVE, which is never green.
 */
export function judgePairs(differences: readonly number[], margin = 0.05, alpha = 0.05): Judgement {
  const bound = Math.log1p(margin);
  if (signedRankGreater(differences.map((difference) => difference - bound)) <= alpha) return 'FAIL';
  if (signedRankGreater(differences.map((difference) => bound - difference)) <= alpha) return 'PASS';
  return 'INCONCLUSIVE';
}

/** Of a sample, n − 1 in the denominator; NaN below two values. */
export function standardDeviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}

/**
 * The smallest effect P pairs would find with 80 % power at one-sided 5 %: exp((z_.95 + z_.80)·s/√(0.955·P)) − 1, with s
 * the standard deviation of the differences; 0.955 is the test's efficiency against the t-test.
 */
export function minimumDetectableEffect(standardDeviation: number, pairs: number): number {
  const z = 1.6448536269514722 + 0.8416212335729143;
  return Math.expm1((z * standardDeviation) / Math.sqrt(0.955 * pairs));
}

/** Of values in ascending order; NaN without any. */
export function medianOfSorted(sorted: Float64Array): number {
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** Twice the mean rank of each value, a whole number also for ties. */
export function doubledRanks(values: ArrayLike<number>): number[] {
  const order = Array.from(values, (_, index) => index).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const ranks = new Array<number>(values.length).fill(0);
  for (let first = 0; first < order.length;) {
    let last = first;
    while (last + 1 < order.length && values[order[last + 1] ?? 0] === values[order[first] ?? 0]) last++;
    for (let at = first; at <= last; at++) ranks[order[at] ?? 0] = first + last + 2;
    first = last + 1;
  }
  return ranks;
}
