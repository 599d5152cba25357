import type { Gap } from '../../gaps.ts';
import { formatCount, formatUs } from '../../plan/units.ts';

/** What a profiler took of a target, and what the target used of the CPU meanwhile. */
export interface Taking {
  readonly samples: number;
  /** CPU time that they stand for. */
  readonly sampledUs: number;
  /** Told by the profiler, which need not count all. */
  readonly lost: number;
  /** By /proc; null where nobody knows, as when the target ended. */
  readonly cpuUs: number | null;
  /** From sample to sample. */
  readonly intervalUs: number;
}

/** Why a profiler misses samples, as a clause, and what to do about it. */
export interface Missing {
  readonly cause: string;
  readonly remedy: string;
}

/** As many samples may be missing because it ran in stretches shorter than the interval. */
const fewSamples = 10;
/** /proc counts in hundredths of a second, profilers begin and end a moment beside it, and each thread ends within an interval. */
const leastShare = 0.2;
const leastMissing = 20;
/** Where moments are sampled and not CPU time, counts scatter as Poisson's do: so many times their deviation is no chance. */
const deviations = 4;

/** Of a recording without a sample: whether all were lost, or none were due; and what to do about it. */
export function noSamplesOf(
  { lost, cpuUs, intervalUs }: Taking,
  { cause, remedy }: Missing,
): {
  readonly why: string;
  /** The profiler's own count, or by the CPU time. */
  readonly lost: number;
} {
  const due = Math.round((cpuUs ?? 0) / intervalUs);
  if (lost === 0 && due < fewSamples) {
    const why =
      cpuUs === null
        ? 'no sample was taken, and the target has ended: whether it used CPU time is not known'
        : `no sample was taken: the target was idle, with ${formatUs(cpuUs)} of CPU time by /proc`;
    return { why, lost: 0 };
  }
  const used = cpuUs === null ? '' : `, for the target used ${formatUs(cpuUs)} of CPU time`;
  const missing = Math.max(lost, due);
  return { why: `all of some ${formatCount(missing)} samples were lost${used}: ${cause}; ${remedy}`, lost: missing };
}

/**
 * What is missing of a recording by the target's CPU time, where that is more than the profiler says and than chance explains; null if nothing is.
 *
 * @param target its name.
 */
export function missingOf(
  target: string,
  { samples, sampledUs, lost, cpuUs }: Taking,
  { cause, remedy }: Missing,
): { readonly gap: Gap; readonly lost: number } | null {
  if (cpuUs === null || samples === 0 || sampledUs <= 0) return null;
  const due = (cpuUs / sampledUs) * samples;
  const missing = Math.round(due - samples);
  if (missing <= lost || missing < Math.max(leastMissing, leastShare * due, deviations * Math.sqrt(due))) return null;
  const gap = {
    what: `some ${formatCount(missing)} of ${formatCount(Math.round(due))} samples of ${target}`,
    why: `those taken stand for ${formatUs(sampledUs)} of the ${formatUs(cpuUs)} of CPU time that it used by /proc: ${cause}; ${remedy}`,
  };
  return { gap, lost: missing };
}
