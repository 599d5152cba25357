import { performance } from 'node:perf_hooks';

// Kept from the start, so that a program which fakes its clocks does not fake ours.
const now = performance.now.bind(performance);
const hrtime = process.hrtime.bigint.bind(process.hrtime);

/**
 * `performance.now()` reads the same clock as hrtime, from an origin of its own, and allocates nothing. The offset is taken
 * from the tightest of a few brackets: its error is below half the bracket, well under 1 µs.
 */
function measureOffsetUs(): number {
  let best = Number.POSITIVE_INFINITY;
  let offsetUs = 0;
  for (let i = 0; i < 20; i++) {
    const before = hrtime();
    const nowMs = now();
    const after = hrtime();
    const width = Number(after - before);
    if (width < best) {
      best = width;
      offsetUs = (Number(before) + width / 2) / 1000 - nowMs * 1000;
    }
  }
  return offsetUs;
}

const offsetUs = measureOffsetUs();

/** µs on the host's monotonic clock. */
export function monotonicUs(): number {
  return now() * 1000 + offsetUs;
}

/** A PerformanceEntry's time (ms since the thread's origin) on the monotonic clock. */
export function entryTimeUs(entryMs: number): number {
  return entryMs * 1000 + offsetUs;
}

/** Time this thread's event loop has spent waiting so far, µs; 0 before it first turned. */
export function idleUs(): number {
  return performance.nodeTiming.idleTime * 1000;
}
