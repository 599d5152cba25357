import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import type { Driver, Lane, LaneListener } from '../../../src/load/drivers/driver.ts';
import type { PayloadSource } from '../../../src/load/drivers/payload.ts';
import { Pool } from '../../../src/load/pool.ts';
import type { Row } from '../../../src/load/ring.ts';

/** What a lane told its listener. */
export type Heard =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'answer';
      readonly good: boolean;
      readonly status: number;
      readonly bytes: number;
      readonly reusable: boolean;
      readonly firstByteUs: number;
      readonly doneUs: number;
    }
  | { readonly kind: 'down'; readonly code: string };

/** One lane, driven by hand. */
export class LaneByHand implements LaneListener {
  readonly lane: Lane;
  private readonly heard: Heard[] = [];
  private waiting: (() => void) | null = null;

  constructor(t: TestContext, driver: Driver, ordinal = 0) {
    this.lane = driver.open(ordinal, this);
    t.after(() => this.lane.destroy());
  }

  /** The next thing heard; waits for it. */
  async next(): Promise<Heard> {
    const heard = this.heard.shift();
    if (heard) return heard;
    await new Promise<void>((resolve) => (this.waiting = resolve));
    return this.next();
  }

  /** Sends and waits for what comes of it. */
  async ask(endpoint = 0, sequence = 1): Promise<Heard> {
    this.lane.send(endpoint, sequence);
    return this.next();
  }

  /** What came and was not looked at. */
  get unheard(): number {
    return this.heard.length;
  }

  onReady(): void {
    this.hear({ kind: 'ready' });
  }

  onAnswer(
    _ordinal: number,
    good: boolean,
    status: number,
    bytes: number,
    firstByteUs: number,
    doneUs: number,
    reusable: boolean,
  ): void {
    this.hear({ kind: 'answer', good, status, bytes, reusable, firstByteUs, doneUs });
  }

  onDown(_ordinal: number, code: string): void {
    this.hear({ kind: 'down', code });
  }

  private hear(what: Heard): void {
    this.heard.push(what);
    this.waiting?.();
    this.waiting = null;
  }
}

const certificateFolder = join(import.meta.dirname, '../../fixtures/services/sockets');
/** For `localhost` and 127.0.0.1, signed by itself. */
export const certificate = readFileSync(join(certificateFolder, 'certificate.pem'));
export const key = readFileSync(join(certificateFolder, 'key.pem'));

/** A server whose connections are closed after the test. @param where a port's number (0: a free one) or a socket's path. */
export async function serve(
  t: TestContext,
  onConnection: (socket: Socket) => void,
  options: { readonly tls?: boolean; readonly where?: number | string } = {},
): Promise<{ readonly port: number; readonly close: () => void }> {
  const sockets = new Set<Socket>();
  const take = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    onConnection(socket);
  };
  const server = options.tls
    ? createTlsServer({ key, cert: certificate }, take)
    : createServer({ noDelay: true, allowHalfOpen: true }, take);
  const { where = 0 } = options;
  if (typeof where === 'string') server.listen(where);
  else server.listen(where, '127.0.0.1');
  await once(server, 'listening');
  const close = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  t.after(close);
  const address = server.address();
  return { port: address && typeof address === 'object' ? address.port : 0, close };
}

/** The same bytes each time. */
export function always(payload: string | Uint8Array): PayloadSource {
  const bytes = Buffer.from(payload);
  return { next: () => bytes };
}

/** Acts once a lane of this process has read what was written to it: between a timer and what is immediate it does, also when both are late. */
export function onceRead(act: () => void): void {
  setTimeout(() => setImmediate(act), 5);
}

/** A pool over a driver, fed by hand, and the rows it records. @param opened how many of its lanes are opened. */
export function poolOf(
  t: TestContext,
  driver: Driver,
  {
    lanes = 1,
    opened = lanes,
    timeoutUs,
  }: { readonly lanes?: number; readonly opened?: number; readonly timeoutUs: number },
): { readonly pool: Pool; readonly rows: readonly Row[] } {
  const rows: Row[] = [];
  const pool = new Pool({
    driver,
    lanes,
    timeoutUs,
    record: (row) => rows.push({ ...row }),
    onFree: () => undefined,
  });
  t.after(() => pool.stop());
  for (let ordinal = 0; ordinal < opened; ordinal++) pool.open(ordinal);
  return { pool, rows };
}
