import { connect, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { hasLeft, type Endpoint } from './connectTo.ts';

export interface StreamOptions {
  readonly endpoint: Endpoint;
  /** null: no TLS. `servername` is the caller's business: addresses are already resolved. */
  readonly tls: ConnectionOptions | null;
  /** Until the owner says `opened()`: TLS and what else has to be agreed on are part of it. */
  readonly connectTimeoutUs: number;
}

/** Who a connection belongs to. Nothing is called before the constructor has returned, nor after `destroy` or `retire`. */
export interface StreamOwner {
  onConnected(): void;
  /** Bytes [0, length) of a buffer that is reused after this returns. Hot path. */
  onBytes(data: Uint8Array, length: number): void;
  /** The peer has closed its side, or all of it. */
  onEnd(): void;
  /** @param code e.g. ECONNREFUSED, ETIMEDOUT, DEPTH_ZERO_SELF_SIGNED_CERT. */
  onFailed(code: string): void;
}

const readBytes = 64 * 1024;
/** How long a peer that announced to close may take before its socket is destroyed. */
const retireMs = 1000;

/**
 * The buffers that connections read into. Reads are delivered synchronously after they were filled, so that all connections can share
 * one and its cache lines. Windows fills buffers ahead of time: there each connection needs its own.
 */
export function newReadBuffers(): () => Uint8Array {
  const shared = new Uint8Array(readBytes);
  return process.platform === 'win32' ? () => new Uint8Array(readBytes) : () => shared;
}

/** One TCP, unix-socket or TLS connection, from connecting to gone. */
export class StreamConnection {
  localPort = 0;
  private readonly socket: Socket;
  private readonly timer: NodeJS.Timeout;
  /** null once nobody listens any more. */
  private owner: StreamOwner | null;
  /** Written since the last write that was said to be over. */
  private unsaidBytes = 0;

  constructor(options: StreamOptions, buffer: Uint8Array, owner: StreamOwner) {
    const { endpoint, tls, connectTimeoutUs } = options;
    this.owner = owner;
    const target = {
      ...('socketPath' in endpoint ? { path: endpoint.socketPath } : { host: endpoint.address, port: endpoint.port }),
      noDelay: true,
      onread: {
        buffer,
        callback: (length: number, data: Uint8Array) => {
          this.owner?.onBytes(data, length);
          return true;
        },
      },
    };
    this.socket = tls ? connectTls({ ...tls, ...target }) : connect(target);
    // One more turn of the loop, for a connection that was accepted while this process stood still.
    this.timer = setTimeout(() => setImmediate(() => this.fail('ETIMEDOUT')), connectTimeoutUs / 1000);
    this.socket.once(tls ? 'secureConnect' : 'connect', () => {
      this.localPort = this.socket.localPort ?? 0;
      this.owner?.onConnected();
    });
    this.socket.on('error', (error: NodeJS.ErrnoException) => this.fail(error.code ?? 'ESOCKET'));
    this.socket.once('end', () => this.owner?.onEnd());
    this.socket.once('close', () => this.owner?.onEnd());
  }

  /** Everything needed to carry requests is agreed on: the connection time-out ends. */
  opened(): void {
    clearTimeout(this.timer);
  }

  write(bytes: Uint8Array): void {
    this.unsaidBytes = (this.isFlushed ? 0 : this.unsaidBytes) + bytes.length;
    this.socket.write(bytes);
  }

  /** Whether what was written is with the kernel, see `hasLeft`: the connection may carry the next request. */
  get isSent(): boolean {
    return hasLeft(this.socket, this.unsaidBytes);
  }

  /** Whether it was also said to be: its bytes may be changed. */
  get isFlushed(): boolean {
    return this.socket.writableLength === 0;
  }

  /** Ends it as failed, once the caller is done. */
  failSoon(code: string): void {
    process.nextTick(() => this.fail(code));
  }

  /** Closes at once. */
  destroy(): void {
    clearTimeout(this.timer);
    this.owner = null;
    this.socket.destroy();
  }

  /** Lets the peer close first: the TIME_WAIT is then its own. */
  retire(): void {
    clearTimeout(this.timer);
    this.owner = null;
    setTimeout(() => this.socket.destroy(), retireMs).unref();
  }

  private fail(code: string): void {
    const { owner } = this;
    this.destroy();
    owner?.onFailed(code);
  }
}
