import { Downloads } from './downloads.ts';
import { FrameReader } from './frameReader.ts';
import { FrameWriter, settingsPayload, type Output } from './frameWriter.ts';
import { writeHeaders } from './headerFrames.ts';
import { HpackEncoder, type HeaderList } from './hpackEncoder.ts';
import { PeerSettings } from './peerSettings.ts';
import {
  ErrorCode,
  errorName,
  Flag,
  FrameType,
  headerTableBytes,
  initialWindowBytes,
  largestHeaderListBytes,
  largestStreamId,
  largestWindowBytes,
  preface,
  Setting,
} from './protocol.ts';
import { ServerFrames, type FrameEffects } from './serverFrames.ts';
import type { Http2Stream } from './stream.ts';
import { StreamTable } from './streamTable.ts';
import { Uploads } from './uploads.ts';

/** Of a stream; a connection's is four times as large. So large that a server hardly ever waits for us. */
const defaultWindowBytes = 16 << 20;

export interface Http2ConnectionOptions {
  /** Names, lower case, whose values the listeners want; their indices are what HeaderFields takes. */
  readonly wantedHeaders: readonly string[];
  /** The field whose value is given with each request. */
  readonly varyingHeader: string;
  /** What a stream's answer may take before some is given back. */
  readonly windowBytes?: number;
  /** The first request's; ids run out at 2³¹. */
  readonly firstStreamId?: number;
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
 * Output. Nothing is allocated for a request. Errors are named `H2_` and the RFC's word, the peer's and ours alike.
 */
export class Http2Connection implements FrameEffects {
  /** Of the read being taken apart, µs. */
  readUs = 0;
  isOpen = false;
  /** It takes no more requests. */
  isRetiring = false;
  isClosed = false;
  private readonly listener: ConnectionListener;
  private readonly writer: FrameWriter;
  private readonly reader: FrameReader;
  private readonly peer = new PeerSettings();
  private readonly streams = new StreamTable();
  private readonly uploads: Uploads;
  private readonly encoder: HpackEncoder;
  /** Requests beyond what the peer allows at once, oldest first. */
  private readonly waiting: Http2Stream[] = [];
  private nextId: number;

  constructor(output: Output, options: Http2ConnectionOptions, listener: ConnectionListener) {
    this.listener = listener;
    this.writer = new FrameWriter(output);
    this.uploads = new Uploads(this.writer, this.streams.open);
    this.encoder = new HpackEncoder(options.varyingHeader);
    this.nextId = options.firstStreamId ?? 1;
    const streamWindow = options.windowBytes ?? defaultWindowBytes;
    const window = Math.max(4 * streamWindow, initialWindowBytes);
    const downloads = new Downloads(this.writer, streamWindow, window);
    this.reader = new FrameReader(new ServerFrames(this, downloads, options.wantedHeaders));
    this.greet(streamWindow, window);
  }

  /** Requests under way. */
  get openStreams(): number {
    return this.streams.size + this.waiting.length;
  }

  /**
   * Sends a request's head. Hot path. Beyond the number that the peer allows at once it waits for another's end.
   * @param value of the varying header, null for none.
   * @param ends whether no body follows.
   */
  request(stream: Http2Stream, headers: HeaderList, value: string | null, ends: boolean): void {
    if (this.isRetiring || this.isClosed) throw new Error('The connection takes no more requests.');
    stream.begin(ends);
    if (this.waiting.length > 0 || this.streams.size >= this.peer.maxConcurrentStreams) {
      stream.waitingHeaders = headers;
      stream.waitingValue = value;
      this.waiting.push(stream);
    } else {
      this.start(stream, headers, value);
    }
  }

  /** Sends a piece of a request's body, when the windows allow. It is not copied. @param ends whether it is the last. */
  send(stream: Http2Stream, data: Uint8Array, ends: boolean): void {
    if (stream.isOpen) this.uploads.send(stream, data, ends);
  }

  /** Gives a request up; its listener hears nothing more. */
  cancel(stream: Http2Stream): void {
    if (!stream.isOpen) return;
    if (stream.id !== 0) this.writer.words(FrameType.rstStream, stream.id, ErrorCode.cancel);
    this.release(stream);
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
    this.uploads.pump();
  }

  /** The socket is gone, or shall go. */
  closed(code: string): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.isRetiring = true;
    this.reader.stop();
    this.listener.onClosed(code);
    for (const stream of [...this.streams.open, ...this.waiting]) this.drop(stream, code);
  }

