import { Int32Column } from '../columns.ts';
import { PairIndex } from '../pairIndex.ts';
import type { Profile } from '../tables.ts';
import { outermostStacks } from './functions.ts';
import type { StackWeights } from './slice.ts';

/** One side of a comparison. */
export interface DiffSide {
  readonly profile: Profile;
  readonly weights: StackWeights;
  /** What times are divided by, so that runs of different length compare: requests, or seconds. */
  readonly per: number;
}

/** Times of A and B beside each other; µs a request (or whatever the sides were divided by). */
export interface DiffTimes {
  readonly length: number;
  readonly selfA: Float64Array;
  readonly selfB: Float64Array;
  readonly totalA: Float64Array;
  readonly totalB: Float64Array;
  /** A DiffPresence. */
  readonly presence: Uint8Array;
}

/** On which sides something has any time at all. */
export const DiffPresence = { neither: 0, gone: 1, new: 2, both: 3 } as const;

/** The call trees of both sides over one set of nodes; callers come first. */
export interface DiffNodes extends DiffTimes {
  /** -1 at a root. */
  readonly parent: Int32Array;
  /** Row of the functions. */
  readonly function: Int32Array;
}

/** Functions by name and file. Totals count a function once a stack, however often it recurs. */
export interface DiffFunctions extends DiffTimes {
  /** A frame of the function in each profile, -1 where it has none: leads to name, file, line and kind. */
  readonly frameA: Int32Array;
  readonly frameB: Int32Array;
  /** Standard errors of selfB − selfA and totalB − totalA from the number of samples alone (see diffProfiles). */
  readonly selfError: Float64Array;
  readonly totalError: Float64Array;
}

export interface ProfileDiff {
  readonly nodes: DiffNodes;
  readonly functions: DiffFunctions;
  /** Σ self of each side. */
  readonly sumA: number;
  readonly sumB: number;
}

/**
 * Aligns the call trees of two profiles by the path of (name, file) from the root, and divides each side's times by what it
 * was measured over. Lines are no part of the path: an edit above a function moves it, and it is the same function. Linear
 * in stacks and frames, on typed arrays.
 *
 * Errors: n samples of w µs make a time of n·w with a standard deviation of √n·w (a Poisson count), so its variance is
 * time²/n; it leaves out whatever else differs between two runs, and so bounds the doubt from below.
 */
export function diffProfiles(a: DiffSide, b: DiffSide): ProfileDiff {
  const functions = alignFunctions(a.profile, b.profile);
  const pairs = new PairIndex();
  const parent = new Int32Column();
  const functionOf = new Int32Column();
  const alignStacks = ({ stacks }: Profile, functionOfFrame: Int32Array): Int32Array => {
    const nodeOf = new Int32Array(stacks.length);
    for (let stack = 0; stack < stacks.length; stack++) {
      const caller = stacks.parent[stack] ?? -1;
      const above = caller < 0 ? -1 : (nodeOf[caller] ?? -1);
      const row = functionOfFrame[stacks.frame[stack] ?? 0] ?? 0;
      const known = pairs.length;
      const node = pairs.idOf(above, row);
      if (node === known) {
        parent.push(above);
        functionOf.push(row);
      }
      nodeOf[stack] = node;
    }
    return nodeOf;
  };
  const [nodesA, nodesB] = [alignStacks(a.profile, functions.ofA), alignStacks(b.profile, functions.ofB)];
  const tree = { length: pairs.length, parent: parent.take(), frame: functionOf.take() };
  const [sideA, sideB] = [sideTimes(a, nodesA, tree), sideTimes(b, nodesB, tree)];
  const count = functions.frameA.length;
  const outermost = outermostStacks(tree, count);
  const [totalsA, totalsB] = [
    functionTimes(sideA, tree, outermost, count),
    functionTimes(sideB, tree, outermost, count),
  ];
  return {
    nodes: { ...tree, function: tree.frame, ...beside(sideA, sideB, tree.length) },
    functions: {
      frameA: functions.frameA,
      frameB: functions.frameB,
      selfError: rootOfSum(totalsA.selfVariance, totalsB.selfVariance),
      totalError: rootOfSum(totalsA.totalVariance, totalsB.totalVariance),
      ...beside(totalsA, totalsB, count),
    },
    sumA: a.weights.sumUs / a.per,
    sumB: b.weights.sumUs / b.per,
  };
}

