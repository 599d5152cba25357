import { FrameKind, type Profile } from '../tables.ts';
import { outermostStacks } from './functions.ts';
import { totalsOf, type StackWeights } from './slice.ts';

/** Who called a function, by the time that came through each. */
export interface MainCallers {
  /** The function's own time with all it called; equal to the sum of all its callers', also those left out. */
  readonly totalUs: number;
  /** Greatest first. `frame` is -1 where nothing called it: it stood at the bottom of the stack. */
  readonly callers: readonly { readonly frame: number; readonly us: number }[];
  /** Callers left out, and what came through them. */
  readonly others: { readonly count: number; readonly us: number };
}

/**
 * The callers one level up, without the tree that `callers` builds. Counted at a function's outermost occurrence on each
 * path, so its recursion is no caller and no time counts twice; the same function in another tier is no caller either.
 * The first question is linear in stacks; what does not depend on the function is kept, so that the next ones only visit the
 * function's own.
 */
export function mainCallers(profile: Profile, weights: StackWeights, frame: number, most: number): MainCallers {
  const { stacks, frames } = profile;
  const totals = keptTotals(profile, weights);
  const { start, order } = keptOccurrences(profile);
  const isItself = (other: number): boolean =>
    frames.name[other] === frames.name[frame] &&
    frames.file[other] === frames.file[frame] &&
    frames.line[other] === frames.line[frame];
  const through = new Map</* frame */ number, number>();
  let totalUs = 0;
  for (let at = start[frame] ?? 0; at < (start[frame + 1] ?? 0); at++) {
    const stack = order[at] ?? 0;
    const us = totals[stack] ?? 0;
    if (us === 0) continue;
    let above = stacks.parent[stack] ?? -1;
    while (above >= 0 && isItself(stacks.frame[above] ?? -1)) above = stacks.parent[above] ?? -1;
    const caller = above < 0 ? -1 : (stacks.frame[above] ?? -1);
    const named = frames.kind[caller] === FrameKind.root ? -1 : caller;
    through.set(named, (through.get(named) ?? 0) + us);
    totalUs += us;
  }
  const merged = mergeTiers(profile, through).sort((a, b) => b.us - a.us || a.frame - b.frame);
  const rest = merged.slice(most);
  return {
    totalUs,
    callers: merged.slice(0, most),
    others: { count: rest.length, us: rest.reduce((sum, { us }) => sum + us, 0) },
  };
}

/** A caller that ran in several tiers is one caller; its first frame stands for it. */
function mergeTiers({ frames }: Profile, through: ReadonlyMap<number, number>): { frame: number; us: number }[] {
  const merged = new Map</* name, file and line */ string, { frame: number; us: number }>();
  for (const [frame, us] of through) {
    const key = `${frames.name[frame] ?? -1} ${frames.file[frame] ?? -1} ${frames.line[frame] ?? -1}`;
    const caller = merged.get(key);
    if (caller) caller.us += us;
    else merged.set(key, { frame, us });
  }
  return [...merged.values()];
}

const knownTotals = new WeakMap<StackWeights, Float64Array>();

function keptTotals(profile: Profile, weights: StackWeights): Float64Array {
  const totals = knownTotals.get(weights) ?? totalsOf(profile, weights.selfUs);
  knownTotals.set(weights, totals);
  return totals;
}

/** Outermost stacks of each function: `order[start[frame]]` to `order[start[frame + 1]]`. */
interface Occurrences {
  readonly start: Int32Array;
  readonly order: Int32Array;
}

const knownOccurrences = new WeakMap<Profile, Occurrences>();

/** A counting sort of the outermost stacks by function. */
function keptOccurrences(profile: Profile): Occurrences {
  const kept = knownOccurrences.get(profile);
  if (kept) return kept;
  const { stacks, frames } = profile;
  const outermost = outermostStacks(stacks, frames.length);
  const start = new Int32Array(frames.length + 1);
  for (let stack = 0; stack < stacks.length; stack++) {
    const after = (stacks.frame[stack] ?? 0) + 1;
    start[after] = (start[after] ?? 0) + (outermost[stack] ?? 0);
  }
  for (let frame = 0; frame < frames.length; frame++) start[frame + 1] = (start[frame + 1] ?? 0) + (start[frame] ?? 0);
  const next = start.slice();
  const order = new Int32Array(start[frames.length] ?? 0);
  for (let stack = 0; stack < stacks.length; stack++) {
    if (outermost[stack] !== 1) continue;
    const frame = stacks.frame[stack] ?? 0;
    const at = next[frame] ?? 0;
    order[at] = stack;
    next[frame] = at + 1;
  }
  const occurrences = { start, order };
  knownOccurrences.set(profile, occurrences);
  return occurrences;
}
