import { nowUs } from '../../clock.ts';
import type { LaneListener } from '../driver.ts';
import type { HeaderFields } from '../http2/headerFields.ts';
import type { LaneHost } from '../http2/sharedConnections.ts';
import { StreamLane } from '../http2/streamLane.ts';
import type { Deadlines } from './deadlines.ts';
import { MessageReader } from './messageReader.ts';
import type { LeanCall } from './leanCall.ts';
import { unsendable, type AnswerJudge, type GrpcOptions, type PreparedCall } from './options.ts';
import { decodeGrpcMessage, GrpcStatus, statusOfHttp, statusOfReset } from './wireStatus.ts';

const ownHeaders = ['grpc-status', 'grpc-message', 'content-type'];
const Wanted = { status: 0, message: 1, contentType: 2 } as const;
const nothing = new Uint8Array(0);

/** The fields that lanes read of heads and trailers; their places in HeaderFields. */
export function wantedHeadersOf(calls: readonly PreparedCall[]): readonly string[] {
  const judged = calls.flatMap(({ newJudge }) => newJudge?.().headerNames ?? []);
  return [...new Set([...ownHeaders, ...judged])];
}

export interface LeanSettings {
  readonly calls: readonly LeanCall[];
  readonly options: GrpcOptions;
  readonly deadlines: Deadlines<LeanLane> | null;
  readonly wantedHeaders: readonly string[];
}

/** A stream slot that carries one call at a time. */
export class LeanLane extends StreamLane {
  deadlineAtUs = 0;
  private readonly settings: LeanSettings;
  private readonly reader: MessageReader;
  private readonly judges: readonly (AnswerJudge | null)[];
  private call: LeanCall | null = null;
  private pieces: readonly Buffer[] = [];
  private judge: AnswerJudge | null = null;
  private endpoint = 0;
  private piecesSent = 0;
  private httpStatus = 0;
  /** The head says that messages follow. */
  private isGrpc = false;
  /** −1 before it is told. */
  private status = -1;
  private message = '';
  private firstByteUs = NaN;

  constructor(host: LaneHost, settings: LeanSettings, ordinal: number, listener: LaneListener) {
    super(host, ordinal, listener);
    this.settings = settings;
    this.reader = new MessageReader(settings.options.maxAnswerBytes);
    this.judges = settings.calls.map(({ newJudge }) => newJudge?.() ?? null);
  }

  /** Hot path. */
  send(endpoint: number, sequence: number): void {
    const { calls, options, deadlines } = this.settings;
    const call = calls[endpoint];
    if (!call) throw new RangeError(`No call ${endpoint}.`);
    this.isIdle = false;
    try {
      call.advance?.();
    } catch {
      setImmediate(() => this.down(unsendable, nowUs()));
      return;
    }
    this.call = call;
    this.pieces = call.pieces;
    this.judge = this.judges[endpoint] ?? null;
    this.judge?.start(call.messages);
    this.endpoint = endpoint;
    this.piecesSent = 0;
    this.httpStatus = 0;
    this.isGrpc = false;
    this.status = -1;
    this.message = '';
    this.firstByteUs = NaN;
    this.reader.start(this.judge);
    const trace = options.traceparent ? options.traceparent(sequence) : null;
    this.host.connection.request(this.stream, call.headers, trace, false);
    this.sendNext();
    deadlines?.begin(this);
  }

  override destroy(): void {
    this.settings.deadlines?.end(this);
    super.destroy();
  }

  override down(code: string, atUs: number): void {
    this.settings.deadlines?.end(this);
    super.down(code, atUs);
  }

  /** Past its deadline. */
  expire(): void {
    this.giveUp(GrpcStatus.deadlineExceeded, 'Deadline exceeded.', nowUs());
  }

  onHeaders(status: number, fields: HeaderFields): void {
    this.httpStatus = status;
    this.isGrpc = status === 200 && (fields.text(Wanted.contentType) ?? '').startsWith('application/grpc');
    // An answer may be one head alone: then that is its trailers too.
    this.takeStatus(fields);
  }

