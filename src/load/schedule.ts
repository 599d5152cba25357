import type { Arrivals } from '../plan/scenario.ts';
import { newRandom, type Random } from './random.ts';

/** When requests are due, independent of how the target does: the open model. */
export interface Schedule {
  /** Time of the next arrival after the start of the load, µs, never decreasing. */
  next(): number;
}

/** The schedule of an open model; null for the closed one, where an answer makes the next request due. */
export function newSchedule(arrivals: Arrivals): Schedule | null {
  switch (arrivals.model) {
    case 'constant':
      return constantSchedule(arrivals.ratePerSecond);
    case 'poisson':
      return poissonSchedule(arrivals.ratePerSecond, newRandom(arrivals.seed));
    case 'closed':
      return null;
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
