import { estimatePairs } from '../latency/pairedTrials.ts';
import type { OverheadFacts, Ratio } from '../run/overheadFacts.ts';
import type { Trial } from './trial.ts';

/** Two runs of one scenario, one after the other: with all that watches it, and with nothing. */
export interface Pair {
  readonly watched: Trial;
  readonly bare: Trial;
}

/** Whether both of its runs can be trusted. */
export function isTrusted({ watched, bare }: Pair): boolean {
  return watched.reasons.length === 0 && bare.reasons.length === 0;
}

/**
 * What watching costs: each figure watched ÷ bare, estimated over the trusted pairs (latency/pairedTrials.ts), so that what changes
 * on the machine from pair to pair weighs on both sides. Null without a trusted pair.
 */
export function estimateOverhead(pairs: readonly Pair[], measuredAt: string): OverheadFacts | null {
  const trusted = pairs.filter(isTrusted);
  if (trusted.length === 0) return null;
  const ratio = (figure: (trial: Trial) => number | null): Ratio | null => {
    const differences = trusted.flatMap(({ watched, bare }) => {
      const [on, off] = [figure(watched), figure(bare)];
      return on !== null && off !== null && on > 0 && off > 0 ? [Math.log(on / off)] : [];
    });
    if (differences.length === 0) return null;
    const { difference, low, high } = estimatePairs(differences);
    const grown = (value: number | null): number | null => (value === null ? null : Math.exp(value));
    return { ratio: Math.exp(difference), low: grown(low), high: grown(high) };
  };
  return {
    measuredAt,
    pairs: trusted.length,
    cpu: ratio(({ cpuUs }) => cpuUs),
    throughput: ratio(({ achieved }) => achieved),
    p50: ratio(({ p50Us }) => p50Us),
    p99: ratio(({ p99Us }) => p99Us),
  };
}
