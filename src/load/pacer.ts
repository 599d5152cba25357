import { nowUs } from './clock.ts';
import type { Schedule } from './schedule.ts';

/**
 * A timer alone is half a millisecond late; so it is set to fire this long before the time, and `setImmediate` turns the
 * event loop round from there on. Sockets are served on every turn.
 */
const spinUs = 2000;
/** After a stall many are due at once: so many are handed out per turn of the loop, so that answers are read in between. */
const mostPerTurn = 64;
/** A turn without work that took longer was not spinning: the thread was not on the CPU. */
const longestSpinUs = 50;
/** While no answer is awaited the clock alone is watched; other business waits at most this long. */
const longestWatchUs = 500;
/** Between two looks at the clock, at most: short enough to tell a pause from not being on the CPU. */
const longestPauseUs = 20;
/** It sleeps for at most as long in one go: so it notices when the thread stands still while nothing is due. */
const longestSleepMs = 10;
/** Time is lent to the recorder if there is this much of it, and but for the last of it: waking up takes some. */
const shortestLentUs = 200;
const wakingUs = 80;
/** Timers fire on whole milliseconds: one this late is punctual. */
const timerGrainUs = 1000;

export interface PacerOptions {
  readonly schedule: Schedule;
  readonly startUs: number;
  /** Arrivals from here on are not offered. */
  readonly endUs: number;
  /** A request is due. `dispatchedUs` is now; never before `intendedUs`. */
  readonly deliver: (intendedUs: number, dispatchedUs: number) => void;
  /** A number that changes whenever sockets were served. */
  readonly work: () => number;
  /** Whether no answer is awaited: then nothing is missed by not turning the loop. */
  readonly isQuiet: () => boolean;
  /** The core is not needed here until then. @returns whether somebody else had it. */
  readonly lend?: (nowUs: number, untilUs: number) => boolean;
  /** Between two looks at the clock it was away for as long, longer than it meant to be: ordinary turns of the loop among them. */
  readonly onAway?: (us: number) => void;
  /** µs on the monotonic clock; for tests that bring their own time. */
  readonly now?: () => number;
}

/**
 * Hands out arrivals at their intended times. Late ones (after a stall) are handed out as fast as they go, each with the time
 * it was intended for.
 *
 * It also tells how much CPU time went into waiting: a turn of the loop that delivered nothing and served no socket is spin
 * time. Turns with any work count as work as a whole, so the generator's load is over- rather than understated.
 */
export class Pacer {
  /** CPU time spent turning the loop for nothing so far, µs. */
  spunUs = 0;
  private readonly options: PacerOptions;
  private readonly now: () => number;
  private nextUs: number;
  private timer: NodeJS.Timeout | null = null;
  private immediate: NodeJS.Immediate | null = null;
  private turnUs = NaN;
  /** When the clock was last looked at; after a sleep, when it was to be. */
  private seenUs = Infinity;
  private workSeen = -1;
  private stopped = false;

  constructor(options: PacerOptions) {
    this.options = options;
    this.now = options.now ?? nowUs;
    this.nextUs = options.startUs + options.schedule.next();
    this.wait(this.now());
  }

  stop(): void {
    if (this.timer) clearTimeout(this.timer);
    if (this.immediate) clearImmediate(this.immediate);
    this.timer = null;
    this.immediate = null;
    this.stopped = true;
    this.nextUs = Infinity;
  }

  /** The end has come: hands out what is due and has not been yet, because the thread stood still just then, and stops. */
  finish(): void {
    const { startUs, endUs, schedule, deliver } = this.options;
    for (let now = this.now(); this.nextUs < endUs && this.nextUs <= now; now = this.now()) {
      const intendedUs = this.nextUs;
      this.nextUs = startUs + schedule.next();
      deliver(intendedUs, now);
    }
    this.stop();
  }

  /** Looks at the clock, and tells how long it was away. For who ends a stretch of time: the thread may just have stood still. */
  look(): number {
    const now = this.now();
    this.options.onAway?.(now - this.seenUs);
    this.seenUs = now;
    return now;
  }

  private readonly turn = (): void => {
    this.timer = null;
    this.immediate = null;
    const { startUs, endUs, schedule, deliver } = this.options;
    let now = this.look();
    this.countSpin(now);
    now = this.watch(now);
    let left = mostPerTurn;
    while (this.nextUs <= now && this.nextUs < endUs && left-- > 0) {
      const intendedUs = this.nextUs;
      this.nextUs = startUs + schedule.next();
      deliver(intendedUs, now);
      now = this.look();
    }
    if (now < endUs && !this.stopped) this.wait(now);
  };

  private wait(now: number): void {
    const { endUs } = this.options;
    const waitUs = Math.min(this.nextUs, endUs) - now;
    if (waitUs > spinUs + 1000 || this.nextUs >= endUs) {
      const sleepMs = Math.min(Math.max(1, Math.floor((waitUs - spinUs) / 1000)), longestSleepMs);
      this.turnUs = NaN;
      this.seenUs = now + sleepMs * 1000 + timerGrainUs;
      this.timer = setTimeout(this.turn, sleepMs);
    } else {
      this.turnUs = now;
      this.workSeen = this.options.work();
      this.immediate = setImmediate(this.turn);
    }
  }

  /**
   * Pauses for a quarter of what is left before it looks at the clock again. Each look leaves a number to be collected, some 30
   * bytes: without the pauses that were 200 MB a second, and a collection every 60 ms that held up whatever was due.
   */
  private watch(from: number): number {
    if (!this.options.isQuiet()) return from;
    let now = this.lend(from);
    const until = Math.min(this.nextUs, now + longestWatchUs);
    let pauses = 1;
    while (now < until) {
      for (let i = 0; i < pauses; i++) Atomics.pause();
      const later = this.look();
      const tookUs = later - now;
      this.spunUs += Math.min(tookUs, longestSpinUs);
      const nextUs = Math.min((until - later) / 4, longestPauseUs);
      pauses = tookUs > 0 ? Math.max(1, Math.round((pauses * nextUs) / tookUs)) : 1;
      now = later;
    }
    return now;
  }

  /** What was lent is no absence; what it was given back too late is. @returns the time now. */
  private lend(now: number): number {
    const untilUs = Math.min(this.nextUs - wakingUs, now + longestWatchUs);
    if (untilUs - now < shortestLentUs || !this.options.lend?.(now, untilUs)) return now;
    const later = this.now();
    this.options.onAway?.(later - untilUs);
    this.seenUs = later;
    return later;
  }

  private countSpin(now: number): void {
    if (this.workSeen !== this.options.work() || Number.isNaN(this.turnUs)) return;
    this.spunUs += Math.min(now - this.turnUs, longestSpinUs);
  }
}