interface Alignment {
  /** Row of each frame of A and of B. */
  readonly ofA: Int32Array;
  readonly ofB: Int32Array;
  /** First frame of each row, -1 where that side has none. */
  readonly frameA: Int32Array;
  readonly frameB: Int32Array;
}

function alignFunctions(a: Profile, b: Profile): Alignment {
  const texts = new Map<string, number>();
  const pairs = new PairIndex();
  const rowsOf = ({ frames, strings }: Profile): Int32Array => {
    const textOf = Int32Array.from(strings, (text) => {
      const known = texts.get(text) ?? texts.size;
      texts.set(text, known);
      return known;
    });
    return Int32Array.from({ length: frames.length }, (_, frame) =>
      pairs.idOf(textOf[frames.name[frame] ?? -1] ?? -1, textOf[frames.file[frame] ?? -1] ?? -1),
    );
  };
  const [ofA, ofB] = [rowsOf(a), rowsOf(b)];
  const firstFrames = (rows: Int32Array): Int32Array => {
    const first = new Int32Array(pairs.length).fill(-1);
    for (let frame = rows.length - 1; frame >= 0; frame--) first[rows[frame] ?? 0] = frame;
    return first;
  };
  return { ofA, ofB, frameA: firstFrames(ofA), frameB: firstFrames(ofB) };
}

interface Tree {
  readonly length: number;
  readonly parent: Int32Array;
  readonly frame: Int32Array;
}

interface SideTimes {
  readonly self: Float64Array;
  readonly total: Float64Array;
  readonly selfVariance: Float64Array;
  readonly totalVariance: Float64Array;
}

function sideTimes({ weights, per }: DiffSide, nodeOf: Int32Array, tree: Tree): SideTimes {
  const self = new Float64Array(tree.length);
  const selfVariance = new Float64Array(tree.length);
  for (let stack = 0; stack < nodeOf.length; stack++) {
    const us = (weights.selfUs[stack] ?? 0) / per;
    if (us === 0) continue;
    const node = nodeOf[stack] ?? 0;
    self[node] = (self[node] ?? 0) + us;
    selfVariance[node] = (selfVariance[node] ?? 0) + (us * us) / Math.max(1, weights.samples[stack] ?? 1);
  }
  return { self, selfVariance, total: summedUp(self, tree), totalVariance: summedUp(selfVariance, tree) };
}

/** Each node's own and that of all it called: callers come first, so one pass from the end. */
function summedUp(own: Float64Array, { parent }: Tree): Float64Array {
  const sum = own.slice();
  for (let node = sum.length - 1; node >= 0; node--) {
    const above = parent[node] ?? -1;
    if (above >= 0) sum[above] = (sum[above] ?? 0) + (sum[node] ?? 0);
  }
  return sum;
}

function functionTimes(side: SideTimes, tree: Tree, outermost: Uint8Array, count: number): SideTimes {
  const gathered = (values: Float64Array, only: Uint8Array | null): Float64Array => {
    const sums = new Float64Array(count);
    for (let node = 0; node < tree.length; node++) {
      if (only !== null && only[node] !== 1) continue;
      const row = tree.frame[node] ?? 0;
      sums[row] = (sums[row] ?? 0) + (values[node] ?? 0);
    }
    return sums;
  };
  return {
    self: gathered(side.self, null),
    selfVariance: gathered(side.selfVariance, null),
    total: gathered(side.total, outermost),
    totalVariance: gathered(side.totalVariance, outermost),
  };
}

function beside(a: SideTimes, b: SideTimes, length: number): DiffTimes {
  const presence = new Uint8Array(length);
  for (let row = 0; row < length; row++) {
    presence[row] =
      ((a.total[row] ?? 0) > 0 ? DiffPresence.gone : 0) | ((b.total[row] ?? 0) > 0 ? DiffPresence.new : 0);
  }
  return { length, selfA: a.self, selfB: b.self, totalA: a.total, totalB: b.total, presence };
}

function rootOfSum(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, row) => Math.sqrt(value + (b[row] ?? 0)));
}
