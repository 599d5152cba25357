import type { FrameWriter } from './frameWriter.ts';
import { Flag, FrameType, initialWindowBytes, largestWindowBytes, ownMaxFrameBytes } from './protocol.ts';
import type { Http2Stream } from './stream.ts';

/** More than this in the socket, and bodies wait until it has drained: memory stays bounded whatever the windows allow. */
const mostPendingBytes = 1 << 20;

/** Sends bodies as the peer's windows allow (RFC 9113 5.2 and 6.9), streams in turn, a frame each. */
export class Uploads {
  private readonly writer: FrameWriter;
  private readonly streams: readonly Http2Stream[];
  private window = initialWindowBytes;
  /** Streams with a queue. */
  private queued = 0;

  /** @param streams the open ones, as they are at any time. */
  constructor(writer: FrameWriter, streams: readonly Http2Stream[]) {
    this.writer = writer;
    this.streams = streams;
  }

  /** Hot path. @param data not copied: it must stay as it is until the request has ended. @param ends the request with it. */
  send(stream: Http2Stream, data: Uint8Array, ends: boolean): void {
    const { length } = data;
    const fits = length <= ownMaxFrameBytes && length <= this.window && length <= stream.sendWindow;
    if (stream.id !== 0 && stream.queue.length === 0 && (fits || length === 0) && !this.isClogged()) {
      this.write(stream, data, 0, length, ends);
    } else {
      if (stream.queue.length === 0) this.queued++;
      stream.queue.push(data);
      stream.queueEnds = ends;
      if (stream.id !== 0) this.pump();
    }
  }

  /** @returns false if the window would exceed 2³¹ − 1. */
  widen(by: number): boolean {
    this.window += by;
    return this.window <= largestWindowBytes;
  }

  /** Sends what can be sent by now. @returns whether that was anything. */
  pump(): boolean {
    let sent = false;
    for (let moved = true; moved && this.queued > 0;) {
      moved = false;
      for (let place = 0; place < this.streams.length && !this.isClogged(); place++) {
        const stream = this.streams[place];
        if (stream && stream.queue.length > 0 && this.sendPiece(stream)) moved = true;
      }
      sent ||= moved;
    }
    return sent;
  }

  /** The stream is about to end, whatever is still queued. */
  forget(stream: Http2Stream): void {
    if (stream.queue.length > 0) this.queued--;
  }

  private isClogged(): boolean {
    return this.writer.pendingBytes > mostPendingBytes;
  }

  /** @returns whether anything was sent. */
  private sendPiece(stream: Http2Stream): boolean {
    const [piece] = stream.queue;
    if (!piece) return false;
    const from = stream.queueFrom;
    const most = Math.min(ownMaxFrameBytes, this.window, stream.sendWindow);
    const to = Math.min(piece.length, from + Math.max(0, most));
    if (to === from && piece.length > from) return false;
    stream.queueFrom = to;
    if (to === piece.length) {
      stream.queue.shift();
      stream.queueFrom = 0;
      if (stream.queue.length === 0) this.queued--;
    }
    this.write(stream, piece, from, to, stream.queueEnds && stream.queue.length === 0);
    return true;
  }

  private write(stream: Http2Stream, data: Uint8Array, from: number, to: number, ends: boolean): void {
    this.window -= to - from;
    stream.sendWindow -= to - from;
    stream.isSent = ends;
    const piece = from === 0 && to === data.length ? data : data.subarray(from, to);
    this.writer.frame(FrameType.data, ends ? Flag.endStream : 0, stream.id, piece);
  }
}
