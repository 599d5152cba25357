import type { TestContext } from 'node:test';
import { findEndpoint } from '../../../src/load/connecting.ts';
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
  readonly send: () => void;
}

/** Opens the lanes of a load, as its process would. */
export async function loadByHand(t: TestContext, overrides: Partial<Load> & { readonly url: string }): Promise<ByHand> {
  const load = httpLoad(overrides.url, overrides);
  const { signal } = new AbortController();
  const endpoint = await findEndpoint(load, signal);
  const driver = await newDriver(load, { endpoint, seed: 1, tracePrefix: null, signal, share: wholeLoad });
  const ends: string[] = [];
  const lanes = load.connections * load.streams;
  const pool = new Pool({
    driver,
    lanes,
    timeoutUs: load.timeoutUs,
    record: (row) => ends.push(endOf(pool, row)),
    onFree: () => undefined,
  });
  t.after(() => {
    pool.stop();
    driver.dispose?.();
  });
  for (let ordinal = 0; ordinal < lanes; ordinal++) pool.open(ordinal);
  return { pool, ends, send: () => pool.submit(nowUs(), nowUs(), 0) };
}
