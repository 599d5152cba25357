import { formatCount, formatUs } from '../../../plan/units.ts';

/** A recording without a sample. */
export interface NoSamples {
  /** Told by perf, which does not count all. */
  readonly lost: number;
  /** What the target used meanwhile, by /proc; null where it ended. */
  readonly cpuUs: number | null;
  readonly intervalUs: number;
  /** Stacks are copied for unwinding by DWARF. */
  readonly copiesStacks: boolean;
  /** Kernel time takes no samples here. */
  readonly kernelHidden: boolean;
}

/** As many samples may be missing because it ran in stretches shorter than the interval. */
const fewSamples = 10;

/** Whether samples were lost, or none were due; and what to do about it. The clock of samples is the CPU time itself. */
export function noSamplesOf({ lost, cpuUs, intervalUs, copiesStacks, kernelHidden }: NoSamples): {
  readonly why: string;
  /** perf's own count, or by the CPU time. */
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
  const helps = `profile at a longer interval${copiesStacks ? ', or by frame pointers ("callGraph": "fp"), whose samples are small' : ''}`;
  if (lost === 0 && kernelHidden)
    return {
      why: `some ${formatCount(missing)} samples were due${used}, and none came: perf lost them (${helps}), or it all was kernel time, which perf may not see here`,
      lost: missing,
    };
  return {
    why: `all of some ${formatCount(missing)} samples were lost${used}: perf had no room to write them; ${helps}`,
    lost: missing,
  };
}
