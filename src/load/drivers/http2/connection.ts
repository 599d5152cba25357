import { Downloads } from './downloads.ts';
import { FrameReader } from './frameReader.ts';
import { FrameWriter, type Output } from './frameWriter.ts';
import { greet } from './greeting.ts';
import type { HeaderList } from './hpackEncoder.ts';
import { ErrorCode, errorName, Flag, FrameType, initialWindowBytes, largestWindowBytes } from './protocol.ts';
import { RequestStreams, type RequestStreamsOptions } from './requestStreams.ts';
import { ServerFrames, type FrameEffects } from './serverFrames.ts';
import type { Http2Stream } from './stream.ts';

/** Of a stream; a connection's is four times as large. So large that a server hardly ever waits for us. */
const defaultWindowBytes = 16 << 20;

export interface Http2ConnectionOptions extends RequestStreamsOptions {
  /** Names, lower case, whose values the listeners want; their indices are what HeaderFields takes. */
  readonly wantedHeaders: readonly string[];
  /** What a stream's answer may take before some is given back. */
  readonly windowBytes?: number;
}

export interface ConnectionListener {
  /** The server's SETTINGS came: it speaks HTTP/2 and has said what it allows. */
  onOpen(): void;
  /** It takes no more requests; those under way go on. @param code `GOAWAY…`, or `H2_STREAM_IDS` when ids have run out. */
  onRetiring(code: string): void;
  /** It is over. Called before the requests under way are told. @param code e.g. `H2_PROTOCOL_ERROR`, `ECONNRESET`. */
  onClosed(code: string): void;
}

/**
 * The client's side of one HTTP/2 connection (RFC 9113), apart from its socket: bytes come in by `receive` and go out through an
 * Output. This is its life, and what the server's frames do to it; what becomes of its requests is with RequestStreams. Errors are named
 * `H2_` and the RFC's word, the peer's and ours alike.
 */
export class Http2Connection implements FrameEffects {
  /** Of the read being taken apart, µs. */
  readUs = 0;
  isOpen = false;
  isClosed = false;
  private readonly listener: ConnectionListener;
  private readonly writer: FrameWriter;
  private readonly reader: FrameReader;
  private readonly requests: RequestStreams;

  constructor(output: Output, options: Http2ConnectionOptions, listener: ConnectionListener) {
    this.listener = listener;
    this.writer = new FrameWriter(output);
    this.requests = new RequestStreams(this.writer, options, () => this.retire('H2_STREAM_IDS'));
    const streamWindow = options.windowBytes ?? defaultWindowBytes;
    const window = Math.max(4 * streamWindow, initialWindowBytes);
    const downloads = new Downloads(this.writer, streamWindow, window);
    this.reader = new FrameReader(new ServerFrames(this, downloads, options.wantedHeaders));
    greet(this.writer, streamWindow, window);
  }

  /** It takes no more requests. */
  get isRetiring(): boolean {
    return this.requests.isRetiring;
  }

  /** Requests under way. */
  get openStreams(): number {
    return this.requests.count;
  }

  /**
   * Sends a request's head. Hot path. Beyond the number that the peer allows at once it waits for another's end.
   * @param value of the varying header, null for none.
   * @param ends whether no body follows.
   */
  request(stream: Http2Stream, headers: HeaderList, value: string | null, ends: boolean): void {
    if (this.isRetiring || this.isClosed) throw new Error('The connection takes no more requests.');
    this.requests.request(stream, headers, value, ends);
  }

  /** Sends a piece of a request's body, when the windows allow. It is not copied. @param ends whether it is the last. */
  send(stream: Http2Stream, data: Uint8Array, ends: boolean): void {
    this.requests.send(stream, data, ends);
  }

  /** Gives a request up; its listener hears nothing more. */
  cancel(stream: Http2Stream): void {
    if (!stream.isOpen) return;
    this.requests.reset(stream, ErrorCode.cancel);
    this.requests.release(stream);
    this.finishIfDrained();
  }

