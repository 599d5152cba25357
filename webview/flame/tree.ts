/** The flamegraph's boxes as a tree to walk: what lies under what, and which rows a tree view shows. Pure, iterative: stacks may be deep. */
import { type FlameLayout, rowCount } from './layout.ts';

export interface FlameTree {
  /** Depth of each box, 0 in the outermost row. */
  readonly depth: Int32Array;
  /** Boxes directly under box b are `childStart[b]` up to `childEnd[b]`: they stand together, as rows are ordered by x. */
  readonly childStart: Int32Array;
  readonly childEnd: Int32Array;
}

export function treeOf(layout: FlameLayout): FlameTree {
  const { parent, rowStart } = layout;
  const depth = new Int32Array(parent.length);
  const childStart = new Int32Array(parent.length);
  const childEnd = new Int32Array(parent.length);
  for (let row = 0; row < rowCount(layout); row++) depth.fill(row, rowStart[row], rowStart[row + 1]);
  for (let box = 0; box < parent.length; box++) {
    const above = parent[box] ?? -1;
    if (above < 0) continue;
    if (childEnd[above] === 0) childStart[above] = box;
    childEnd[above] = box + 1;
  }
  return { depth, childStart, childEnd };
}

/** Where a box stands among its siblings, from 1, and how many there are. */
export function placeAmongSiblings(
  layout: FlameLayout,
  tree: FlameTree,
  box: number,
): [position: number, size: number] {
  const above = layout.parent[box] ?? -1;
  const from = above < 0 ? 0 : (tree.childStart[above] ?? 0);
  const to = above < 0 ? (layout.rowStart[1] ?? 0) : (tree.childEnd[above] ?? 0);
  return [box - from + 1, to - from];
}

/** One flag a box: it matches, or something under it does. `matches` has one flag a frame. */
export function matchingBranches(layout: FlameLayout, matches: Uint8Array): Uint8Array {
  const { frame, parent } = layout;
  const shown = new Uint8Array(frame.length);
  for (let box = frame.length - 1; box >= 0; box--) {
    if (matches[frame[box] ?? 0] === 1) shown[box] = 1;
    const above = parent[box] ?? -1;
    if (shown[box] === 1 && above >= 0) shown[above] = 1;
  }
  return shown;
}

/**
 * The boxes a tree view lists, from top to bottom: callers before callees, from left to right as in the picture. What is under a collapsed
 * box is left out, and so is what `shown` leaves out.
 */
export function listedBoxes(
  layout: FlameLayout,
  tree: FlameTree,
  collapsed: ReadonlySet<number>,
  shown: Uint8Array | null,
): Int32Array {
  const listed = new Int32Array(layout.frame.length);
  let length = 0;
  const waiting: number[] = [];
  const push = (from: number, to: number): void => {
    for (let box = to - 1; box >= from; box--) if (!shown || shown[box] === 1) waiting.push(box);
  };
  push(0, layout.rowStart[1] ?? 0);
  for (let box = waiting.pop(); box !== undefined; box = waiting.pop()) {
    listed[length++] = box;
    if (!collapsed.has(box)) push(tree.childStart[box] ?? 0, tree.childEnd[box] ?? 0);
  }
  return listed.subarray(0, length);
}

export type TreeMove =
  | { readonly kind: 'go'; readonly box: number }
  | { readonly kind: 'collapse' | 'expand'; readonly boxes: readonly number[] };

/** What a key does at a box of a tree, as the ARIA practices have it; null for keys that do nothing. */
export function moveForKey(
  key: string,
  at: {
    readonly layout: FlameLayout;
    readonly tree: FlameTree;
    readonly listed: Int32Array;
    readonly collapsed: ReadonlySet<number>;
    readonly box: number;
    /** Rows a page holds. */
    readonly page: number;
  },
): TreeMove | null {
  const { layout, tree, listed, collapsed, box, page } = at;
  const place = listed.indexOf(box);
  const go = (to: number): TreeMove | null => {
    const found = listed[Math.min(listed.length - 1, Math.max(0, to))];
    return found === undefined ? null : { kind: 'go', box: found };
  };
  const inner = (tree.childEnd[box] ?? 0) > (tree.childStart[box] ?? 0);
  switch (key) {
    case 'ArrowDown':
      return go(place + 1);
    case 'ArrowUp':
      return go(place < 0 ? 0 : place - 1);
    case 'PageDown':
      return go(place + page);
    case 'PageUp':
      return go(place - page);
    case 'Home':
      return go(0);
    case 'End':
      return go(listed.length - 1);
    case 'ArrowRight':
      if (!inner || place < 0) return null;
      return collapsed.has(box) ? { kind: 'expand', boxes: [box] } : go(place + 1);
    case 'ArrowLeft': {
      if (inner && !collapsed.has(box) && place >= 0) return { kind: 'collapse', boxes: [box] };
      const above = layout.parent[box] ?? -1;
      return above < 0 ? null : { kind: 'go', box: above };
    }
    case '*': {
      const above = layout.parent[box] ?? -1;
      const from = above < 0 ? 0 : (tree.childStart[above] ?? 0);
      const to = above < 0 ? (layout.rowStart[1] ?? 0) : (tree.childEnd[above] ?? 0);
      return { kind: 'expand', boxes: Array.from({ length: to - from }, (_, index) => from + index) };
    }
    default:
      return null;
  }
}
