import { Downloads } from './downloads.ts';
import { FloodGuard } from './floodGuard.ts';
import type { FrameHandler } from './frameReader.ts';
import { checkFrameHead } from './frameRules.ts';
import { HeaderBlock } from './headerBlock.ts';
import { HpackDecoder } from './hpackDecoder.ts';
import { readUint32 } from './peerSettings.ts';
import { ErrorCode, Flag, frameHeadBytes, FrameType, largestHeaderListBytes } from './protocol.ts';
import type { Http2Stream } from './stream.ts';

/** What frames do to the connection. */
export interface FrameEffects {
  readonly readUs: number;
  /** The open stream of an id, null if it is closed. */
  find(streamId: number): Http2Stream | null;
  /** Whether no request has been made on it yet. */
  isIdle(streamId: number): boolean;
  /** A SETTINGS frame of the peer. */
  settings(data: Uint8Array, from: number, to: number): void;
  /** A PING that wants its answer. */
  ping(data: Uint8Array, from: number, to: number): void;
  goaway(lastStreamId: number, code: number): void;
  /** @returns whether anything was sent thanks to it. */
  windowUpdate(streamId: number, by: number): boolean;
  /** The answer is complete. */
  endStream(stream: Http2Stream): void;
  resetByPeer(stream: Http2Stream, code: number): void;
  /** The answer is unusable. @param name if it says more than the code. */
  resetStream(stream: Http2Stream, code: ErrorCode, name?: string): void;
  /** The connection is unusable. @param name if it says more than the code. */
  fail(code: ErrorCode, name?: string): void;
}

/** Takes the server's frames apart and holds them to the rules of RFC 9113; what they mean for the connection it tells its effects. */
export class ServerFrames implements FrameHandler {
  private readonly effects: FrameEffects;
  private readonly downloads: Downloads;
  private readonly decoder: HpackDecoder;
  private readonly block = new HeaderBlock();
  private readonly flood = new FloodGuard();
  private sawSettings = false;
  /** Of the DATA frame being read; null if it is closed. */
  private dataStream: Http2Stream | null = null;
  private dataId = 0;
  private dataEnds = false;
  private dataSeen = false;

  constructor(effects: FrameEffects, downloads: Downloads, wantedHeaders: readonly string[]) {
    this.effects = effects;
    this.downloads = downloads;
    this.decoder = new HpackDecoder(wantedHeaders);
  }

  onFrameHead(length: number, type: number, flags: number, streamId: number): boolean {
    const code = this.check(length, type, flags, streamId);
    if (code !== ErrorCode.noError) this.effects.fail(code);
    else if (type === FrameType.data) return this.beginData(length, flags, streamId);
    return code === ErrorCode.noError;
  }

  onFrame(type: number, flags: number, streamId: number, data: Uint8Array, from: number, to: number): void {
    const { effects } = this;
    switch (type) {
      case FrameType.headers:
        this.takeHeaders(this.block.begin(flags, streamId, data, from, to));
        break;
      case FrameType.continuation:
        this.takeHeaders(this.block.continue(flags, data, from, to));
        break;
      case FrameType.rstStream: {
        const stream = effects.find(streamId);
        if (stream) effects.resetByPeer(stream, readUint32(data, from));
        else this.idle();
        break;
      }
      case FrameType.settings:
        this.sawSettings = true;
        if (this.idle() && (flags & Flag.ack) === 0) effects.settings(data, from, to);
        break;
      case FrameType.ping:
        if (this.idle() && (flags & Flag.ack) === 0) effects.ping(data, from, to);
        break;
      case FrameType.goaway:
        effects.goaway(readUint32(data, from) & 0x7fffffff, readUint32(data, from + 4));
        break;
      case FrameType.windowUpdate:
        if (!effects.windowUpdate(streamId, readUint32(data, from) & 0x7fffffff)) this.idle();
        break;
      // PRIORITY, and what later RFCs may bring (5.5).
      default:
        this.idle();
    }
  }

  onDataPiece(data: Uint8Array, from: number, to: number): void {
    this.dataSeen = true;
    this.openDataStream()?.listener.onData(data, from, to);
  }

  onDataEnd(): void {
    if (this.dataSeen) this.flood.progress();
    else if (!this.dataEnds && !this.idle()) return;
    const stream = this.openDataStream();
    this.downloads.giveBack(stream, !this.dataEnds);
    if (stream && this.dataEnds) this.effects.endStream(stream);
  }

