/**
 * Flamegraphs as columns: boxes row by row, ordered by x within a row, so that drawing and hit testing are a binary
 * search a row. Built in the page's worker and handed over as transferables. Iterative throughout: stacks may be deep.
 */
export interface FlameLayout {
  /** Boxes of row r are `rowStart[r]` to `rowStart[r + 1]`; row 0 is the outermost caller. */
  readonly rowStart: Int32Array;
  /** Left and right edge, in the layout's unit from 0 to `span`. */
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** Index into the profile's frames. */
  readonly frame: Int32Array;
  /** Box below which this one lies, -1 in row 0. */
  readonly parent: Int32Array;
  /** Width not covered by callees. */
  readonly self: Float64Array;
  /** A second set's total in the same unit, drawn as colour against the width; null when there is nothing to compare. */
  readonly contrast: Float64Array | null;
  /** 95 % interval of width − contrast; NaN where it was not worked out, null where there is no contrast. */
  readonly differenceLow: Float64Array | null;
  readonly differenceHigh: Float64Array | null;
  /** A step of the difference scale a box, where its colour is no matter of its width; null where it is. */
  readonly tint: Uint8Array | null;
  /** Width of the whole picture. */
  readonly span: number;
  /** What the widths are: µs of CPU, µs on the clock, a share of waiting time, or memory or events as the profile has them. */
  readonly unit: 'cpuUs' | 'clockUs' | 'share' | 'bytes' | 'count';
}

export const emptyLayout: FlameLayout = {
  rowStart: new Int32Array(1),
  start: new Float64Array(0),
  end: new Float64Array(0),
  frame: new Int32Array(0),
  parent: new Int32Array(0),
  self: new Float64Array(0),
  contrast: null,
  differenceLow: null,
  differenceHigh: null,
  tint: null,
  span: 0,
  unit: 'cpuUs',
};

/** Rows of a layout. */
export function rowCount(layout: FlameLayout): number {
  return layout.rowStart.length - 1;
}

/** Row of a box: the last row that starts at or before it. */
export function rowOf(layout: FlameLayout, box: number): number {
  let low = 0;
  let high = rowCount(layout) - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((layout.rowStart[middle] ?? 0) <= box) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * First box of a row whose right edge lies beyond `x`; the row's end if there is none. The search starts at `from` with growing steps:
 * whoever paints asks from pixel to pixel, and the next box is mostly near.
 */
export function firstBoxAfter(layout: FlameLayout, row: number, x: number, from = layout.rowStart[row] ?? 0): number {
  let low = from;
  let high = layout.rowStart[row + 1] ?? 0;
  for (let box = from, step = 1; box < high; box += step, step *= 2) {
    if ((layout.end[box] ?? 0) > x) high = box;
    else low = box + 1;
  }
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((layout.end[middle] ?? 0) > x) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The box at a point, or -1. */
export function boxAt(layout: FlameLayout, row: number, x: number): number {
  if (row < 0 || row >= rowCount(layout)) return -1;
  const box = firstBoxAfter(layout, row, x);
  return box < (layout.rowStart[row + 1] ?? 0) && (layout.start[box] ?? 0) <= x ? box : -1;
}

/** Widest box directly on top of `box`, or -1. */
export function widestChild(layout: FlameLayout, box: number): number {
  const row = rowOf(layout, box) + 1;
  if (row >= rowCount(layout)) return -1;
  let best = -1;
  const limit = layout.end[box] ?? 0;
  for (
    let child = firstBoxAfter(layout, row, layout.start[box] ?? 0);
    child < (layout.rowStart[row + 1] ?? 0);
    child++
  ) {
    if ((layout.start[child] ?? 0) >= limit) break;
    if (layout.parent[child] === box && (best < 0 || widthOf(layout, child) > widthOf(layout, best))) best = child;
  }
  return best;
}

/** Width of a box in the layout's unit. */
export function widthOf(layout: FlameLayout, box: number): number {
  return (layout.end[box] ?? 0) - (layout.start[box] ?? 0);
}

/**
 * Share of the picture's base under frames that match, each part counted once however often a match recurs on the stack.
 * @param matches one flag a frame.
 */
export function matchShare(layout: FlameLayout, matches: Uint8Array): number {
  const { frame, parent } = layout;
  const covered = new Uint8Array(frame.length);
  let matched = 0;
  let whole = 0;
  // Parents stand in an earlier row and so before their children.
  for (let box = 0; box < frame.length; box++) {
    const above = parent[box] ?? -1;
    const outer = above >= 0 ? (covered[above] ?? 0) : 0;
    const own = matches[frame[box] ?? 0] ?? 0;
    if (own && !outer) matched += widthOf(layout, box);
    covered[box] = own | outer;
    if (above < 0) whole += widthOf(layout, box);
  }
  return whole > 0 ? matched / whole : 0;
}
