import { aggregateFunctions } from '../../../src/profile/queries/functions.ts';
import { sliceWindows } from '../../../src/profile/queries/slice.ts';
import type { Profile } from '../../../src/profile/tables.ts';

/** Self and total of each function by its name, in the profile's unit; functions without either are left out. */
export function figuresByName(profile: Profile): Map<string, { self: number; total: number }> {
  const times = aggregateFunctions(profile, sliceWindows(profile));
  const figures = new Map<string, { self: number; total: number }>();
  for (let frame = 0; frame < profile.frames.length; frame++) {
    const name = profile.strings[profile.frames.name[frame] ?? -1] ?? '';
    const known = figures.get(name) ?? { self: 0, total: 0 };
    known.self += times.selfUs[frame] ?? 0;
    known.total += times.totalUs[frame] ?? 0;
    if (known.total > 0) figures.set(name, known);
  }
  return figures;
}

/** Names from the root to the top of each sample, with its weight: `main;work 12`. */
export function stackLines(profile: Profile): string[] {
  const { strings, frames, stacks, samples } = profile;
  return Array.from(samples.stack, (top, row) => {
    const names: string[] = [];
    for (let stack = top; stack >= 0; stack = stacks.parent[stack] ?? -1) {
      names.push(strings[frames.name[stacks.frame[stack] ?? -1] ?? -1] ?? '');
    }
    return `${names.reverse().join(';')} ${samples.weightUs[row] ?? 0}`;
  });
}
