import { theilSen, type Trend } from './theilSen.ts';

export type DriftVerdict = 'drifts' | 'steady' | 'untold';

/** Whether a quantity keeps growing or shrinking over a long load. */
export interface DriftJudgement {
  readonly verdict: DriftVerdict;
  /** What makes it so, as a sentence. */
  readonly why: string;
  /** Of the whole time, per second; null with too few points. */
  readonly trend: Trend | null;
  /** Slope × time ÷ level: what the whole load changed, as a share; with the bounds of its interval. */
  readonly change: { readonly share: number; readonly low: number | null; readonly high: number | null } | null;
}

/** Points; so many that each half still has an interval worth the name. */
export const leastDriftPoints = 40;
/** A surely known change of less than this is no drift: nothing that runs is steadier. */
const leastDrift = 0.01;
/** Of the whole's change, what the second half brings of it if it goes on: evenly it would be a half. */
const lasting = 0.2;
/** For 99.9 %. */
const z9995 = 3.2905267314919255;
/** Steady is what surely changed by less than this. */
const mostSteady = 0.05;

/**
 * `drifts`: the change is 1 % or more, the second half of the time goes on as the whole does, and the intervals of both slopes leave
 * zero out, or one of 99.9 % does: a heap that grows to its working size and stays there has no drift, and of many steady
 * services few are said to have one. `steady`: it surely changed by less than 5 %, or did so in the second half. Else `untold`.
 *
 * @param seconds ascending
 * @param values one a time; NaN where there is none
 */
export function judgeDrift(seconds: ArrayLike<number>, values: ArrayLike<number>): DriftJudgement {
  const known = knownPoints(seconds, values);
  if (known.x.length < leastDriftPoints) {
    const why = `${known.x.length} intervals with figures are too few; it takes ${leastDriftPoints}.`;
    return { verdict: 'untold', why, trend: null, change: null };
  }
  const trend = theilSen(known.x, known.y);
  if (!(trend.level > 0))
    return { verdict: 'untold', why: 'There is nothing to measure a change by.', trend, change: null };
  const change = changeOf(trend, known.x);
  return { ...verdictOf(trend, change, known), trend, change };
}

type Change = NonNullable<DriftJudgement['change']>;
interface Points {
  readonly x: Float64Array;
  readonly y: Float64Array;
}

function verdictOf(trend: Trend, change: Change, { x, y }: Points): { verdict: DriftVerdict; why: string } {
  const half = x.length >> 1;
  const [lateX, lateY] = [x.subarray(half), y.subarray(half)];
  const late = changeOf(theilSen(lateX, lateY), lateX);
  const goesOn = late.share > 0 === change.share > 0 && Math.abs(late.share) >= lasting * Math.abs(change.share);
  const isSurer =
    (isSure(change) && isSure(late)) ||
    isSure(changeOf(theilSen(x, y, z9995), x)) ||
    isSure(changeOf(theilSen(lateX, lateY, z9995), lateX));
  if (goesOn && isSurer && Math.abs(change.share) >= leastDrift)
    return { verdict: 'drifts', why: `It ${trend.slope > 0 ? 'grows' : 'shrinks'} all the time.` };
  if (isSteady(change)) return { verdict: 'steady', why: 'It surely changed by less than 5 %.' };
  if (isSteady(late)) return { verdict: 'steady', why: 'It changed at first, and then by less than 5 %.' };
  return { verdict: 'untold', why: 'It varies too much to tell; run longer.' };
}

function isSure({ low, high }: Change): boolean {
  return low !== null && high !== null && (low > 0 || high < 0);
}

function isSteady({ low, high }: Change): boolean {
  return low !== null && high !== null && low > -mostSteady && high < mostSteady;
}

function changeOf({ slope, low, high, level }: Trend, x: Float64Array): Change {
  const scale = ((x.at(-1) ?? 0) - (x[0] ?? 0)) / level;
  return {
    share: slope * scale,
    low: low === null ? null : low * scale,
    high: high === null ? null : high * scale,
  };
}

function knownPoints(seconds: ArrayLike<number>, values: ArrayLike<number>): Points {
  const rows = Array.from({ length: seconds.length }, (_, row) => row).filter((row) => Number.isFinite(values[row]));
  return {
    x: Float64Array.from(rows, (row) => seconds[row] ?? 0),
    y: Float64Array.from(rows, (row) => values[row] ?? 0),
  };
}
