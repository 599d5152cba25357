import assert from 'node:assert/strict';
import type { LatencySummary } from '../../../src/latency/summary.ts';

/**
 * The oracle for coordinated omission: rate R, the server (or the generator) stands still for S every P seconds, what was due
 * meanwhile is served at the end of it. ρ is the utilisation of a connection, 0 if there are enough of them. Then
 *
 *     q(p) = s + max(0, S − (1 − p)·P·(1 − ρ))
 *
 * to 2 % or 1 ms.
 * @param noiseUs what the machine may have added; never taken off.
 */
export function assertOracle(
  measured: LatencySummary,
  { s, S, P, rho }: { readonly s: number; readonly S: number; readonly P: number; readonly rho: number },
  noiseUs = 0,
): void {
  for (const [key, p] of [
    ['p50', 0.5],
    ['p95', 0.95],
    ['p99', 0.99],
    ['p99.9', 0.999],
  ] as const) {
    assertNear(key, measured[key], s + Math.max(0, S - (1 - p) * P * (1 - rho)), noiseUs);
  }
}

export function assertNear(name: string, actual: number | null, expected: number, noiseUs: number): void {
  const allowed = Math.max(1000, 0.02 * expected);
  const good = actual !== null && actual >= expected - allowed && actual <= expected + allowed + noiseUs;
  assert.ok(good, `${name}: ${actual} µs; by the formula ${expected} ± ${allowed} + ${noiseUs}`);
}
