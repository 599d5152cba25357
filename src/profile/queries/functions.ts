import type { Profile } from '../tables.ts';
import { totalsOf, type StackWeights } from './slice.ts';

/** Times of each function, indexed like profile.frames. */
export interface FunctionTimes {
  /** On top of the stack. */
  readonly selfUs: Float64Array;
  /** Anywhere on the stack, counted once a stack however often it recurs. */
  readonly totalUs: Float64Array;
}

/**
 * Self and total time of every function. Recursion-safe: only the outermost occurrence of a function on a path hands its
 * subtree's time to the total, so a total never exceeds the profile. Linear in stacks.
 */
export function aggregateFunctions(profile: Profile, weights: StackWeights): FunctionTimes {
  const { stacks, frames } = profile;
  const selfUs = new Float64Array(frames.length);
  const totalUs = new Float64Array(frames.length);
  const stackTotal = totalsOf(profile, weights.selfUs);
  const outermost = outermostStacks(stacks, frames.length);
  for (let stack = 0; stack < stacks.length; stack++) {
    const frame = stacks.frame[stack] ?? 0;
    selfUs[frame] = (selfUs[frame] ?? 0) + (weights.selfUs[stack] ?? 0);
    if (outermost[stack] === 1) totalUs[frame] = (totalUs[frame] ?? 0) + (stackTotal[stack] ?? 0);
  }
  return { selfUs, totalUs };
}

/** What of a table of stacks a walk over it needs. */
interface Stacks {
  readonly length: number;
  readonly parent: Int32Array;
  readonly frame: Int32Array;
}

const known = new WeakMap<Stacks, Uint8Array>();

/**
 * 1 for each stack whose function is not among its callers already. A depth-first walk that counts, per function, how
 * often it stands on the current path; kept per table, since it does not depend on what is selected.
 */
export function outermostStacks(stacks: Stacks, frameCount: number): Uint8Array {
  const kept = known.get(stacks);
  if (kept) return kept;
  const outermost = new Uint8Array(stacks.length);
  const { firstChild, nextSibling, firstRoot } = childLists(stacks);
  const onPath = new Int32Array(frameCount);
  let stack = firstRoot;
  while (stack >= 0) {
    const frame = stacks.frame[stack] ?? 0;
    if (onPath[frame] === 0) outermost[stack] = 1;
    onPath[frame] = (onPath[frame] ?? 0) + 1;
    let next = firstChild[stack] ?? -1;
    while (next < 0 && stack >= 0) {
      const left = stacks.frame[stack] ?? 0;
      onPath[left] = (onPath[left] ?? 0) - 1;
      next = nextSibling[stack] ?? -1;
      stack = stacks.parent[stack] ?? -1;
    }
    stack = next;
  }
  known.set(stacks, outermost);
  return outermost;
}

/** Children of each stack as linked lists in order of index; roots are linked by nextSibling too. */
function childLists(stacks: Stacks): { firstChild: Int32Array; nextSibling: Int32Array; firstRoot: number } {
  const firstChild = new Int32Array(stacks.length).fill(-1);
  const nextSibling = new Int32Array(stacks.length).fill(-1);
  let firstRoot = -1;
  for (let stack = stacks.length - 1; stack >= 0; stack--) {
    const parent = stacks.parent[stack] ?? -1;
    if (parent < 0) {
      nextSibling[stack] = firstRoot;
      firstRoot = stack;
    } else {
      nextSibling[stack] = firstChild[parent] ?? -1;
      firstChild[parent] = stack;
    }
  }
  return { firstChild, nextSibling, firstRoot };
}
