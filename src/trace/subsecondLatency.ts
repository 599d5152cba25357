import type { RequestTable } from '../load/result.ts';
import type { SubsecondGrid } from '../profile/queries/subsecond.ts';
import { latencyUs } from './latencyOrder.ts';

/**
 * The slowest response time of the requests intended in each cell, µs; NaN where none was. Laid out as the CPU time of the
 * same grid: `cells[column * rows + row]`.
 */
export function subsecondLatency(requests: RequestTable, grid: SubsecondGrid): Float64Array {
  const cells = new Float64Array(grid.columns * grid.rows).fill(Number.NaN);
  const cellUs = grid.columnUs / grid.rows;
  for (let row = 0; row < requests.length; row++) {
    const cell = Math.floor(((requests.intendedUs[row] ?? Number.NaN) - grid.startUs) / cellUs);
    const us = latencyUs(requests, row, 'response');
    if (!(cell >= 0 && cell < cells.length) || Number.isNaN(us)) continue;
    const known = cells[cell] ?? Number.NaN;
    cells[cell] = Number.isNaN(known) ? us : Math.max(known, us);
  }
  return cells;
}
