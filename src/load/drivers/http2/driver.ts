import type { ConnectionOptions } from 'node:tls';
import { nowUs } from '../../clock.ts';
import type { Driver, Lane, LaneListener } from '../driver.ts';
import type { ConnectionListener } from './connection.ts';
import { Http2Lane, type LaneHost, type TraceOf } from './lane.ts';
import type { PreparedHttp2Request } from './request.ts';
import { Http2Socket, type Http2Endpoint } from './socket.ts';

const readBytes = 64 * 1024;

export interface Http2DriverOptions {
  readonly endpoint: Http2Endpoint;
  /** null for HTTP/2 without TLS, with prior knowledge (h2c). */
  readonly tls: ConnectionOptions | null;
  readonly requests: readonly PreparedHttp2Request[];
  /** Lanes that share a connection. */
  readonly streamsPerConnection: number;
  readonly connectTimeoutUs: number;
  /** null: no `traceparent` is sent. */
  readonly traceOf: TraceOf | null;
}

/**
 * HTTP/2: a lane is a stream slot, ⌊ordinal ÷ streamsPerConnection⌋ its connection. Requests beyond what the server allows at
 * once wait in the connection for another's end. An answer is good if its status is below 400.
 */
export function newHttp2Driver(options: Http2DriverOptions): Driver {
  return new Http2Driver(options);
}

class Http2Driver implements Driver {
  readonly lanesPerConnection: number;
  private readonly options: Http2DriverOptions;
  /** The living connection of each place. */
  private readonly connections = new Map</* place */ number, SharedConnection>();
  // Windows fills buffers ahead of time: there each socket needs its own.
  private readonly shared = process.platform === 'win32' ? null : new Uint8Array(readBytes);

  constructor(options: Http2DriverOptions) {
    this.options = options;
    this.lanesPerConnection = options.streamsPerConnection;
  }

  open(ordinal: number, listener: LaneListener): Lane {
    const { requests, traceOf } = this.options;
    const place = Math.floor(ordinal / this.lanesPerConnection);
    const connection = this.connectionAt(place);
    const lane = new Http2Lane(connection, requests, traceOf, ordinal, listener);
    connection.join(lane);
    return lane;
  }

  private connectionAt(place: number): SharedConnection {
    let connection = this.connections.get(place);
    if (!connection) {
      const { endpoint, tls, connectTimeoutUs } = this.options;
      const own: SharedConnection = new SharedConnection(
        { endpoint, tls, connectTimeoutUs, buffer: this.shared ?? new Uint8Array(readBytes) },
        {
          gone: () => this.connections.delete(place),
          successor: () => this.connectionAt(place),
        },
      );
      connection = own;
      this.connections.set(place, own);
    }
    return connection;
  }
}

interface Place {
  /** The connection takes no more requests: the next lane gets another one. Called once. */
  gone(): void;
  successor(): SharedConnection;
}

/** A connection and the lanes on it. */
class SharedConnection implements ConnectionListener, LaneHost {
  private readonly socket: Http2Socket;
  private readonly place: Place;
  private readonly lanes = new Set<Http2Lane>();
  private isGone = false;

  constructor(
    options: Pick<Http2DriverOptions, 'endpoint' | 'tls' | 'connectTimeoutUs'> & { readonly buffer: Uint8Array },
    place: Place,
  ) {
    this.place = place;
    this.socket = new Http2Socket({ ...options, wantedHeaders: [], varyingHeader: 'traceparent' }, this);
  }

  get connection(): Http2Socket['connection'] {
    return this.socket.connection;
  }

  get localPort(): number {
    return this.socket.localPort;
  }

  join(lane: Http2Lane): void {
    this.lanes.add(lane);
    if (this.connection.isOpen) process.nextTick(() => this.greet(lane));
  }

  leave(lane: Http2Lane): void {
    // Its successor may join at once: the connection is kept for it until the loop turns.
    if (this.lanes.delete(lane) && this.lanes.size === 0) setImmediate(() => this.closeIfLeft());
  }

  onOpen(): void {
    for (const lane of [...this.lanes]) this.greet(lane);
  }

  onRetiring(code: string): void {
    this.giveUpPlace();
    const atUs = nowUs();
    for (const lane of [...this.lanes]) {
      if (lane.isIdle) lane.down(code, atUs);
      else if (!lane.isBusy) this.handOver(lane);
    }
  }

  onClosed(code: string): void {
    this.giveUpPlace();
    const atUs = nowUs();
    // What follows upon the end of a request must find no lane here that seems free; so these go first. The busy ones hear from
    // their streams.
    for (const lane of [...this.lanes]) if (!lane.isBusy) lane.down(code, atUs);
  }

  private greet(lane: Http2Lane): void {
    if (this.lanes.has(lane) && !this.isGone) lane.ready();
  }

  /** A lane that was not ready yet. */
  private handOver(lane: Http2Lane): void {
    const successor = this.place.successor();
    this.lanes.delete(lane);
    lane.moveTo(successor);
    successor.join(lane);
  }

  private giveUpPlace(): void {
    if (this.isGone) return;
    this.isGone = true;
    this.place.gone();
  }

  private closeIfLeft(): void {
    if (this.lanes.size > 0) return;
    this.giveUpPlace();
    this.connection.close(false);
  }
}
