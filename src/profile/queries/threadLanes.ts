import { FrameKind, type Profile } from '../tables.ts';
import { idleStacks } from './slice.ts';

/** What every thread did over one stretch of time: a lane each for some, one lane for all others together. */
export interface ThreadLanes {
  /** µs on the run's clock; cut into `buckets` equal parts. */
  readonly startUs: number;
  readonly endUs: number;
  readonly buckets: number;
  /** Whose the lanes are: indices into profile.threads. The other threads' lane, if there are any, comes last. */
  readonly threads: Int32Array;
  /** How many threads share the last lane. */
  readonly others: number;
  /** CPU time, µs, lane by lane: `cpuUs[lane * buckets + bucket]`. */
  readonly cpuUs: Float64Array;
  /** The FrameKind on top for most of that time, `noKind` where there was none; parallel to cpuUs. */
  readonly kind: Uint8Array;
  /** CPU time in the stretch, one a thread of the profile. */
  readonly busyUs: Float64Array;
  /** Samples on the CPU that touch the stretch, one a thread of the profile. */
  readonly samples: Int32Array;
}

/** Where no CPU time was taken nothing was on top. */
export const noKind = 255;

const kinds = Object.keys(FrameKind).length;

/** CPU time of each thread, idle left out, in the profile's unit. */
export function busyByThread(profile: Profile): Float64Array {
  const { samples } = profile;
  const idle = idleStacks(profile);
  const busyUs = new Float64Array(profile.threads.length);
  for (let row = 0; row < samples.length; row++) {
    if (idle[samples.stack[row] ?? 0] === 1) continue;
    const thread = samples.thread[row] ?? 0;
    busyUs[thread] = (busyUs[thread] ?? 0) + (samples.weightUs[row] ?? 0);
  }
  return busyUs;
}

/**
 * The threads that get a lane: the `most` busiest of the whole profile, so that they stay while one brushes. Threads of one process
 * stand together, the busiest process and within it the busiest thread first.
 */
export function threadsForLanes(profile: Profile, most: number): Int32Array {
  const busyUs = busyByThread(profile);
  const busy = (thread: number): number => busyUs[thread] ?? 0;
  const chosen = Array.from(busyUs.keys())
    .sort((a, b) => busy(b) - busy(a) || a - b)
    .slice(0, most);
  const processes = new Map</* target and pid */ string, { busyUs: number; readonly threads: number[] }>();
  for (const thread of chosen) {
    const { target = '', pid = 0 } = profile.threads[thread] ?? {};
    const key = JSON.stringify([target, pid]);
    const process = processes.get(key) ?? { busyUs: 0, threads: [] };
    process.busyUs += busy(thread);
    process.threads.push(thread);
    processes.set(key, process);
  }
  const ordered = [...processes.values()].sort((a, b) => b.busyUs - a.busyUs);
  return Int32Array.from(ordered.flatMap(({ threads }) => threads));
}

/**
 * One pass over the samples. A sample's time is laid over the buckets it spans, so that a lane's buckets add up to its threads' CPU
 * time inside the stretch; what it costs does not grow with its length, since the buckets it fills are only counted at its ends.
 * Memory: lanes × kinds × buckets.
 *
 * @param threads whose lanes to draw (`threadsForLanes`); all other threads share one more.
 */
export function threadLanes(
  profile: Profile,
  range: { readonly startUs: number; readonly endUs: number },
  threads: Int32Array,
  buckets: number,
): ThreadLanes {
  const { samples, stacks, frames } = profile;
  const { startUs, endUs } = range;
  const others = profile.threads.length - threads.length;
  const lanes = threads.length + (others > 0 ? 1 : 0);
  const laneOf = new Int32Array(profile.threads.length).fill(threads.length);
  for (const [lane, thread] of threads.entries()) laneOf[thread] = lane;
  const bucketUs = Math.max(endUs - startUs, Number.MIN_VALUE) / buckets;
  const idle = idleStacks(profile);
  const busyUs = new Float64Array(profile.threads.length);
  const counts = new Int32Array(profile.threads.length);
  const cells = new KindCells(lanes, buckets, bucketUs);
  for (let row = 0; row < samples.length; row++) {
    const stack = samples.stack[row] ?? 0;
    if (idle[stack] === 1) continue;
    const time = samples.timeUs[row] ?? 0;
    const weight = samples.weightUs[row] ?? 0;
    const from = Math.max(time, startUs) - startUs;
    const to = Math.min(time + weight, endUs) - startUs;
    // A sample of no length touches the stretch it begins in.
    if (weight > 0 ? to <= from : time < startUs || time >= endUs) continue;
    const thread = samples.thread[row] ?? 0;
    counts[thread] = (counts[thread] ?? 0) + 1;
    busyUs[thread] = (busyUs[thread] ?? 0) + to - from;
    cells.add(laneOf[thread] ?? 0, frames.kind[stacks.frame[stack] ?? 0] ?? 0, from, to);
  }
  return { startUs, endUs, buckets, threads, others, ...cells.lanes(), busyUs, samples: counts };
}

/** Time by lane, kind and bucket. */
class KindCells {
  private readonly buckets: number;
  private readonly bucketUs: number;
  /** Time in buckets that a sample fills in part. */
  private readonly partUs: Float64Array;
  /** How many more samples fill a bucket than the one before it. */
  private readonly filled: Int32Array;

  constructor(lanes: number, buckets: number, bucketUs: number) {
    this.buckets = buckets;
    this.bucketUs = bucketUs;
    this.partUs = new Float64Array(lanes * kinds * buckets);
    this.filled = new Int32Array(lanes * kinds * buckets);
  }

  /** @param from µs since the start of the first bucket. */
  add(lane: number, kind: number, from: number, to: number): void {
    const { buckets, bucketUs, partUs, filled } = this;
    const base = (lane * kinds + kind) * buckets;
    const first = Math.min(Math.floor(from / bucketUs), buckets - 1);
    const last = Math.min(Math.floor(to / bucketUs), buckets - 1);
    if (first === last) {
      partUs[base + first] = (partUs[base + first] ?? 0) + to - from;
      return;
    }
    partUs[base + first] = (partUs[base + first] ?? 0) + (first + 1) * bucketUs - from;
    partUs[base + last] = (partUs[base + last] ?? 0) + to - last * bucketUs;
    filled[base + first + 1] = (filled[base + first + 1] ?? 0) + 1;
    filled[base + last] = (filled[base + last] ?? 0) - 1;
  }

  lanes(): Pick<ThreadLanes, 'cpuUs' | 'kind'> {
    const { buckets, bucketUs, partUs, filled } = this;
    const lanes = partUs.length / (kinds * buckets);
    const cpuUs = new Float64Array(lanes * buckets);
    const most = new Float64Array(lanes * buckets);
    const kind = new Uint8Array(lanes * buckets).fill(noKind);
    for (let row = 0; row < lanes * kinds; row++) {
      const lane = Math.floor(row / kinds);
      let samples = 0;
      for (let bucket = 0; bucket < buckets; bucket++) {
        samples += filled[row * buckets + bucket] ?? 0;
        const us = (partUs[row * buckets + bucket] ?? 0) + samples * bucketUs;
        if (us <= 0) continue;
        const cell = lane * buckets + bucket;
        cpuUs[cell] = (cpuUs[cell] ?? 0) + us;
        if (us <= (most[cell] ?? 0)) continue;
        most[cell] = us;
        kind[cell] = row % kinds;
      }
    }
    return { cpuUs, kind };
  }
}
