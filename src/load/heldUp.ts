import { lowestOf, widthOf } from '../latency/histogram.ts';
import type { Pauses } from './health.ts';

/**
 * Share of the requests that pauses hold up by `heldUs` or more. One that comes, or whose answer does, at a moment of a pause of length L waits
 * for its end, so it is held up by as much in the first L − heldUs of it: Σ max(0, L − heldUs) / window, if either comes as often at any time.
 * Many short pauses don't make a long tail, and of one long pause only its begin does.
 * Source: the residual of a renewal process at a random moment (Feller, An Introduction to Probability Theory II, XI.4); the same
 * arithmetic gives the quantiles of a server that stalls: s + max(0, S − (1 − p) P), the oracle of wrk2's author for coordinated omission (Tene, “How
 * NOT to Measure Latency”, 2015). Held against simulated generators whose pauses, and whose slow requests without them, are known one by one
 * (test/unit/load/ownPauses.test.ts).
 */
export function heldUpShare({ lengths }: Pauses, heldUs: number, windowUs: number): number {
  const { counts, layout } = lengths;
  let sumUs = 0;
  for (const [bucket, count] of counts.entries()) {
    if (count === 0) continue;
    const lengthUs = (lowestOf(layout, bucket) + widthOf(layout, bucket) / 2) * layout.unitUs;
    sumUs += count * Math.max(0, lengthUs - heldUs);
  }
  return windowUs > 0 ? sumUs / windowUs : 0;
}
