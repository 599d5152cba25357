import { setTimeout as sleep } from 'node:timers/promises';
import { newHistogram, quantile, record, summarize, type Histogram } from '../../latency/histogram.ts';
import { AnswerWatch } from '../answerWatch.ts';
import { nowUs } from '../clock.ts';
import type { Driver } from '../drivers/driver.ts';
import { Pacer } from '../pacer.ts';
import { Pool } from '../pool.ts';
import { newRandom } from '../random.ts';
import { Outcome } from '../result.ts';
import { newSchedule } from '../schedule.ts';
import type { PingPong, Quantiles, Trial } from './figures.ts';

/** Connections, compiled code and caches are ready after it; what was measured until then is left out. */
const warmUpMs = 100;
/** Datagrams may get lost; the next one shall not wait for them for long. */
const pingTimeoutUs = 200_000;
const trialTimeoutUs = 2_000_000;
/** With it a trial of half a second has thirty requests above its p99, which the paired method asks for: n·(1 − q) ≥ 30. */
const trialRatePerSecond = 6000;
const trialConnections = 4;

/** One request at a time with no pause, through the load's own driver, pool and clock: what any latency over it contains. */
export async function pingPong(driver: Driver, durationMs: number): Promise<PingPong> {
  const histogram = newHistogram();
  const fromUs = nowUs() + warmUpMs * 1000;
  let lost = 0;
  let isOver = false;
  const watch = new AnswerWatch();
  const pool: Pool = new Pool({
    driver,
    lanes: 1,
    timeoutUs: pingTimeoutUs,
    record: ({ outcome, sentUs, doneUs }) => {
      // The one that is under way at the end is not lost.
      if (sentUs < fromUs || outcome === Outcome.inFlight || outcome === Outcome.unsent) return;
      // Whoever timed out took at least that long: leaving it out would flatter the tail.
      if (outcome !== Outcome.connectionError) record(histogram, doneUs - sentUs);
      if (outcome !== Outcome.ok) lost++;
    },
    onFree: (atUs) => {
      if (isOver) return;
      const now = nowUs();
      pool.submit(atUs, now, 0);
      watch.sent(now);
    },
  });
  try {
    pool.open(0);
    pool.submit(nowUs(), nowUs(), 0);
    await sleep(warmUpMs + durationMs);
  } finally {
    isOver = true;
    watch.stop();
    pool.stop();
    driver.dispose?.();
  }
  return { ...quantilesOf(histogram), lost };
}

/** A short load at a constant rate; response times from the intended time. */
async function constantLoad(driver: Driver, durationMs: number): Promise<Trial> {
  const histogram = newHistogram();
  const startUs = nowUs();
  const fromUs = startUs + warmUpMs * 1000;
  const endUs = fromUs + durationMs * 1000;
  const pool = new Pool({
    driver,
    lanes: trialConnections,
    timeoutUs: trialTimeoutUs,
    record: ({ outcome, intendedUs, doneUs }) => {
      if (intendedUs >= fromUs && outcome !== Outcome.connectionError) record(histogram, doneUs - intendedUs);
    },
    onFree: () => undefined,
  });
  for (let lane = 0; lane < trialConnections; lane++) pool.open(lane);
  const pacer = new Pacer({
    schedule: constantSchedule(trialRatePerSecond),
    startUs,
    endUs,
    deliver: (intendedUs, dispatchedUs) => pool.submit(intendedUs, dispatchedUs, 0),
    work: () => pool.events,
    isQuiet: () => pool.inFlight === 0,
  });
  try {
    await sleep(warmUpMs + durationMs);
    pacer.finish();
    const deadlineUs = nowUs() + trialTimeoutUs;
    while (pool.inFlight + pool.queued > 0 && nowUs() < deadlineUs) await sleep(1);
  } finally {
    pacer.stop();
    pool.stop();
    driver.dispose?.();
  }
  return { p50: quantile(histogram, 0.5), p99: quantile(histogram, 0.99) };
}

/**
 * Pairs of loads that differ in nothing but their name. A coin decides which goes first, so that what the second of two loads
 * gains or loses by its place cannot pass for a difference.
 */
export async function identicalPairs(
  pairs: number,
  durationMs: number,
  newDriver: () => Driver,
): Promise<{ readonly before: Trial; readonly after: Trial }[]> {
  const coin = newRandom(1);
  const taken = [];
  // Left out: it compiles what the others run.
  await constantLoad(newDriver(), durationMs);
  for (let pair = 0; pair < pairs; pair++) {
    const first = await constantLoad(newDriver(), durationMs);
    const second = await constantLoad(newDriver(), durationMs);
    taken.push(coin.next() < 0.5 ? { before: first, after: second } : { before: second, after: first });
  }
  return taken;
}

export function quantilesOf(histogram: Histogram): Quantiles {
  const { p50, p99, 'p99.9': p999, max } = summarize(histogram);
  return { count: histogram.total, p50, p99, 'p99.9': p999, max };
}

export function constantSchedule(ratePerSecond: number): { next(): number } {
  const schedule = newSchedule({ model: 'constant', ratePerSecond }, 0, 0);
  if (!schedule) throw new TypeError('A constant rate has a schedule.');
  return schedule;
}
