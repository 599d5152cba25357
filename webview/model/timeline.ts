/** What the timeline shows, over the whole run with its warm-up: computed once, brushed afterwards. */
import { Times } from '../../src/latency/times.ts';
import { Outcome } from '../../src/load/result.ts';
import type { Run } from '../../src/run/model.ts';
import type { SchedTable } from '../../src/target/tables.ts';
import type { TimeRange } from '../../src/trace/analysis.ts';
import { laneOf, latencyHeatmap } from '../../src/trace/heatmap.ts';
import type { TimelineModel } from './messages.ts';
import { at } from './series.ts';

const heatColumns = 220;
const heatRowsPerDecade = 16;
/** Bucket widths for the rates, finest that gives at most about this many. */
const mostBuckets = 160;
const bucketChoicesUs = [50e3, 100e3, 250e3, 500e3, 1e6, 2e6, 5e6, 10e6, 30e6, 60e6, 300e6, 3600e6];

export function timelineModel(run: Run, window: TimeRange): TimelineModel {
  const extent = recordedExtent(run, window);
  const length = extent.endUs - extent.startUs;
  const bucketUs = bucketChoicesUs.find((choice) => length / choice <= mostBuckets) ?? length / mostBuckets;
  const buckets = Math.max(1, Math.ceil(length / bucketUs));
  const { intendedUs, sentUs, doneUs, outcome, length: rows } = run.requests;

  const sentPerSecond = new Float64Array(buckets);
  const errorsPerSecond = new Float64Array(buckets);
  const rowsIn = new Int32Array(buckets);
  const bucketAt = (timeUs: number): number => Math.floor((timeUs - extent.startUs) / bucketUs);
  const perSecond = 1e6 / bucketUs;
  const count = (column: Float64Array, bucket: number, row: number): void => {
    if (bucket >= 0 && bucket < buckets)
      column[bucket] = (column[bucket] ?? 0) + perSecond * (run.requests.standsFor?.[row] ?? 1);
  };
  for (const intended of intendedUs) rowsIn[bucketAt(intended)] = (rowsIn[bucketAt(intended)] ?? 0) + 1;
  const latencies = Array.from(rowsIn, (most) => new Times(run.requests, most));
  for (let row = 0; row < rows; row++) {
    const intended = intendedUs[row] ?? NaN;
    const sent = sentUs[row] ?? NaN;
    if (!Number.isNaN(sent)) count(sentPerSecond, bucketAt(sent), row);
    if (outcome[row] !== Outcome.ok) count(errorsPerSecond, bucketAt(intended), row);
    latencies[bucketAt(intended)]?.add((doneUs[row] ?? NaN) - intended, row);
  }
  const times = latencies.map((each) => each.recorded());
  const gc = laneOf(run.runtime.gc, extent);
  const sched = schedShares(run.runtime.sched, extent.startUs, bucketUs, buckets);
  return {
    extent,
    window,
    heatmap: latencyHeatmap(run.requests, extent, { columns: heatColumns, rowsPerDecade: heatRowsPerDecade }),
    bucketUs,
    sentPerSecond,
    errorsPerSecond,
    p50Us: Float64Array.from(times, (each) => at(each, 0.5) ?? NaN),
    p99Us: Float64Array.from(times, (each) => at(each, 0.99) ?? NaN),
    ...sched,
    gc,
    gcKind: Uint8Array.from(gc.row, (row) => run.runtime.gc.kind[row] ?? 0),
    stalls: laneOf(run.runtime.stalls, extent),
  };
}

/** From the first request of the warm-up to the last answer. */
export function recordedExtent(run: Run, window: TimeRange): TimeRange {
  const startUs = Math.min(run.manifest.window?.warmupStartUs ?? window.startUs, window.startUs);
  let endUs = window.endUs;
  for (const done of run.requests.doneUs) if (done > endUs && done < window.endUs + 60e6) endUs = done;
  return { startUs, endUs: Math.max(endUs, startUs + 1) };
}

/** Cumulative CPU and run-queue wait of all threads, as shares of one core a bucket; NaN where nothing was read. */
function schedShares(
  sched: SchedTable,
  startUs: number,
  bucketUs: number,
  buckets: number,
): { cpuShare: Float64Array; waitShare: Float64Array } {
  const cpuShare = new Float64Array(buckets).fill(NaN);
  const waitShare = new Float64Array(buckets).fill(NaN);
  const last = new Map</* thread */ number, number>();
  for (let row = 0; row < sched.length; row++) {
    const thread = sched.thread[row] ?? 0;
    const before = last.get(thread);
    last.set(thread, row);
    if (before === undefined) continue;
    const from = sched.timeUs[before] ?? 0;
    const to = sched.timeUs[row] ?? 0;
    if (!(to > from)) continue;
    // Spread what was used between two readings evenly over the buckets they span.
    const spread = (column: Float64Array, used: number): void => {
      for (let bucket = Math.max(0, Math.floor((from - startUs) / bucketUs)); bucket < buckets; bucket++) {
        const left = startUs + bucket * bucketUs;
        const overlap = Math.min(to, left + bucketUs) - Math.max(from, left);
        if (overlap <= 0) break;
        const known = column[bucket] ?? NaN;
        column[bucket] = (Number.isNaN(known) ? 0 : known) + ((used / (to - from)) * overlap) / bucketUs;
      }
    };
    spread(cpuShare, (sched.cpuUs[row] ?? 0) - (sched.cpuUs[before] ?? 0));
    spread(waitShare, (sched.waitUs[row] ?? 0) - (sched.waitUs[before] ?? 0));
  }
  return { cpuShare, waitShare };
}
