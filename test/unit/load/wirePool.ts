import type { TestContext } from 'node:test';
import { newDriver } from '../../../src/load/drivers/newDriver.ts';
import { nowUs } from '../../../src/load/clock.ts';
import { Pool } from '../../../src/load/pool.ts';
import { wholeLoad } from '../../../src/load/share.ts';
import type { Load } from '../../../src/plan/scenario.ts';
import { httpLoad } from '../../fixtures/load.ts';
import { endOf } from './http2Support.ts';

/** The requests of a load, without its process and its clock: sent when a test says so, over as many lanes as the load has. */
export interface ByHand {
  readonly pool: Pool;
  /** What became of each request so far, in the order of their ends: a status, `good`, `bad`, `timeout`, or an error's code. */
  readonly ends: readonly string[];
  /** The client's port of each. */
  readonly ports: readonly number[];
  readonly send: () => void;
}

/** Opens the lanes of a load, as its process would. */
export async function loadByHand(t: TestContext, overrides: Partial<Load> & { readonly url: string }): Promise<ByHand> {
  const load = httpLoad(overrides.url, overrides);
  const { signal } = new AbortController();
  // Known, and not looked for: that takes no longer than two seconds, which a busy machine may want.
  const { socket: socketPath } = load;
  const endpoint =
    socketPath === null ? { address: '127.0.0.1', port: Number(new URL(load.url).port) } : { socketPath };
  const driver = await newDriver(load, { endpoint, seed: 1, tracePrefix: null, signal, share: wholeLoad });
  const ends: string[] = [];
  const ports: number[] = [];
  const lanes = load.connections * load.streams;
  const pool = new Pool({
    driver,
    lanes,
    timeoutUs: load.timeoutUs,
    record: (row) => {
      ends.push(endOf(pool, row));
      ports.push(row.localPort);
    },
    onFree: () => undefined,
  });
  t.after(() => {
    pool.stop();
    driver.dispose?.();
  });
  for (let ordinal = 0; ordinal < lanes; ordinal++) pool.open(ordinal);
  return { pool, ends, ports, send: () => pool.submit(nowUs(), nowUs(), 0) };
}
