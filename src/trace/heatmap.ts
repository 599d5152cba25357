import { Outcome, type RequestTable } from '../load/result.ts';
import type { IntervalTable } from '../target/tables.ts';
import type { TimeRange } from './analysis.ts';

/** Latency over time as counts: columns are stretches of time, rows are stretches of latency, evenly wide on a log axis. */
export interface LatencyHeatmap {
  readonly columns: number;
  readonly rows: number;
  /** Start of the first column, width of each, µs. */
  readonly startUs: number;
  readonly columnUs: number;
  /** Lower edges of the rows and the upper edge of the last: rows + 1 values, ascending. */
  readonly edgesUs: Float64Array;
  /** Requests in each cell, column by column: counts[column * rows + row]. */
  readonly counts: Uint32Array;
  readonly maxCount: number;
  /** One a column, by intended time: requests due, those not answered well, and the slowest, µs (NaN without any). */
  readonly offered: Uint32Array;
  readonly errors: Uint32Array;
  readonly maxUs: Float64Array;
  /** One a column, by the time they were done: good answers. */
  readonly completed: Uint32Array;
}

export interface HeatmapOptions {
  readonly columns: number;
  readonly rowsPerDecade: number;
  /** Only this endpoint; -1: all. Default -1. */
  readonly endpoint?: number;
}

/** Response times of the requests intended in the range, binned. Latencies below 1 µs count in the lowest row. */
export function latencyHeatmap(requests: RequestTable, range: TimeRange, options: HeatmapOptions): LatencyHeatmap {
  const columns = Math.max(1, Math.floor(options.columns));
  const columnUs = Math.max(range.endUs - range.startUs, 1) / columns;
  const chosen = (row: number): boolean => (options.endpoint ?? -1) < 0 || requests.endpoint[row] === options.endpoint;
  const columnOf = (timeUs: number): number =>
    timeUs >= range.startUs && timeUs < range.endUs
      ? Math.min(columns - 1, Math.floor((timeUs - range.startUs) / columnUs))
      : -1;
  let lowUs = Number.POSITIVE_INFINITY;
  let highUs = 1;
  for (let row = 0; row < requests.length; row++) {
    const us = responseUs(requests, row);
    if (!chosen(row) || columnOf(requests.intendedUs[row] ?? Number.NaN) < 0 || Number.isNaN(us)) continue;
    lowUs = Math.min(lowUs, us);
    highUs = Math.max(highUs, us);
  }
  const step = (us: number): number => Math.floor(Math.log10(us) * options.rowsPerDecade);
  const first = step(Math.min(lowUs, highUs));
  const rows = step(highUs) - first + 1;
  const edgesUs = Float64Array.from({ length: rows + 1 }, (_, row) => 10 ** ((first + row) / options.rowsPerDecade));
  const counts = new Float64Array(columns * rows);
  const offered = new Float64Array(columns);
  const errors = new Float64Array(columns);
  const completed = new Float64Array(columns);
  const maxUs = new Float64Array(columns).fill(Number.NaN);
  let maxCount = 0;
  for (let row = 0; row < requests.length; row++) {
    if (!chosen(row)) continue;
    const standsFor = requests.standsFor?.[row] ?? 1;
    const good = requests.outcome[row] === Outcome.ok;
    const doneColumn = columnOf(requests.doneUs[row] ?? Number.NaN);
    if (good && doneColumn >= 0) completed[doneColumn] = (completed[doneColumn] ?? 0) + standsFor;
    const column = columnOf(requests.intendedUs[row] ?? Number.NaN);
    if (column < 0) continue;
    offered[column] = (offered[column] ?? 0) + standsFor;
    if (!good) errors[column] = (errors[column] ?? 0) + standsFor;
    const us = responseUs(requests, row);
    if (Number.isNaN(us)) continue;
    const cell = column * rows + step(us) - first;
    counts[cell] = (counts[cell] ?? 0) + standsFor;
    maxCount = Math.max(maxCount, counts[cell] ?? 0);
    maxUs[column] = Math.max(Number.isNaN(maxUs[column] ?? Number.NaN) ? 0 : (maxUs[column] ?? 0), us);
  }
  return {
    columns,
    rows,
    startUs: range.startUs,
    columnUs,
    edgesUs,
    counts: whole(counts),
    maxCount: Math.round(maxCount),
    offered: whole(offered),
    errors: whole(errors),
    completed: whole(completed),
    maxUs,
  };
}

/** The intervals that touch a range, in order of start: a lane of GC pauses or stalls. `row` leads to the table. */
export interface Lane {
  readonly length: number;
  readonly startUs: Float64Array;
  readonly durationUs: Float64Array;
  readonly row: Int32Array;
}

export function laneOf(table: IntervalTable, range: TimeRange): Lane {
  const rows: number[] = [];
  for (let row = 0; row < table.length; row++) {
    const start = table.startUs[row] ?? 0;
    if (start < range.endUs && start + (table.durationUs[row] ?? 0) > range.startUs) rows.push(row);
  }
  rows.sort((a, b) => (table.startUs[a] ?? 0) - (table.startUs[b] ?? 0));
  const pick = (column: Float64Array): Float64Array => Float64Array.from(rows, (row) => column[row] ?? 0);
  return {
    length: rows.length,
    startUs: pick(table.startUs),
    durationUs: pick(table.durationUs),
    row: Int32Array.from(rows),
  };
}

/** Rows of a sample stand for parts of requests too. */
function whole(counts: Float64Array): Uint32Array {
  return Uint32Array.from(counts, Math.round);
}

function responseUs(requests: RequestTable, row: number): number {
  return Math.max(1, (requests.doneUs[row] ?? Number.NaN) - (requests.intendedUs[row] ?? Number.NaN));
}
