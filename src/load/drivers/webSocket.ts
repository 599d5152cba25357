import { nowUs } from '../clock.ts';
import { Connector } from './connectTo.ts';
import type { Driver, Lane, LaneListener } from './driver.ts';
import { type AnswerCheck, asksAnything, isEqual, type PayloadSource } from './payload.ts';
import { StreamConnection, type StreamOptions, type StreamOwner } from './tcpConnection.ts';
import { Event, Opcode, WebSocketReader, WebSocketWriter } from './webSocketFrames.ts';
import { checkUpgrade, Handshake, type Upgrade } from './webSocketHandshake.ts';

export interface WebSocketOptions extends StreamOptions, Upgrade {
  /** By endpoint: index into the plan's requests. */
  readonly payloads: readonly (PayloadSource & { readonly kind: 'text' | 'binary' })[];
  /** The answer must equal the request, else it counts as an error. */
  readonly echoCheck: boolean;
  /** What else the answer must satisfy. */
  readonly check?: AnswerCheck;
  /** What a message is that comes while no request waits: counted only, or the lane's end (WS_UNASKED). */
  readonly unasked: 'ignore' | 'fail';
}

export interface WebSocketDriver extends Driver {
  readonly counts: Readonly<WebSocketCounts>;
}

/** Over the whole load, warm-up included; counted up while it runs. */
export interface WebSocketCounts {
  /** Messages that came while no request waited. One that comes while one waits is taken for its answer. */
  unasked: number;
}

/**
 * Requests and answers as WebSocket messages (RFC 6455): a lane is a connection, one request at a time. It is ready once the handshake is
 * done. Pings are answered, wherever they come.
 *
 * Errors: the connection's own; the handshake's (webSocketHandshake.ts); broken frames (webSocketFrames.ts); WS_CLOSED_<code> when the
 * server says that it closes, UNEXPECTED_EOF when it doesn't.
 * @throws SlowpathError PLAN_INVALID if the handshake cannot be sent.
 */
export function newWebSocketDriver(options: WebSocketOptions): WebSocketDriver {
  checkUpgrade(options);
  const connector = new Connector(options);
  const counts: WebSocketCounts = { unasked: 0 };
  return {
    counts,
    lanesPerConnection: 1,
    open: (ordinal, listener) => new WebSocketLane(connector, options, counts, ordinal, listener),
  };
}

/** RFC 6455, 7.4.1: 1000. */
const normalClosure = Buffer.of(1000 >> 8, 1000 & 0xff);

class WebSocketLane implements Lane, StreamOwner {
  private readonly connection: StreamConnection;
  /** null once it is done. */
  private handshake: Handshake | null;
  private readonly reader: WebSocketReader;
  private readonly writer: WebSocketWriter;
  private readonly options: WebSocketOptions;
  private readonly counts: WebSocketCounts;
  private readonly ordinal: number;
  private readonly listener: LaneListener;
  private waiting = false;
  /** The message that had begun when the request was sent is not its answer. */
  private passesOver = false;
  private payload: Uint8Array = new Uint8Array(0);
  private ownCheck: AnswerCheck | undefined;
  private firstByteUs = NaN;
  /** Of the answer in the bytes being read. */
  private good = false;
  private bytes = 0;
  /** Why the lane cannot go on; empty while it can. */
  private failure = '';

  constructor(
    connector: Connector,
    options: WebSocketOptions,
    counts: WebSocketCounts,
    ordinal: number,
    listener: LaneListener,
  ) {
    this.options = options;
    this.counts = counts;
    this.ordinal = ordinal;
    this.listener = listener;
    this.handshake = new Handshake(options);
    this.reader = new WebSocketReader(asksAnything(options));
    this.writer = new WebSocketWriter(ordinal + 0x5eed);
    this.connection = new StreamConnection(connector, options.connectTimeoutUs, this);
  }

  get localPort(): number {
    return this.connection.localPort;
  }

  send(endpoint: number): void {
    const source = this.options.payloads[endpoint];
    if (!source) throw new RangeError(`No request ${endpoint}.`);
    this.payload = source.next();
    this.ownCheck = source.check;
    this.firstByteUs = NaN;
    this.waiting = true;
    this.passesOver = this.reader.inMessage;
    this.write(Opcode[source.kind], this.payload);
  }

