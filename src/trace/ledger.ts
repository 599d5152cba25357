import { FrameKind, type Profile } from '../profile/tables.ts';
import { idleStacks } from '../profile/queries/slice.ts';
import type { Run } from '../run/model.ts';
import type { SchedTable } from '../target/tables.ts';
import type { Ledger } from './analysis.ts';
import { intersect, IntervalMeasure, subtract, unionOf } from './intervals.ts';
import type { RequestJoin } from './join.ts';
import type { Serving, ServingLane } from './serving.ts';
import { threadIntervals } from './waiting.ts';

/** What each serving thread did at every moment, as disjoint sets; made once, asked for any request. */
export interface ThreadDoings {
  /** Pauses: the probe's list, else the profile's (garbage collector) samples. */
  readonly gc: IntervalMeasure;
  /** Samples with code on top, pauses taken out. */
  readonly cpu: IntervalMeasure;
  /** Idle samples, pauses taken out. */
  readonly idle: IntervalMeasure;
  /** The part of `idle` during which a request of the service to others was open. */
  readonly idleDownstream: IntervalMeasure;
  /** The same for time of which the profile knows nothing. */
  readonly unseenDownstream: IntervalMeasure;
  /** Cumulative run-queue wait at a time. */
  readonly wait: (timeUs: number) => number;
}

/**
 * Where the requests' time went: shares of Σ (done − intended), summing to 1. Each request's window is cut up so that every
 * moment counts once, the first that applies in this order:
 *
 * 1. `client`: from intended to sent (all of it, if it was never sent).
 * 2. `gc`: a pause on the serving thread.
 * 3. `ownCpu`: the request's own synchronous part, [server start, end of its first synchronous part].
 * 4. `otherCpu`: a sample with code on top on the serving thread (others' work, and the request's own after an await).
 * 5. `downstream`: between the server's start and finish of this request, while a request of that thread to others was open.
 * 6. `idle`: the thread waited for events.
 * 7. `unknown`: the rest, e.g. without a profile.
 *
 * `runnable` is what the kernel says the thread waited for a CPU in [sent, done], prorated linearly between its readings. A
 * thread that waits for a CPU looks busy to the profiler, so it is taken from gc, ownCpu and otherCpu in proportion; what
 * exceeds them (woken, but not yet running) from idle, then from unknown.
 */
export function ledgerOf(
  run: Run,
  serving: Serving,
  join: RequestJoin,
  rows: Int32Array,
  doings: readonly ThreadDoings[],
): Ledger {
  const sums = { ownCpu: 0, otherCpu: 0, gc: 0, runnable: 0, downstream: 0, idle: 0, client: 0 };
  let totalUs = 0;
  for (const row of rows) {
    const intended = run.requests.intendedUs[row] ?? 0;
    const done = run.requests.doneUs[row] ?? 0;
    if (!(done > intended)) continue;
    totalUs += done - intended;
    const sent = clamp(run.requests.sentUs[row] ?? Number.NaN, intended, done);
    sums.client += sent - intended;
    const thread = doings[serving.laneOf[row] ?? -1];
    if (thread && done > sent) addRequest(sums, thread, sent, done, serverSide(run, join, row, sent, done));
  }
  if (totalUs === 0) return { ...sums, unknown: 1 };
  const shares = {
    ownCpu: sums.ownCpu / totalUs,
    otherCpu: sums.otherCpu / totalUs,
    gc: sums.gc / totalUs,
    runnable: sums.runnable / totalUs,
    downstream: sums.downstream / totalUs,
    idle: sums.idle / totalUs,
    client: sums.client / totalUs,
  };
  const known = Object.values(shares).reduce((sum, share) => sum + share, 0);
  return { ...shares, unknown: Math.max(0, 1 - known) };
}

/** One a lane. */
export function threadDoings(run: Run, lanes: readonly ServingLane[]): ThreadDoings[] {
  return lanes.map(({ profileThread, runtimeThread }) => {
    const samples = sampleIntervals(run.profile, profileThread);
    const listed = threadIntervals(run.runtime.gc, runtimeThread);
    const gc = listed.length > 0 ? listed : samples.gc;
    const cpu = subtract(samples.busy, gc);
    const idle = subtract(samples.idle, gc);
    const downstream = threadIntervals(run.runtime.clientRequests, runtimeThread);
    const unseen = subtract(subtract(subtract(downstream, gc), cpu), idle);
    return {
      gc: new IntervalMeasure(gc),
      cpu: new IntervalMeasure(cpu),
      idle: new IntervalMeasure(idle),
      idleDownstream: new IntervalMeasure(intersect(idle, downstream)),
      unseenDownstream: new IntervalMeasure(unseen),
      wait: cumulativeWait(run.runtime.sched, runtimeThread),
    };
  });
}

interface ServerSide {
  readonly ownFrom: number;
  readonly ownTo: number;
  readonly spanFrom: number;
  readonly spanTo: number;
}