  /** Hot path. */
  onData(data: Uint8Array, from: number, to: number): void {
    if (!this.isGrpc) return;
    const { reader, call } = this;
    const { readUs } = this.host.connection;
    if (!(this.firstByteUs > 0)) this.firstByteUs = readUs;
    const before = reader.messages;
    const result = reader.read(data, from, to);
    if (result === 'too big') {
      this.giveUp(GrpcStatus.resourceExhausted, 'The message is too big.', readUs);
    } else if (result === 'compressed') {
      this.host.connection.cancel(this.stream);
      this.down('GRPC_COMPRESSED', readUs);
    } else if (call?.waits) {
      for (let received = before; received < reader.messages; received++) this.sendNext();
    }
  }

  onTrailers(fields: HeaderFields): void {
    this.takeStatus(fields);
  }

  onEnd(): void {
    this.answer(this.status < 0 ? this.missingStatus() : this.status, this.host.connection.readUs);
  }

  onReset(code: string): void {
    const { connection } = this.host;
    // What ends a stream alone is an answer of the server; a goodbye or a lost connection is none.
    if (connection.isClosed || !code.startsWith('H2_')) this.down(code, nowUs());
    else if (code === 'H2_NO_ERROR') this.onEnd();
    else this.answer(statusOfReset(code), connection.readUs, code);
  }

  /** The next piece; the call's end goes with the last one, or, where each waits for an answer, after the answer to it. */
  private sendNext(): void {
    const { pieces, host } = this;
    const piece = pieces[this.piecesSent++];
    const ends = this.call?.waits === false && this.piecesSent === pieces.length;
    if (piece) host.connection.send(this.stream, piece, ends);
    else if (this.piecesSent === pieces.length + 1) host.connection.send(this.stream, nothing, true);
  }

  private takeStatus(fields: HeaderFields): void {
    if (this.judge) for (const name of this.judge.headerNames) this.tell(this.judge, name, fields);
    const text = fields.text(Wanted.status);
    if (text === null) return;
    const code = fields.integer(Wanted.status);
    this.status = code < 0 ? GrpcStatus.unknown : code;
    if (code !== 0 && this.settings.options.onFailure) this.message = fields.text(Wanted.message) ?? '';
  }

  private tell(judge: AnswerJudge, name: string, fields: HeaderFields): void {
    const value = fields.text(this.settings.wantedHeaders.indexOf(name));
    if (value !== null) judge.header(name, value);
  }

  private missingStatus(): number {
    if (this.httpStatus === 200 && this.isGrpc) return GrpcStatus.internal;
    return statusOfHttp(this.httpStatus);
  }

  /** Ends the call before the server does; the stream is free for the next one. */
  private giveUp(status: number, message: string, atUs: number): void {
    this.host.connection.cancel(this.stream);
    this.message = message;
    this.answer(status, atUs);
  }

  private answer(told: number, doneUs: number, message = decodeGrpcMessage(this.message)): void {
    const { call, reader, stream, settings } = this;
    const { isRetiring } = this.host.connection;
    let status = told;
    if (told === GrpcStatus.ok && !reader.isWhole) status = GrpcStatus.internal;
    else if (told === GrpcStatus.ok && !call?.serverStreaming && reader.messages !== 1)
      status = GrpcStatus.unimplemented;
    const good = this.judge ? this.judge.isGood(status) : status === GrpcStatus.ok;
    const firstByteUs = this.firstByteUs > 0 ? this.firstByteUs : doneUs;
    settings.deadlines?.end(this);
    this.isIdle = !isRetiring;
    if (status !== GrpcStatus.ok) settings.options.onFailure?.(this.endpoint, status, message);
    this.listener?.onAnswer(this.ordinal, good, status, stream.bytes, firstByteUs, doneUs, !isRetiring);
  }
}
