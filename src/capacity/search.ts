/** The search for the knee: which rates are offered, in which order, and what the levels tell together. Pure. */

/**
 * What a level came to: `good`, `slo` (an objective was missed), `saturation` (the service or its connections did not keep up)
 * or `generator` (the measurement can't tell).
 */
export type LevelOutcome = 'good' | 'slo' | 'saturation' | 'generator';

export interface Judged {
  readonly ratePerSecond: number;
  readonly outcome: LevelOutcome;
}

export interface SearchRange {
  readonly fromPerSecond: number;
  readonly toPerSecond: number;
  /** Levels from one end to the other, both ends among them. */
  readonly steps: number;
}

export interface Knee {
  /** The highest rate that was good. */
  readonly ratePerSecond: number;
  /** The lowest rate above it that was not; null if none was tried. */
  readonly firstBad: number | null;
  /** What went wrong there; `range`: nothing did, up to the end of the range or of the time. */
  readonly limitedBy: Exclude<LevelOutcome, 'good'> | 'range';
}

export interface SearchResult<T extends Judged> {
  /** null if no rate was good. */
  readonly knee: Knee | null;
  /** In the order they were measured; a rate that was repeated is here twice, and its last level counts. */
  readonly levels: readonly T[];
  /** Cut short: the knee is of what was found until then. */
  readonly cancelled: boolean;
}

/** Good and bad this near to each other tell the knee well enough: runs of some seconds differ by more. */
export const nearEnough = 1.05;
const badInARow = 2;

/**
 * Steps up geometrically until the range or two bad levels in a row end it, then bisects in the logarithm of the rate between
 * the highest good rate and the bad one above it.
 *
 * A level is measured once more if it was bad while a higher one is good, or if the generator spoilt it: one disturbance must
 * not decide. A generator that fails twice ends the search: above it nothing can be told.
 *
 * @param measure one level; null if it was cut short. What it throws ends the search and passes on.
 */
export async function findKnee<T extends Judged>(
  range: SearchRange,
  measure: (ratePerSecond: number, isRepeat: boolean) => Promise<T | null>,
): Promise<SearchResult<T>> {
  const levels: T[] = [];
  const result = (cancelled: boolean): SearchResult<T> => ({ knee: kneeOf(levels), levels, cancelled });
  const level = async (rate: number, isRepeat = false): Promise<LevelOutcome | null> => {
    const measured = await measure(rate, isRepeat);
    if (measured === null) return null;
    levels.push(measured);
    return measured.outcome === 'generator' && !isRepeat ? level(rate, true) : measured.outcome;
  };

  const bad: number[] = [];
  for (const rate of stepsOf(range)) {
    const outcome = await level(rate);
    if (outcome === null) return result(true);
    if (outcome === 'generator') break;
    if (outcome !== 'good') {
      bad.push(rate);
      if (bad.length === badInARow) break;
      continue;
    }
    const doubted = bad.pop();
    if (doubted === undefined) continue;
    const again = await level(doubted, true);
    if (again === null) return result(true);
    if (again !== 'good') break;
  }

  for (;;) {
    const knee = kneeOf(levels);
    if (knee === null || knee.limitedBy === 'generator') break;
    if (knee.firstBad === null) break;
    if (knee.firstBad / knee.ratePerSecond <= nearEnough) break;
    const outcome = await level(rounded(Math.sqrt(knee.ratePerSecond * knee.firstBad)));
    if (outcome === null) return result(true);
  }
  return result(false);
}

/** The levels that count, from the lowest rate to the highest: of a repeated rate the last. */
export function finalLevels<T extends Judged>(levels: readonly T[]): T[] {
  const last = new Map(levels.map((level) => [level.ratePerSecond, level]));
  return [...last.values()].sort((a, b) => a.ratePerSecond - b.ratePerSecond);
}

/** Fails closed: the knee lies below the lowest bad rate, whatever was good above it. */
export function kneeOf(levels: readonly Judged[]): Knee | null {
  const sorted = finalLevels(levels);
  const firstBad = sorted.find(({ outcome }) => outcome !== 'good');
  const below = firstBad === undefined ? sorted : sorted.slice(0, sorted.indexOf(firstBad));
  const best = below.at(-1);
  if (best === undefined) return null;
  const outcome = firstBad?.outcome ?? 'good';
  const limitedBy = outcome === 'good' ? 'range' : outcome;
  return { ratePerSecond: best.ratePerSecond, firstBad: firstBad?.ratePerSecond ?? null, limitedBy };
}

function stepsOf({ fromPerSecond, toPerSecond, steps }: SearchRange): number[] {
  const factor = (toPerSecond / fromPerSecond) ** (1 / (steps - 1));
  return Array.from({ length: steps }, (_, step) => {
    if (step === 0) return fromPerSecond;
    return step === steps - 1 ? toPerSecond : rounded(fromPerSecond * factor ** step);
  });
}

/** Three digits are finer than the 5 % that end the search, and can be typed again. */
function rounded(rate: number): number {
  return Number(rate.toPrecision(3));
}
