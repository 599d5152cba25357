/** Now on the host's monotonic clock, µs (architecture, law 3: every time in a run is on it). */
export function monotonicUs(): number {
  return Number(process.hrtime.bigint()) / 1000;
}

/**
 * Wall clock minus monotonic clock now, µs. `Date.now()` only tells whole milliseconds, so this waits (at most 1 ms) for
 * the moment it ticks over: then the wall clock is known to the microsecond.
 */
export function clockOffsetUs(): number {
  const before = Date.now();
  let wall = before;
  // A wall clock set back meanwhile also ends the wait: any change is a tick.
  for (let spins = 0; wall === before && spins < 10_000_000; spins += 1) wall = Date.now();
  return wall * 1000 - monotonicUs();
}

/** Apart by more than this, the wall clock was set during the run; slewing by NTP stays below 500 ppm (0.5 ms a second). */
const JUMP_US = 50_000;

/**
 * How far the wall clock was moved against the monotonic one between two offsets, µs, or null if it was not.
 *
 * @param elapsedUs time between the two, which ordinary slewing is in proportion to.
 */
export function clockJumpUs(start: number, end: number, elapsedUs: number): number | null {
  const moved = end - start;
  return Math.abs(moved) > JUMP_US + elapsedUs * 500e-6 ? moved : null;
}
