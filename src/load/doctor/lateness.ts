import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { newHistogram, record } from '../../latency/histogram.ts';
import { nowUs } from '../clock.ts';
import { Pacer } from '../pacer.ts';
import { shortestGapUs, type Quantiles, type SpinGaps } from './figures.ts';
import { constantSchedule, quantilesOf } from './trials.ts';

/** The loop is turned between stretches, so that a parent's end is heard. */
const stretchUs = 50_000;
const pacerRatePerSecond = 1000;

/** How late `setTimeout(…, 1)` fires, asked for again as soon as it has. */
export async function timerLag(durationMs: number): Promise<Quantiles> {
  const histogram = newHistogram();
  const endUs = nowUs() + durationMs * 1000;
  for (let askedUs = nowUs(); askedUs < endUs; askedUs = nowUs()) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    // Node rounds the time of asking down to a millisecond, so it can be a trifle early.
    record(histogram, Math.max(0, nowUs() - askedUs - 1000));
  }
  return quantilesOf(histogram);
}

/** How late the load's pacer hands out requests, with nothing else to do. */
export async function pacerLag(durationMs: number): Promise<Quantiles> {
  const histogram = newHistogram();
  const startUs = nowUs();
  const pacer = new Pacer({
    schedule: constantSchedule(pacerRatePerSecond),
    startUs,
    endUs: startUs + durationMs * 1000,
    deliver: (intendedUs, dispatchedUs) => record(histogram, dispatchedUs - intendedUs),
    work: () => 0,
    isQuiet: () => true,
  });
  try {
    await sleep(durationMs);
    pacer.finish();
  } finally {
    pacer.stop();
  }
  return quantilesOf(histogram);
}

/** Watches the clock without a pause: where it jumps, the kernel or the hypervisor ran something else on this core. */
export async function spinGaps(durationMs: number): Promise<SpinGaps> {
  const found = { windowUs: 0, count: 0, totalUs: 0, longestUs: 0 };
  // The first stretch runs while the loop is being compiled; it is left out.
  watch(stretchUs / 5, { ...found });
  while (found.windowUs < durationMs * 1000) {
    watch(Math.min(stretchUs, durationMs * 1000 - found.windowUs), found);
    await nextTurn();
  }
  return found;
}

function watch(forUs: number, found: { windowUs: number; count: number; totalUs: number; longestUs: number }): void {
  const startUs = nowUs();
  let lastUs = startUs;
  while (lastUs - startUs < forUs) {
    const now = nowUs();
    const gapUs = now - lastUs;
    lastUs = now;
    if (gapUs <= shortestGapUs) continue;
    found.count++;
    found.totalUs += gapUs;
    if (gapUs > found.longestUs) found.longestUs = gapUs;
  }
  found.windowUs += lastUs - startUs;
}
