import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createSecureServer, createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { newHttp2Driver, type Http2DriverOptions } from '../../../src/load/drivers/http2/driver.ts';
import { prepareHttp2Request } from '../../../src/load/drivers/http2/request.ts';
import { Pool, type PoolOptions } from '../../../src/load/pool.ts';
import { Outcome } from '../../../src/load/result.ts';
import type { Row } from '../../../src/load/ring.ts';
import type { RequestTemplate } from '../../../src/plan/scenario.ts';
import { eventually, request } from './support.ts';

interface Certificate {
  readonly key: Buffer;
  readonly cert: Buffer;
}

/** A self-signed certificate for `localhost`. */
export const certificate = readFixture();

function readFixture(): Certificate {
  const dir = join(import.meta.dirname, '../../fixtures/services/sockets');
  return { key: readFileSync(join(dir, 'key.pem')), cert: readFileSync(join(dir, 'certificate.pem')) };
}

export type OnStream = (stream: ServerHttp2Stream, headers: Readonly<Record<string, unknown>>) => void;

/** Node's own HTTP/2 server on a free port or a socket's path, with TLS if it is given a certificate. */
export async function serveHttp2(
  t: TestContext,
  onStream: OnStream,
  options: { readonly certificate?: Certificate; readonly socketPath?: string; readonly settings?: object } = {},
): Promise<{ readonly port: number; readonly server: Http2Server }> {
  const { certificate, socketPath, settings } = options;
  const server = certificate
    ? createSecureServer({ ...certificate, ...{ settings } })
    : createServer({ ...{ settings } });
  server.on('stream', (stream, headers) => {
    stream.on('error', () => stream.destroy());
    onStream(stream, headers);
  });
  const sessions = new Set<{ destroy: () => void }>();
  server.on('session', (session) => {
    sessions.add(session);
    session.on('error', () => session.destroy());
    session.on('close', () => sessions.delete(session));
  });
  if (socketPath === undefined) server.listen(0, '127.0.0.1');
  else server.listen(socketPath);
  await once(server, 'listening');
  t.after(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo | null)?.port ?? 0, server };
}

export interface Loaded {
  readonly pool: Pool;
  readonly rows: Row[];
  /** How often each thing became of a request: `200`, `503 bad`, `timeout`, or an error's code. */
  readonly ends: () => Record<string, number>;
  /** Sends requests of an endpoint, `at once` at a time, and waits for them all. */
  readonly run: (requests: number, atOnce: number, endpoint?: number) => Promise<void>;
}

type Templates = readonly Partial<RequestTemplate>[];

/** A pool over an HTTP/2 driver, all its lanes opened. */
export function loadHttp2(
  t: TestContext,
  where: Pick<Http2DriverOptions, 'endpoint'> & Partial<Http2DriverOptions>,
  lanes: number,
  templates: Templates = [{}],
  overrides: Partial<PoolOptions> = {},
): Loaded {
  const base = new URL(`${where.tls ? 'https' : 'http'}://service.test`);
  const driver = newHttp2Driver({
    tls: null,
    requests: templates.map((template) => prepareHttp2Request(base, request(template))),
    streamsPerConnection: 10,
    connectTimeoutUs: 5_000_000,
    traceOf: null,
    ...where,
  });
  const rows: Row[] = [];
  let onFree = (): void => undefined;
  const pool = new Pool({
    driver,
    lanes,
    timeoutUs: 20_000_000,
    ...overrides,
    record: (row) => rows.push({ ...row }),
    onFree: () => onFree(),
  });
  t.after(() => pool.stop());
  for (let ordinal = 0; ordinal < lanes; ordinal++) pool.open(ordinal);
  return {
    pool,
    rows,
    ends: () => countBy(rows.map((row) => endOf(pool, row))),
    run: async (requests, atOnce, endpoint = 0) => {
      let [begun, ended] = [0, 0];
      const next = (): void => {
        if (begun >= requests) return;
        begun++;
        pool.submit(0, 0, endpoint);
      };
      onFree = () => {
        ended++;
        next();
      };
      for (let i = 0; i < atOnce; i++) next();
      await eventually(`${requests} requests end`, () => ended === requests, 20_000);
    },
  };
}

export function endOf(pool: Pool, row: Row): string {
  if (row.outcome === Outcome.ok) return String(row.status);
  if (row.outcome === Outcome.badStatus) return `${row.status} bad`;
  if (row.outcome === Outcome.timeout) return 'timeout';
  if (row.outcome === Outcome.connectionError) return pool.errorCodes[row.error - 1] ?? '?';
  return row.outcome === Outcome.inFlight ? 'in flight' : 'unsent';
}

export function countBy(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
