import { SlowpathError } from '../../../errors.ts';
import { ProfileBuilder } from '../../builder.ts';
import { Float64Column, Int32Column } from '../../columns.ts';
import type { Profile } from '../../tables.ts';
import type { PerfHeader, PerfThread } from './header.ts';

/** What a sample stands for where the file does not tell: perf's default rate is 4,000 a second. */
const assumedIntervalUs = 250;

/**
 * The samples of a recording and what each stands for. A clock's period is nanoseconds. A cycle counter's is cycles: a
 * thread's usual distance between samples, shared out in proportion to periods, makes time of it. Any other event (faults,
 * misses) is counted, not timed. Totals then stand in the proportions of `perf report`'s overhead.
 */
export class PerfSamples {
  readonly builder = new ProfileBuilder();
  private readonly timeUs = new Float64Column();
  private readonly period = new Float64Column();
  private readonly stackOf = new Int32Column();
  private readonly threadOf = new Int32Column();
  private readonly eventOf = new Int32Column();
  private threads: readonly PerfThread[] = [];
  private events: readonly string[] = [];
  private readonly wanted: string | undefined;
  private timed = true;

  constructor(event: string | undefined) {
    this.wanted = event;
  }

  get count(): number {
    return this.stackOf.length;
  }

  add(header: PerfHeader, stack: number): void {
    this.threads = header.threads;
    this.events = header.events;
    if (Number.isNaN(header.timeUs)) this.timed = false;
    this.timeUs.push(header.timeUs);
    this.period.push(header.period);
    this.stackOf.push(stack);
    this.threadOf.push(header.thread);
    this.eventOf.push(header.event);
  }

  build(): Profile {
    const event = this.chosenEvent();
    const eventOf = this.eventOf.take();
    const ofEvent = (_: number, row: number): boolean => eventOf[row] === event;
    const time = this.timed ? this.timeUs.take().filter(ofEvent) : null;
    const period = this.period.take().filter(ofEvent);
    const stack = this.stackOf.take().filter(ofEvent);
    const joined = this.joinThreads();
    const threads = joined.threads;
    const threadOf = joined.threadOf.filter(ofEvent);
    const order = time ? inOrder(time, threadOf) : null;
    const measure = measureOf(this.events[event] ?? '', time, period, threadOf, order);
    const ids = threads.map((thread) => this.builder.thread({ ...thread, target: '' }));
    let now = 0;
    let startUs = Number.POSITIVE_INFINITY;
    let endUs = 0;
    for (let place = 0; place < stack.length; place++) {
      const row = order?.[place] ?? place;
      const weight = measure.weight(period[row] ?? 0);
      const at = time?.[row] ?? now;
      if (!time) now += weight;
      startUs = Math.min(startUs, at);
      endUs = Math.max(endUs, at + weight);
      this.builder.sample(at, weight, stack[row] ?? 0, ids[threadOf[row] ?? 0] ?? 0);
    }
    return this.builder.build({
      unit: measure.unit,
      timeless: !time,
      intervalUs: measure.intervalUs,
      startUs,
      endUs,
    });
  }

  /** A thread is its ids, whatever it was called; its last name is the one it goes by. */
  private joinThreads(): { threadOf: Int32Array; threads: PerfThread[] } {
    const rows = new Map</* pid/tid, or the name where there is none */ string, number>();
    const threads: PerfThread[] = [];
    const joined = Int32Array.from(this.threads, (thread) => {
      const key = thread.tid === 0 && thread.pid === 0 ? `name ${thread.name}` : `${thread.pid}/${thread.tid}`;
      const row = rows.get(key) ?? threads.length;
      rows.set(key, row);
      threads[row] = thread;
      return row;
    });
    return { threadOf: this.threadOf.take().map((thread) => joined[thread] ?? 0), threads };
  }

  /** Row of the event to show. @throws FORMAT_UNKNOWN naming those there are. */
  private chosenEvent(): number {
    const { events, wanted } = this;
    if (wanted !== undefined) {
      const row = events.findIndex((name) => name === wanted || plainEvent(name) === wanted);
      if (row < 0) {
        const list = events.slice(0, 20).join(', ');
        throw new SlowpathError('FORMAT_UNKNOWN', `The recording has no event ${wanted}; it has ${list}.`);
      }
      return row;
    }
    const counts = new Int32Array(events.length);
    for (let row = 0; row < this.eventOf.length; row++) {
      const event = this.eventOf.at(row);
      counts[event] = (counts[event] ?? 0) + 1;
    }
    const rank = (name: string): number => (clocks.test(plainEvent(name)) ? 2 : cycles.test(plainEvent(name)) ? 1 : 0);
    const rows = [...events.keys()].sort(
      (a, b) => rank(events[b] ?? '') - rank(events[a] ?? '') || (counts[b] ?? 0) - (counts[a] ?? 0),
    );
    return rows[0] ?? 0;
  }
}

const clocks = /^(?:cpu-clock|task-clock)$/;
const cycles = /^(?:cpu-|ref-)?cycles$/;

/** Without modifiers: `cycles:u` counts what `cycles` counts. */
function plainEvent(name: string): string {
  return name.replace(/:[a-zA-Z]+$/, '');
}

interface Measure {
  readonly unit: 'us' | 'count';
  readonly intervalUs: number;
  readonly weight: (period: number) => number;
}

function measureOf(
  event: string,
  time: Float64Array | null,
  period: Float64Array,
  threadOf: Int32Array,
  order: Int32Array | null,
): Measure {
  const usual = medianOf(period.filter((value) => value > 0));
  const plain = plainEvent(event);
  if (clocks.test(plain) && usual > 0) return { unit: 'us', intervalUs: usual / 1000, weight: (value) => value / 1000 };
  if (event === '' || clocks.test(plain) || cycles.test(plain)) {
    const gap = time ? usualGap(time, threadOf, order) : assumedIntervalUs;
    const mean = period.reduce((sum, value) => sum + value, 0) / Math.max(1, period.length);
    return { unit: 'us', intervalUs: 0, weight: (value) => (mean > 0 ? (gap * value) / mean : gap) };
  }
  return { unit: 'count', intervalUs: 0, weight: (value) => (value > 0 ? value : 1) };
}

/** Rows by time, stable; null where they are in order already, as perf writes them. Concatenated files are not. */
function inOrder(time: Float64Array, thread: Int32Array): Int32Array | null {
  const last = new Float64Array(thread.reduce((most, value) => Math.max(most, value), 0) + 1).fill(-1);
  let sorted = true;
  for (let row = 0; row < time.length && sorted; row++) {
    const own = thread[row] ?? 0;
    sorted = (time[row] ?? 0) >= (last[own] ?? 0);
    last[own] = time[row] ?? 0;
  }
  if (sorted) return null;
  return Int32Array.from(time.keys()).sort((a, b) => (time[a] ?? 0) - (time[b] ?? 0) || a - b);
}

/** The median of the time between one sample of a thread and its next. */
function usualGap(time: Float64Array, thread: Int32Array, order: Int32Array | null): number {
  const last = new Map<number, number>();
  const gaps = new Float64Column();
  for (let place = 0; place < time.length; place++) {
    const row = order?.[place] ?? place;
    const before = last.get(thread[row] ?? 0);
    const now = time[row] ?? 0;
    if (before !== undefined && now > before) gaps.push(now - before);
    last.set(thread[row] ?? 0, now);
  }
  return medianOf(gaps.take()) || assumedIntervalUs;
}

function medianOf(values: Float64Array): number {
  return values.length === 0 ? 0 : (values.slice().sort()[values.length >> 1] ?? 0);
}
