import { nowUs } from '../../clock.ts';
import { Connector, type Route } from '../connectTo.ts';
import type { Http2Connection, ConnectionListener } from './connection.ts';
import { Http2Socket, type Http2SocketOptions } from './socket.ts';

/** What a lane needs of its connection. */
export interface LaneHost {
  readonly connection: Http2Connection;
  readonly localPort: number;
  /** The lane is done with it. */
  leave(lane: SharingLane): void;
  /** The connection is retiring: the lane moves to its successor, and hears from that. */
  handOver(lane: SharingLane): void;
}

/** A lane as its connection sees it. */
export interface SharingLane {
  /** Ready, and no request is on it. */
  readonly isIdle: boolean;
  /** A request is on it. */
  readonly isBusy: boolean;
  /** The connection is open. */
  ready(): void;
  /** The connection takes no more requests: the lane waits for this one to be ready. */
  moveTo(host: LaneHost): void;
  down(code: string, atUs: number): void;
}

/** The connections of a driver: one a place, opened for the first lane there, closed after the last one, and replaced. */
export class SharedConnections {
  private readonly connector: Connector;
  private readonly options: Http2SocketOptions;
  /** The living connection of each place. */
  private readonly connections = new Map</* place */ number, SharedConnection>();

  constructor(route: Route, options: Http2SocketOptions) {
    this.connector = new Connector(route, ['h2']);
    this.options = options;
  }

  /** Puts a new lane on the connection of a place. @param newLane makes it, on its first host. */
  join<T extends SharingLane>(place: number, newLane: (host: LaneHost) => T): T {
    const connection = this.at(place);
    const lane = newLane(connection);
    connection.join(lane);
    return lane;
  }

  private at(place: number): SharedConnection {
    let connection = this.connections.get(place);
    if (!connection) {
      connection = new SharedConnection(this.connector, this.options, {
        gone: () => this.connections.delete(place),
        successor: () => this.at(place),
      });
      this.connections.set(place, connection);
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
  private readonly lanes = new Set<SharingLane>();
  private isGone = false;

  constructor(connector: Connector, options: Http2SocketOptions, place: Place) {
    this.place = place;
    this.socket = new Http2Socket(connector, options, this);
  }

  get connection(): Http2Socket['connection'] {
    return this.socket.connection;
  }

  get localPort(): number {
    return this.socket.localPort;
  }

  join(lane: SharingLane): void {
    this.lanes.add(lane);
    if (this.connection.isOpen) process.nextTick(() => this.greet(lane));
  }

  leave(lane: SharingLane): void {
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

  handOver(lane: SharingLane): void {
    const successor = this.place.successor();
    this.lanes.delete(lane);
    lane.moveTo(successor);
    successor.join(lane);
  }

  private greet(lane: SharingLane): void {
    if (this.lanes.has(lane) && !this.isGone) lane.ready();
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
