import { connectivityState, Metadata, type Channel } from '@grpc/grpc-js';
import { nowUs } from '../../clock.ts';
import { newChannel } from './grpcJsChannel.ts';
import { errorCode } from './grpcJsFailure.ts';
import type { GrpcOptions } from './options.ts';

/** A lane as its connection sees it. */
interface ConnectedLane {
  connected(): void;
  /** A lane with a call on it hears of it from its call. */
  disconnected(code: string, atUs: number): void;
}

/** A channel, closed once no lane is on it. */
export class GrpcJsConnection {
  readonly channel: Channel;
  /** False once it is lost, closing or was never had: what is on it may end, new lanes get another. */
  isUsable = true;
  private readonly lanes = new Set<ConnectedLane>();
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

  add(lane: ConnectedLane): void {
    this.lanes.add(lane);
  }

  /** A lane that is replaced at once keeps the connection. */
  remove(lane: ConnectedLane): void {
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
