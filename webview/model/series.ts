/** The three latency series of a run for a stretch of time, and what is told from them. */
import { type OrderStatistics, rankOf } from '../../src/latency/quantiles.ts';
import { Times } from '../../src/latency/times.ts';
import { Outcome, type RequestTable } from '../../src/load/result.ts';
import type { Brushed } from '../../src/trace/analysis.ts';
import { isBrushed } from '../../src/trace/latencyOrder.ts';
import { visible } from '../../src/plan/visible.ts';
import type { EndpointRow } from './messages.ts';

export interface Series {
  readonly response: OrderStatistics;
  readonly service: OrderStatistics;
  readonly sendLag: OrderStatistics;
  readonly requests: number;
  readonly errors: number;
}

/**
 * The brushed requests. Requests that were never sent have a response time (they waited that long at least)
 * but neither service time nor send lag.
 */
export function seriesOf(requests: RequestTable, range: Brushed, endpoint: number | null = null): Series {
  const { intendedUs, sentUs, doneUs, outcome, length } = requests;
  const response = new Times(requests);
  const service = new Times(requests);
  const sendLag = new Times(requests);
  let errors = 0;
  for (let row = 0; row < length; row++) {
    if (!isBrushed(requests, row, range)) continue;
    if (endpoint !== null && requests.endpoint[row] !== endpoint) continue;
    const intended = intendedUs[row] ?? NaN;
    const standsFor = response.add((doneUs[row] ?? NaN) - intended, row);
    // What was still under way at the end is neither good nor bad.
    if (outcome[row] !== Outcome.ok && outcome[row] !== Outcome.inFlight) errors += standsFor;
    const sentAt = sentUs[row] ?? NaN;
    if (Number.isNaN(sentAt)) continue;
    service.add((doneUs[row] ?? NaN) - sentAt, row);
    sendLag.add(sentAt - intended, row);
  }
  const responses = response.recorded();
  return {
    response: responses,
    service: service.recorded(),
    sendLag: sendLag.recorded(),
    requests: responses.count,
    errors: Math.round(errors),
  };
}

/** Value at a quantile, µs; null without any. */
export function at({ count, atRank }: OrderStatistics, quantile: number): number | null {
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
