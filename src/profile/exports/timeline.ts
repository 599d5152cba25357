import type { Profile } from '../tables.ts';

/** One thread's time without holes: each row lasts until the next one begins. */
export interface Timeline {
  readonly length: number;
  readonly startUs: number;
  /** Index into stacks, or -1 where nothing was sampled. */
  readonly stack: Int32Array;
  readonly durationUs: Float64Array;
}

/** Gaps shorter than this come from rounding, not from missing samples. */
const leastGapUs = 0.001;

/**
 * A thread's samples laid end to end (from 0 where the profile has no order of time), for formats in which a sample lasts until the next: holes become rows without a
 * stack; where samples overlap (steady weights at an unsteady rate) the later one waits, so that no time is lost.
 *
 * @param rows the thread's samples in order of time. @param fromUs where the timeline begins at the latest.
 */
export function timelineOf({ samples, timeless }: Profile, rows: Int32Array, fromUs: number): Timeline {
  const first = rows[0] === undefined ? fromUs : (samples.timeUs[rows[0]] ?? fromUs);
  const startUs = timeless ? 0 : Math.min(fromUs, first);
  const stack = new Int32Array(rows.length * 2);
  const durationUs = new Float64Array(rows.length * 2);
  let length = 0;
  let now = startUs;
  for (const row of rows) {
    const gap = timeless ? 0 : (samples.timeUs[row] ?? 0) - now;
    if (gap >= leastGapUs) {
      stack[length] = -1;
      durationUs[length++] = gap;
      now += gap;
    }
    stack[length] = samples.stack[row] ?? 0;
    durationUs[length++] = samples.weightUs[row] ?? 0;
    now += samples.weightUs[row] ?? 0;
  }
  return { length, startUs, stack: stack.subarray(0, length), durationUs: durationUs.subarray(0, length) };
}
