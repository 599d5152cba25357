import type { FrameWriter } from './frameWriter.ts';
import { writeHeaders } from './headerFrames.ts';
import { HpackEncoder, type HeaderList } from './hpackEncoder.ts';
import { PeerSettings } from './peerSettings.ts';
import { ErrorCode, FrameType, largestStreamId, largestWindowBytes } from './protocol.ts';
import type { Http2Stream } from './stream.ts';
import { StreamTable } from './streamTable.ts';
import { Uploads } from './uploads.ts';

export interface RequestStreamsOptions {
  /** The field whose value is given with each request. */
  readonly varyingHeader: string;
  /** The first request's; ids run out at 2³¹. */
  readonly firstStreamId?: number;
}

/**
 * The requests of one connection: each goes out on an id of its own as soon as the peer allows one more, its body as the windows allow.
 * Nothing is allocated for a request.
 */
export class RequestStreams {
  /** None is started any more; those under way go on. */
  isRetiring = false;
  private readonly writer: FrameWriter;
  private readonly onExhausted: () => void;
  private readonly peer = new PeerSettings();
  private readonly streams = new StreamTable();
  private readonly uploads: Uploads;
  private readonly encoder: HpackEncoder;
  /** Beyond what the peer allows at once, oldest first. */
  private readonly waiting: Http2Stream[] = [];
  private nextId: number;

  /** @param onExhausted the last id there is has been taken. */
  constructor(writer: FrameWriter, options: RequestStreamsOptions, onExhausted: () => void) {
    this.writer = writer;
    this.onExhausted = onExhausted;
    this.uploads = new Uploads(writer, this.streams.open);
    this.encoder = new HpackEncoder(options.varyingHeader);
    this.nextId = options.firstStreamId ?? 1;
  }

  /** Requests under way, those that wait among them. */
  get count(): number {
    return this.streams.size + this.waiting.length;
  }

  /** The open stream of an id, null if it is closed. */
  find(streamId: number): Http2Stream | null {
    return this.streams.find(streamId);
  }

  /** Whether no request has been made on it yet. */
  isIdle(streamId: number): boolean {
    return (streamId & 1) === 0 || streamId >= this.nextId;
  }

  /** Sends a request's head, or lets it wait for another's end. Hot path. */
  request(stream: Http2Stream, headers: HeaderList, value: string | null, ends: boolean): void {
    stream.begin(ends);
    if (this.waiting.length > 0 || this.streams.size >= this.peer.maxConcurrentStreams) {
      stream.waitingHeaders = headers;
      stream.waitingValue = value;
      this.waiting.push(stream);
    } else {
      this.start(stream, headers, value);
    }
  }

  /** Sends a piece of a request's body, when the windows allow. It is not copied. Hot path. @param ends whether it is the last. */
  send(stream: Http2Stream, data: Uint8Array, ends: boolean): void {
    if (stream.isOpen) this.uploads.send(stream, data, ends);
  }

  /** Takes what the peer allows from now on. @returns NO_ERROR, or what is wrong with it. */
  allow(data: Uint8Array, from: number, to: number): ErrorCode {
    const before = this.peer.initialWindowBytes;
    const code = this.peer.take(data, from, to);
    if (code !== ErrorCode.noError) return code;
    for (const stream of this.streams.open) {
      stream.sendWindow += this.peer.initialWindowBytes - before;
      if (stream.sendWindow > largestWindowBytes) return ErrorCode.flowControlError;
    }
    this.encoder.resize(this.peer.headerTableBytes);
    return ErrorCode.noError;
  }

  /** Of the whole connection. @returns false if the window would exceed 2³¹ − 1. */
  widen(by: number): boolean {
    return this.uploads.widen(by);
  }

  /** Sends what of the bodies can be sent by now. @returns whether that was anything. */
  pump(): boolean {
    return this.uploads.pump();
  }

  /** Starts those that waited, as many as the peer allows by now. */
  startWaiting(): void {
    while (this.waiting.length > 0 && this.streams.size < this.peer.maxConcurrentStreams && !this.isRetiring) {
      const stream = this.waiting.shift();
      if (!stream?.waitingHeaders) continue;
      this.start(stream, stream.waitingHeaders, stream.waitingValue);
      this.uploads.pump();
    }
  }

  /** Tells the peer that the rest of a request or of its answer is of no use. */
  reset(stream: Http2Stream, code: ErrorCode): void {
    if (stream.id !== 0) this.writer.words(FrameType.rstStream, stream.id, code);
  }

  /** The stream is over and free; the next one may go. */
  release(stream: Http2Stream): void {
    this.uploads.forget(stream);
    if (stream.id !== 0) this.streams.remove(stream);
    else this.waiting.splice(this.waiting.indexOf(stream), 1);
    stream.finish();
    if (this.waiting.length > 0) this.startWaiting();
  }

  /** There will be no answer: its listener is told why. */
  drop(stream: Http2Stream, code: string): void {
    if (!stream.isOpen) return;
    this.release(stream);
    stream.listener.onReset(code);
  }

  dropAll(code: string): void {
    for (const stream of [...this.streams.open, ...this.waiting]) this.drop(stream, code);
  }

  dropWaiting(code: string): void {
    for (const stream of [...this.waiting]) this.drop(stream, code);
  }

  /** Those that were sent after the one with this id. */
  dropAfter(lastStreamId: number, code: string): void {
    for (const stream of this.streams.open.filter(({ id }) => id > lastStreamId)) this.drop(stream, code);
  }

  private start(stream: Http2Stream, headers: HeaderList, value: string | null): void {
    stream.id = this.nextId;
    this.nextId += 2;
    stream.sendWindow = this.peer.initialWindowBytes;
    this.streams.add(stream);
    writeHeaders(this.writer, this.encoder, stream.id, headers, value, stream.isSent);
    if (this.nextId > largestStreamId) this.onExhausted();
  }
}
