/** A matrix made by hand. */
import { judgeDrift } from '../../../src/latency/drift.ts';
import type { Cell, Drift, Matrix, Soak } from '../../../src/matrix/model.ts';
import type { Chain } from '../../../src/trace/chain.ts';

export function cell(change: Partial<Cell> = {}): Cell {
  return {
    shape: 'many',
    clients: null,
    durationUs: 15e6,
    run: '20261121-120000-orders-ab12',
    outcome: 'good',
    reasons: [],
    ratePerSecond: { offered: 500, achieved: 500 },
    requests: 7500,
    latencyUs: { p50: 800, p90: 900, p95: 950, p99: 1000, 'p99.9': 2000, max: 2500 },
    errors: 0,
    chain: null,
    chainMissing: null,
    soak: null,
    ...change,
  };
}

export const chain: Chain = {
  hops: [
    { target: 'gateway', perRequest: 1, servedUs: { count: 7500, mean: 3000, p50: 2900, p99: 5000 } },
    { target: 'orders', perRequest: 2, servedUs: { count: 600, mean: 1000, p50: 900, p99: 1100 } },
  ],
  requests: 7500,
  alone: 1500,
  wholeUs: { count: 1500, mean: 4000, p50: 3900, p99: 6000 },
  parts: [
    { kind: 'outside', target: null, us: { count: 1500, mean: 1000, p50: 1000, p99: 1100 }, share: 0.25 },
    { kind: 'own', target: 'gateway', us: { count: 1500, mean: 600, p50: 600, p99: 700 }, share: 0.15 },
    { kind: 'call', target: 'gateway', us: { count: 1500, mean: 400, p50: 400, p99: 500 }, share: 0.1 },
    { kind: 'own', target: 'orders', us: { count: 1500, mean: 2000, p50: 1900, p99: 4000 }, share: 0.5 },
  ],
};

const seconds = Array.from({ length: 60 }, (_, index) => 10 * index);

/** An hour's sixth of a service that leaks 50 kB a second, or doesn't. */
export function soak(leakBytesPerSecond: number): Soak {
  const rssBytes = seconds.map((at, index) => 1e8 + leakBytesPerSecond * at + 1e5 * (index % 3));
  const p50Us = seconds.map((_, index) => 800 + (index % 4));
  const p99Us = seconds.map((_, index) => (index % 2 === 0 ? null : 1000 + 500 * (index % 7)));
  const drift = (of: Drift['of'], values: readonly (number | null)[], target: string | null = null): Drift => ({
    of,
    target,
    ...judgeDrift(
      seconds,
      Float64Array.from(values, (value) => value ?? NaN),
    ),
  });
  return {
    intervalUs: 10e6,
    startSeconds: seconds,
    p50Us,
    p99Us,
    memory: [{ target: 'api', rssBytes }],
    drifts: [drift('rss', rssBytes, 'api'), drift('p50', p50Us), drift('p99', p99Us)],
  };
}

export function matrix(cells: readonly Cell[], change: Partial<Matrix> = {}): Matrix {
  return {
    format: 1,
    id: '20261121-120000-orders-matrix-cd34',
    scenario: 'orders',
    startedAt: '2026-11-21T12:00:00.000Z',
    state: 'complete',
    error: null,
    planned: cells.map(({ shape, clients, durationUs }) => ({ shape, clients, durationUs })),
    cells,
    ...change,
  };
}
