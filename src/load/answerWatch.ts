import { nowUs } from './clock.ts';

/** Longest watch for one answer. Beyond it, what sleeping and waking add is small beside the answer's own time. */
const longestWatchUs = 200;
/** A turn without work that took longer was not spinning: the thread was not on the CPU. */
const longestSpinUs = 50;
/** So many watches in vain, more than not, and it rests. */
const mostCredit = 16;
const restUs = 500_000;

/**
 * Keeps the event loop turning while an answer is awaited that is to come soon. A thread that sleeps until then is woken late, by several
 * µs, or tens of them on a virtual machine: a fifth of a round trip over loopback.
 *
 * It must not take the CPU from a service that shares its core, nor from one that is slow anyway. In both cases watches end in vain;
 * when most do, it rests, and tries again from time to time.
 */
export class AnswerWatch {
  /** CPU time spent turning the loop for nothing so far, µs. */
  spunUs = 0;
  private readonly now: () => number;
  private readonly schedule: (turn: () => void) => void;
  private isTurning = false;
  private stopped = false;
  private credit = mostCredit;
  private restUntilUs = -Infinity;
  private sinceUs = NaN;
  private turnUs = NaN;
  private sawAnswer = false;

  /** @param now,schedule the clock and the loop; for tests that bring their own. */
  constructor(now: () => number = nowUs, schedule: (turn: () => void) => void = setImmediate) {
    this.now = now;
    this.schedule = schedule;
  }

  /** A request has been sent, the first or one after an answer. Hot path. @param timeUs now. */
  sent(timeUs: number): void {
    this.sinceUs = timeUs;
    this.sawAnswer = true;
    if (this.isTurning) {
      if (this.credit < mostCredit) this.credit++;
    } else if (!this.stopped && timeUs >= this.restUntilUs) {
      this.isTurning = true;
      this.turnUs = timeUs;
      this.schedule(this.turn);
    }
  }

  stop(): void {
    this.stopped = true;
  }

  private readonly turn = (): void => {
    const now = this.now();
    if (!this.sawAnswer) this.spunUs += Math.min(now - this.turnUs, longestSpinUs);
    this.sawAnswer = false;
    this.turnUs = now;
    if (!this.stopped && now - this.sinceUs < longestWatchUs) {
      this.schedule(this.turn);
      return;
    }
    this.isTurning = false;
    if (--this.credit > 0) return;
    this.credit = mostCredit / 2;
    this.restUntilUs = now + restUs;
  };
}
