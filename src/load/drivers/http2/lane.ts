import { nowUs } from '../../clock.ts';
import { AnswerChecker } from '../../content/answerCheck.ts';
import type { AnswerCheck } from '../../../plan/scenario.ts';
import type { LaneListener } from '../driver.ts';
import type { HeaderFields } from './headerFields.ts';
import type { HeaderList } from './hpackEncoder.ts';
import type { PreparedHttp2Request } from './request.ts';
import type { LaneHost } from './sharedConnections.ts';
import { StreamLane } from './streamLane.ts';

/** Makes the value of `traceparent` from a request's sequence number. */
export type TraceOf = (sequence: number) => string;

/** Headers that any check looks at, in lower case, each once. */
export function headerNamesOf(checks: readonly (AnswerCheck | null)[]): readonly string[] {
  return [...new Set(checks.flatMap((check) => Object.keys(check?.headers ?? {}).map((name) => name.toLowerCase())))];
}

/**
 * The server has not looked at the request and never will, without finding fault with it: any client sends it again (RFC 9113 8.7).
 * It is sent once more, on the next connection; its times run on from the first sending.
 */
const unprocessed: ReadonlySet<string> = new Set(['GOAWAY', 'H2_STREAM_IDS']);

/** A stream slot that carries one HTTP request at a time. */
export class Http2Lane extends StreamLane {
  private readonly requests: readonly PreparedHttp2Request[];
  /** In the order that the connection was told which headers are wanted. */
  private readonly headerNames: readonly string[];
  private readonly traceOf: TraceOf | null;
  private readonly checkers: readonly (AnswerChecker | null)[];
  private checker: AnswerChecker | null = null;
  /** The request on it. */
  private sentHeaders: HeaderList | null = null;
  private sentTrace: string | null = null;
  private sentBody: Uint8Array | null = null;
  /** It has not been sent twice. */
  private mayRepeat = false;
  /** It waits for another connection. */
  private repeats = false;
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
    super(host, ordinal, listener);
    this.checkers = checks.map((check) => (check ? new AnswerChecker(check) : null));
    this.requests = requests;
    this.headerNames = headerNamesOf(checks);
    this.traceOf = traceOf;
  }

  /** Hot path. */
  send(endpoint: number, sequence: number): void {
    const request = this.requests[endpoint];
    if (!request) throw new RangeError(`No request ${endpoint}.`);
    this.isIdle = false;
    this.firstByteUs = NaN;
    request.advance?.();
    const { headers, body } = request;
    this.checker = this.checkers[endpoint] ?? null;
    this.checker?.start();
    this.sentBody = body;
    this.sentHeaders = headers;
    this.sentTrace = this.traceOf ? this.traceOf(sequence) : null;
    this.mayRepeat = true;
    this.transmit();
  }

  override ready(): void {
    if (this.repeats && this.listener) {
      this.repeats = false;
      this.transmit();
    } else {
      super.ready();
    }
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
    if (!this.listener || !this.mayRepeat || !unprocessed.has(code)) {
      this.down(code, nowUs());
      return;
    }
    this.mayRepeat = false;
    this.repeats = true;
    this.host.handOver(this);
  }

  private transmit(): void {
    const { connection } = this.host;
    const { stream, sentHeaders, sentTrace, sentBody } = this;
    if (!sentHeaders) return;
    connection.request(stream, sentHeaders, sentTrace, sentBody === null);
    if (sentBody) connection.send(stream, sentBody, true);
  }

  private tell(name: string, fields: HeaderFields): void {
    const value = fields.text(this.headerNames.indexOf(name));
    if (value !== null) this.checker?.header(name, value);
  }
}
