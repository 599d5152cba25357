import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { nowUs } from '../../clock.ts';
import type { Connector } from '../connectTo.ts';
import { Http2Connection, type ConnectionListener, type Http2ConnectionOptions } from './connection.ts';
import type { Output } from './frameWriter.ts';

export interface Http2SocketOptions extends Http2ConnectionOptions {
  /** From the first packet to the server's SETTINGS. */
  readonly connectTimeoutUs: number;
}

const notNegotiated = 'H2_NOT_NEGOTIATED';
/** How long a peer may take to close once we have said goodbye. */
const closingMs = 1000;

/** An HTTP/2 connection on a socket of its own. */
export class Http2Socket implements Output {
  readonly connection: Http2Connection;
  private readonly socket: Socket;
  private readonly connectTimer: NodeJS.Timeout;
  private closingTimer: NodeJS.Timeout | null = null;

  /** Starts connecting; the listener hears nothing before this returns. @param connector offers `h2` where it speaks TLS. */
  constructor(connector: Connector, options: Http2SocketOptions, listener: ConnectionListener) {
    this.socket = connector.open((length, data) => {
      this.connection.receive(data, 0, length, nowUs());
      return true;
    });
    const { socket } = this;
    this.connection = new Http2Connection(this, options, {
      onOpen: () => {
        clearTimeout(this.connectTimer);
        listener.onOpen();
      },
      onRetiring: (code) => listener.onRetiring(code),
      onClosed: (code) => {
        clearTimeout(this.connectTimer);
        listener.onClosed(code);
        // Unless its last words are on their way.
        if (!this.closingTimer) socket.destroy();
      },
    });
    // One more turn of the loop, for an answer that came while this process stood still.
    this.connectTimer = setTimeout(() => setImmediate(() => this.connectTimedOut()), options.connectTimeoutUs / 1000);
    socket.once('secureConnect', () => {
      if (socket instanceof TLSSocket && socket.alpnProtocol !== 'h2') this.connection.closed(notNegotiated);
    });
    socket.on('drain', () => this.connection.drained());
    socket.on('error', (error: NodeJS.ErrnoException) => this.connection.closed(codeOf(error)));
    socket.once('end', () => this.connection.closed('CLOSED'));
    socket.once('close', () => this.wasClosed());
  }

  /** The client's port, 0 while unknown and on a unix socket. */
  get localPort(): number {
    return this.socket.localPort ?? 0;
  }

  get pendingBytes(): number {
    return this.socket.writableLength;
  }

  write(chunk: Uint8Array): void {
    if (this.socket.writable) this.socket.write(chunk);
  }

  end(peerCloses: boolean): void {
    clearTimeout(this.connectTimer);
    if (!this.connection.isOpen) {
      this.socket.destroy();
      return;
    }
    this.closingTimer = setTimeout(() => this.socket.destroy(), closingMs).unref();
    if (!peerCloses) this.socket.destroySoon();
  }

  private connectTimedOut(): void {
    if (!this.connection.isOpen) this.connection.closed('ETIMEDOUT');
  }

  private wasClosed(): void {
    if (this.closingTimer) clearTimeout(this.closingTimer);
    this.connection.closed('CLOSED');
  }
}

/** A server that speaks TLS but offers no HTTP/2 may say so by an alert (RFC 7301 3.2), which Node calls EPROTO like many others. */
function codeOf({ code, message }: NodeJS.ErrnoException): string {
  return message.includes('no application protocol') ? notNegotiated : (code ?? 'ESOCKET');
}
