import { judgeDrift } from '../latency/drift.ts';
import { addHistogram, newHistogram, quantile, type Histogram } from '../latency/histogram.ts';
import type { HlogFile } from '../latency/hlog.ts';
import type { Run } from '../run/model.ts';
import type { Drift, Soak } from './model.ts';

/** Enough for a slope and its interval, few enough that each holds many requests. */
const intervals = 60;
/** The log has a line a second. */
const leastIntervalUs = 1e6;
/** Of an interval: fewer requests than this have no such quantile worth following. */
const enoughForP50 = 10;
const enoughForP99 = 100;

/**
 * Latency and memory of a long load by interval, and whether they drift. The latencies are of all requests, which `log` counts
 * also where `requests.parquet` holds a sample. A rest shorter than an interval is left out. Pure.
 *
 * @param log the run's `latency.hlog`
 */
export function soakOf({ manifest, runtime }: Run, log: HlogFile): Soak {
  const { window, scenario } = manifest;
  const startUs = window?.startUs ?? 0;
  const durationUs = (window?.endUs ?? startUs) - startUs;
  const intervalUs = Math.max(leastIntervalUs, Math.floor(durationUs / intervals / 1e6) * 1e6);
  const count = Math.floor(durationUs / intervalUs);
  const startSeconds = Array.from({ length: count }, (_, index) => (index * intervalUs) / 1e6);
  const { p50Us, p99Us } = latencies(log, count, intervalUs);
  const memory = scenario.targets
    .map(({ name }) => ({ target: name, rssBytes: residentBytes(runtime, name, { startUs, intervalUs, count }) }))
    .filter(({ rssBytes }) => rssBytes.some((bytes) => bytes !== null));
  const drift = (of: Drift['of'], target: string | null, values: readonly (number | null)[]): Drift => {
    return {
      of,
      target,
      ...judgeDrift(
        startSeconds,
        Float64Array.from(values, (value) => value ?? NaN),
      ),
    };
  };
  const drifts = [
    ...memory.map(({ target, rssBytes }) => drift('rss', target, rssBytes)),
    drift('p50', null, p50Us),
    drift('p99', null, p99Us),
  ];
  return { intervalUs, startSeconds, p50Us, p99Us, memory, drifts };
}

function latencies(
  { lines }: HlogFile,
  count: number,
  intervalUs: number,
): { p50Us: (number | null)[]; p99Us: (number | null)[] } {
  const merged: (Histogram | undefined)[] = [];
  for (const line of lines) {
    if (line.tag !== 'response') continue;
    const interval = Math.floor((line.startSeconds * 1e6) / intervalUs);
    if (interval < count) addHistogram((merged[interval] ??= newHistogram()), line.histogram);
  }
  const quantiles = (wanted: number, enough: number): (number | null)[] =>
    Array.from({ length: count }, (_, interval) => {
      const all = merged[interval];
      return all && all.total >= enough ? quantile(all, wanted) : null;
    });
  return { p50Us: quantiles(0.5, enoughForP50), p99Us: quantiles(0.99, enoughForP99) };
}

interface Intervals {
  readonly startUs: number;
  readonly intervalUs: number;
  readonly count: number;
}

/** The sum over a target's processes of each one's mean; one that is not heard of for a while keeps what it had. */
function residentBytes(
  { memory, threads }: Run['runtime'],
  target: string,
  { startUs, intervalUs, count }: Intervals,
): (number | null)[] {
  const means = new Map</* pid */ number, { readonly sum: Float64Array; readonly rows: Float64Array }>();
  for (let row = 0; row < memory.length; row++) {
    const thread = threads[memory.thread[row] ?? -1];
    const interval = Math.floor(((memory.timeUs[row] ?? NaN) - startUs) / intervalUs);
    const bytes = memory.rssBytes[row] ?? NaN;
    if (thread?.target !== target || !(interval >= 0 && interval < count) || Number.isNaN(bytes)) continue;
    let mean = means.get(thread.pid);
    if (!mean) means.set(thread.pid, (mean = { sum: new Float64Array(count), rows: new Float64Array(count) }));
    mean.sum[interval] = (mean.sum[interval] ?? 0) + bytes;
    mean.rows[interval] = (mean.rows[interval] ?? 0) + 1;
  }
  const total = new Array<number | null>(count).fill(null);
  for (const { sum, rows } of means.values()) {
    const last = rows.findLastIndex((each) => each > 0);
    let known: number | null = null;
    for (let interval = 0; interval <= last; interval++) {
      if ((rows[interval] ?? 0) > 0) known = (sum[interval] ?? 0) / (rows[interval] ?? 1);
      if (known !== null) total[interval] = (total[interval] ?? 0) + known;
    }
  }
  return total;
}
