import { groupRows, Int32Column } from '../columns.ts';
import type { Profile } from '../tables.ts';
import { totalsOf, type StackWeights } from './slice.ts';

/**
 * A merged call tree, ready to draw left-heavy. Rows come level by level: all of depth 0, then all of depth 1 …; the
 * children of a row stand together, the heaviest first. So the rows of one level are in order from left to right, and
 * what is visible of a level is found by binary search in `startUs`.
 */
export interface CallTree {
  readonly length: number;
  /** Row of the caller, -1 at depth 0. */
  readonly parent: Int32Array;
  /** Index into profile.frames. */
  readonly frame: Int32Array;
  readonly selfUs: Float64Array;
  readonly totalUs: Float64Array;
  readonly depth: Int32Array;
  /** Children are the rows firstChild to firstChild + childCount − 1. */
  readonly firstChild: Int32Array;
  readonly childCount: Int32Array;
  /** Left edge: the parent's left edge plus the elder siblings' totals. */
  readonly startUs: Float64Array;
  /** Rows of level d are rowStart[d] to rowStart[d + 1] − 1. */
  readonly rowStart: Int32Array;
  /** Width of the whole: Σ totalUs at depth 0. */
  readonly sumUs: number;
  /** Deepest levels left out to bound the picture (see the query's options). */
  readonly truncated: boolean;
}

/** A call tree of the profile's own stacks: `stack[row]` is the row's index there. */
export interface StackTree extends CallTree {
  readonly stack: Int32Array;
}

/** Nodes with their weights, callers before callees: what a tree is arranged from. */
export interface TreeNodes {
  readonly parent: ArrayLike<number>;
  readonly frame: ArrayLike<number>;
  readonly selfUs: ArrayLike<number>;
  readonly totalUs: ArrayLike<number>;
}

/** The left-heavy call tree of a selection. Stacks without time in it are left out. Linear but for sorting siblings. */
export function callTree(profile: Profile, weights: StackWeights): StackTree {
  const { stacks } = profile;
  return arrangeTree(
    { parent: stacks.parent, frame: stacks.frame, selfUs: weights.selfUs, totalUs: totalsOf(profile, weights.selfUs) },
    stacks.length,
    false,
  );
}

/**
 * Arranges nodes into rows. `stack` of a row is the node's index. A node is left out, with all it called, if its total
 * is 0. Nodes must come callers first.
 */
export function arrangeTree(nodes: TreeNodes, count: number, truncated: boolean): StackTree {
  // Roots are the children of a virtual node 0; node i is key i + 1.
  const keys = new Int32Array(count).fill(-1);
  for (let node = 0; node < count; node++)
    if ((nodes.totalUs[node] ?? 0) > 0) keys[node] = (nodes.parent[node] ?? -1) + 1;
  const children = groupRows(keys, count + 1);
  const kept = children.rows.length;
  const stack = new Int32Array(kept);
  const parent = new Int32Array(kept).fill(-1);
  const depth = new Int32Array(kept);
  const firstChild = new Int32Array(kept);
  const childCount = new Int32Array(kept);
  const startUs = new Float64Array(kept);
  const rowStart = new Int32Column();
  let filled = 0;
  const place = (key: number, row: number): void => {
    const first = children.start[key] ?? 0;
    const end = children.start[key + 1] ?? 0;
    if (end - first > 1) sortHeaviestFirst(children.rows, first, end, nodes.totalUs);
    let left = row < 0 ? 0 : (startUs[row] ?? 0);
    if (row >= 0) {
      firstChild[row] = filled;
      childCount[row] = end - first;
    }
    for (let at = first; at < end; at++) {
      const node = children.rows[at] ?? 0;
      stack[filled] = node;
      parent[filled] = row;
      depth[filled] = row < 0 ? 0 : (depth[row] ?? 0) + 1;
      startUs[filled] = left;
      left += nodes.totalUs[node] ?? 0;
      if (depth[filled] === rowStart.length) rowStart.push(filled);
      filled++;
    }
  };
  place(0, -1);
  for (let row = 0; row < filled; row++) place((stack[row] ?? 0) + 1, row);
  rowStart.push(filled);
  const frame = new Int32Array(kept);
  const selfUs = new Float64Array(kept);
  const totalUs = new Float64Array(kept);
  for (let row = 0; row < kept; row++) {
    const node = stack[row] ?? 0;
    frame[row] = nodes.frame[node] ?? 0;
    selfUs[row] = nodes.selfUs[node] ?? 0;
    totalUs[row] = nodes.totalUs[node] ?? 0;
  }
  let sumUs = 0;
  for (let row = 0; row < (rowStart.length > 1 ? rowStart.at(1) : 0); row++)
    sumUs += nodes.totalUs[stack[row] ?? 0] ?? 0;
  return {
    length: filled,
    parent,
    frame,
    selfUs,
    totalUs,
    depth,
    firstChild,
    childCount,
    startUs,
    rowStart: rowStart.take(),
    sumUs,
    truncated,
    stack,
  };
}

/** Longer groups are left to the engine's sort. */
const mostInserted = 24;

/**
 * Siblings are mostly few, and a brush sorts hundreds of thousands of such groups: inserting them in place needs neither a copy nor a
 * call for each comparison. They come in order of their index, which ties keep.
 */
function sortHeaviestFirst(rows: Int32Array, first: number, end: number, totalUs: ArrayLike<number>): void {
  if (end - first > mostInserted) {
    rows.subarray(first, end).sort((a, b) => (totalUs[b] ?? 0) - (totalUs[a] ?? 0) || a - b);
    return;
  }
  for (let at = first + 1; at < end; at++) {
    const row = rows[at] ?? 0;
    const weight = totalUs[row] ?? 0;
    let to = at;
    for (; to > first && (totalUs[rows[to - 1] ?? 0] ?? 0) < weight; to--) rows[to] = rows[to - 1] ?? 0;
    rows[to] = row;
  }
}
