import type { LatencySummary } from '../latency/summary.ts';
import { formatRate, formatShare, formatUs } from '../plan/units.ts';
import type { Pauses } from './health.ts';
import { heldUpShare } from './heldUp.ts';
import type { GeneratorHealth, Verdict, VerdictReason } from './result.ts';

/**
 * All that is known about how the generator did; times in µs, of the measured window. Of several processes: lateness, CPU and pauses of
 * the one that did worst, all else of them together.
 */
export interface VerdictInput {
  readonly closedLoop: boolean;
  readonly connections: number;
  readonly warmupUs: number;
  readonly windowUs: number;
  readonly cancelled: boolean;
  /** How generator processes ended that did not come to their end, a clause each. */
  readonly lost: readonly string[];
  /** Requests intended in the window, and how many were finished in it in whatever way: of a window cut short, of its own requests alone. */
  readonly due: number;
  readonly finished: number;
  readonly answered: number;
  /** The most frequent error, if any. */
  readonly topError: string | null;
  readonly response: LatencySummary;
  readonly service: LatencySummary;
  /** Dispatched − intended: the generator's own lateness. */
  readonly pacingLag: LatencySummary;
  /** Sent − dispatched: the wait for a free connection. */
  readonly connectionWait: LatencySummary;
  /** Rows lost between the threads, or refused as no numbers. */
  readonly dropped: number;
  /** Share of its core that the generator's thread was busy, see `workShare`. */
  readonly cpuShare: number;
  readonly gc: Pauses;
  readonly stalls: Pauses;
  readonly throttledPeriods: number | null;
  readonly stealShare: number | null;
  readonly floorUs: number | null;
}

const mostCpuShare = 0.8;
/** Of all cores' time, taken by the hypervisor. */
export const mostStealShare = 0.02;
/** A median this close to the floor is the floor. */
export const floorFactor = 1.1;
/** Fewer requests than this tell nothing, not even at which rate they came: by chance alone a third more or less is common. */
const fewestRequests = 10;
/** Quantiles need ten samples beyond them (OBS02): p99 a thousand requests. */
const enoughForP99 = 1000;
/** As many requests held up are half of the slowest 1 % (or 0.1 %): how they would have done, the rest doesn't tell. */
const tailHeldShare = 0.005;
const farTailHeldShare = 0.0005;

/**
 * Whether the numbers can be believed. Pure. Invalid:
 *
 * - SEND_LAG: p99 of the generator's own lateness > max(1 ms, 5 % of the target's p99); or the median request waited longer than
 *   that (of the target's p50) for a free connection. A wait in the tail alone is the target's doing when it stalls: then it
 *   belongs to the response time and is a warning. The target's quantiles are those of service time, which holds no lag.
 * - RATE_MISSED: fewer than 99 % of the requests due in the window were finished in it, beyond those that are naturally in
 *   flight at its end (see `naturallyInFlight`).
 * - DROPPED, NO_REQUESTS.
 * - INCOMPLETE: cancelled before even ten requests were due; nothing else is judged by so few.
 * - PROCESS_LOST: one of several generator processes died, and its requests with it.
 * - CPU: work > 80 % of a core. Work is the thread's CPU time less the turns of the event loop in which the pacer found nothing
 *   due and no socket was served: waiting precisely is done by spinning and costs a core without being busy.
 * - GC, STALL: its own pauses explain the tail: they alone held up half of the slowest 1 %, each by half of p99 − p50 (of service) or more,
 *   see `heldUpShare`. The same of p99.9 is a warning. A pacer that sleeps after a send (below 300/s) sees a pause only if it lasts until the
 *   pacer is to wake. Those it misses hold up answers as those before a send hold up sends: SEND_LAG tells them once they move p99 by more than its
 *   limit (test/unit/load/ownPauses.test.ts). Neither tells pauses that keep step with constant arrivals and never touch a send.
 * - THROTTLED: the cgroup's nr_throttled grew.
 * - FLOOR: the median service time is within 10 % of a server that does nothing.
 */
