/** Garbage collection against the slow and the typical requests' windows, and who allocated before it. */
import { FrameKind } from '../profile/tables.ts';
import { intersect, intervalAt, lengthOf, unionOf, type Intervals } from '../trace/intervals.ts';
import { traceOf } from '../trace/tailAnalysis.ts';
import type { Evidence } from './finding.ts';
import type { StackTimes } from './stackTimes.ts';

export interface PauseFigures {
  readonly count: number;
  readonly perSecond: number;
  readonly maxUs: number;
  /** How many took 5 ms or more. */
  readonly long: number;
  /** Of all time in the range, 0…1. */
  readonly share: number;
  readonly slowShare: number;
  readonly typicalShare: number;
  /** Of the slow requests' episodes, those with such a pause, and its length in them on average. */
  readonly episodes: number;
  readonly perEpisodeUs: number;
}

/** A loop held this long delays other requests noticeably. */
const longUs = 5000;

/** Pauses of the serving threads of some of V8's kinds, in the range. Null if there were none or nothing was slow. */
export function pauseFigures({ run, analysis }: Evidence, kinds: readonly number[]): PauseFigures | null {
  const { gc } = run.runtime;
  const { tail, range } = analysis;
  if (!tail) return null;
  const lanes = new Set(traceOf(run).serving.lanes.map(({ runtimeThread }) => runtimeThread));
  const pairs: number[] = [];
  let maxUs = 0;
  let long = 0;
  for (let row = 0; row < gc.length; row++) {
    const start = gc.startUs[row] ?? 0;
    const duration = gc.durationUs[row] ?? 0;
    if (!kinds.includes(gc.kind[row] ?? 0) || start < range.startUs || start >= range.endUs) continue;
    if (lanes.size > 0 && !lanes.has(gc.thread[row] ?? -1)) continue;
    pairs.push(start, start + duration);
    maxUs = Math.max(maxUs, duration);
    if (duration >= longUs) long++;
  }
  if (pairs.length === 0) return null;
  const pauses = unionOf(Float64Array.from(pairs));
  const inSlow = intersect(pauses, tail.slowWindowsUs);
  const slowUs = lengthOf(inSlow);
  const episodes = episodesTouched(inSlow, tail.slowWindowsUs);
  return {
    count: pairs.length / 2,
    perSecond: (pairs.length / 2 / (range.endUs - range.startUs)) * 1e6,
    maxUs,
    long,
    share: lengthOf(pauses) / (range.endUs - range.startUs),
    slowShare: shareOf(slowUs, tail.slowWindowsUs),
    typicalShare: shareOf(lengthOf(intersect(pauses, tail.typicalWindowsUs)), tail.typicalWindowsUs),
    episodes,
    perEpisodeUs: episodes > 0 ? slowUs / episodes : 0,
  };
}

function shareOf(us: number, windows: Intervals): number {
  const whole = lengthOf(windows);
  return whole > 0 ? us / whole : 0;
}

function episodesTouched(pauses: Intervals, episodes: Intervals): number {
  const touched = new Set<number>();
  for (let at = 0; at < pauses.length; at += 2) touched.add(intervalAt(episodes, pauses[at] ?? 0));
  return touched.size;
}

export interface Allocator {
  readonly frame: number;
  /** Of the garbage collection whose trigger is known, 0…1. */
  readonly share: number;
  readonly lines: ReadonlyMap<number, number>;
}

/** A sample this much before the pause says nothing about who caused it. */
const longestGapUs = 5000;

/**
 * The function that ran when the collector set in, most often: a scavenge is triggered by the allocation that finds the nursery full,
 * so the sample before it points, in proportion, to who allocates (as Chrome's DevTools lays GC samples on the stack
 * before them).
 */
export function mainAllocator(times: StackTimes): Allocator | null {
  const { profile, threads, owner } = times;
  const { samples, stacks, frames } = profile;
  const [from = 0, to = 0] = times.range;
  const gcUs = new Map</* owner's stack */ number, number>();
  const last = new Int32Array(profile.threads.length).fill(-1);
  const lastEndUs = new Float64Array(profile.threads.length);
  let known = 0;
  for (let row = 0; row < samples.length; row++) {
    const thread = samples.thread[row] ?? 0;
    const timeUs = samples.timeUs[row] ?? 0;
    if (threads[thread] !== 1 || timeUs < from || timeUs >= to) continue;
    const stack = samples.stack[row] ?? 0;
    const weightUs = samples.weightUs[row] ?? 0;
    if (frames.kind[stacks.frame[stack] ?? 0] === FrameKind.gc) {
      const before = (owner[stack] ?? -1) >= 0 ? stack : (last[thread] ?? -1);
      const own = before >= 0 && timeUs - (lastEndUs[thread] ?? 0) <= longestGapUs ? (owner[before] ?? -1) : -1;
      if (own < 0) continue;
      gcUs.set(own, (gcUs.get(own) ?? 0) + weightUs);
      known += weightUs;
    } else {
      last[thread] = stack;
      lastEndUs[thread] = timeUs + weightUs;
    }
  }
  return known > 0 ? greatest(times, gcUs, known) : null;
}

function greatest(times: StackTimes, gcUs: ReadonlyMap<number, number>, known: number): Allocator | null {
  const { stacks } = times.profile;
  const byFrame = new Map<number, number>();
  for (const [stack, us] of gcUs) {
    const frame = stacks.frame[stack] ?? 0;
    byFrame.set(frame, (byFrame.get(frame) ?? 0) + us);
  }
  let best = -1;
  for (const [frame, us] of byFrame) if (best < 0 || us > (byFrame.get(best) ?? 0)) best = frame;
  // Every request passes through a framework: that it ran just before says nothing.
  if (times.profile.frames.kind[best] !== FrameKind.user) return null;
  const lines = new Map<number, number>();
  for (const [stack, us] of gcUs) {
    if (stacks.frame[stack] !== best) continue;
    for (let row = stacks.lineStart[stack] ?? 0; row < (stacks.lineStart[stack + 1] ?? 0); row++) {
      const line = stacks.lineNumber[row] ?? 0;
      lines.set(line, (lines.get(line) ?? 0) + us * (stacks.lineTicks[row] ?? 0));
    }
  }
  return { frame: best, share: (byFrame.get(best) ?? 0) / known, lines };
}