/** The server's stamps inside [sent, done]; empty stretches where it told of none. */
function serverSide(run: Run, join: RequestJoin, row: number, sent: number, done: number): ServerSide {
  const serverRow = join.serverRow[row] ?? -1;
  if (serverRow < 0) return { ownFrom: sent, ownTo: sent, spanFrom: sent, spanTo: sent };
  const start = clamp(run.runtime.serverRequests.startUs[serverRow] ?? Number.NaN, sent, done);
  return {
    ownFrom: start,
    ownTo: Math.max(start, clamp(join.ownEndUs[serverRow] ?? Number.NaN, sent, done)),
    spanFrom: start,
    // Never finished: open until the client gave up.
    spanTo: Math.max(start, clamp(run.runtime.serverRequests.finishUs[serverRow] ?? Number.NaN, sent, done)),
  };
}

type Sums = Record<Exclude<keyof Ledger, 'unknown'>, number>;

function addRequest(sums: Sums, thread: ThreadDoings, sent: number, done: number, server: ServerSide): void {
  const { ownFrom, ownTo, spanFrom, spanTo } = server;
  const outsideOwn = (set: IntervalMeasure, from: number, to: number): number =>
    set.within(from, to) - set.within(Math.max(from, ownFrom), Math.min(to, ownTo));
  let gc = thread.gc.within(sent, done);
  let own = ownTo - ownFrom - thread.gc.within(ownFrom, ownTo);
  let other = outsideOwn(thread.cpu, sent, done);
  const idleDownstream = outsideOwn(thread.idleDownstream, spanFrom, spanTo);
  const downstream = idleDownstream + outsideOwn(thread.unseenDownstream, spanFrom, spanTo);
  let idle = outsideOwn(thread.idle, sent, done) - idleDownstream;
  const unknown = Math.max(0, done - sent - gc - own - other - downstream - idle);

  const waited = Math.max(0, thread.wait(done) - thread.wait(sent));
  const busy = gc + own + other;
  const fromBusy = Math.min(waited, busy);
  const kept = busy > 0 ? 1 - fromBusy / busy : 0;
  gc *= kept;
  own *= kept;
  other *= kept;
  const fromIdle = Math.min(waited - fromBusy, idle);
  idle -= fromIdle;
  const fromUnknown = Math.min(waited - fromBusy - fromIdle, unknown);

  sums.gc += gc;
  sums.ownCpu += own;
  sums.otherCpu += other;
  sums.downstream += downstream;
  sums.idle += idle;
  sums.runnable += fromBusy + fromIdle + fromUnknown;
}

/** `busy` is every sample that is not idle; `gc` the part of it on V8's own frame for collections. */
function sampleIntervals(
  profile: Profile | null,
  thread: number,
): { busy: Float64Array; idle: Float64Array; gc: Float64Array } {
  const busy: number[] = [];
  const idle: number[] = [];
  const gc: number[] = [];
  if (profile && thread >= 0) {
    const { samples, stacks, frames } = profile;
    const isIdle = idleStacks(profile);
    for (let row = 0; row < samples.length; row++) {
      if (samples.thread[row] !== thread) continue;
      const stack = samples.stack[row] ?? 0;
      const start = samples.timeUs[row] ?? 0;
      const end = start + (samples.weightUs[row] ?? 0);
      extend(isIdle[stack] === 1 ? idle : busy, start, end);
      if (frames.kind[stacks.frame[stack] ?? 0] === FrameKind.gc) extend(gc, start, end);
    }
  }
  return {
    busy: unionOf(Float64Array.from(busy)),
    idle: unionOf(Float64Array.from(idle)),
    gc: unionOf(Float64Array.from(gc)),
  };
}

/** Neighbouring samples of a kind are one interval: far fewer to search. */
function extend(pairs: number[], start: number, end: number): void {
  if (pairs.at(-1) === start) pairs[pairs.length - 1] = end;
  else pairs.push(start, end);
}

/** Run-queue wait of a thread, linear between readings, constant before the first and after the last. */
function cumulativeWait(sched: SchedTable, thread: number): (timeUs: number) => number {
  const timeUs: number[] = [];
  const waitUs: number[] = [];
  for (let row = 0; thread >= 0 && row < sched.length; row++) {
    if (sched.thread[row] !== thread) continue;
    timeUs.push(sched.timeUs[row] ?? 0);
    waitUs.push(sched.waitUs[row] ?? 0);
  }
  return (time) => {
    let low = 0;
    let high = timeUs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((timeUs[middle] ?? 0) > time) high = middle;
      else low = middle + 1;
    }
    if (low === 0) return waitUs[0] ?? 0;
    if (low === timeUs.length) return waitUs[low - 1] ?? 0;
    const from = timeUs[low - 1] ?? 0;
    const to = timeUs[low] ?? 0;
    const before = waitUs[low - 1] ?? 0;
    return before + (((waitUs[low] ?? 0) - before) * (time - from)) / (to - from);
  };
}

/** NaN (it never came that far) counts as the end. */
function clamp(value: number, low: number, high: number): number {
  return Number.isNaN(value) ? high : Math.min(high, Math.max(low, value));
}
