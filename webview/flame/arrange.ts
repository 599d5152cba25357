/** The profile room's query results as layouts to draw. Pure; runs in the page's worker. */
import { FrameKind, type Profile } from '../../src/profile/tables.ts';
import type { CallTree } from '../../src/profile/queries/callTree.ts';
import type { TimeRows } from '../../src/profile/queries/timeOrder.ts';
import { emptyLayout, type FlameLayout } from './layout.ts';

/** What of a profile a tree's boxes need. */
interface TreeFrames {
  readonly frames: { readonly kind: Uint8Array };
  readonly unit: Profile['unit'];
}

/** A call tree, its `(root)` row left away: every stack would begin with it. */
export function layoutOfTree(profile: TreeFrames, tree: CallTree): FlameLayout {
  const skip = rootBoxes(profile, tree.frame, tree.rowStart);
  const end = tree.startUs.map((start, row) => start + (tree.totalUs[row] ?? 0));
  return {
    ...withoutFirst(skip, tree.rowStart, { start: tree.startUs, end, frame: tree.frame, parent: tree.parent }),
    self: tree.selfUs.slice(skip),
    contrast: null,
    differenceLow: null,
    differenceHigh: null,
    tint: null,
    span: tree.sumUs,
    unit: profile.unit === 'us' ? 'cpuUs' : profile.unit,
  };
}

/**
 * Callers, inverted: the `(root)` at the end of every path is left away. It has no callers, so nothing hangs on it.
 */
export function layoutOfCallers(profile: Profile, tree: CallTree): FlameLayout {
  const layout = layoutOfTree(profile, tree);
  const kept = Int32Array.from(layout.frame.keys()).filter(
    (box) => profile.frames.kind[layout.frame[box] ?? 0] !== FrameKind.root,
  );
  const placeOf = new Int32Array(layout.frame.length).fill(-1);
  kept.forEach((box, place) => (placeOf[box] = place));
  const pick = (column: Float64Array): Float64Array => Float64Array.from(kept, (box) => column[box] ?? 0);
  const rowStart = layout.rowStart.map((start) => lowerBound(kept, start));
  const rows = rowStart.findIndex((start, row) => row > 0 && start === rowStart[row - 1]);
  return {
    ...layout,
    rowStart: rows < 0 ? rowStart : rowStart.slice(0, rows),
    start: pick(layout.start),
    end: pick(layout.end),
    frame: Int32Array.from(kept, (box) => layout.frame[box] ?? 0),
    parent: Int32Array.from(kept, (box) => placeOf[layout.parent[box] ?? -1] ?? -1),
    self: pick(layout.self),
  };
}

/** How many of the ascending values are below the limit. */
function lowerBound(values: Int32Array, limit: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? 0) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Boxes in order of time; x counts from `startUs`. */
export function layoutOfTime(profile: Profile, rows: TimeRows, startUs: number, endUs: number): FlameLayout {
  if (rows.length === 0) return { ...emptyLayout, span: endUs - startUs, unit: 'clockUs' };
  const parent = parentsInTime(rows);
  const self = rows.endUs.map((end, box) => end - (rows.startUs[box] ?? 0));
  for (let box = 0; box < rows.length; box++) {
    const above = parent[box] ?? -1;
    if (above >= 0) self[above] = (self[above] ?? 0) - ((rows.endUs[box] ?? 0) - (rows.startUs[box] ?? 0));
  }
  const skip = rootBoxes(profile, rows.frame, rows.rowStart);
  return {
    ...withoutFirst(skip, rows.rowStart, {
      start: rows.startUs.map((start) => start - startUs),
      end: rows.endUs.map((end) => end - startUs),
      frame: rows.frame,
      parent,
    }),
    self: self.slice(skip),
    contrast: null,
    differenceLow: null,
    differenceHigh: null,
    tint: null,
    span: endUs - startUs,
    unit: 'clockUs',
  };
}

/** Boxes of the first row if all of them are `(root)`, else none. */
function rootBoxes(profile: Pick<TreeFrames, 'frames'>, frame: Int32Array, rowStart: Int32Array): number {
  const first = rowStart[1] ?? 0;
  for (let box = 0; box < first; box++) {
    if (profile.frames.kind[frame[box] ?? 0] !== FrameKind.root) return 0;
  }
  return first;
}

function withoutFirst(
  skip: number,
  rowStart: Int32Array,
  columns: Pick<FlameLayout, 'start' | 'end' | 'frame' | 'parent'>,
): Pick<FlameLayout, 'rowStart' | 'start' | 'end' | 'frame' | 'parent'> {
  if (skip === 0) return { rowStart: rowStart.slice(), ...columns };
  return {
    rowStart: rowStart.subarray(1).map((box) => box - skip),
    start: columns.start.slice(skip),
    end: columns.end.slice(skip),
    frame: columns.frame.slice(skip),
    parent: columns.parent.subarray(skip).map((box) => Math.max(-1, box - skip)),
  };
}

/** The box of the row above that a box lies in. Both rows are in order of time, so two cursors suffice. */
function parentsInTime(rows: TimeRows): Int32Array {
  const parent = new Int32Array(rows.length).fill(-1);
  for (let row = 1; row + 1 < rows.rowStart.length; row++) {
    let above = rows.rowStart[row - 1] ?? 0;
    const aboveEnd = rows.rowStart[row] ?? 0;
    for (let box = aboveEnd; box < (rows.rowStart[row + 1] ?? 0); box++) {
      const start = rows.startUs[box] ?? 0;
      while (above + 1 < aboveEnd && (rows.endUs[above] ?? 0) <= start) above++;
      parent[box] = above;
    }
  }
  return parent;
}