  /** Bytes came. They may be overwritten afterwards. @param atUs now, on the monotonic clock. */
  receive(data: Uint8Array, from: number, to: number, atUs: number): void {
    if (this.isClosed) return;
    this.readUs = atUs;
    // Answers bring requests: all that this read brings goes out in one write.
    this.writer.hold();
    this.reader.execute(data, from, to);
    this.writer.release();
  }

  /** The socket has taken what was pending. */
  drained(): void {
    this.requests.pump();
  }

  /** The socket is gone, or shall go. */
  closed(code: string): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.requests.isRetiring = true;
    this.reader.stop();
    this.listener.onClosed(code);
    this.requests.dropAll(code);
  }

  /** Says goodbye. Nobody hears of it: for when no request is under way any more. @param peerCloses see Output. */
  close(peerCloses: boolean): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.requests.isRetiring = true;
    this.reader.stop();
    this.writer.words(FrameType.goaway, 0, 0, ErrorCode.noError);
    this.writer.end(peerCloses);
  }

  find(streamId: number): Http2Stream | null {
    return this.requests.find(streamId);
  }

  isIdle(streamId: number): boolean {
    return this.requests.isIdle(streamId);
  }

  settings(data: Uint8Array, from: number, to: number): void {
    const code = this.requests.allow(data, from, to);
    if (code !== ErrorCode.noError) {
      this.fail(code);
      return;
    }
    this.writer.frame(FrameType.settings, Flag.ack, 0, new Uint8Array(0));
    this.requests.startWaiting();
    this.requests.pump();
    if (this.isOpen) return;
    this.isOpen = true;
    this.listener.onOpen();
  }

  ping(data: Uint8Array, from: number, to: number): void {
    this.writer.frame(FrameType.ping, Flag.ack, 0, data.subarray(from, to));
  }

  goaway(lastStreamId: number, code: number): void {
    const name = code === ErrorCode.noError ? 'GOAWAY' : `GOAWAY_${errorName(code)}`;
    this.retire(name);
    // The server has not looked at these and never will (6.8).
    this.requests.dropAfter(lastStreamId, name);
    this.finishIfDrained();
  }

  windowUpdate(streamId: number, by: number): boolean {
    const stream = this.requests.find(streamId);
    if (stream) stream.sendWindow += by;
    if (streamId === 0) {
      if (by === 0) this.fail(ErrorCode.protocolError);
      else if (!this.requests.widen(by)) this.fail(ErrorCode.flowControlError);
    } else if (stream && by === 0) {
      this.resetStream(stream, ErrorCode.protocolError);
    } else if (stream && stream.sendWindow > largestWindowBytes) {
      this.resetStream(stream, ErrorCode.flowControlError);
    }
    return !this.isClosed && this.requests.pump();
  }

  endStream(stream: Http2Stream): void {
    // The answer is there, the request is not wholly sent: the rest is of no use to anyone (8.1).
    if (!stream.isSent) this.requests.reset(stream, ErrorCode.cancel);
    this.requests.release(stream);
    stream.listener.onEnd();
    this.finishIfDrained();
  }

  resetByPeer(stream: Http2Stream, code: number): void {
    this.requests.drop(stream, `H2_${errorName(code)}`);
    this.finishIfDrained();
  }

  resetStream(stream: Http2Stream, code: ErrorCode, name = `H2_${errorName(code)}`): void {
    this.requests.reset(stream, code);
    this.requests.drop(stream, name);
    this.finishIfDrained();
  }

  fail(code: ErrorCode, name = `H2_${errorName(code)}`): void {
    if (this.isClosed) return;
    this.writer.words(FrameType.goaway, 0, 0, code);
    this.writer.end(false);
    this.closed(name);
  }

  private retire(code: string): void {
    if (this.isRetiring) return;
    this.requests.isRetiring = true;
    this.listener.onRetiring(code);
    this.requests.dropWaiting(code);
  }

  private finishIfDrained(): void {
    if (this.isRetiring && this.openStreams === 0) this.close(true);
  }
}
