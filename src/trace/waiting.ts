import type { RequestTable } from '../load/result.ts';
import { FrameKind, type Profile } from '../profile/tables.ts';
import { idleStacks } from '../profile/queries/slice.ts';
import type { Run } from '../run/model.ts';
import type { IntervalTable, ServerRequestTable } from '../target/tables.ts';
import { unionOf, type Intervals } from './intervals.ts';
import type { RequestJoin } from './join.ts';
import type { Serving } from './serving.ts';

/** How long requests of a set waited while something else ran on their thread, in victim-µs: time × requests waiting. */
export interface WaitedTimes {
  /** One a sample of the profile; 0 for idle ones and for other threads. */
  readonly sampleUs: Float64Array;
  /** The same, summed by stack. */
  readonly stackUs: Float64Array;
  /** During garbage collection, from the list of pauses where there is one, else from the profile's own frames. */
  readonly gcUs: number;
  /** When that was: [time, victim-µs, …], one pair a pause or sample. */
  readonly gcMoments: Float64Array;
}

/**
 * For each sample of the serving threads: its time × the number of the set's requests in flight at that moment, those left
 * out that are in their own synchronous part. A request is in flight from its intended time to its answer: bytes wait unseen
 * in the kernel while the loop is busy, so only the client knows. Times inside GC pauses go to GC and to no function.
 * A sweep over sorted starts and ends: linear but for sorting them.
 */
export function waitedTimes(run: Run, serving: Serving, join: RequestJoin, rows: Int32Array): WaitedTimes {
  const { profile } = run;
  const sampleUs = new Float64Array(profile?.samples.length ?? 0);
  const stackUs = new Float64Array(profile?.stacks.length ?? 0);
  const moments: number[] = [];
  for (const [lane, { profileThread, runtimeThread }] of serving.lanes.entries()) {
    const pauses = threadIntervals(run.runtime.gc, runtimeThread);
    const waiting = new WaitingCount(
      inFlight(run.requests, run.runtime.serverRequests, serving, join, rows, lane),
      pauses,
    );
    for (let at = 0; at < pauses.length; at += 2) {
      const us = waiting.insidePauses(pauses[at + 1] ?? 0) - waiting.insidePauses(pauses[at] ?? 0);
      if (us > 0) moments.push(pauses[at] ?? 0, us);
    }
    if (profile && profileThread >= 0)
      addSamples(profile, profileThread, waiting, pauses.length > 0, { sampleUs, stackUs, moments });
  }
  let gcUs = 0;
  for (let at = 1; at < moments.length; at += 2) gcUs += moments[at] ?? 0;
  return { sampleUs, stackUs, gcUs, gcMoments: Float64Array.from(moments) };
}

/** Rows of one thread as disjoint intervals. */
export function threadIntervals(table: IntervalTable, thread: number): Intervals {
  const pairs: number[] = [];
  if (thread < 0) return new Float64Array();
  for (let row = 0; row < table.length; row++) {
    if (table.thread[row] !== thread) continue;
    const start = table.startUs[row] ?? 0;
    pairs.push(start, start + (table.durationUs[row] ?? 0));
  }
  return unionOf(Float64Array.from(pairs));
}

interface Accumulators {
  readonly sampleUs: Float64Array;
  readonly stackUs: Float64Array;
  readonly moments: number[];
}

function addSamples(
  profile: Profile,
  thread: number,
  waiting: WaitingCount,
  pausesKnown: boolean,
  into: Accumulators,
): void {
  const { samples, stacks, frames } = profile;
  const idle = idleStacks(profile);
  for (let row = 0; row < samples.length; row++) {
    const stack = samples.stack[row] ?? 0;
    if (samples.thread[row] !== thread || idle[stack] === 1) continue;
    const start = samples.timeUs[row] ?? 0;
    const us = waiting.outsidePauses(start + (samples.weightUs[row] ?? 0)) - waiting.outsidePauses(start);
    if (!(us > 0)) continue;
    if (frames.kind[stacks.frame[stack] ?? 0] === FrameKind.gc) {
      if (!pausesKnown) into.moments.push(start, us);
      continue;
    }
    into.sampleUs[row] = us;
    into.stackUs[stack] = (into.stackUs[stack] ?? 0) + us;
  }
}

