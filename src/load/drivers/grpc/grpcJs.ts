import { Metadata, status as Status, type Channel, type StatusObject } from '@grpc/grpc-js';
import { nowUs } from '../../clock.ts';
import type { Driver, Lane, LaneListener } from '../driver.ts';
import { GrpcJsConnection } from './grpcJsConnection.ts';
import { connectionError, spoilt } from './grpcJsFailure.ts';
import { unsendable, type AnswerJudge, type GrpcOptions, type PreparedCall } from './options.ts';

const frameHead = 5;

/**
 * gRPC over @grpc/grpc-js: what the lean driver's answers are checked against, and what a Node client really waits for. A lane is one
 * call at a time on a channel; `streamsPerChannel` lanes share a channel, and a channel has a connection of its own.
 *
 * A streaming client sends its messages in order: all at once, or, where the server streams as well, each after an answer to the one
 * before. Times are those of the channel's call, below the client's own queues; they hold what grpc-js adds between there and the socket.
 */
export function newGrpcJsDriver(options: GrpcOptions): Driver {
  const connections = new Map<number, GrpcJsConnection>();
  const calls = options.calls.map((call) => ({ call, fields: metadataOf(call) }));
  const { streamsPerChannel } = options;
  return {
    lanesPerConnection: streamsPerChannel,
    open: (ordinal, listener) => {
      const at = Math.floor(ordinal / streamsPerChannel);
      let connection = connections.get(at);
      if (!connection?.isUsable) connections.set(at, (connection = new GrpcJsConnection(options)));
      return new GrpcJsLane(connection, calls, options, ordinal, listener);
    },
  };
}

interface Call {
  readonly call: PreparedCall;
  /** Where they are the same each time. */
  readonly fields: Metadata;
}

function metadataOf(call: PreparedCall): Metadata {
  const fields = new Metadata();
  for (const [name, value] of call.metadata) fields.add(name, value);
  return fields;
}

class GrpcJsLane implements Lane {
  /** grpc-js does not tell. */
  readonly localPort = 0;
  private readonly connection: GrpcJsConnection;
  private readonly calls: readonly Call[];
  private readonly options: GrpcOptions;
  private readonly ordinal: number;
  private listener: LaneListener | null;
  private call: ReturnType<Channel['createCall']> | null = null;
  private prepared: PreparedCall | null = null;
  private messagesSent = 0;
  private messagesReceived = 0;
  private bytes = 0;
  private firstByteUs = NaN;
  private answered = false;
  private messages: readonly Buffer[] = [];
  private readonly judges: readonly (AnswerJudge | null)[];
  private judge: AnswerJudge | null = null;
  private endpoint = 0;

  constructor(
    connection: GrpcJsConnection,
    calls: readonly Call[],
    options: GrpcOptions,
    ordinal: number,
    listener: LaneListener,
  ) {
    this.connection = connection;
    this.calls = calls;
    this.options = options;
    this.ordinal = ordinal;
    this.listener = listener;
    this.judges = calls.map(({ call }) => call.newJudge?.() ?? null);
    connection.add(this);
    if (connection.isReady) setImmediate(() => this.connected());
  }

  connected(): void {
    if (this.connection.isReady) this.listener?.onReady(this.ordinal);
  }

  disconnected(code: string, atUs: number): void {
    if (!this.call) this.down(code, atUs);
  }

  send(endpoint: number, sequence: number): void {
    const chosen = this.calls[endpoint];
    if (!chosen) throw new RangeError(`No call ${endpoint}.`);
    const prepared = chosen.call;
    try {
      prepared.advance?.();
    } catch {
      setImmediate(() => this.down(unsendable, nowUs()));
      return;
    }
    const { deadlineUs, traceparent } = this.options;
    const deadline = deadlineUs === null ? Infinity : Date.now() + deadlineUs / 1000;
    const call = this.connection.channel.createCall(prepared.path, deadline, null, null, null);
    this.call = call;
    this.prepared = prepared;
    this.messages = prepared.messages;
    this.endpoint = endpoint;
    const judge = this.judges[endpoint] ?? null;
    this.judge = judge;
    judge?.start(prepared.messages);
    this.messagesSent = 0;
    this.messagesReceived = 0;
    this.bytes = 0;
    this.firstByteUs = NaN;
    this.answered = false;
    const fields = prepared.advance ? metadataOf(prepared) : chosen.fields.clone();
    if (traceparent) fields.set('traceparent', traceparent(sequence));
    call.start(fields, {
      onReceiveMetadata: (metadata) => {
        this.answered = true;
        if (judge) tell(judge, metadata);
      },
      onReceiveMessage: (message: Buffer | null) => {
        if (message && this.call === call) this.received(message);
      },
      onReceiveStatus: (status) => {
        if (this.call === call) this.ended(status);
      },
    });
    this.sendNext();
    call.startRead();
  }

  destroy(): void {
    const { call } = this;
    this.listener = null;
    this.call = null;
    call?.cancelWithStatus(Status.CANCELLED, 'Timed out.');
    this.connection.remove(this);
  }

  retire(): void {
    this.destroy();
  }

  /** A call has room for one message at a time; its end may follow the last one at once. */
  private sendNext(): void {
    const { call, prepared } = this;
    if (!call || !prepared) return;
    const message = this.messages[this.messagesSent];
    if (message === undefined) {
      call.halfClose();
      return;
    }
    this.messagesSent++;
    const more = this.messagesSent < this.messages.length;
    const waits = prepared.clientStreaming && prepared.serverStreaming;
    const callback = (): void => {
      if (more && !waits && this.call === call) this.sendNext();
    };
    call.sendMessageWithContext({ callback }, message);
    if (!more && !waits) call.halfClose();
  }

  private received(message: Buffer): void {
    if (this.messagesReceived++ === 0) this.firstByteUs = nowUs();
    this.bytes += frameHead + message.length;
    this.judge?.message(message);
    if (this.prepared?.clientStreaming && this.prepared.serverStreaming) {
      if (this.messagesReceived <= this.messages.length) this.sendNext();
    }
    this.call?.startRead();
  }

  private ended(status: StatusObject): void {
    const now = nowUs();
    this.call = null;
    const lost = connectionError(status, this.answered);
    if (lost !== null) {
      // The channel has not heard of it yet, and would end the next call on the dead connection at once.
      if (lost === spoilt) this.connection.lost(lost);
      this.down(lost, now);
      return;
    }
    const single = this.prepared?.serverStreaming === false;
    const odd = status.code === Status.OK && single && this.messagesReceived !== 1;
    const told = Number.isInteger(status.code) ? status.code : Status.UNKNOWN;
    const code = odd ? Status.UNIMPLEMENTED : told;
    const firstByteUs = this.messagesReceived > 0 ? this.firstByteUs : now;
    const { ordinal, bytes, connection, endpoint, judge } = this;
    if (judge) tell(judge, status.metadata);
    if (code !== Status.OK) this.options.onFailure?.(endpoint, code, status.details);
    const good = judge ? judge.isGood(code) : code === Status.OK;
    this.listener?.onAnswer(ordinal, good, code, bytes, firstByteUs, now, connection.isUsable);
  }

  private down(code: string, atUs: number): void {
    const { listener } = this;
    this.listener = null;
    this.connection.remove(this);
    listener?.onDown(this.ordinal, code, atUs);
  }
}

function tell(judge: AnswerJudge, metadata: Metadata): void {
  for (const name of judge.headerNames) {
    const [value] = metadata.get(name);
    if (value !== undefined) judge.header(name, value.toString());
  }
}
