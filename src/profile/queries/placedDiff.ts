import type { DiffSide } from './diff.ts';
import { outermostStacks } from './functions.ts';
import { aggregateLines } from './lines.ts';
import { alignPlaces, type Alignment } from './alignPlaces.ts';
import { totalsOf } from './slice.ts';

/** A time of A and of B in what the sides were divided by; 0 where it has none. */
export interface Change {
  readonly before: number;
  readonly after: number;
  /** Standard error of after − before from the number of samples alone (see diffProfiles): a lower bound of the doubt. */
  readonly error: number;
}

/** Where it stands in B's text; of what A alone has, where its line would stand there. */
interface Placed {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly name: string;
}

export interface FunctionChange extends Placed {
  readonly self: Change;
  readonly total: Change;
}

/** `name` is the function that spent most there. */
export interface LineChange extends Placed {
  readonly self: Change;
}

export interface PlacedDiff {
  readonly functions: readonly FunctionChange[];
  readonly lines: readonly LineChange[];
}

/**
 * What functions and lines with a place in a source file cost on each side. Unlike diffProfiles, functions of one name in a
 * file stay apart by their lines, since each is shown at its own; and A's lines are moved as far as their function moved, so
 * that an edit above a function changes nothing. Recursion-safe; linear in stacks and lines.
 */
export function placedDiff(a: DiffSide, b: DiffSide): PlacedDiff {
  const alignment = alignPlaces(a.profile, b.profile);
  const [timesA, timesB] = [rowTimes(a, alignment.rowOfA, alignment), rowTimes(b, alignment.rowOfB, alignment)];
  const [noiseA, noiseB] = [noiseOf(a), noiseOf(b)];
  const change = (before: number, after: number): Change => ({
    before: before / a.per,
    after: after / b.per,
    error: Math.sqrt(before * noiseA + after * noiseB),
  });
  const functions = alignment.places.flatMap((place, row): FunctionChange[] => {
    const total = change(timesA.totalUs[row] ?? 0, timesB.totalUs[row] ?? 0);
    if (total.before === 0 && total.after === 0) return [];
    return [{ ...place, self: change(timesA.selfUs[row] ?? 0, timesB.selfUs[row] ?? 0), total }];
  });
  return { functions, lines: lineChanges(a, b, alignment, change) };
}

function lineChanges(
  a: DiffSide,
  b: DiffSide,
  { currentLine }: Alignment,
  change: (before: number, after: number) => Change,
): LineChange[] {
  const lines = new Map<string, Placed & { before: number; after: number }>();
  const gather = ({ profile, weights }: DiffSide, side: 'before' | 'after'): void => {
    const { strings, frames } = profile;
    const times = aggregateLines(profile, weights);
    for (let row = 0; row < times.length; row++) {
      const us = times.selfUs[row] ?? 0;
      if (us === 0) continue;
      const file = strings[times.file[row] ?? -1] ?? '';
      const frame = times.frame[row] ?? -1;
      const told = times.line[row] ?? 0;
      const line = side === 'before' ? currentLine(frame, told) : told;
      const key = `${line} ${file}`;
      const name = strings[frames.name[frame] ?? -1] ?? '';
      const known = lines.get(key);
      if (known) known[side] += us;
      else lines.set(key, { file, line, name, before: 0, after: 0, [side]: us });
    }
  };
  // B first: a line of both sides bears the name it has now.
  gather(b, 'after');
  gather(a, 'before');
  return [...lines.values()].map(({ file, line, name, before, after }) => ({
    file,
    line,
    name,
    self: change(before, after),
  }));
}

/** Times of each aligned function, µs; totals count it once a stack. */
function rowTimes(
  { profile, weights }: DiffSide,
  rowOf: Int32Array,
  { places }: Alignment,
): { selfUs: Float64Array; totalUs: Float64Array } {
  const { stacks } = profile;
  const rows = stacks.frame.map((frame) => rowOf[frame] ?? 0);
  const outermost = outermostStacks({ length: stacks.length, parent: stacks.parent, frame: rows }, places.length);
  const stackTotal = totalsOf(profile, weights.selfUs);
  const selfUs = new Float64Array(places.length);
  const totalUs = new Float64Array(places.length);
  for (let stack = 0; stack < stacks.length; stack++) {
    const row = rows[stack] ?? 0;
    selfUs[row] = (selfUs[row] ?? 0) + (weights.selfUs[stack] ?? 0);
    if (outermost[stack] === 1) totalUs[row] = (totalUs[row] ?? 0) + (stackTotal[stack] ?? 0);
  }
  return { selfUs, totalUs };
}

/** n samples of w each have a variance of n·w², so a time of t has t·w; divided by what times are divided by. */
function noiseOf({ weights, per }: DiffSide): number {
  const samples = weights.samples.reduce((sum, count) => sum + count, 0);
  return samples === 0 ? 0 : weights.sumUs / samples / (per * per);
}
