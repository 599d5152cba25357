import { PerformanceObserver } from 'node:perf_hooks';
import { newHistogram, record, type Histogram } from '../latency/histogram.ts';
import { fromPerformanceMs, nowUs } from './clock.ts';
import { readStealTicks, readThrottledPeriods, stealShareSince } from './hostCounters.ts';

/** Shorter ones are ordinary turns of the loop. */
const shortestStallUs = 1000;
const heartbeatMs = 10;
/** Node's timers fire on whole milliseconds: a heartbeat this late is punctual. */
const timerGrainUs = 1000;

/** Times the generator's thread stood still. */
export interface Pauses {
  readonly maxUs: number;
  /** Sum of all; of stalls, those of at least a millisecond. */
  readonly totalUs: number;
  /** How long each was. */
  readonly lengths: Histogram;
}

export function noPauses(): { maxUs: number; totalUs: number; readonly lengths: Histogram } {
  return { maxUs: 0, totalUs: 0, lengths: newHistogram() };
}

/** What the generator's process did to itself and had done to it in the measured window. */
export interface HostHealth {
  readonly windowUs: number;
  /** CPU time of the thread that drives the sockets, spinning included. */
  readonly cpuUs: number;
  readonly gc: Pauses;
  readonly stalls: Pauses;
  readonly throttledPeriods: number | null;
  readonly stealShare: number | null;
}

/**
 * Watches the thread it is created on. What looks at the clock all the time anyway tells it when the thread was away; for a thread without
 * such a one it has a heartbeat of its own. (A timer runs while an answer is awaited more often than not, which is then read 50 µs later.)
 */
export class HealthMonitor {
  private readonly startUs = nowUs();
  private readonly startCpuUs = threadCpuUs();
  private readonly startThrottled = readThrottledPeriods();
  private readonly startSteal = readStealTicks();
  private readonly gc = noPauses();
  private readonly stalls = noPauses();
  private readonly observer: PerformanceObserver;
  private readonly heartbeat: NodeJS.Timeout | null;
  private lastBeatUs = this.startUs;
  private ended: HostHealth | null = null;

  constructor({ hasHeartbeat }: { readonly hasHeartbeat: boolean }) {
    this.observer = new PerformanceObserver((list) => this.takeGc(list.getEntries()));
    this.observer.observe({ entryTypes: ['gc'] });
    this.heartbeat = hasHeartbeat ? setInterval(() => this.beat(), heartbeatMs) : null;
  }

  /** The thread was away from its work for so long, all in all. */
  wasAway(us: number): void {
    if (us >= shortestStallUs && this.ended === null) note(this.stalls, us);
  }

  /** Ends watching; called again, it answers the same. */
  stop(): HostHealth {
    return (this.ended ??= this.end());
  }

  private end(): HostHealth {
    if (this.heartbeat) {
      this.beat();
      clearInterval(this.heartbeat);
    }
    this.takeGc(this.observer.takeRecords());
    this.observer.disconnect();
    const throttled = readThrottledPeriods();
    return {
      windowUs: nowUs() - this.startUs,
      cpuUs: threadCpuUs() - this.startCpuUs,
      gc: this.gc,
      stalls: this.stalls,
      throttledPeriods: throttled !== null && this.startThrottled !== null ? throttled - this.startThrottled : null,
      stealShare: stealShareSince(this.startSteal),
    };
  }

  private takeGc(entries: readonly { readonly startTime: number; readonly duration: number }[]): void {
    for (const entry of entries) {
      if (fromPerformanceMs(entry.startTime) >= this.startUs) note(this.gc, entry.duration * 1000);
    }
  }

  private beat(): void {
    const now = nowUs();
    this.wasAway(now - this.lastBeatUs - heartbeatMs * 1000 - timerGrainUs);
    this.lastBeatUs = now;
  }
}

/** Adds one to them. */
export function note(pauses: ReturnType<typeof noPauses>, us: number): void {
  record(pauses.lengths, us);
  pauses.maxUs = Math.max(pauses.maxUs, us);
  pauses.totalUs += us;
}

/** The main thread's alone where Node can tell (23.9 and later), else the process', which overstates it. */
function threadCpuUs(): number {
  const usage = typeof process.threadCpuUsage === 'function' ? process.threadCpuUsage() : process.cpuUsage();
  return usage.user + usage.system;
}