  /** Says goodbye. Nobody hears of it: for when no request is under way any more. @param peerCloses see Output. */
  close(peerCloses: boolean): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.isRetiring = true;
    this.reader.stop();
    this.writer.words(FrameType.goaway, 0, 0, ErrorCode.noError);
    this.writer.end(peerCloses);
  }

  find(streamId: number): Http2Stream | null {
    return this.streams.find(streamId);
  }

  isIdle(streamId: number): boolean {
    return (streamId & 1) === 0 || streamId >= this.nextId;
  }

  settings(data: Uint8Array, from: number, to: number): void {
    const before = this.peer.initialWindowBytes;
    const code = this.peer.take(data, from, to);
    if (code !== ErrorCode.noError) {
      this.fail(code);
      return;
    }
    for (const stream of this.streams.open) {
      stream.sendWindow += this.peer.initialWindowBytes - before;
      if (stream.sendWindow > largestWindowBytes) {
        this.fail(ErrorCode.flowControlError);
        return;
      }
    }
    this.encoder.resize(this.peer.headerTableBytes);
    this.writer.frame(FrameType.settings, Flag.ack, 0, new Uint8Array(0));
    this.startWaiting();
    this.uploads.pump();
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
    for (const stream of this.streams.open.filter(({ id }) => id > lastStreamId)) this.drop(stream, name);
    this.finishIfDrained();
  }

  windowUpdate(streamId: number, by: number): boolean {
    const stream = this.streams.find(streamId);
    if (stream) stream.sendWindow += by;
    if (streamId === 0) {
      if (by === 0) this.fail(ErrorCode.protocolError);
      else if (!this.uploads.widen(by)) this.fail(ErrorCode.flowControlError);
    } else if (stream && by === 0) {
      this.resetStream(stream, ErrorCode.protocolError);
    } else if (stream && stream.sendWindow > largestWindowBytes) {
      this.resetStream(stream, ErrorCode.flowControlError);
    }
    return !this.isClosed && this.uploads.pump();
  }

  endStream(stream: Http2Stream): void {
    // The answer is there, the request is not wholly sent: the rest is of no use to anyone (8.1).
    if (!stream.isSent) this.writer.words(FrameType.rstStream, stream.id, ErrorCode.cancel);
    this.release(stream);
    stream.listener.onEnd();
    this.finishIfDrained();
  }

  resetByPeer(stream: Http2Stream, code: number): void {
    this.drop(stream, `H2_${errorName(code)}`);
    this.finishIfDrained();
  }

  resetStream(stream: Http2Stream, code: ErrorCode, name = `H2_${errorName(code)}`): void {
    this.writer.words(FrameType.rstStream, stream.id, code);
    this.drop(stream, name);
    this.finishIfDrained();
  }

  fail(code: ErrorCode, name = `H2_${errorName(code)}`): void {
    if (this.isClosed) return;
    this.writer.words(FrameType.goaway, 0, 0, code);
    this.writer.end(false);
    this.closed(name);
  }

  private greet(streamWindow: number, window: number): void {
    this.writer.raw(new TextEncoder().encode(preface));
    const settings = settingsPayload([
      [Setting.headerTableSize, headerTableBytes],
      [Setting.enablePush, 0],
      [Setting.initialWindowSize, streamWindow],
      [Setting.maxHeaderListSize, largestHeaderListBytes],
    ]);
    this.writer.frame(FrameType.settings, 0, 0, settings);
    this.writer.words(FrameType.windowUpdate, 0, window - initialWindowBytes);
  }

  private start(stream: Http2Stream, headers: HeaderList, value: string | null): void {
    stream.id = this.nextId;
    this.nextId += 2;
    stream.sendWindow = this.peer.initialWindowBytes;
    this.streams.add(stream);
    writeHeaders(this.writer, this.encoder, stream.id, headers, value, stream.isSent);
    if (this.nextId > largestStreamId) this.retire('H2_STREAM_IDS');
  }

  private startWaiting(): void {
    while (this.waiting.length > 0 && this.streams.size < this.peer.maxConcurrentStreams && !this.isRetiring) {
      const stream = this.waiting.shift();
      if (!stream?.waitingHeaders) continue;
      this.start(stream, stream.waitingHeaders, stream.waitingValue);
      this.uploads.pump();
    }
  }

  /** The stream is over and free; the next one may go. */
  private release(stream: Http2Stream): void {
    this.uploads.forget(stream);
    if (stream.id !== 0) this.streams.remove(stream);
    else this.waiting.splice(this.waiting.indexOf(stream), 1);
    stream.finish();
    if (this.waiting.length > 0) this.startWaiting();
  }

  private drop(stream: Http2Stream, code: string): void {
    if (!stream.isOpen) return;
    this.release(stream);
    stream.listener.onReset(code);
  }

  private retire(code: string): void {
    if (this.isRetiring) return;
    this.isRetiring = true;
    this.listener.onRetiring(code);
    for (const stream of [...this.waiting]) this.drop(stream, code);
  }

  private finishIfDrained(): void {
    if (this.isRetiring && this.openStreams === 0) this.close(true);
  }
}
