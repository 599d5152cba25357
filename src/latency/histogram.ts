import type { LatencySummary } from './summary.ts';

/**
 * A high dynamic range histogram, laid out exactly as HdrHistogram does it (hdrhistogram.org; the bucket arithmetic is that
 * of its `AbstractHistogram`), so that an encoded one is read by any of its ports. Three significant digits: each value is
 * kept to better than 0.1 %.
 *
 * Values are kept as integers in units of `unitUs`. Ours are nanoseconds with a finest step of 8 ns: a loopback round trip
 * of 50 µs is then resolved to 32 ns, where whole microseconds would lose the second digit of a 5 µs one. Counts are
 * doubles: exact to 2^53, no wrap-around. The array grows with the largest value seen: 16 µs need 16 KB, a minute 205 KB.
 */
export interface Histogram {
  readonly layout: HistogramLayout;
  /** By bucket, see `bucketOf`; beyond its end every count is zero. */
  counts: Float64Array;
  /** Number of recorded values. */
  total: number;
  /** Smallest and largest recorded value in units; Infinity and -1 while empty. */
  min: number;
  max: number;
  /** Sum of the recorded values in units. */
  sum: number;
  /** Values beyond `highest`, counted there: when not zero, the largest quantiles are lower bounds. */
  saturated: number;
}

export interface HistogramLayout {
  /** Microseconds in one unit of value. */
  readonly unitUs: number;
  /** log2 of the finest step in units. */
  readonly unitMagnitude: number;
  /** log2 of half the number of linear steps in a bucket: 10 for three digits. */
  readonly halfMagnitude: number;
  readonly digits: number;
  /** Largest value in units. */
  readonly highest: number;
}

/** Nanoseconds, step 8 ns, up to 24 h, three digits. */
export const latencyLayout: HistogramLayout = layoutFor(0.001, 8, 86_400e9, 3);

/** @param lowest finest value to tell apart, in units; rounded down to a power of two. */
export function layoutFor(unitUs: number, lowest: number, highest: number, digits: number): HistogramLayout {
  // Single-step resolution is needed up to 2·10^digits (HdrHistogram: "+/- 1 unit at 1999"), rounded up to a power of two.
  const halfMagnitude = Math.max(Math.ceil(Math.log2(2 * 10 ** digits)), 1) - 1;
  return { unitUs, unitMagnitude: Math.floor(Math.log2(lowest)), halfMagnitude, digits, highest };
}

export function newHistogram(layout: HistogramLayout = latencyLayout): Histogram {
  const counts = new Float64Array(2 ** (layout.halfMagnitude + 1));
  return { layout, counts, total: 0, min: Infinity, max: -1, sum: 0, saturated: 0 };
}

/**
 * Records one latency.
 * @returns false, and records nothing, if it is not a finite number ≥ 0: the caller counts it as lost.
 */
export function record(histogram: Histogram, us: number): boolean {
  if (!(us >= 0 && us < Infinity)) return false;
  recordUnits(histogram, Math.round(us / histogram.layout.unitUs), 1);
  return true;
}

/** Records an integer value in units `count` times; larger ones than the layout's highest are counted there. */
export function recordUnits(histogram: Histogram, units: number, count: number): void {
  let value = units;
  if (value > histogram.layout.highest) {
    value = histogram.layout.highest;
    histogram.saturated += count;
  }
  const bucket = bucketOf(histogram.layout, value);
  if (bucket >= histogram.counts.length) grow(histogram, bucket);
  histogram.counts[bucket] = (histogram.counts[bucket] ?? 0) + count;
  histogram.total += count;
  histogram.sum += value * count;
  if (value > histogram.max) histogram.max = value;
  if (value < histogram.min) histogram.min = value;
}

/** Adds `source` to `target`. Exact: both have the same layout. Throws RangeError otherwise. */
export function addHistogram(target: Histogram, source: Histogram): void {
  const a = target.layout;
  const b = source.layout;
  if (a.unitMagnitude !== b.unitMagnitude || a.halfMagnitude !== b.halfMagnitude || a.unitUs !== b.unitUs) {
    throw new RangeError('Histograms of different layouts cannot be added.');
  }
  if (source.total === 0) return;
  const last = bucketOf(b, source.max);
  if (last >= target.counts.length) grow(target, last);
  for (let i = bucketOf(b, source.min); i <= last; i++) {
    target.counts[i] = (target.counts[i] ?? 0) + (source.counts[i] ?? 0);
  }
  target.total += source.total;
  target.sum += source.sum;
  target.saturated += source.saturated;
  target.max = Math.max(target.max, source.max);
  target.min = Math.min(target.min, source.min);
}

/** Empties it and keeps its memory. */
export function resetHistogram(histogram: Histogram): void {
  if (histogram.total > 0) histogram.counts.fill(0, 0, bucketOf(histogram.layout, histogram.max) + 1);
  histogram.total = 0;
  histogram.sum = 0;
  histogram.saturated = 0;
  histogram.max = -1;
  histogram.min = Infinity;
}

