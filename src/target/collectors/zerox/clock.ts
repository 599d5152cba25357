import { isObject } from '../../../profile/formats/fields.ts';
import type { ClockMark } from '../../wire.ts';

/** V8 counts in whole µs, the stamps are finer. */
const TOLERANCE_US = 2;

export interface LogClock {
  /** The thread the log is of: that which compiled the marks in it. */
  readonly thread: Pick<ClockMark, 'pid' | 'tid' | 'threadId' | 'name'>;
  /** The log's start on the monotonic clock, µs; null if its marks contradict each other. */
  readonly clockUs: number | null;
}

/**
 * Whose log this is and how its times lie on the run's clock: V8 notes when it compiled each script, and the probe compiled
 * some of known names between two looks at the clock. Each such pair of looks bounds the log's start from both sides; all of them,
 * at the thread's begin and at the end of the run, have to agree.
 *
 * @param parsed V8's log as JSON. Null if it holds none of the marks.
 */
export function clockOf(parsed: unknown, marks: readonly ClockMark[]): LogClock | null {
  const times = compileTimes(parsed);
  let earliestUs = Number.NEGATIVE_INFINITY;
  let latestUs = Number.POSITIVE_INFINITY;
  let thread: ClockMark | null = null;
  for (const mark of marks) {
    const timeUs = times.get(mark.mark);
    if (timeUs === undefined) continue;
    thread = mark;
    earliestUs = Math.max(earliestUs, mark.beforeUs - timeUs);
    latestUs = Math.min(latestUs, mark.afterUs - timeUs);
  }
  if (thread === null) return null;
  const agree = earliestUs <= latestUs + TOLERANCE_US;
  return { thread, clockUs: agree ? (earliestUs + latestUs) / 2 : null };
}

/** When scripts whose names are the probe's marks were compiled, in the log's own µs. */
function compileTimes(parsed: unknown): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  const code = isObject(parsed) && Array.isArray(parsed['code']) ? (parsed['code'] as unknown[]) : [];
  for (const each of code) {
    if (!isObject(each) || typeof each['name'] !== 'string' || typeof each['tm'] !== 'number') continue;
    const mark = /slowpath-clock-[\w-]+/.exec(each['name'])?.[0];
    if (mark !== undefined && !times.has(mark)) times.set(mark, each['tm']);
  }
  return times;
}
