import type { Row } from '../../../src/load/ring.ts';

/** One ended request: intended at 1 s, 1 ms of service, all well. */
export function row(overrides: Partial<Row> = {}): Row {
  const intendedUs = overrides.intendedUs ?? 1_000_000;
  return {
    intendedUs,
    dispatchedUs: intendedUs,
    sentUs: intendedUs,
    firstByteUs: intendedUs + 900,
    doneUs: intendedUs + 1000,
    endpoint: 0,
    status: 200,
    outcome: 0,
    connection: 3,
    localPort: 40_000,
    bytes: 120,
    error: 0,
    sequence: 1,
    ...overrides,
  };
}
