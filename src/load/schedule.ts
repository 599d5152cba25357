import type { Arrivals, Load, Spacing } from '../plan/scenario.ts';
import { newRandom, type Random } from './random.ts';

/** When requests are due, independent of how the target does: the open model. */
export interface Schedule {
  /** Time of the next arrival after the start of the load, µs, never decreasing. */
  next(): number;
}

/**
 * The schedule of an open model; null for the closed one, where an answer makes the next request due.
 * @param warmupUs steps and ramps begin after it; it runs at their first rate.
 */
export function newSchedule(arrivals: Arrivals, warmupUs: number, durationUs: number): Schedule | null {
  switch (arrivals.model) {
    case 'constant':
      return constantSchedule(arrivals.ratePerSecond);
    case 'poisson':
      return poissonSchedule(arrivals.ratePerSecond, newRandom(arrivals.seed));
    case 'step':
      return shapedSchedule(stepPieces(arrivals.ratesPerSecond, arrivals.holdUs, warmupUs), arrivals);
    case 'ramp':
      return shapedSchedule(rampPieces(arrivals.fromPerSecond, arrivals.toPerSecond, warmupUs, durationUs), arrivals);
    case 'closed':
      return null;
  }
}

/** Requests that a load will offer, warm-up included; NaN for the closed model, where the target decides. */
export function expectedRequests({
  arrivals,
  warmupUs,
  durationUs,
}: Pick<Load, 'arrivals' | 'warmupUs' | 'durationUs'>): number {
  const endUs = warmupUs + durationUs;
  switch (arrivals.model) {
    case 'constant':
    case 'poisson':
      return (arrivals.ratePerSecond * endUs) / 1e6;
    case 'step':
      return countUntil(stepPieces(arrivals.ratesPerSecond, arrivals.holdUs, warmupUs), endUs);
    case 'ramp':
      return countUntil(rampPieces(arrivals.fromPerSecond, arrivals.toPerSecond, warmupUs, durationUs), endUs);
    case 'closed':
      return NaN;
  }
}

/** Index × interval rather than a running sum: no rounding error builds up over millions of requests. */
function constantSchedule(ratePerSecond: number): Schedule {
  let index = 0;
  return { next: () => (index++ * 1e6) / ratePerSecond };
}

/** Gaps are exponential with mean 1/rate: −ln(1 − u)/rate, u uniform in [0, 1). */
function poissonSchedule(ratePerSecond: number, random: Random): Schedule {
  let at = 0;
  return {
    next: () => {
      at -= (Math.log(1 - random.next()) * 1e6) / ratePerSecond;
      return at;
    },
  };
}

/** A stretch in which the rate changes evenly; times in µs from the start of the load, rates a µs. */
interface Piece {
  readonly startUs: number;
  readonly rate: number;
  /** Change of the rate a µs. */
  readonly slope: number;
  /** Requests due before it began. */
  readonly before: number;
}

function stepPieces(ratesPerSecond: readonly number[], holdUs: number, warmupUs: number): Piece[] {
  let before = 0;
  return ratesPerSecond.map((ratePerSecond, index) => {
    const rate = ratePerSecond / 1e6;
    const startUs = index === 0 ? 0 : warmupUs + index * holdUs;
    const piece = { startUs, rate, slope: 0, before };
    before += rate * (warmupUs + (index + 1) * holdUs - startUs);
    return piece;
  });
}

function rampPieces(fromPerSecond: number, toPerSecond: number, warmupUs: number, durationUs: number): Piece[] {
  const from = fromPerSecond / 1e6;
  const to = toPerSecond / 1e6;
  const before = from * warmupUs;
  const end = { startUs: warmupUs + durationUs, rate: to, slope: 0, before: before + ((from + to) / 2) * durationUs };
  return [
    { startUs: 0, rate: from, slope: 0, before: 0 },
    { startUs: warmupUs, rate: from, slope: (to - from) / durationUs, before },
    end,
  ];
}

function countUntil(pieces: readonly Piece[], timeUs: number): number {
  const piece = pieces.findLast(({ startUs }) => startUs <= timeUs);
  if (!piece) return 0;
  const since = timeUs - piece.startUs;
  return piece.before + piece.rate * since + (piece.slope / 2) * since * since;
}

/**
 * Arrivals of rate λ(t) by change of time: the n-th of a process of rate 1 (n, or the sum of n exponential gaps) is due at Λ⁻¹ of it,
 * Λ(t) = ∫λ (Çinlar, Introduction to Stochastic Processes, 4.7).
 */
function shapedSchedule(
  pieces: readonly Piece[],
  { spacing, seed }: { readonly spacing: Spacing; readonly seed: number },
): Schedule {
  const random = newRandom(seed);
  let index = 0;
  let sum = 0;
  let current = 0;
  return {
    next: () => {
      if (spacing === 'constant') sum = index++;
      else sum -= Math.log(1 - random.next());
      while (current + 1 < pieces.length && (pieces[current + 1]?.before ?? Infinity) <= sum) current++;
      const piece = pieces[current];
      return piece ? piece.startUs + timeFor(sum - piece.before, piece) : Infinity;
    },
  };
}

/** The root of rate·t + slope/2·t² = count, in the form that stays exact for small slopes. */
function timeFor(count: number, { rate, slope }: Piece): number {
  return (2 * count) / (rate + Math.sqrt(Math.max(0, rate * rate + 2 * slope * count)));
}

/** Chooses endpoints by weight; each with weight w has the share w ÷ Σw. */
export function newEndpointPicker(weights: readonly number[], random: Random): () => number {
  if (weights.length === 1) return () => 0;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const upTo = new Float64Array(weights.length);
  let sum = 0;
  for (const [i, weight] of weights.entries()) upTo[i] = sum += weight / total;
  const last = weights.length - 1;
  return () => {
    const u = random.next();
    let i = 0;
    while (i < last && u >= (upTo[i] ?? 1)) i++;
    return i;
  };
}
