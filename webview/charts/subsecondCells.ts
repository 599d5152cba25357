/** Geometry of the subsecond heatmap: cells, the stretch of time between two of them, and its outline. Pure. */
import type { SubsecondGrid } from '../../src/profile/queries/subsecond.ts';
import type { TimeRange } from '../../src/trace/analysis.ts';

/** The cell (`column * rows + row`) at a place given as shares of the plot's width and height, from its top left. */
export function cellAt({ columns, rows }: SubsecondGrid, x: number, y: number): number {
  const column = Math.min(columns - 1, Math.max(0, Math.floor(x * columns)));
  // A second reads upwards, as FlameScope draws it.
  const row = Math.min(rows - 1, Math.max(0, Math.floor((1 - y) * rows)));
  return column * rows + row;
}

/** From the start of the earlier cell to the end of the later one. */
export function rangeOfCells(grid: SubsecondGrid, a: number, b: number): TimeRange {
  const cellUs = grid.columnUs / grid.rows;
  return {
    startUs: grid.startUs + Math.min(a, b) * cellUs,
    endUs: grid.startUs + (Math.max(a, b) + 1) * cellUs,
  };
}

/** First and last cell of a stretch of time; null where it lies outside. */
export function cellsOfRange(grid: SubsecondGrid, { startUs, endUs }: TimeRange): readonly [number, number] | null {
  const cellUs = grid.columnUs / grid.rows;
  const cells = grid.columns * grid.rows;
  // Times come back from a division: a hair beyond an edge is the edge.
  const first = Math.max(0, Math.floor((startUs - grid.startUs) / cellUs + 1e-6));
  const last = Math.min(cells, Math.ceil((endUs - grid.startUs) / cellUs - 1e-6)) - 1;
  return last < first ? null : [first, last];
}

/** Corners of the stretch's outline as shares of width and height: a block with a step at each end. */
export function outlineOfCells(
  { columns, rows }: SubsecondGrid,
  [first, last]: readonly [number, number],
): [x: number, y: number][] {
  const [fromColumn, toColumn] = [Math.floor(first / rows), Math.floor(last / rows)];
  const left = fromColumn / columns;
  const right = (toColumn + 1) / columns;
  const bottom = 1 - (first - fromColumn * rows) / rows;
  const top = 1 - (last - toColumn * rows + 1) / rows;
  if (fromColumn === toColumn) {
    return [
      [left, bottom],
      [left, top],
      [right, top],
      [right, bottom],
    ];
  }
  const [afterFirst, beforeLast] = [(fromColumn + 1) / columns, toColumn / columns];
  return [
    [left, bottom],
    [left, 0],
    [beforeLast, 0],
    [beforeLast, top],
    [right, top],
    [right, 1],
    [afterFirst, 1],
    [afterFirst, bottom],
  ];
}

/** Where a key leads from a cell: up and down along the second, left and right by whole seconds; null for other keys. */
export function cellAfterKey({ columns, rows }: SubsecondGrid, cell: number, key: string): number | null {
  const step = { ArrowUp: 1, ArrowDown: -1, ArrowRight: rows, ArrowLeft: -rows, PageUp: 10, PageDown: -10 }[key];
  if (key === 'Home') return 0;
  if (key === 'End') return columns * rows - 1;
  if (step === undefined) return null;
  return Math.min(columns * rows - 1, Math.max(0, cell + step));
}
