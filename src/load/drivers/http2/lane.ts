import { nowUs } from '../../clock.ts';
import { AnswerChecker } from '../../content/answerCheck.ts';
import type { AnswerCheck } from '../../../plan/scenario.ts';
import type { Lane, LaneListener } from '../driver.ts';
import type { HeaderFields } from './headerFields.ts';
import type { PreparedHttp2Request } from './request.ts';
import type { LaneHost, SharingLane } from './sharedConnections.ts';
import { Http2Stream, type StreamListener } from './stream.ts';

/** Makes the value of `traceparent` from a request's sequence number. */
export type TraceOf = (sequence: number) => string;

/** Headers that any check looks at, in lower case, each once. */
export function headerNamesOf(checks: readonly (AnswerCheck | null)[]): readonly string[] {
  return [...new Set(checks.flatMap((check) => Object.keys(check?.headers ?? {}).map((name) => name.toLowerCase())))];
}

/** A stream slot: one request at a time on a connection that others share. */
export class Http2Lane implements Lane, SharingLane, StreamListener {
  /** Ready, and no request is on it. */
  isIdle = false;
  private readonly stream = new Http2Stream(this);
  private readonly requests: readonly PreparedHttp2Request[];
  /** In the order that the connection was told which headers are wanted. */
  private readonly headerNames: readonly string[];
  private readonly traceOf: TraceOf | null;
  private readonly ordinal: number;
  /** null once nobody listens any more. */
  private listener: LaneListener | null;
  private host: LaneHost;
  private readonly checkers: readonly (AnswerChecker | null)[];
  private checker: AnswerChecker | null = null;
  private sentBody: Uint8Array | null = null;
  private status = 0;
  private firstByteUs = NaN;

  constructor(
    host: LaneHost,
    requests: readonly PreparedHttp2Request[],
    checks: readonly (AnswerCheck | null)[],
    traceOf: TraceOf | null,
    ordinal: number,
    listener: LaneListener,
  ) {
    this.host = host;
    this.checkers = checks.map((check) => (check ? new AnswerChecker(check) : null));
    this.requests = requests;
    this.headerNames = headerNamesOf(checks);
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
    request.advance?.();
    const { headers, body } = request;
    this.checker = this.checkers[endpoint] ?? null;
    this.checker?.start();
    this.sentBody = body;
    const trace = this.traceOf ? this.traceOf(sequence) : null;
    connection.request(this.stream, headers, trace, body === null);
    if (body) connection.send(this.stream, body, true);
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

  onHeaders(status: number, fields: HeaderFields): void {
    this.status = status;
    this.firstByteUs = this.host.connection.readUs;
    if (this.checker) for (const name of this.checker.headerNames) this.tell(name, fields);
  }

  onData(data: Uint8Array, from: number, to: number): void {
    if (this.checker?.looksAtBody) this.checker.body(data, from, to);
  }

  onTrailers(): void {
    // Nothing is asked of them.
  }

  onEnd(): void {
    const { status, stream } = this;
    const { readUs, isRetiring } = this.host.connection;
    this.isIdle = !isRetiring;
    const good = this.checker?.isGood(status, status < 400, this.sentBody) ?? status < 400;
    this.listener?.onAnswer(this.ordinal, good, status, stream.bytes, this.firstByteUs, readUs, !isRetiring);
  }

  onReset(code: string): void {
    this.down(code, nowUs());
  }

  private tell(name: string, fields: HeaderFields): void {
    const value = fields.text(this.headerNames.indexOf(name));
    if (value !== null) this.checker?.header(name, value);
  }
}
