/** µs on the host's monotonic clock (CLOCK_MONOTONIC), the one clock of a run. */
export function monotonicUs(): number {
  return Number(process.hrtime.bigint()) / 1000;
}