/** Sorted moments at which one more, or one fewer, request waits. */
interface Changes {
  readonly more: Float64Array;
  readonly fewer: Float64Array;
}

function inFlight(
  requests: RequestTable,
  server: ServerRequestTable,
  serving: Serving,
  join: RequestJoin,
  rows: Int32Array,
  lane: number,
): Changes {
  const more: number[] = [];
  const fewer: number[] = [];
  for (const row of rows) {
    if (serving.laneOf[row] !== lane) continue;
    const from = requests.intendedUs[row] ?? 0;
    const to = requests.doneUs[row] ?? 0;
    if (!(to > from)) continue;
    more.push(from);
    fewer.push(to);
    const serverRow = join.serverRow[row] ?? -1;
    const ownFrom = Math.max(from, server.startUs[serverRow] ?? Number.POSITIVE_INFINITY);
    const ownTo = Math.min(to, join.ownEndUs[serverRow] ?? Number.NEGATIVE_INFINITY);
    if (!(ownTo > ownFrom)) continue;
    fewer.push(ownFrom);
    more.push(ownTo);
  }
  return { more: Float64Array.from(more).sort(), fewer: Float64Array.from(fewer).sort() };
}

/** The number of waiting requests as a step function of time, with its integral outside and inside of GC pauses. */
class WaitingCount {
  private readonly timeUs: Float64Array;
  private readonly waiting: Float64Array;
  private readonly inPause: Uint8Array;
  private readonly outside: Float64Array;
  private readonly inside: Float64Array;
  private readonly length: number;
  private cursor = 0;

  constructor({ more, fewer }: Changes, pauses: Intervals) {
    const capacity = more.length + fewer.length + pauses.length;
    this.timeUs = new Float64Array(capacity);
    this.waiting = new Float64Array(capacity);
    this.inPause = new Uint8Array(capacity);
    this.outside = new Float64Array(capacity);
    this.inside = new Float64Array(capacity);
    let step = 0;
    let waiting = 0;
    for (let i = 0, j = 0, k = 0; i < more.length || j < fewer.length || k < pauses.length; step++) {
      const nextMore = more[i] ?? Number.POSITIVE_INFINITY;
      const nextFewer = fewer[j] ?? Number.POSITIVE_INFINITY;
      const nextPause = pauses[k] ?? Number.POSITIVE_INFINITY;
      const now = Math.min(nextMore, nextFewer, nextPause);
      if (step > 0) {
        const grown = waiting * (now - (this.timeUs[step - 1] ?? 0));
        const paused = this.inPause[step - 1] === 1;
        this.outside[step] = (this.outside[step - 1] ?? 0) + (paused ? 0 : grown);
        this.inside[step] = (this.inside[step - 1] ?? 0) + (paused ? grown : 0);
      }
      // At equal times the count must not fall below zero: first those that begin.
      if (nextMore === now) {
        waiting++;
        i++;
      } else if (nextFewer === now) {
        waiting--;
        j++;
      } else k++;
      this.timeUs[step] = now;
      this.waiting[step] = waiting;
      this.inPause[step] = k % 2;
    }
    this.length = step;
  }

  /** Victim-µs up to a time, GC pauses left out. Fastest for times that grow. */
  outsidePauses(timeUs: number): number {
    const step = this.stepAt(timeUs);
    if (step < 0) return 0;
    const grown = this.inPause[step] === 1 ? 0 : (this.waiting[step] ?? 0) * (timeUs - (this.timeUs[step] ?? 0));
    return (this.outside[step] ?? 0) + grown;
  }

  /** Victim-µs up to a time, inside GC pauses only. */
  insidePauses(timeUs: number): number {
    const step = this.stepAt(timeUs);
    if (step < 0) return 0;
    const grown = this.inPause[step] === 1 ? (this.waiting[step] ?? 0) * (timeUs - (this.timeUs[step] ?? 0)) : 0;
    return (this.inside[step] ?? 0) + grown;
  }

  /** The last step at or before a time; -1 before the first. Starts where the last answer was. */
  private stepAt(timeUs: number): number {
    let step = Math.min(this.cursor, this.length - 1);
    while (step >= 0 && (this.timeUs[step] ?? 0) > timeUs) step--;
    while (step + 1 < this.length && (this.timeUs[step + 1] ?? 0) <= timeUs) step++;
    this.cursor = Math.max(step, 0);
    return step;
  }
}
