import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { startTimeOf } from './processTree.ts';

/**
 * How often CPU and run-queue wait are read. Files stay open, and one read costs 1 µs (measured); a Node process has some
 * eleven threads: 50 × 11 × 1 µs ≈ 0.6 ms a second, on the launcher's side.
 */
const POLL_MS = 20;
/** New threads are looked for every so many polls. */
const LIST_EVERY = 10;

export interface SchedSample {
  readonly timeUs: number;
  /** Cumulative. */
  readonly cpuUs: number;
  /** Cumulative: runnable but not running. */
  readonly waitUs: number;
}

export interface SchedEvents {
  onThread(pid: number, tid: number, name: string): void;
  onSample(pid: number, tid: number, sample: SchedSample): void;
}

interface Watched {
  readonly pid: number;
  readonly tid: number;
  readonly fd: number;
  cpu: string;
  wait: string;
  /** The last reading that equalled the one before it, not yet reported. */
  unreported: number | null;
}

/** Whether this system tells CPU and run-queue wait per thread. */
export function hasSchedstat(): boolean {
  return process.platform === 'linux' && existsSync('/proc/self/schedstat');
}

/**
 * Reads `/proc/PID/task/TID/schedstat` (proc(5): time on the CPU, time waiting to run, both in ns, time slices) of every thread
 * of the given processes. A thread that did not run is not reported again until it does; then its last
 * reading before is reported too, so that growth stands in the right interval.
 */
export class SchedPoller {
  private readonly pids = new Map</* pid */ number, /* start time */ string | null>();
  private readonly threads = new Map</* tid */ number, Watched>();
  private readonly buffer = Buffer.alloc(128);
  private readonly events: SchedEvents;
  private readonly nowUs: () => number;
  private timer: NodeJS.Timeout | undefined;
  private polls = 0;

  constructor(events: SchedEvents, nowUs: () => number) {
    this.events = events;
    this.nowUs = nowUs;
  }

  /**
   * Starts watching a process; one that has gone is forgotten by itself, whoever has its id then.
   * @param startTime when it began (`startTimeOf`)
   */
  add(pid: number, startTime = startTimeOf(pid)): void {
    if (this.pids.has(pid)) return;
    this.pids.set(pid, startTime);
    this.listThreads(pid, startTime);
    this.timer ??= setInterval(() => this.poll(), POLL_MS).unref();
  }

  /** One reading of every thread. */
  poll(): void {
    if (++this.polls % LIST_EVERY === 0) for (const [pid, startTime] of this.pids) this.listThreads(pid, startTime);
    for (const thread of this.threads.values()) this.read(thread);
  }

  /** Stops, after a last report of every thread. */
  dispose(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    for (const thread of this.threads.values()) {
      if (thread.unreported !== null) this.report(thread, thread.unreported);
      this.forget(thread);
    }
    this.pids.clear();
  }

  private listThreads(pid: number, startTime: string | null): void {
    let names: string[];
    try {
      names = startTimeOf(pid) === startTime ? readdirSync(`/proc/${pid}/task`) : [];
    } catch {
      names = [];
    }
    if (names.length === 0) this.pids.delete(pid);
    for (const name of names) {
      const tid = Number(name);
      if (!this.threads.has(tid)) this.open(pid, tid);
    }
  }

  private open(pid: number, tid: number): void {
    const folder = `/proc/${pid}/task/${tid}`;
    try {
      const fd = openSync(`${folder}/schedstat`, 'r');
      this.threads.set(tid, { pid, tid, fd, cpu: '', wait: '', unreported: null });
      this.events.onThread(pid, tid, readFileSync(`${folder}/comm`, 'utf8').trim());
    } catch {
      // The thread has gone meanwhile.
    }
  }

  private read(thread: Watched): void {
    let text: string;
    try {
      text = this.buffer.toString('latin1', 0, readSync(thread.fd, this.buffer, 0, this.buffer.length, 0));
    } catch {
      this.forget(thread);
      return; // ESRCH: the thread has ended
    }
    const timeUs = this.nowUs();
    const [cpu = '', wait = ''] = text.split(' ');
    if (cpu === thread.cpu && wait === thread.wait) {
      thread.unreported = timeUs;
      return;
    }
    if (thread.unreported !== null) this.report(thread, thread.unreported);
    thread.unreported = null;
    thread.cpu = cpu;
    thread.wait = wait;
    this.report(thread, timeUs);
  }

  private report(thread: Watched, timeUs: number): void {
    this.events.onSample(thread.pid, thread.tid, {
      timeUs,
      cpuUs: Number(thread.cpu) / 1000,
      waitUs: Number(thread.wait) / 1000,
    });
  }

  private forget(thread: Watched): void {
    this.threads.delete(thread.tid);
    closeSync(thread.fd);
  }
}
