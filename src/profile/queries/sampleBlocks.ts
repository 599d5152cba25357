import type { Profile } from '../tables.ts';

type Samples = Profile['samples'];

/** Few enough to be looked through for each brush, long enough that their edges cost little. */
const blockRows = 1024;

/** What stretch of time each block of rows covers, whatever order its threads' samples stand in. */
interface SampleBlocks {
  /** µs, the earliest start and the latest end in a block. */
  readonly startUs: Float64Array;
  readonly endUs: Float64Array;
}

const known = new WeakMap<Samples, SampleBlocks>();

/**
 * Rows that may touch the windows, as [first, end, first, end, …] in order: whole blocks, those that begin after or end before every window
 * left out. A brush over a hundredth of a recording then costs a hundredth of a pass. What it needs is worked out once a table.
 *
 * @param windows disjoint and in order: [start, end, start, end, …] in µs.
 */
export function rowsTouching(samples: Samples, windows: Float64Array): number[] {
  const { startUs, endUs } = blocksOf(samples);
  const rows: number[] = [];
  for (let block = 0; block < startUs.length; block++) {
    if (!touchesAny(windows, startUs[block] ?? 0, endUs[block] ?? 0)) continue;
    const first = block * blockRows;
    const end = Math.min(samples.length, first + blockRows);
    if (rows.at(-1) === first) rows[rows.length - 1] = end;
    else rows.push(first, end);
  }
  return rows;
}

/** Binary search for the first window that ends at or after `startUs`; edges count, as what has no length may stand on one. */
function touchesAny(windows: Float64Array, startUs: number, endUs: number): boolean {
  let low = 0;
  let high = windows.length >> 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((windows[middle * 2 + 1] ?? 0) < startUs) low = middle + 1;
    else high = middle;
  }
  return low * 2 < windows.length && (windows[low * 2] ?? 0) <= endUs;
}

function blocksOf(samples: Samples): SampleBlocks {
  const kept = known.get(samples);
  if (kept) return kept;
  const blocks = Math.ceil(samples.length / blockRows);
  const startUs = new Float64Array(blocks);
  const endUs = new Float64Array(blocks);
  for (let block = 0; block < blocks; block++) {
    let earliest = Number.POSITIVE_INFINITY;
    let latest = Number.NEGATIVE_INFINITY;
    const end = Math.min(samples.length, (block + 1) * blockRows);
    for (let row = block * blockRows; row < end; row++) {
      const start = samples.timeUs[row] ?? 0;
      const stop = start + (samples.weightUs[row] ?? 0);
      if (start < earliest) earliest = start;
      if (stop > latest) latest = stop;
    }
    startUs[block] = earliest;
    endUs[block] = latest;
  }
  const found = { startUs, endUs };
  known.set(samples, found);
  return found;
}
