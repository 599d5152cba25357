import { nowUs } from '../../clock.ts';
import type { Lane, LaneListener } from '../driver.ts';
import type { PreparedHttp2Request } from './request.ts';
import type { LaneHost, SharingLane } from './sharedConnections.ts';
import { Http2Stream, type StreamListener } from './stream.ts';

/** Makes the value of `traceparent` from a request's sequence number. */
export type TraceOf = (sequence: number) => string;

/** A stream slot: one request at a time on a connection that others share. */
export class Http2Lane implements Lane, SharingLane, StreamListener {
  /** Ready, and no request is on it. */
  isIdle = false;
  private readonly stream = new Http2Stream(this);
  private readonly requests: readonly PreparedHttp2Request[];
  private readonly traceOf: TraceOf | null;
  private readonly ordinal: number;
  /** null once nobody listens any more. */
  private listener: LaneListener | null;
  private host: LaneHost;
  private status = 0;
  private firstByteUs = NaN;

  constructor(
    host: LaneHost,
    requests: readonly PreparedHttp2Request[],
    traceOf: TraceOf | null,
    ordinal: number,
    listener: LaneListener,
  ) {
    this.host = host;
    this.requests = requests;
    this.traceOf = traceOf;
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

  /** Hot path. */
  send(endpoint: number, sequence: number): void {
    const request = this.requests[endpoint];
    if (!request) throw new RangeError(`No request ${endpoint}.`);
    const { connection } = this.host;
    this.isIdle = false;
    this.firstByteUs = NaN;
    const trace = this.traceOf ? this.traceOf(sequence) : null;
    connection.request(this.stream, request.headers, trace, request.body === null);
    if (request.body) connection.send(this.stream, request.body, true);
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

  onHeaders(status: number): void {
    this.status = status;
    this.firstByteUs = this.host.connection.readUs;
  }

  onData(): void {
    // Bodies are counted by the stream.
  }

  onTrailers(): void {
    // Nothing is asked of them.
  }

  onEnd(): void {
    const { status, stream } = this;
    const { readUs, isRetiring } = this.host.connection;
    this.isIdle = !isRetiring;
    this.listener?.onAnswer(this.ordinal, status < 400, status, stream.bytes, this.firstByteUs, readUs, !isRetiring);
  }

  onReset(code: string): void {
    this.down(code, nowUs());
  }
}
