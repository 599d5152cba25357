import { noiseOf, type Noise } from '../latency/noise.ts';
import { formatShare, formatUs } from '../plan/units.ts';
import type { Examination } from '../run/doctor.ts';
import { factLines } from './doctorFacts.ts';
import { fewGapsShare, floorLines, gapShare } from './doctorFloor.ts';
import type { DoctorLine } from './doctorLine.ts';
import { detectableIn, noiseLine } from './doctorNoise.ts';

/** What a machine can and cannot resolve. */
export interface Diagnosis {
  readonly lines: readonly DoctorLine[];
  readonly noise: { readonly p50: Noise; readonly p99: Noise };
  /** Whether measurements made now are worth recording. */
  readonly valid: boolean;
  /** The smallest p99 that an objective may ask for here, see `p99BudgetUs`; null where it is not known. */
  readonly p99BudgetUs: number | null;
  /** The last line. */
  readonly verdict: string;
}

/** A p99 is the service's own if the null server's is at most a fifth of it. */
const budgetOfNullServer = 5;
/** A run's verdict allows a send lag of 5 % of the target's p99. */
const budgetOfPacer = 20;

/** Judges a machine. Pure; the thresholds stand beside the lines. */
export function diagnose(examination: Examination): Diagnosis {
  const { figures } = examination;
  const of = (quantile: 'p50' | 'p99'): Noise =>
    noiseOf(figures.pairs.map(({ before, after }) => ({ before: before[quantile], after: after[quantile] })));
  const noise = { p50: of('p50'), p99: of('p99') };
  const lines = [
    ...floorLines(figures),
    noiseLine('p50', noise.p50),
    noiseLine('p99', noise.p99),
    ...factLines(examination),
  ];
  const faults = lines.filter(({ mark }) => mark === 'invalid');
  const budgetUs = p99BudgetUs(examination);
  const change = detectableIn(noise.p99, 16);
  const verdict =
    faults.length > 0
      ? `not fit for measuring: ${faults.map(({ label, figure }) => `${label} (${figure})`).join('; ')}`
      : budgetUs === null
        ? 'the null server did not answer, so what can be measured here is not known'
        : `good enough for p99 budgets of ≥ ${formatUs(budgetUs)}${change === null ? '' : `, and for changes of p99 of ≥ ${formatShare(change)} in 16 pairs`}`;
  return { lines, noise, valid: faults.length === 0, p99BudgetUs: budgetUs, verdict };
}

/**
 * The smallest p99, in µs, that stands clear of the machine itself, rounded up to 1, 2 or 5 times a power of ten. The greatest of:
 *
 * - five times the p99 of the null server under load (the median of all A/A loads);
 * - twenty times the p99 of the pacer's lag;
 * - the longest gap, where gaps take more than a tenth of the 1 % that p99 is about.
 */
export function p99BudgetUs({ figures: { pairs, pacerLag, gaps } }: Examination): number | null {
  const p99s = pairs.flatMap(({ before, after }) => [before.p99, after.p99]).filter((p99) => p99 !== null);
  const nullServer = p99s.sort((a, b) => a - b)[p99s.length >> 1];
  if (nullServer === undefined || pacerLag.p99 === null) return null;
  const gapUs = gapShare(gaps) > fewGapsShare ? gaps.longestUs : 0;
  return roundedUp(Math.max(budgetOfNullServer * nullServer, budgetOfPacer * pacerLag.p99, gapUs));
}

function roundedUp(us: number): number {
  const decade = 10 ** Math.floor(Math.log10(us));
  return decade * ([1, 2, 5].find((step) => us <= step * decade) ?? 10);
}
