import { groupRows } from '../profile/columns.ts';
import { rankOf } from '../latency/histogram.ts';
import type { OrderStatistics } from '../latency/quantiles.ts';
import { Times } from '../latency/times.ts';
import type { RequestTable } from '../load/result.ts';
import type { Brushed, TimeRange } from './analysis.ts';
import { unionOf, type Intervals } from './intervals.ts';
import { isBrushed, isInBand, isIntendedIn, latencyOrders, latencyUs } from './latencyOrder.ts';

/** The slow requests and the typical ones they are held against. Rows of the request table, in order of intended time. */
export interface RequestSets {
  /** The quantile that decided, lower than asked for where there were too few slow requests. */
  readonly quantile: number;
  readonly quantileAsked: number;
  /** Slow of each endpoint took longer than this; NaN for an endpoint without requests. */
  readonly thresholdsUs: Float64Array;
  /** The least of them: every slow request took longer. */
  readonly thresholdUs: number;
  readonly slow: Int32Array;
  readonly typical: Int32Array;
}

/** With fewer slow requests than this, single events would decide what is slow. */
const minSlow = 10;
/** What is tried in turn below the quantile asked for. */
const steps = [0.999, 0.99, 0.98, 0.95, 0.9, 0.8, 0.75];

/**
 * Slow: response time (done − intended) above the quantile of the request's own endpoint; typical: between p40 and p60 of
 * the endpoints that have slow ones. Requests count by intended time in the range; censored ones count with the time they
 * waited. With fewer than ten slow ones the quantile is lowered step by step, to 0.75 at the least. Where a band of
 * response times is brushed, its requests stand for the slow ones, whatever the quantile.
 *
 * @returns null if nothing is slower than the rest.
 */
export function requestSets(requests: RequestTable, range: Brushed, quantileAsked: number): RequestSets | null {
  const groups = responseTimes(requests, range);
  if (range.response) return bandSets(requests, groups, range, quantileAsked);
  let quantile = quantileAsked;
  let slow = slowAbove(groups, quantile);
  for (const step of steps) {
    if (slow.count >= minSlow) break;
    if (step >= quantile) continue;
    quantile = step;
    slow = slowAbove(groups, quantile);
  }
  if (slow.count === 0) return null;
  const slowRows: number[] = [];
  const typicalRows: number[] = [];
  let thresholdUs = Number.POSITIVE_INFINITY;
  for (const [endpoint, group] of groups.entries()) {
    const threshold = slow.thresholdsUs[endpoint] ?? Number.NaN;
    const before = slowRows.length;
    const from = quantileOf(group, 0.4);
    const to = quantileOf(group, 0.6);
    const within: number[] = [];
    for (const [index, row] of group.rows.entries()) {
      const time = group.sorted[index] ?? 0;
      if (time > threshold) slowRows.push(row);
      else if (time >= from && time <= to) within.push(row);
    }
    if (slowRows.length === before) continue;
    for (const row of within) typicalRows.push(row);
    thresholdUs = Math.min(thresholdUs, threshold);
  }
  const { thresholdsUs } = slow;
  return {
    quantile,
    quantileAsked,
    thresholdsUs,
    thresholdUs,
    slow: Int32Array.from(slowRows).sort(),
    typical: Int32Array.from(typicalRows).sort(),
  };
}

/** The requests in the band against those between p40 and p60 of their endpoints that lie outside of it. */
function bandSets(
  requests: RequestTable,
  groups: readonly EndpointTimes[],
  brushed: Brushed,
  quantileAsked: number,
): RequestSets | null {
  const slow: number[] = [];
  const typical: number[] = [];
  for (const group of groups) {
    const { rows, sorted } = group;
    const inBand = rows.filter((row) => isInBand(requests, row, brushed));
    if (inBand.length === 0) continue;
    for (const row of inBand) slow.push(row);
    const from = quantileOf(group, 0.4);
    const to = quantileOf(group, 0.6);
    for (const [index, row] of rows.entries()) {
      const time = sorted[index] ?? 0;
      if (time >= from && time <= to && !isInBand(requests, row, brushed)) typical.push(row);
    }
  }
  if (slow.length === 0) return null;
  return {
    quantile: quantileAsked,
    quantileAsked,
    thresholdsUs: Float64Array.from(groups, () => brushed.response?.fromUs ?? Number.NaN),
    thresholdUs: brushed.response?.fromUs ?? Number.NaN,
    slow: Int32Array.from(slow).sort(),
    typical: Int32Array.from(typical).sort(),
  };
}

/**
 * Disjoint windows whose samples count for what was brushed: the stretch of time itself, or with a band the windows
 * [intended, done] of its requests.
 */
export function brushedWindows(requests: RequestTable, brushed: Brushed): Intervals {
  if (!brushed.response) return Float64Array.of(brushed.startUs, brushed.endUs);
  const rows: number[] = [];
  for (let row = 0; row < requests.length; row++) if (isBrushed(requests, row, brushed)) rows.push(row);
  return unionWindows(requests, Int32Array.from(rows));
}

/** The windows [intended, done] of some requests, as a union. */
export function unionWindows(requests: RequestTable, rows: Int32Array, bridgeUs = 0): Intervals {
  const pairs = new Float64Array(rows.length * 2);
  for (const [index, row] of rows.entries()) {
    pairs[2 * index] = requests.intendedUs[row] ?? 0;
    pairs[2 * index + 1] = requests.doneUs[row] ?? 0;
  }
  return unionOf(pairs, bridgeUs);
}

/** Stalls closer together than this are one event for those who wait. */
const episodeGapUs = 2000;

/** Episodes: slow windows that overlap or follow each other within 2 ms. Victims of one stall make one episode. */
export function episodesOf(requests: RequestTable, slow: Int32Array): Intervals {
  return unionWindows(requests, slow, episodeGapUs);
}

/** The requests of one endpoint, the fastest first. */
interface EndpointTimes {
  readonly rows: Int32Array;
  /** Response time of each row, ascending. */
  readonly sorted: Float64Array;
  /** Of all requests that the rows stand for. */
  readonly statistics: OrderStatistics;
}

function responseTimes(requests: RequestTable, range: TimeRange): EndpointTimes[] {
  const order = latencyOrders(requests).response.filter((row) => isIntendedIn(requests, row, range));
  const grouped = groupRows(
    order.map((row) => requests.endpoint[row] ?? -1),
    requests.endpoints.length,
  );
  return requests.endpoints.map((_, endpoint) => {
    const rows = grouped.rows
      .slice(grouped.start[endpoint], grouped.start[endpoint + 1])
      .map((place) => order[place] ?? 0);
    const times = new Times(requests, rows.length);
    const sorted = Float64Array.from(rows, (row) => latencyUs(requests, row, 'response'));
    for (const [index, row] of rows.entries()) times.add(sorted[index] ?? Number.NaN, row);
    return { rows, sorted, statistics: times.inOrder() };
  });
}

function slowAbove(groups: readonly EndpointTimes[], quantile: number): { thresholdsUs: Float64Array; count: number } {
  const thresholdsUs = Float64Array.from(groups, (group) => quantileOf(group, quantile));
  let count = 0;
  for (const [endpoint, { sorted }] of groups.entries()) {
    const threshold = thresholdsUs[endpoint] ?? Number.NaN;
    for (let at = sorted.length - 1; at >= 0 && (sorted[at] ?? 0) > threshold; at--) count++;
  }
  return { thresholdsUs, count };
}

function quantileOf({ statistics: { count, atRank } }: EndpointTimes, quantile: number): number {
  return count === 0 ? Number.NaN : atRank(rankOf(quantile, count));
}
