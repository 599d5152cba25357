import { nowUs } from '../clock.ts';
import { Connector } from './connectTo.ts';
import type { Driver, Lane, LaneListener } from './driver.ts';
import { type AnswerCheck, asksAnything, isEqual, type PayloadSource } from './payload.ts';
import { StreamConnection, type StreamOptions, type StreamOwner } from './tcpConnection.ts';
import { bodyOf, frameMessage, type Framing, MessageReader } from './tcpFraming.ts';

export interface TcpOptions extends StreamOptions {
  /** By endpoint: index into the plan's requests. */
  readonly payloads: readonly PayloadSource[];
  readonly framing: Framing;
  /** The answer's body must equal the request's, else it counts as an error. */
  readonly echoCheck: boolean;
  /** What else the answer's body must satisfy. */
  readonly check?: AnswerCheck;
}

/**
 * Requests and answers over a plain TCP connection, a unix socket or TLS: a lane is a connection, one request at a time.
 *
 * Errors: the connection's own, UNEXPECTED_EOF (closed before the answer's end), MESSAGE_TOO_LARGE, INVALID_LENGTH, EXTRA_DATA (bytes
 * that nobody asked for), CLOSED (by the peer, between requests), PAYLOAD_TOO_LONG (its length does not fit the prefix: never sent).
 */
export function newTcpDriver(options: TcpOptions): Driver {
  const connector = new Connector(options);
  const requests = options.payloads.map((source) => new Requests(source, options.framing));
  return {
    lanesPerConnection: 1,
    open: (ordinal, listener) => new TcpLane(connector, options, requests, ordinal, listener),
  };
}

/** Frames what a source hands out; what it hands out again is not framed again. */
class Requests {
  /** null if it cannot be framed. */
  frame: Buffer | null = null;
  body: Uint8Array = new Uint8Array(0);
  private readonly source: PayloadSource;
  private readonly framing: Framing;
  private payload: Uint8Array | null = null;

  get check(): AnswerCheck | undefined {
    return this.source.check;
  }

  constructor(source: PayloadSource, framing: Framing) {
    this.source = source;
    this.framing = framing;
  }

  next(): void {
    const payload = this.source.next();
    if (payload === this.payload) return;
    const frame = frameMessage(this.framing, payload);
    // A stream would make a Buffer of it again each time.
    this.frame = frame && Buffer.from(frame.buffer, frame.byteOffset, frame.length);
    this.body = bodyOf(this.framing, payload);
    this.payload = payload;
  }
}

class TcpLane implements Lane, StreamOwner {
  private readonly connection: StreamConnection;
  private readonly requests: readonly Requests[];
  private readonly reader: MessageReader;
  private readonly echoCheck: boolean;
  private readonly check: AnswerCheck | undefined;
  private ownCheck: AnswerCheck | undefined;
  private readonly ordinal: number;
  private readonly listener: LaneListener;
  private waiting = false;
  private body: Uint8Array = new Uint8Array(0);
  private firstByteUs = NaN;

  constructor(
    connector: Connector,
    options: TcpOptions,
    requests: readonly Requests[],
    ordinal: number,
    listener: LaneListener,
  ) {
    this.requests = requests;
    this.echoCheck = options.echoCheck;
    this.check = options.check;
    this.reader = new MessageReader(options.framing, asksAnything(options));
    this.ordinal = ordinal;
    this.listener = listener;
    this.connection = new StreamConnection(connector, options.connectTimeoutUs, this);
  }

  get localPort(): number {
    return this.connection.localPort;
  }

  send(endpoint: number): void {
    const request = this.requests[endpoint];
    if (!request) throw new RangeError(`No request ${endpoint}.`);
    request.next();
    this.body = request.body;
    this.ownCheck = request.check;
    this.reader.start();
    this.firstByteUs = NaN;
    this.waiting = true;
    if (request.frame) this.connection.write(request.frame);
    else this.connection.failSoon('PAYLOAD_TOO_LONG');
  }

  destroy(): void {
    this.connection.destroy();
  }

  retire(): void {
    this.connection.retire();
  }

  onConnected(): void {
    this.connection.opened();
    this.listener.onReady(this.ordinal);
  }

  onBytes(data: Uint8Array, length: number): void {
    const now = nowUs();
    if (!this.waiting) {
      this.down('EXTRA_DATA');
      return;
    }
    const { reader } = this;
    if (!(this.firstByteUs > 0)) this.firstByteUs = now;
    const end = reader.execute(data, 0, length);
    if (end < 0) this.down(reader.error);
    // Bytes that nobody asked for would be taken for the next answer.
    else if (reader.complete) this.answer(now, end === length && this.connection.isSent);
  }

  onEnd(): void {
    if (this.waiting && this.reader.finish()) this.answer(nowUs(), false);
    else this.down(this.waiting ? this.reader.error : 'CLOSED');
  }

  onFailed(code: string): void {
    this.listener.onDown(this.ordinal, code, nowUs());
  }

  private answer(doneUs: number, reusable: boolean): void {
    const { body, bodyFrom, bodyTo, bytes } = this.reader;
    this.waiting = false;
    const good =
      (!this.echoCheck || isEqual(body, bodyFrom, bodyTo, this.body)) &&
      (this.check?.(body, bodyFrom, bodyTo, this.body) ?? true) &&
      (this.ownCheck?.(body, bodyFrom, bodyTo, this.body) ?? true);
    this.listener.onAnswer(this.ordinal, good, 0, bytes, this.firstByteUs, doneUs, reusable);
  }

  private down(code: string): void {
    this.connection.destroy();
    this.onFailed(code);
  }
}
