import { readFileSync } from 'node:fs';
import { connect, isIP, type OnReadOpts, type Socket } from 'node:net';
import { basename } from 'node:path';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { SlowpathError } from '../../errors.ts';
import { visible } from '../../plan/visible.ts';
import type { Tls } from '../../plan/scenario.ts';

/** Where to connect to: an address already resolved, so that no look-up stands in a request's way, or a Unix socket. */
export type Endpoint = { readonly address: string; readonly port: number } | { readonly socketPath: string };

/** Where connections go, and what is spoken below the protocol. */
export interface Route {
  readonly endpoint: Endpoint;
  /** null: no TLS. `servername` is the caller's business: addresses are already resolved. */
  readonly tls: ConnectionOptions | null;
}

/**
 * Node's options for TLS from the plan's.
 * @param host of the address, sent as the server's name unless it is an IP address.
 * @throws SlowpathError LOAD_FAILED if a file cannot be read.
 */
export function tlsOptions(tls: Tls, host: string): ConnectionOptions {
  const name = tls.serverName ?? host;
  return {
    ...(tls.ca === null ? {} : { ca: read(tls.ca) }),
    ...(tls.cert === null ? {} : { cert: read(tls.cert) }),
    ...(tls.key === null ? {} : { key: read(tls.key) }),
    ...(isIP(name) === 0 ? { servername: name } : {}),
    rejectUnauthorized: tls.verify,
  };
}

function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new SlowpathError(
      'LOAD_FAILED',
      `The file ${visible(basename(path))} of "tls" cannot be read; mend its path.`,
      {
        cause,
      },
    );
  }
}

/** A write of up to this many bytes on an idle connection is taken by the kernel at once. */
export const takenAtOnce = 16 * 1024;

/**
 * Whether the request that was just answered is with the kernel. If not, the rest of it would go before the next one, whose time then
 * isn't its own. TLS says that a write is over turns of the loop later, and where this process stood still after the answer.
 * @param requestBytes written for it.
 */
export function hasLeft(socket: Socket, requestBytes: number): boolean {
  return requestBytes <= takenAtOnce || socket.writableLength === 0;
}

const readBytes = 64 * 1024;

/** Takes the bytes [0, length) of a buffer that is reused after it returns. @returns whether to read on. */
type OnRead = (length: number, data: Uint8Array) => boolean;

/**
 * Opens sockets to one endpoint, with or without TLS. The session of the first connection is taken up by later ones, as a client's would
 * be.
 */
export class Connector {
  /** What tells that a socket is ready. */
  readonly readyEvent: 'connect' | 'secureConnect';
  private readonly endpoint: Endpoint;
  private readonly tls: ConnectionOptions | null;
  private session: Buffer | undefined;
  // Reads are delivered synchronously after they were filled, so that all sockets can share one buffer and its cache lines.
  // Windows fills buffers ahead of time: there each socket needs its own.
  private readonly buffer = process.platform === 'win32' ? null : new Uint8Array(readBytes);

  /** @param protocols offered by ALPN, e.g. `h2`; none are if empty. */
  constructor({ endpoint, tls }: Route, protocols: readonly string[] = []) {
    this.endpoint = endpoint;
    this.tls = tls && protocols.length > 0 ? { ...tls, ALPNProtocols: [...protocols] } : tls;
    this.readyEvent = tls ? 'secureConnect' : 'connect';
  }

  get speaksTls(): boolean {
    return this.tls !== null;
  }

  /** Starts connecting. @param callback hears what is read; on the hot path. */
  open(callback: OnRead): Socket {
    const { endpoint } = this;
    const onread: OnReadOpts = { buffer: this.buffer ?? new Uint8Array(readBytes), callback };
    const where =
      'socketPath' in endpoint
        ? { path: endpoint.socketPath }
        : { host: endpoint.address, port: endpoint.port, noDelay: true };
    if (!this.tls) return connect({ ...where, onread });
    // Node's tls.connect takes `onread` too (since 12.10); its types don't know.
    const options: ConnectionOptions & { onread: OnReadOpts } = { ...this.tls, ...where, onread };
    const socket = connectTls(this.session ? { ...options, session: this.session } : options);
    socket.once('session', (session) => (this.session = session));
    return socket;
  }
}