  destroy(): void {
    // So that the service does not take it for a broken connection.
    if (!this.handshake) this.write(Opcode.close, normalClosure);
    this.connection.destroy();
  }

  retire(): void {
    this.connection.retire();
  }

  onConnected(): void {
    if (this.handshake) this.connection.write(this.handshake.request);
  }

  /** All bytes are looked at before anybody hears of them: what came with an answer, or with the handshake, answers no later request. */
  onBytes(data: Uint8Array, length: number): void {
    const now = nowUs();
    const { handshake, waiting } = this;
    const at = handshake ? this.shakeHands(handshake, data, length) : 0;
    if (at < length && this.failure === '') this.readFrames(now, data, at, length);
    if (waiting && !this.waiting) this.answer(now);
    else if (this.failure !== '') this.end(this.failure);
    else if (handshake && !this.handshake) this.listener.onReady(this.ordinal);
  }

  onEnd(): void {
    this.end(this.waiting || this.handshake ? 'UNEXPECTED_EOF' : 'CLOSED');
  }

  onFailed(code: string): void {
    this.listener.onDown(this.ordinal, code, nowUs());
  }

  /** @returns where the frames begin. */
  private shakeHands(handshake: Handshake, data: Uint8Array, length: number): number {
    const at = handshake.execute(data, 0, length);
    this.failure = handshake.error;
    if (!handshake.done) return length;
    this.connection.opened();
    this.handshake = null;
    return at;
  }

  private readFrames(now: number, data: Uint8Array, from: number, to: number): void {
    const { reader } = this;
    for (let at = from; at < to && this.failure === '';) {
      at = reader.execute(data, at, to);
      if (at < 0) {
        this.failure = reader.error;
        return;
      }
      if (
        this.waiting &&
        !this.passesOver &&
        !(this.firstByteUs > 0) &&
        (reader.inMessage || reader.event === Event.message)
      ) {
        this.firstByteUs = now;
      }
      if (reader.event === Event.message) this.takeMessage();
      else if (reader.event === Event.ping)
        this.write(Opcode.pong, reader.body.subarray(reader.bodyFrom, reader.bodyTo));
      else if (reader.event === Event.close) this.takeClose();
    }
  }

  private takeMessage(): void {
    const { options, reader } = this;
    const { body, bodyFrom, bodyTo } = reader;
    if (!this.waiting || this.passesOver) {
      this.passesOver = false;
      this.counts.unasked++;
      if (options.unasked === 'fail') this.failure = 'WS_UNASKED';
      return;
    }
    this.waiting = false;
    this.bytes = reader.bytes;
    this.good =
      (!options.echoCheck || isEqual(body, bodyFrom, bodyTo, this.payload)) &&
      (options.check?.(body, bodyFrom, bodyTo, this.payload) ?? true) &&
      (this.ownCheck?.(body, bodyFrom, bodyTo, this.payload) ?? true);
  }

  /** RFC 6455, 5.5.1: the code comes back. Without one, 1005 stands for it (7.4.1). */
  private takeClose(): void {
    const { body, bodyFrom, bodyTo } = this.reader;
    const code = bodyTo - bodyFrom < 2 ? 1005 : (body[bodyFrom] ?? 0) * 256 + (body[bodyFrom + 1] ?? 0);
    this.write(Opcode.close, body.subarray(bodyFrom, Math.min(bodyTo, bodyFrom + 2)));
    this.failure = `WS_CLOSED_${code}`;
  }

  private answer(doneUs: number): void {
    const reusable = this.failure === '' && this.connection.isSent;
    this.listener.onAnswer(this.ordinal, this.good, 0, this.bytes, this.firstByteUs, doneUs, reusable);
  }

  private write(opcode: Opcode, payload: Uint8Array): void {
    this.connection.write(this.writer.frame(opcode, payload, this.connection.isFlushed));
  }

  private end(code: string): void {
    // The server that said it closes does so first.
    if (code.startsWith('WS_CLOSED_')) this.connection.retire();
    else this.connection.destroy();
    this.onFailed(code);
  }
}