export function judge(input: VerdictInput): Verdict {
  const reasons: VerdictReason[] = [];
  const warnings: VerdictReason[] = [];
  const invalid = (code: VerdictReason['code'], text: string): void => void reasons.push({ code, text });
  const warn = (code: VerdictReason['code'], text: string): void => void warnings.push({ code, text });
  const health = healthOf(input);

  if (isCutTooEarly(input)) return { valid: false, reasons: [cutTooEarly(input)], warnings, health };
  if (input.due === 0) {
    invalid(
      'NO_REQUESTS',
      'No request fell into the measured window; make the duration longer than the gap between requests.',
    );
  } else if (input.answered === 0) {
    const error = input.topError === null ? '' : ` (most often: ${input.topError})`;
    invalid(
      'NO_REQUESTS',
      `None of the ${input.due} requests was answered${error}; see whether the target is up and the address right.`,
    );
  }
  if (input.lost.length > 0) {
    invalid(
      'PROCESS_LOST',
      `A generator process ${input.lost.join(', another ')}; its requests are lost, and the others were stopped. Run it again.`,
    );
  }
  if (input.dropped > 0) {
    invalid(
      'DROPPED',
      `${input.dropped} requests could not be recorded; lower the rate or give the generator another core.`,
    );
  }
  judgeRate(input, invalid);
  judgeSendLag(input, invalid, warn);
  if (health.cpuShare > mostCpuShare) {
    invalid(
      'CPU',
      `The generator was busy ${formatShare(health.cpuShare)} of its core (limit ${formatShare(mostCpuShare)}); lower the rate or free the machine.`,
    );
  }
  judgePauses('GC', 'garbage collection', input.gc, input, invalid, warn);
  judgePauses('STALL', 'event-loop stalls', input.stalls, input, invalid, warn);
  if (input.throttledPeriods !== null && input.throttledPeriods > 0) {
    invalid(
      'THROTTLED',
      `The kernel throttled the generator's cgroup ${input.throttledPeriods} times; raise the CPU limit of the container.`,
    );
  }
  const p50 = input.service.p50;
  if (input.floorUs !== null && p50 !== null && input.answered > 0 && p50 <= input.floorUs * floorFactor) {
    invalid(
      'FLOOR',
      `The median of ${formatUs(p50)} cannot be told from a server that does nothing (${formatUs(input.floorUs)} here); measure an endpoint that does some work.`,
    );
  }

  if (input.closedLoop) {
    warn(
      'CLOSED_LOOP',
      'A closed loop waits for answers before it asks again, so it hides what other users would have waited; use a rate for honest tails.',
    );
  }
  if (input.stealShare !== null && input.stealShare > mostStealShare) {
    warn(
      'STEAL',
      `The hypervisor took ${formatShare(input.stealShare)} of the CPU time for others; tails may be its doing.`,
    );
  }
  if (input.warmupUs === 0) warn('NO_WARMUP', 'There was no warm-up: the first requests met cold code and caches.');
  if (input.due > 0 && input.due < enoughForP99) {
    warn(
      'FEW_SAMPLES',
      `${input.due} requests are too few for a p99 (it takes ${enoughForP99}); run longer or at a higher rate.`,
    );
  }
  if (input.cancelled)
    warn(
      'INCOMPLETE',
      `Cancelled after ${formatUs(input.windowUs)} of measuring; the figures cover that time only: let a run come to its end before it is compared or decided on.`,
    );
  return { valid: reasons.length === 0, reasons, warnings, health };
}

/** Whether a load was cancelled with so few requests due in its window that no figure of it tells anything. */
export function isCutTooEarly({ cancelled, due }: Pick<VerdictInput, 'cancelled' | 'due'>): boolean {
  return cancelled && due < fewestRequests;
}

function cutTooEarly({ due, windowUs }: VerdictInput): VerdictReason {
  const requests = due === 0 ? 'before any request was due' : `with ${due} ${due === 1 ? 'request' : 'requests'} due`;
  const when = windowUs > 0 ? `after ${formatUs(windowUs)} of measuring, ${requests}` : 'before measuring began';
  return { code: 'INCOMPLETE', text: `Cancelled ${when}: too early for any figure; let the run go on for longer.` };
}

type Say = (code: VerdictReason['code'], text: string) => void;

/** How late p99 of the generator's own sending may be, beside the p99 of the service time. */
export function tailLagLimitUs(serviceP99Us: number | null): number {
  return Math.max(1000, 0.05 * (serviceP99Us ?? 0));
}

