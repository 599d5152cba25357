import type { Profile } from '../tables.ts';
import { idleStacks, threadMask } from './slice.ts';

/** A grid over time as FlameScope draws it: a column is a second (or another round length), a row a part of it. */
export interface SubsecondGrid {
  /** Start of the first column. */
  readonly startUs: number;
  readonly columnUs: number;
  readonly columns: number;
  readonly rows: number;
}

const rows = 50;
/** Fewer columns show no pattern; more are narrower than can be pointed at. */
const fewestColumns = 12;
const mostColumns = 600;
/** For what lasts less than twelve seconds, and for what lasts more than ten minutes. */
const shorterUs = [100e3, 10e3];
const longerUs = [1e6, 10e6, 60e6, 600e6, 3600e6];

/**
 * Columns of a second, as in Gregg's FlameScope; of another round length where the recording is too short or too long for
 * that. Always 50 rows, so that a row is 20 ms of a second.
 */
export function subsecondGrid(startUs: number, endUs: number): SubsecondGrid {
  const length = Math.max(endUs - startUs, 1);
  const columnUs =
    length < fewestColumns * 1e6
      ? (shorterUs.find((choice) => length >= fewestColumns * choice) ?? length / fewestColumns)
      : (longerUs.find((choice) => length <= mostColumns * choice) ?? length / mostColumns);
  return { startUs, columnUs, columns: Math.max(1, Math.ceil(length / columnUs)), rows };
}

/**
 * CPU time in each cell, µs, column by column: `cells[column * rows + row]`. A sample's time is laid over the cells it spans,
 * so the cells add up to the profile's CPU time inside the grid. Linear in samples plus cells they touch.
 */
export function subsecondCpu(profile: Profile, grid: SubsecondGrid, threads: readonly number[] | null): Float64Array {
  const { samples } = profile;
  const cells = new Float64Array(grid.columns * grid.rows);
  if (profile.timeless) return cells;
  const idle = idleStacks(profile);
  const include = threadMask(profile, threads);
  const cellUs = grid.columnUs / grid.rows;
  for (let row = 0; row < samples.length; row++) {
    if (include[samples.thread[row] ?? 0] !== 1 || idle[samples.stack[row] ?? 0] === 1) continue;
    let from = Math.max(0, (samples.timeUs[row] ?? 0) - grid.startUs);
    const to = Math.min(
      cells.length * cellUs,
      (samples.timeUs[row] ?? 0) - grid.startUs + (samples.weightUs[row] ?? 0),
    );
    for (let cell = Math.floor(from / cellUs); from < to && cell < cells.length; cell++) {
      const end = Math.min(to, (cell + 1) * cellUs);
      cells[cell] = (cells[cell] ?? 0) + Math.max(0, end - from);
      from = end;
    }
  }
  return cells;
}