/**
 * Rank of a quantile among n values, 1…n: the smallest rank r with r/n ≥ q (nearest rank, as HdrHistogram). The same rule
 * serves sorted columns, so that both give the same answer. The tiny factor undoes products such as 0.07·100 = 7.000…001.
 */
export function rankOf(q: number, n: number): number {
  return Math.min(n, Math.max(1, Math.ceil(q * n * (1 - 4 * Number.EPSILON))));
}

/** The value in µs that a share `q` (0…1) of the recorded values does not exceed; null while empty. */
export function quantile(histogram: Histogram, q: number): number | null {
  return histogram.total === 0 ? null : valueAtRank(histogram, rankOf(q, histogram.total));
}

/** The value in µs of the given rank, 1 (smallest) … total; the upper end of its bucket, but never above the maximum. */
export function valueAtRank(histogram: Histogram, rank: number): number {
  const { layout, counts } = histogram;
  let seen = 0;
  for (let i = histogram.total === 0 ? 0 : bucketOf(layout, histogram.min); i < counts.length; i++) {
    seen += counts[i] ?? 0;
    if (seen >= rank) return Math.min(lowestOf(layout, i) + widthOf(layout, i) - 1, histogram.max) * layout.unitUs;
  }
  return Math.max(histogram.max, 0) * layout.unitUs;
}

/**
 * A time as a histogram tells it that holds it: the upper end of its bucket, but never above the largest. What is told from the
 * requests themselves passes through here, so that one quantile reads the same from either.
 *
 * @param us what no histogram holds (below 0, NaN, beyond a day) stays as it is
 * @param maxUs the largest of all
 */
export function recordedUs(us: number, maxUs: number): number {
  const { unitUs, highest } = latencyLayout;
  const units = Math.round(us / unitUs);
  if (!(units >= 0 && units <= highest)) return us;
  const bucket = bucketOf(latencyLayout, units);
  const end = lowestOf(latencyLayout, bucket) + widthOf(latencyLayout, bucket) - 1;
  return Math.min(end, Math.round(maxUs / unitUs)) * unitUs;
}

/** Arithmetic mean in µs; null while empty. */
export function mean(histogram: Histogram): number | null {
  return histogram.total === 0 ? null : (histogram.sum / histogram.total) * histogram.layout.unitUs;
}

export function summarize(histogram: Histogram): LatencySummary {
  return {
    p50: quantile(histogram, 0.5),
    p90: quantile(histogram, 0.9),
    p95: quantile(histogram, 0.95),
    p99: quantile(histogram, 0.99),
    'p99.9': quantile(histogram, 0.999),
    max: histogram.total === 0 ? null : histogram.max * histogram.layout.unitUs,
  };
}

/** Index of the count a value in units belongs to. */
export function bucketOf(layout: HistogramLayout, units: number): number {
  if (units < 2 ** 31) return bucketOfInt32(layout, units);
  const steps = Math.floor(units / powerOfTwo(layout.unitMagnitude));
  const half = powerOfTwo(layout.halfMagnitude);
  if (steps < 2 * half) return steps;
  const exponent = floorLog2(steps) - layout.halfMagnitude;
  return exponent * half + Math.floor(steps / powerOfTwo(exponent));
}

/** The same in whole numbers of 32 bits, which nearly every latency fits (two seconds of nanoseconds): several times faster. */
function bucketOfInt32({ unitMagnitude, halfMagnitude }: HistogramLayout, units: number): number {
  const steps = units >> unitMagnitude;
  if (steps < 2 << halfMagnitude) return steps;
  const exponent = 31 - Math.clz32(steps) - halfMagnitude;
  return (exponent << halfMagnitude) + (steps >> exponent);
}

/** Smallest value in units that belongs to a bucket. */
export function lowestOf(layout: HistogramLayout, bucket: number): number {
  const half = 2 ** layout.halfMagnitude;
  if (bucket < 2 * half) return bucket * 2 ** layout.unitMagnitude;
  const exponent = Math.floor(bucket / half) - 1;
  return (bucket - exponent * half) * 2 ** (exponent + layout.unitMagnitude);
}

/** Number of values in units that share a bucket. */
export function widthOf(layout: HistogramLayout, bucket: number): number {
  return 2 ** (Math.max(Math.floor(bucket / 2 ** layout.halfMagnitude) - 1, 0) + layout.unitMagnitude);
}

const powers = Float64Array.from({ length: 64 }, (_, exponent) => 2 ** exponent);

/** A look-up: `2 ** x` costs more than all the rest of recording a value. */
function powerOfTwo(exponent: number): number {
  return powers[exponent] ?? NaN;
}

/** Exact for integers below 2^53; `Math.log2` rounds up just below a power of two and is several times slower. */
function floorLog2(value: number): number {
  return value < 4_294_967_296 ? 31 - Math.clz32(value) : 63 - Math.clz32(Math.floor(value / 4_294_967_296));
}

/** At least doubles, in whole half-buckets. */
function grow(histogram: Histogram, bucket: number): void {
  const half = 2 ** histogram.layout.halfMagnitude;
  const length = Math.max(Math.ceil((bucket + 1) / half) * half, histogram.counts.length);
  const counts = new Float64Array(length);
  counts.set(histogram.counts);
  histogram.counts = counts;
}