/** @param workUs CPU time of the generator's thread without what it spent waiting for the next arrival. */
export function workShare(workUs: number, windowUs: number): number {
  return windowUs > 0 ? Math.max(0, workUs) / windowUs : 0;
}

function healthOf(input: VerdictInput): GeneratorHealth {
  return {
    cpuShare: input.cpuShare,
    sendLagUs: input.pacingLag,
    gcPauseMaxUs: input.gc.maxUs,
    stallMaxUs: input.stalls.maxUs,
    throttledPeriods: input.throttledPeriods,
    stealShare: input.stealShare,
    floorUs: input.floorUs,
  };
}

function judgeRate(input: VerdictInput, invalid: Say): void {
  const { due, finished, windowUs } = input;
  if (input.closedLoop || due === 0 || windowUs <= 0) return;
  if (due - finished <= 0.01 * due + naturallyInFlight((due / windowUs) * (input.service.p50 ?? 0))) return;
  const seconds = windowUs / 1e6;
  invalid(
    'RATE_MISSED',
    `Of ${formatRate(due / seconds)} offered only ${formatRate(finished / seconds)} (${formatShare(finished / due)}) were finished: target or connections are saturated; lower the rate or raise "connections" (now ${input.connections}).`,
  );
}

/**
 * At most as many are under way when the window ends, though the target keeps up. Their number is that of the busy servers of an M/G/∞ queue, a
 * Poisson number with Little's mean (rate × service time): three standard deviations above it lies less than one window in a hundred. Where only a
 * handful of requests were due, one that happened to be under way is more than 1 % of them.
 */
function naturallyInFlight(mean: number): number {
  return mean + 3 * Math.sqrt(mean);
}

function judgeSendLag(input: VerdictInput, invalid: Say, warn: Say): void {
  const tailLimit = tailLagLimitUs(input.service.p99);
  const medianLimit = Math.max(1000, 0.05 * (input.service.p50 ?? 0));
  const lag = input.pacingLag.p99 ?? 0;
  const wait = input.connectionWait;
  if (lag > tailLimit) {
    invalid(
      'SEND_LAG',
      `The generator itself sent late: p99 of its lag is ${formatUs(lag)} (limit ${formatUs(tailLimit)}); free the machine or lower the rate.`,
    );
  }
  if (input.closedLoop) return;
  if ((wait.p50 ?? 0) > medianLimit) {
    invalid(
      'SEND_LAG',
      `Half of the requests waited ${formatUs(wait.p50 ?? 0)} or more for a free connection (limit ${formatUs(medianLimit)}); raise "connections" (now ${input.connections}) or lower the rate.`,
    );
  } else if ((wait.p99 ?? 0) > tailLimit) {
    warn(
      'SEND_LAG',
      `1 % of the requests waited ${formatUs(wait.p99 ?? 0)} or more for a free connection, which counts as response time; raise "connections" (now ${input.connections}) to see whether they are the limit.`,
    );
  }
}

function judgePauses(
  code: 'GC' | 'STALL',
  name: string,
  pauses: Pauses,
  input: VerdictInput,
  invalid: Say,
  warn: Say,
): void {
  const { p50, p99, 'p99.9': p999 } = input.service;
  if (p50 === null || p99 === null || p999 === null || input.windowUs <= 0) return;
  const { windowUs } = input;
  const figures = (heldUs: number): string =>
    `the generator's own pauses (${name}), the longest ${formatUs(pauses.maxUs)}, held up ${formatShare(heldUpShare(pauses, heldUs, windowUs))} of the requests by ${formatUs(heldUs)} or more`;
  const holdUp = (heldUs: number, leastShare: number): boolean =>
    pauses.maxUs > 0 && heldUpShare(pauses, heldUs, windowUs) >= leastShare;
  const [tailUs, farTailUs] = [(p99 - p50) / 2, (p999 - p50) / 2];
  if (holdUp(tailUs, tailHeldShare)) {
    invalid(code, `The tail may be the generator's: ${figures(tailUs)}; free the machine or lower the rate.`);
  } else if (holdUp(farTailUs, farTailHeldShare)) {
    warn(code, `Beyond p99 the tail may be the generator's: ${figures(farTailUs)}.`);
  }
}
