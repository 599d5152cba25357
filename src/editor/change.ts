import { formatAmount } from '../profile/amount.ts';
import type { Change } from '../profile/queries/placedDiff.ts';
import type { ProfileUnit } from '../profile/tables.ts';
import type { DiffLevel, DiffSide } from './names.ts';

/** What became of a time: sides are told by sign and shape too, never by colour alone. */
export interface Changed {
  readonly side: DiffSide;
  readonly level: DiffLevel;
}

/** Lower bounds of the levels, of all that a request costs on the dearer side: the same in every file. */
const bounds: readonly (readonly [number, DiffLevel])[] = [
  [0.1, 3],
  [0.02, 2],
  [0.004, 1],
];

/**
 * Whether a change is larger than what sampling alone makes of nothing: twice its standard error, which leaves out whatever
 * else differs between two runs.
 */
export function isBeyondNoise({ before, after, error }: Change): boolean {
  return Math.abs(after - before) > 2 * error;
}

/** How much a time has changed, of the larger of both sums; null below what is worth a colour, and within the noise. */
export function changed(
  change: Change,
  sums: { readonly sumBefore: number; readonly sumAfter: number },
): Changed | null {
  const delta = change.after - change.before;
  const share = Math.abs(delta) / Math.max(sums.sumBefore, sums.sumAfter);
  const level = bounds.find(([bound]) => share >= bound)?.[1];
  if (level === undefined || !isBeyondNoise(change)) return null;
  return { side: delta > 0 ? 'more' : 'less', level };
}

/** `+1.2 ms`, `−400 µs`, `±0 µs`. */
export function signedAmount(amount: number, unit: ProfileUnit): string {
  const sign = amount > 0 ? '+' : amount < 0 ? '−' : '±';
  return `${sign}${formatAmount(Math.abs(amount), unit)}`;
}
