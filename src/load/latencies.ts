import { Outcome } from './result.ts';

/**
 * Which requests count in the latency quantiles: the one rule for `latency.hlog`, the summary, and figures computed from a
 * RequestTable.
 *
 * - An answer counts with the time it took, whatever its status: a 500 was waited for like a 200 (its share shows as errors).
 * - Time-outs, requests in flight and requests unsent when the run ended count with the time that had passed: they are
 *   censored samples, their true latency is at least that. Leaving them out would hide the very worst.
 * - Connection errors (refused, reset, not HTTP) have no latency. They are counted as errors, never as fast requests.
 *
 * Response time is done − intended, service time done − sent (of what was sent), send lag sent − intended (of what was not
 * sent: done − intended).
 */
export function hasLatency(outcome: number): boolean {
  return outcome !== Outcome.connectionError;
}

/** Whether an answer came, good or bad. */
export function isAnswered(outcome: number): boolean {
  return outcome === Outcome.ok || outcome === Outcome.badStatus;
}
