import { estimatePairs, minimumDetectableEffect, standardDeviation } from './pairedTrials.ts';

/** Numbers of pairs at which a gate looks. */
const looks = [8, 16, 32] as const;

/** How far two measurements of the same thing lie apart, from A/A pairs of one quantile. */
export interface Noise {
  /** Pairs in which both figures are there. */
  readonly pairs: number;
  /** Of after ÷ before − 1, by Hodges and Lehmann; null without pairs. */
  readonly difference: number | null;
  /** 95 % interval of it; null with fewer than six pairs. */
  readonly low: number | null;
  readonly high: number | null;
  /** Standard deviation of ln(after ÷ before); null below two pairs. */
  readonly spread: number | null;
  /** The smallest change that so many pairs find with 80 % power, as a share; null below two pairs. */
  readonly detectable: readonly { readonly pairs: number; readonly effect: number | null }[];
}

/**
 * The noise of one quantile over A/A pairs. Pairs in which a figure is missing or zero are left out.
 *
 * The spread is itself an estimate: of eight pairs, its 95 % interval reaches from 0.66 to 2.04 times (χ² with 7 degrees of
 * freedom: √(7/16.01), √(7/1.690)), and the smallest detectable change with it.
 */
export function noiseOf(pairs: readonly { readonly before: number | null; readonly after: number | null }[]): Noise {
  const differences = pairs
    .map(({ before, after }) => (before === null || after === null ? NaN : Math.log(after / before)))
    .filter(Number.isFinite);
  const spread = differences.length >= 2 ? standardDeviation(differences) : null;
  const { effect, low, high } = estimatePairs(differences);
  return {
    pairs: differences.length,
    difference: differences.length === 0 ? null : effect,
    low: low === null ? null : Math.expm1(low),
    high: high === null ? null : Math.expm1(high),
    spread,
    detectable: looks.map((look) => ({
      pairs: look,
      effect: spread === null ? null : minimumDetectableEffect(spread, look),
    })),
  };
}
