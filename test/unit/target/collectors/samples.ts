import { FrameTier, type Profile } from '../../../../src/profile/tables.ts';

/** What a profile holds of one function. */
export interface FunctionSamples {
  /** Samples it was on top of, and those it was anywhere in, by how it ran. */
  readonly self: ReadonlyMap<FrameTier, number>;
  readonly total: ReadonlyMap<FrameTier, number>;
  /** Moments of the samples it was on top of. */
  readonly timesUs: readonly number[];
  /** Its lines that ran. */
  readonly lines: readonly number[];
}

const tierOf = (profile: Profile, frame: number): FrameTier =>
  Object.values(FrameTier).find((tier) => tier === profile.frames.tier[frame]) ?? FrameTier.unknown;

/** All samples of the function of this name, in whatever tier. @param thread the name of the only one that counts. */
export function samplesOf(profile: Profile, name: string, thread?: string): FunctionSamples {
  const { frames, samples, stacks, strings } = profile;
  const isIt = (stack: number): boolean => strings[frames.name[stacks.frame[stack] ?? 0] ?? 0] === name;
  const self = new Map<FrameTier, number>();
  const total = new Map<FrameTier, number>();
  const timesUs: number[] = [];
  const lines = new Set<number>();
  const count = (into: Map<FrameTier, number>, stack: number): void => {
    const tier = tierOf(profile, stacks.frame[stack] ?? 0);
    into.set(tier, (into.get(tier) ?? 0) + 1);
  };
  for (let row = 0; row < samples.length; row++) {
    if (thread !== undefined && profile.threads[samples.thread[row] ?? 0]?.name !== thread) continue;
    const top = samples.stack[row] ?? 0;
    if (isIt(top)) {
      count(self, top);
      timesUs.push(samples.timeUs[row] ?? 0);
      for (let at = stacks.lineStart[top] ?? 0; at < (stacks.lineStart[top + 1] ?? 0); at++)
        lines.add(stacks.lineNumber[at] ?? 0);
    }
    for (let stack = top; stack >= 0; stack = stacks.parent[stack] ?? -1) {
      if (!isIt(stack)) continue;
      count(total, stack);
      break;
    }
  }
  return { self, total, timesUs, lines: [...lines] };
}
