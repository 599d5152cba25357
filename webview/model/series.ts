/** The three latency series of a run for a stretch of time, and what is told from them. */
import { rankOf, recordedStatistics } from '../../src/latency/quantiles.ts';
import { Outcome, type RequestTable } from '../../src/load/result.ts';
import type { Brushed } from '../../src/trace/analysis.ts';
import { isBrushed } from '../../src/trace/latencyOrder.ts';
import { visible } from '../../src/plan/visible.ts';
import type { EndpointRow } from './messages.ts';

export interface Series {
  /** Ascending, µs. */
  readonly response: Float64Array;
  readonly service: Float64Array;
  readonly sendLag: Float64Array;
  readonly requests: number;
  readonly errors: number;
}

/**
 * The brushed requests. Requests that were never sent have a response time (they waited that long at least)
 * but neither service time nor send lag.
 */
export function seriesOf(requests: RequestTable, range: Brushed, endpoint: number | null = null): Series {
  const { intendedUs, sentUs, doneUs, outcome, length } = requests;
  const response = new Float64Array(length);
  const service = new Float64Array(length);
  const sendLag = new Float64Array(length);
  let count = 0;
  let sent = 0;
  let errors = 0;
  for (let row = 0; row < length; row++) {
    if (!isBrushed(requests, row, range)) continue;
    if (endpoint !== null && requests.endpoint[row] !== endpoint) continue;
    const intended = intendedUs[row] ?? NaN;
    response[count++] = (doneUs[row] ?? NaN) - intended;
    // What was still under way at the end is neither good nor bad.
    if (outcome[row] !== Outcome.ok && outcome[row] !== Outcome.inFlight) errors++;
    const sentAt = sentUs[row] ?? NaN;
    if (Number.isNaN(sentAt)) continue;
    service[sent] = (doneUs[row] ?? NaN) - sentAt;
    sendLag[sent++] = sentAt - intended;
  }
  return {
    response: response.subarray(0, count).sort(),
    service: service.subarray(0, sent).sort(),
    sendLag: sendLag.subarray(0, sent).sort(),
    requests: count,
    errors,
  };
}

/** Value at a quantile of ascending times, µs; null without any. */
export function at(sorted: Float64Array, quantile: number): number | null {
  const { count, atRank } = recordedStatistics(sorted);
  return count === 0 ? null : atRank(rankOf(quantile, count));
}

export function endpointRows(requests: RequestTable, range: Brushed): EndpointRow[] {
  return requests.endpoints.map((name, index) => {
    const series = seriesOf(requests, range, index);
    return {
      name: visible(name),
      requests: series.requests,
      errors: series.errors,
      p50Us: at(series.response, 0.5),
      p99Us: at(series.response, 0.99),
      maxUs: at(series.response, 1),
    };
  });
}
