import type { Socket } from 'node:net';
import { nowUs } from '../clock.ts';
import type { AnswerCheck } from '../../plan/scenario.ts';
import { AnswerChecker } from '../content/answerCheck.ts';
import { Connector, hasLeft, takenAtOnce, type Route } from './connectTo.ts';
import type { Driver, Lane, LaneListener } from './driver.ts';
import { Http1Parser } from './http1Parser.ts';
import type { PreparedRequest } from './http1Request.ts';

/** How long a peer that announced to close may take before its socket is destroyed. */
const retireMs = 1000;

export interface Http1Options extends Route {
  readonly requests: readonly PreparedRequest[];
  /** What makes an answer to each request good; null: a status below 400. */
  readonly checks: readonly (AnswerCheck | null)[];
  readonly connectTimeoutUs: number;
}

/** HTTP/1.1 over TCP, TLS or a Unix socket: a lane is a keep-alive connection, one request at a time (no pipelining). */
export function newHttp1Driver(options: Http1Options): Driver {
  const connector = new Connector(options);
  return {
    lanesPerConnection: 1,
    open: (ordinal, listener) => new Http1Lane(connector, options, ordinal, listener),
  };
}

class Http1Lane implements Lane {
  localPort = 0;
  private readonly socket: Socket;
  private readonly parser = new Http1Parser();
  private readonly requests: readonly PreparedRequest[];
  private readonly checkers: readonly (AnswerChecker | null)[];
  private readonly copies: boolean;
  private readonly ordinal: number;
  private readonly connectTimer: NodeJS.Timeout;
  /** null once nobody listens any more. */
  private listener: LaneListener | null;
  private waiting = false;
  private firstByteUs = NaN;
  private lastReadUs = 0;
  private isReady = false;
  private checker: AnswerChecker | null = null;
  private sentBody: Uint8Array | null = null;
  private sentBytes = 0;

  constructor(connector: Connector, options: Http1Options, ordinal: number, listener: LaneListener) {
    this.requests = options.requests;
    this.checkers = options.checks.map((check) => (check ? new AnswerChecker(check) : null));
    // TLS may keep what it is given until the handshake or a full record.
    this.copies = connector.speaksTls;
    this.ordinal = ordinal;
    this.listener = listener;
    this.socket = connector.open((length, data) => this.read(data, length));
    // One more turn of the loop, for a connection that was accepted while this process stood still.
    this.connectTimer = setTimeout(() => setImmediate(() => this.connectTimedOut()), options.connectTimeoutUs / 1000);
    this.socket.once(connector.readyEvent, () => {
      clearTimeout(this.connectTimer);
      this.isReady = true;
      this.localPort = this.socket.localPort ?? 0;
      this.listener?.onReady(this.ordinal);
    });
    this.socket.on('error', (error: NodeJS.ErrnoException) => this.down(error.code ?? 'ESOCKET'));
    this.socket.once('end', () => this.ended());
    this.socket.once('close', () => this.ended());
  }

  send(endpoint: number, sequence: number): void {
    const request = this.requests[endpoint];
    if (!request) throw new RangeError(`No request ${endpoint}.`);
    const checker = this.checkers[endpoint] ?? null;
    checker?.start();
    this.checker = checker;
    this.parser.start(request.isHead, checker);
    this.firstByteUs = NaN;
    this.waiting = true;
    // What the kernel takes at once may be changed afterwards.
    const bytes = request.next(sequence, this.copies || request.body.length > takenAtOnce);
    this.sentBytes = bytes.length;
    this.socket.write(bytes);
    this.sentBody = checker ? request.body : null;
  }

  destroy(): void {
    clearTimeout(this.connectTimer);
    this.listener = null;
    this.socket.destroy();
  }

  retire(): void {
    this.listener = null;
    setTimeout(() => this.socket.destroy(), retireMs).unref();
  }

  /** Hot path. @returns true: keep reading. */
  private read(data: Uint8Array, length: number): boolean {
    const { listener, parser } = this;
    if (!listener) return true;
    const now = nowUs();
    this.lastReadUs = now;
    if (!this.waiting) {
      this.down('HPE_UNEXPECTED_DATA');
      return true;
    }
    if (!(this.firstByteUs > 0)) this.firstByteUs = now;
    const end = parser.execute(data, 0, length);
    if (end < 0) this.down(parser.error);
    // Bytes that nobody asked for would be taken for the next answer; and what is not yet written would follow this one.
    else if (parser.complete)
      this.answer(now, parser.reusable && end === length && hasLeft(this.socket, this.sentBytes));
    return true;
  }

  private answer(doneUs: number, reusable: boolean): void {
    this.waiting = false;
    const { status, bytes } = this.parser;
    const good = this.checker?.isGood(status, status < 400, this.sentBody) ?? status < 400;
    this.listener?.onAnswer(this.ordinal, good, status, bytes, this.firstByteUs, doneUs, reusable);
  }

  private ended(): void {
    if (!this.listener) return;
    // An answer without a length ends here; its last byte came with the last read.
    if (this.waiting && this.parser.finish()) this.answer(this.lastReadUs, false);
    else this.down(this.waiting ? this.parser.error : 'CLOSED');
  }

  private connectTimedOut(): void {
    if (!this.isReady && this.listener) this.down('ETIMEDOUT');
  }

  private down(code: string): void {
    const { listener } = this;
    this.destroy();
    listener?.onDown(this.ordinal, code, nowUs());
  }
}
