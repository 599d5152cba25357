import type { RequestTable } from '../load/result.ts';
import type { TimeRange } from './analysis.ts';
import { isIntendedIn, latencyUs } from './latencyOrder.ts';

/** Response times counted in bars evenly wide on a logarithmic axis. */
export interface ResponseHistogram {
  /** Lower edges of the bars and the upper edge of the last: bars + 1 values, ascending, µs. */
  readonly edgesUs: Float64Array;
  readonly counts: Uint32Array;
}

const barsPerDecade = 20;

/**
 * The response times of the requests intended in a stretch of time. The bars span the whole run's, so that they stay where
 * they are while the stretch moves. Response times below 1 µs count in the lowest bar.
 */
export function responseHistogram(requests: RequestTable, range: TimeRange): ResponseHistogram {
  const bar = new Int32Array(requests.length);
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < requests.length; row++) {
    const us = latencyUs(requests, row, 'response');
    if (Number.isNaN(us)) continue;
    const at = Math.floor(Math.log10(Math.max(us, 1)) * barsPerDecade);
    bar[row] = at;
    first = Math.min(first, at);
    last = Math.max(last, at);
  }
  if (first > last) return { edgesUs: new Float64Array(0), counts: new Uint32Array(0) };
  const bars = last - first + 1;
  const counts = new Float64Array(bars);
  for (let row = 0; row < requests.length; row++) {
    if (!isIntendedIn(requests, row, range) || Number.isNaN(requests.doneUs[row] ?? Number.NaN)) continue;
    const at = (bar[row] ?? 0) - first;
    counts[at] = (counts[at] ?? 0) + (requests.standsFor?.[row] ?? 1);
  }
  const edgesUs = Float64Array.from({ length: bars + 1 }, (_, edge) => 10 ** ((first + edge) / barsPerDecade));
  return { edgesUs, counts: Uint32Array.from(counts, Math.round) };
}
