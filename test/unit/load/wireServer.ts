import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createSecureContext, TLSSocket } from 'node:tls';
import type { Load, Tls } from '../../../src/plan/scenario.ts';
import { certificate, key } from './lanes.ts';
import { temporaryFolder } from './support.ts';
import type { Wire } from './wires.ts';

const certs = join(import.meta.dirname, '../../fixtures/certs');
const trusting: Tls = {
  ca: join(import.meta.dirname, '../../fixtures/services/sockets/certificate.pem'),
  cert: null,
  key: null,
  serverName: 'localhost',
  verify: true,
};
const known: Tls = { ...trusting, cert: join(certs, 'client.pem'), key: join(certs, 'client.key') };

/** One request as the server has it. */
export interface Turn {
  /** A whole good answer, not yet sent. */
  readonly answer: Buffer;
  readonly write: (bytes: Uint8Array) => void;
  /** Half-closes: says no more, and reads on. */
  readonly end: () => void;
  /** Breaks the connection off: a reset, where there is such a thing. */
  readonly reset: () => void;
}

export interface Served {
  /** What a plan says to load it. */
  readonly load: Partial<Load> & { readonly url: string };
  /** Breaks off all connections and listens no more, as when its process is killed. */
  readonly kill: () => Promise<void>;
  /** How many are open. */
  readonly connections: () => number;
  /** Of each handshake so far, whether it took up an earlier session. */
  readonly resumed: readonly boolean[];
  /** Listens again at the same place. */
  readonly revive: () => Promise<void>;
}

/** A server of a protocol on this machine. `onTurn` hears of each request, with its number from 1. */
export async function serveWire(t: TestContext, wire: Wire, onTurn: (turn: Turn, n: number) => void): Promise<Served> {
  const sockets = new Set<Socket>();
  const resumed: boolean[] = [];
  const secureContext = createSecureContext({
    key,
    cert: certificate,
    ca: readFileSync(join(certs, 'ca.pem')),
    // Without it no session is taken up again where the client has shown a certificate.
    sessionIdContext: 'wire',
  });
  const isHttp2 = wire.load.protocol === 'http2' || wire.load.protocol === 'grpc';
  let requests = 0;
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (raw) => {
    sockets.add(raw);
    const socket: Socket =
      wire.tls !== 'nobody'
        ? // By hand, so that the connection beneath can be reset.
          new TLSSocket(raw, {
            isServer: true,
            secureContext,
            // Without one of the client's the handshake fails.
            ...(wire.tls === 'both' ? { requestCert: true, rejectUnauthorized: true } : {}),
            ...(isHttp2 ? { ALPNProtocols: ['h2'] } : {}),
          })
        : raw;
    if (socket instanceof TLSSocket) socket.once('secure', () => resumed.push(socket.isSessionReused()));
    const state = { open: false };
    let pending: Buffer = Buffer.alloc(0);
    for (const each of new Set([raw, socket])) each.on('error', () => raw.destroy());
    raw.on('close', () => sockets.delete(raw));
    const write = (bytes: string | Uint8Array): void => {
      if (socket.writable) socket.write(bytes);
    };
    const reset = (): void => {
      if (wire.over === 'unix') raw.destroy();
      else raw.resetAndDestroy();
    };
    socket.on('data', (chunk: Buffer) => {
      const request = (answer: Buffer): void => onTurn({ answer, write, end: () => socket.end(), reset }, ++requests);
      pending = wire.read(Buffer.concat([pending, chunk]), state, { say: write, request });
    });
    socket.on('end', () => socket.end());
  });
  const path = wire.over === 'unix' ? join(await temporaryFolder(t), 'service.sock') : null;
  let port = 0;
  const listen = async (): Promise<void> => {
    if (path === null) server.listen(port, '127.0.0.1');
    else server.listen(path);
    await once(server, 'listening');
    if (path === null) port = (server.address() as AddressInfo).port;
  };
  const kill = async (): Promise<void> => {
    for (const socket of sockets) {
      if (wire.over === 'unix') socket.destroy();
      else socket.resetAndDestroy();
    }
    if (!server.listening) return;
    server.close();
    await once(server, 'close');
  };
  await listen();
  t.after(kill);
  return {
    load: {
      ...wire.load,
      url: `${wire.scheme}://127.0.0.1:${path === null ? port : 80}`,
      socket: path,
      tls: wire.tls === 'nobody' ? null : wire.tls === 'both' ? known : trusting,
    },
    kill,
    connections: () => sockets.size,
    resumed,
    revive: listen,
  };
}
