import type { Socket } from 'node:net';
import { hasLeft, type Connector, type Route } from './connectTo.ts';

export interface StreamOptions extends Route {
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

/** How long a peer that announced to close may take before its socket is destroyed. */
const retireMs = 1000;

/** One TCP, unix-socket or TLS connection, from connecting to gone. */
export class StreamConnection {
  localPort = 0;
  private readonly socket: Socket;
  private readonly timer: NodeJS.Timeout;
  /** null once nobody listens any more. */
  private owner: StreamOwner | null;
  /** Written since the last write that was said to be over. */
  private unsaidBytes = 0;

  constructor(connector: Connector, connectTimeoutUs: number, owner: StreamOwner) {
    this.owner = owner;
    this.socket = connector.open((length, data) => {
      this.owner?.onBytes(data, length);
      return true;
    });
    // One more turn of the loop, for a connection that was accepted while this process stood still.
    this.timer = setTimeout(() => setImmediate(() => this.fail('ETIMEDOUT')), connectTimeoutUs / 1000);
    this.socket.once(connector.readyEvent, () => {
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
