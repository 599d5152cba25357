import assert from 'node:assert/strict';
import { rankOf } from '../../../src/latency/histogram.ts';
import type { LatencySummary } from '../../../src/latency/summary.ts';
import type { Seen } from './sightings.ts';

/**
 * The oracle for coordinated omission: rate R, the server (or the generator) stands still for S every P seconds, what was due
 * meanwhile is served at the end of it. ρ is the utilisation of a connection, 0 if there are enough of them. Then
 *
 *     q(p) = s + max(0, S − (1 − p)·P·(1 − ρ))
 *
 * to 2 % or 1 ms.
 */
export function assertOracle(
  measured: LatencySummary,
  { s, S, P, rho }: { readonly s: number; readonly S: number; readonly P: number; readonly rho: number },
  noise: Noise = { slowerUs: 0, fasterUs: 0 },
): void {
  for (const [key, p] of [
    ['p50', 0.5],
    ['p95', 0.95],
    ['p99', 0.99],
    ['p99.9', 0.999],
  ] as const) {
    const expected = s + Math.max(0, S - (1 - p) * P * (1 - rho));
    assertBetween(`${key}, by the formula`, measured[key], [expected - noise.fasterUs, expected + noise.slowerUs]);
  }
}

/** What the machine may have added to the formula's times, and taken off. */
export interface Noise {
  readonly slowerUs: number;
  readonly fasterUs: number;
}

export function assertNear(name: string, actual: number | null, expected: number, noiseUs: number): void {
  assertBetween(name, actual, [expected, expected + noiseUs]);
}

/** As it was between two bounds, to 2 % or 1 ms. */
function assertBetween(name: string, actual: number | null, [low, high]: readonly [number, number]): void {
  const good = actual !== null && actual >= low - allowedUs(low) && actual <= high + allowedUs(high);
  assert.ok(good, `${name}: ${actual} µs; expected ${low} to ${high}, ± ${allowedUs(low)}`);
}

function allowedUs(expected: number): number {
  return Math.max(1000, 0.02 * expected);
}

/**
 * Response times against what the server saw, on a machine however busy: no quantile can be less than it was when the server began to
 * answer, nor more than when the answers had left it and whatever held requests up on their way held up the answers too, and once more.
 */
export function assertSeen(measured: LatencySummary, { repliedUs, leftUs, heldUs }: Seen): void {
  for (const [key, q] of [
    ['p50', 0.5],
    ['p90', 0.9],
    ['p95', 0.95],
    ['p99', 0.99],
    ['p99.9', 0.999],
  ] as const) {
    const at = rankOf(q, repliedUs.length) - 1;
    assertBetween(`${key}, as the server saw it`, measured[key], [
      repliedUs[at] ?? NaN,
      (leftUs[at] ?? NaN) + 2 * heldUs,
    ]);
  }
}
