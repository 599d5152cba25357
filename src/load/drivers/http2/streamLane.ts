import type { Lane, LaneListener } from '../driver.ts';
import type { HeaderFields } from './headerFields.ts';
import type { LaneHost, SharingLane } from './sharedConnections.ts';
import { Http2Stream, type StreamListener } from './stream.ts';

/** A stream slot: one request at a time on a connection that others share. What a request and an answer are is its heirs' business. */
export abstract class StreamLane implements Lane, SharingLane, StreamListener {
  /** Ready, and no request is on it. */
  isIdle = false;
  protected readonly stream: Http2Stream;
  protected readonly ordinal: number;
  /** null once nobody listens any more. */
  protected listener: LaneListener | null;
  protected host: LaneHost;

  constructor(host: LaneHost, ordinal: number, listener: LaneListener) {
    this.stream = new Http2Stream(this);
    this.host = host;
    this.ordinal = ordinal;
    this.listener = listener;
  }

  get localPort(): number {
    return this.host.localPort;
  }

  /** A request is on it. */
  get isBusy(): boolean {
    return this.stream.isOpen;
  }

  destroy(): void {
    this.listener = null;
    this.isIdle = false;
    this.host.connection.cancel(this.stream);
    this.host.leave(this);
  }

  retire(): void {
    this.destroy();
  }

  /** The connection is open. */
  ready(): void {
    if (this.isIdle || !this.listener) return;
    this.isIdle = true;
    this.listener.onReady(this.ordinal);
  }

  /** The connection takes no more requests, before this lane was ready: it waits for another one. */
  moveTo(host: LaneHost): void {
    this.host = host;
  }

  down(code: string, atUs: number): void {
    const { listener } = this;
    this.listener = null;
    this.isIdle = false;
    this.host.leave(this);
    listener?.onDown(this.ordinal, code, atUs);
  }

  abstract send(endpoint: number, sequence: number): void;
  abstract onHeaders(status: number, fields: HeaderFields): void;
  abstract onData(data: Uint8Array, from: number, to: number): void;
  abstract onTrailers(fields: HeaderFields): void;
  abstract onEnd(): void;
  abstract onReset(code: string): void;
}
