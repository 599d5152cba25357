import { connectivityState, Metadata, status as Status, type Channel, type StatusObject } from '@grpc/grpc-js';
import { nowUs } from '../../clock.ts';
import type { Driver, Lane, LaneListener } from '../driver.ts';
import { newChannel } from './grpcJsChannel.ts';
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
  const connections = new Map<number, Connection>();
  const calls = options.calls.map((call) => ({ call, fields: metadataOf(call) }));
  const { streamsPerChannel } = options;
  return {
    lanesPerConnection: streamsPerChannel,
    open: (ordinal, listener) => {
      const at = Math.floor(ordinal / streamsPerChannel);
      let connection = connections.get(at);
      if (!connection?.isUsable) connections.set(at, (connection = new Connection(options)));
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

/** A channel, closed once no lane is on it. */
class Connection {
  readonly channel: Channel;
  /** False once it is lost, closing or was never had: what is on it may end, new lanes get another. */
  isUsable = true;
  private readonly lanes = new Set<GrpcJsLane>();
  private readonly options: GrpcOptions;
  private wasReady = false;

  constructor(options: GrpcOptions) {
    this.options = options;
    this.channel = newChannel(options.target, { 'grpc.max_receive_message_length': options.maxAnswerBytes });
    this.watch();
  }

  get isReady(): boolean {
    return this.isUsable && this.wasReady;
  }

  add(lane: GrpcJsLane): void {
    this.lanes.add(lane);
  }

  /** A lane that is replaced at once keeps the connection. */
  remove(lane: GrpcJsLane): void {
    this.lanes.delete(lane);
    setImmediate(() => {
      if (this.lanes.size > 0) return;
      this.isUsable = false;
      this.channel.close();
    });
  }

  private watch(): void {
    const state = this.channel.getConnectivityState(true);
    if (state === connectivityState.READY && !this.wasReady) {
      this.wasReady = true;
      for (const lane of this.lanes) lane.connected();
    } else if (state === connectivityState.TRANSIENT_FAILURE || state === connectivityState.SHUTDOWN) {
      this.explain();
      return;
    } else if (state === connectivityState.IDLE && this.wasReady) {
      this.lost('CLOSED');
      return;
    }
    const deadline = this.wasReady ? Infinity : Date.now() + this.options.connectTimeoutUs / 1000;
    this.channel.watchConnectivityState(state, deadline, (error) => {
      if (!this.isUsable) return;
      if (error) this.lost('ETIMEDOUT');
      else this.watch();
    });
  }

  /** A channel that cannot connect says why only to a call, which it ends without sending anything. */
  private explain(): void {
    const call = this.channel.createCall(this.options.calls[0]?.path ?? '/', Infinity, null, null, null);
    call.start(new Metadata(), {
      onReceiveMetadata: () => undefined,
      onReceiveMessage: () => undefined,
      onReceiveStatus: (status) => this.lost(errorCode(status.details)),
    });
    call.halfClose();
  }

  /** Idle lanes are down; those with a call on them hear it from their call. */
  lost(code: string): void {
    if (!this.isUsable) return;
    this.isUsable = false;
    const atUs = nowUs();
    for (const lane of this.lanes) lane.disconnected(code, atUs);
  }
}

class GrpcJsLane implements Lane {
  /** grpc-js does not tell. */
  readonly localPort = 0;
  private readonly connection: Connection;
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
    connection: Connection,
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

/** Frames came that HTTP/2 has no sense for; which rule they broke grpc-js does not tell. */
const spoilt = 'H2_PROTOCOL_ERROR';

/**
 * grpc-js makes UNAVAILABLE of a connection that was refused or lost, which a server may also answer with; only the server's carries
 * metadata or comes after it. Of one that its own HTTP/2 gave up it makes INTERNAL.
 * @returns null if the status is the server's.
 */
function connectionError({ code, details, metadata }: StatusObject, answered: boolean): string | null {
  if (code === Status.INTERNAL && /^Received RST_STREAM .* triggered by internal client error/.test(details))
    return spoilt;
  if (code !== Status.UNAVAILABLE || Object.keys(metadata.getMap()).length > 0) return null;
  if (/^(Stream refused by server|Received HTTP status code)/.test(details)) return null;
  if (answered && !/^(Connection dropped|read |write )/.test(details)) return null;
  return errorCode(details);
}

function errorCode(details: string): string {
  if (details === 'Connection dropped') return 'CLOSED';
  return /\b(E[A-Z]{4,}|ERR_[A-Z0-9_]+)\b/.exec(details)?.[1] ?? 'UNAVAILABLE';
}
