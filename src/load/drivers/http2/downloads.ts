import type { FrameWriter } from './frameWriter.ts';
import { FrameType } from './protocol.ts';
import type { Http2Stream } from './stream.ts';

/**
 * Keeps the server's windows open (RFC 9113 5.2 and 6.9): what was received is given back in big steps, half a window at a time,
 * since it has been used up as soon as it was read.
 */
export class Downloads {
  private readonly writer: FrameWriter;
  private readonly streamWindow: number;
  private readonly connectionWindow: number;
  private received = 0;

  constructor(writer: FrameWriter, streamWindow: number, connectionWindow: number) {
    this.writer = writer;
    this.streamWindow = streamWindow;
    this.connectionWindow = connectionWindow;
  }

  /**
   * A DATA frame of so many bytes begins, padding included.
   * @param stream null where it is closed already: the connection's window counts nevertheless.
   * @returns false if that was more than we allowed.
   */
  take(bytes: number, stream: Http2Stream | null): boolean {
    this.received += bytes;
    if (stream) stream.receivedBytes += bytes;
    return this.received <= this.connectionWindow && (stream?.receivedBytes ?? 0) <= this.streamWindow;
  }

  /** The frame is complete. @param more is to come on this stream. */
  giveBack(stream: Http2Stream | null, more: boolean): void {
    if (this.received * 2 >= this.connectionWindow) {
      this.writer.words(FrameType.windowUpdate, 0, this.received);
      this.received = 0;
    }
    if (stream && more && stream.receivedBytes * 2 >= this.streamWindow) {
      this.writer.words(FrameType.windowUpdate, stream.id, stream.receivedBytes);
      stream.receivedBytes = 0;
    }
  }
}
