import { summarizeSorted } from '../latency/quantiles.ts';
import type { LatencySummary } from '../latency/summary.ts';
import { Times } from '../latency/times.ts';
import type { RequestTable } from '../load/result.ts';
import type { Brushed, TimeRange } from './analysis.ts';

export type LatencySeries = 'response' | 'service' | 'sendLag';

/** Rows of a request table in ascending order of each latency; rows that have none are left out. */
export type LatencyOrders = Readonly<Record<LatencySeries, Int32Array>>;

const known = new WeakMap<RequestTable, LatencyOrders>();

/** Sorted once a run: what lies in a brushed range is then found in order by one pass, without sorting again. */
export function latencyOrders(requests: RequestTable): LatencyOrders {
  let orders = known.get(requests);
  if (!orders) {
    orders = {
      response: orderOf(requests, 'response'),
      service: orderOf(requests, 'service'),
      sendLag: orderOf(requests, 'sendLag'),
    };
    known.set(requests, orders);
  }
  return orders;
}

/** µs; NaN where the request never came so far. */
export function latencyUs(requests: RequestTable, row: number, series: LatencySeries): number {
  const from = (series === 'service' ? requests.sentUs : requests.intendedUs)[row] ?? Number.NaN;
  const to = (series === 'sendLag' ? requests.sentUs : requests.doneUs)[row] ?? Number.NaN;
  return to - from;
}

/** Whether a request counts for a range: by its intended time. */
export function isIntendedIn(requests: RequestTable, row: number, range: TimeRange): boolean {
  const intended = requests.intendedUs[row] ?? Number.NaN;
  return intended >= range.startUs && intended < range.endUs;
}

/** Whether a request counts for what was brushed: by its intended time and, where there is a band, by its response time. */
export function isBrushed(requests: RequestTable, row: number, brushed: Brushed): boolean {
  return isIntendedIn(requests, row, brushed) && isInBand(requests, row, brushed);
}

export function isInBand(requests: RequestTable, row: number, { response }: Pick<Brushed, 'response'>): boolean {
  if (!response) return true;
  const us = latencyUs(requests, row, 'response');
  return us >= response.fromUs && us < response.toUs;
}

/** Quantiles of the three series for the brushed requests. */
export function latencyIn(requests: RequestTable, range: Brushed): Record<LatencySeries, LatencySummary> {
  const orders = latencyOrders(requests);
  const summary = (series: LatencySeries): LatencySummary => {
    const times = new Times(requests);
    for (const row of orders[series]) {
      if (isBrushed(requests, row, range)) times.add(latencyUs(requests, row, series), row);
    }
    return summarizeSorted(times.inOrder());
  };
  return { response: summary('response'), service: summary('service'), sendLag: summary('sendLag') };
}

function orderOf(requests: RequestTable, series: LatencySeries): Int32Array {
  const times = new Float64Array(requests.length);
  for (let row = 0; row < requests.length; row++) times[row] = latencyUs(requests, row, series);
  const rows = Int32Array.from(times.keys()).filter((row) => !Number.isNaN(times[row]));
  return rows.sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0) || a - b);
}
