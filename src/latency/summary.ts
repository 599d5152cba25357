/** Quantiles in µs; null where nothing was recorded. */
export interface LatencySummary {
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly 'p99.9': number | null;
  readonly max: number | null;
}

const keys: readonly (readonly [number, keyof LatencySummary])[] = [
  [0.5, 'p50'],
  [0.9, 'p90'],
  [0.95, 'p95'],
  [0.99, 'p99'],
  [0.999, 'p99.9'],
  [1, 'max'],
];

/**
 * Where a summary has a quantile (0…1; 1 is the maximum), or null: it has not. 99.9 / 100 is not exactly 0.999 in binary: near is
 * the same.
 */
export function summaryKey(quantile: number): keyof LatencySummary | null {
  return keys.find(([known]) => Math.abs(known - quantile) < 1e-9)?.[1] ?? null;
}