  onBadPadding(): void {
    this.effects.fail(ErrorCode.protocolError);
  }

  private check(length: number, type: number, flags: number, streamId: number): ErrorCode {
    const isContinuation = type === FrameType.continuation;
    if (!this.sawSettings && (type !== FrameType.settings || (flags & Flag.ack) !== 0)) return ErrorCode.protocolError;
    if (isContinuation !== this.block.isOpen) return ErrorCode.protocolError;
    if (isContinuation && streamId !== this.block.streamId) return ErrorCode.protocolError;
    const code = checkFrameHead(length, type, flags, streamId);
    if (code !== ErrorCode.noError) return code;
    // Only PRIORITY may come for a stream that is not there yet (5.1).
    const needsStream = type <= FrameType.rstStream || type === FrameType.windowUpdate;
    const isWrong = needsStream && type !== FrameType.priority && streamId !== 0 && this.effects.isIdle(streamId);
    return isWrong ? ErrorCode.protocolError : ErrorCode.noError;
  }

  private beginData(length: number, flags: number, streamId: number): boolean {
    const { effects } = this;
    const stream = effects.find(streamId);
    if (!this.downloads.take(length, stream)) {
      effects.fail(ErrorCode.flowControlError);
      return false;
    }
    this.dataStream = stream;
    this.dataId = streamId;
    this.dataEnds = (flags & Flag.endStream) !== 0;
    this.dataSeen = false;
    if (stream) {
      stream.bytes += length + frameHeadBytes;
      if (!stream.headSeen) {
        this.dataStream = null;
        effects.resetStream(stream, ErrorCode.protocolError);
      }
    }
    return true;
  }

  /** null also if it was given up meanwhile; the next request may be on it by now. */
  private openDataStream(): Http2Stream | null {
    return this.dataStream?.id === this.dataId ? this.dataStream : null;
  }

  private takeHeaders(code: ErrorCode): void {
    const { effects, block, decoder } = this;
    if (code !== ErrorCode.noError) {
      effects.fail(code, block.isTooLarge ? 'H2_HEADER_OVERFLOW' : undefined);
      return;
    }
    if (block.isOpen) return;
    // Also for a stream that is closed: both sides' tables must stay in step.
    if (!decoder.decode(block.data, block.from, block.to)) {
      effects.fail(ErrorCode.compressionError);
      return;
    }
    const { fields } = decoder;
    const stream = effects.find(block.streamId);
    if (!stream) {
      this.idle();
      return;
    }
    stream.bytes += block.wireBytes;
    if (fields.listBytes > largestHeaderListBytes) {
      effects.resetStream(stream, ErrorCode.enhanceYourCalm, 'H2_HEADER_OVERFLOW');
    } else if (fields.malformed || stream.headSeen === fields.status > 0) {
      // A status stands in heads and only there (8.1).
      effects.resetStream(stream, ErrorCode.protocolError);
    } else if (fields.status > 0) {
      this.takeHead(stream);
    } else {
      this.takeTrailers(stream);
    }
  }

  private takeHead(stream: Http2Stream): void {
    const { fields } = this.decoder;
    if (fields.status >= 200) {
      this.flood.progress();
      stream.headSeen = true;
      stream.listener.onHeaders(fields.status, fields);
      this.endAfterHeaders(stream);
    } else if (this.block.endsStream) {
      this.effects.resetStream(stream, ErrorCode.protocolError);
    } else {
      this.idle();
    }
  }

  private takeTrailers(stream: Http2Stream): void {
    if (!this.block.endsStream) {
      this.effects.resetStream(stream, ErrorCode.protocolError);
      return;
    }
    this.flood.progress();
    stream.listener.onTrailers(this.decoder.fields);
    this.endAfterHeaders(stream);
  }

  private endAfterHeaders(stream: Http2Stream): void {
    // Unless whoever heard of the headers has cancelled it, or even begun the next request on it.
    if (this.block.endsStream && stream.id === this.block.streamId) this.effects.endStream(stream);
  }

  /** A frame that brings no request further. @returns false if it was one too many. */
  private idle(): boolean {
    const isFlood = this.flood.idle(this.effects.readUs);
    if (isFlood) this.effects.fail(ErrorCode.enhanceYourCalm);
    return !isFlood;
  }
}
