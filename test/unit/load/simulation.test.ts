import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Outcome } from '../../../src/load/result.ts';
import { assertOracle } from './oracle.ts';
import { simulate, turnUs } from './simulator.ts';

/**
 * The oracles of coordinated omission without a machine that gets in the way, to the bounds they promise (2 % or 1 ms).
 * oracles.alone.test.ts does the same with real processes.
 */
const stalls = [
  [1_000_000, 2_000_000],
  [6_000_000, 7_000_000],
] as const;

test('stalling server, fully concurrent: 1, 501, 901, 991 ms scaled to P = 5 s', () => {
  const { summary } = simulate({
    ratePerSecond: 100,
    lanes: 120,
    serviceUs: 1000,
    seconds: 10,
    serverStalls: stalls,
  });
  assert.equal(summary.due, 1000);
  assertOracle(summary.response, { s: 1000, S: 1e6, P: 5e6, rho: 0 });
  assert.ok((summary.pacingLag.max ?? Infinity) <= turnUs);
});

test('stalling server, one connection: the backlog behind it counts from its intended times', () => {
  const { summary } = simulate({ ratePerSecond: 100, lanes: 1, serviceUs: 1000, seconds: 10, serverStalls: stalls });
  // ρ = 100/s × 1 ms.
  assertOracle(summary.response, { s: 1000, S: 1e6, P: 5e6, rho: 0.1 });
  assert.ok((summary.service.p99 ?? Infinity) < 2000, 'a closed client would have seen next to nothing');
  assert.ok((summary.pacingLag.max ?? Infinity) <= turnUs);
  assert.ok((summary.connectionWait.p99 ?? 0) > 500_000);
});

test('stopped generator: the same formula, and the lag is its own', () => {
  const { summary } = simulate({
    ratePerSecond: 100,
    lanes: 120,
    serviceUs: 1000,
    seconds: 10,
    generatorStops: stalls,
  });
  assert.equal(summary.due, 1000);
  assertOracle(summary.response, { s: 1000, S: 1e6, P: 5e6, rho: 0 });
  assertOracle(summary.pacingLag, { s: 0, S: 1e6, P: 5e6, rho: 0 });
  assert.ok((summary.connectionWait.p99 ?? Infinity) <= turnUs);
});

test('constant 50 ms: every quantile is 50 ms', () => {
  const { summary } = simulate({ ratePerSecond: 200, lanes: 32, serviceUs: 50_000, seconds: 3 });
  for (const value of Object.values(summary.response))
    assert.ok(Math.abs(Number(value) - 50_000) <= 1000, String(value));
  assert.equal(summary.outcomes[Outcome.ok], 600);
});

test('time-outs run from the send; each frees its lane; what never went out is unsent', () => {
  const { summary, rows } = simulate({
    ratePerSecond: 100,
    lanes: 10,
    serviceUs: 60e6,
    timeoutUs: 500_000,
    seconds: 2,
  });
  assert.equal(summary.due, 200);
  const [timeouts = 0, unsent = 0] = [summary.outcomes[Outcome.timeout], summary.outcomes[Outcome.unsent]];
  // Ten lanes, each good for two requests a second: 2 s of arrivals and 2 s of draining.
  assert.ok(timeouts >= 70 && timeouts <= 80, String(timeouts));
  assert.equal(timeouts + unsent + (summary.outcomes[Outcome.inFlight] ?? 0), 200);
  for (const row of rows) {
    if (row.outcome === Outcome.timeout)
      assert.ok(row.doneUs - row.sentUs >= 500_000 && row.doneUs - row.sentUs <= 502_000);
  }
  const order = rows.filter((row) => row.outcome === Outcome.timeout).map((row) => row.intendedUs);
  assert.deepEqual(
    order,
    [...order].sort((a, b) => a - b),
    'first come, first served',
  );
});

test('connections take turns: the one idle longest goes next', () => {
  const { rows } = simulate({ ratePerSecond: 100, lanes: 4, serviceUs: 1000, seconds: 0.2 });
  assert.deepEqual(rows.map((row) => row.connection).slice(0, 8), [0, 1, 2, 3, 0, 1, 2, 3]);
});
