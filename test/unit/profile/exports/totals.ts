import { sliceWindows } from '../../../../src/profile/queries/slice.ts';
import { FrameKind, type Profile } from '../../../../src/profile/tables.ts';

export interface Times {
  readonly selfUs: number;
  readonly totalUs: number;
}

/**
 * Self and total CPU time by name and file, stack by stack, each function once a stack. The root and idle ones are no
 * functions. Those without time are left out.
 */
export function totalsByFunction(profile: Profile): Map<string, Times> {
  const { frames, strings, stacks } = profile;
  const { selfUs } = sliceWindows(profile);
  const totals = new Map<string, Times>();
  const add = (key: string, times: Times): void => {
    const before = totals.get(key) ?? { selfUs: 0, totalUs: 0 };
    totals.set(key, { selfUs: before.selfUs + times.selfUs, totalUs: before.totalUs + times.totalUs });
  };
  for (let stack = 0; stack < stacks.length; stack++) {
    const us = selfUs[stack] ?? 0;
    if (us === 0) continue;
    const path: string[] = [];
    for (let at = stack; at >= 0; at = stacks.parent[at] ?? -1) {
      const frame = stacks.frame[at] ?? 0;
      const kind = frames.kind[frame];
      const name = strings[frames.name[frame] ?? -1] ?? '';
      // Idle as a caller of something is made up: only some formats have a kind for it.
      if (kind === FrameKind.root || name === '(idle)') continue;
      path.push(`${name} ${strings[frames.file[frame] ?? -1] ?? ''}`);
    }
    if (path[0] !== undefined) add(path[0], { selfUs: us, totalUs: 0 });
    for (const key of new Set(path)) add(key, { selfUs: 0, totalUs: us });
  }
  return totals;
}

/** What differs between two profiles' functions by more than so many µs, in words; empty if nothing does. */
export function differences(expected: Profile, actual: Profile, toleranceUs: number): string[] {
  const [a, b] = [totalsByFunction(expected), totalsByFunction(actual)];
  const none: Times = { selfUs: 0, totalUs: 0 };
  return [...new Set([...a.keys(), ...b.keys()])].flatMap((key) => {
    const [x, y] = [a.get(key) ?? none, b.get(key) ?? none];
    const apart = Math.max(Math.abs(x.selfUs - y.selfUs), Math.abs(x.totalUs - y.totalUs));
    return apart > toleranceUs ? [`${key}: self ${x.selfUs} → ${y.selfUs}, total ${x.totalUs} → ${y.totalUs}`] : [];
  });
}
