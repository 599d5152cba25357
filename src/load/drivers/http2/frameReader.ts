import { Flag, frameHeadBytes, FrameType, ownMaxFrameBytes } from './protocol.ts';

/** Called on the hot path: plain numbers, no objects. */
export interface FrameHandler {
  /** A frame begins. @returns false to read no further: the frame may not come. */
  onFrameHead(length: number, type: number, flags: number, streamId: number): boolean;
  /** The whole payload of any frame but DATA; it is valid during the call only. */
  onFrame(type: number, flags: number, streamId: number, data: Uint8Array, from: number, to: number): void;
  /** A piece of a DATA frame's content, as it comes. */
  onDataPiece(data: Uint8Array, from: number, to: number): void;
  /** A DATA frame is complete, with its padding. */
  onDataEnd(): void;
  /** A DATA frame's padding is longer than the frame (RFC 9113 6.1). */
  onBadPadding(): void;
}

const Phase = { head: 0, paddingLength: 1, data: 2, padding: 3, payload: 4 } as const;
type Phase = (typeof Phase)[keyof typeof Phase];

/**
 * Cuts a byte stream into frames (RFC 9113 4.1). Frames that stand whole in the given buffer are handed on in place, and so is the
 * content of DATA frames, piece by piece; what is split over reads is put together in a buffer of at most one frame.
 */
export class FrameReader {
  private readonly handler: FrameHandler;
  private stopped = false;
  private phase: Phase = Phase.head;
  private carry = new Uint8Array(256);
  private carried = 0;
  private length = 0;
  private type = 0;
  private flags = 0;
  private streamId = 0;
  private dataLeft = 0;
  private paddingLeft = 0;

  constructor(handler: FrameHandler) {
    this.handler = handler;
  }

  /** Reads nothing more, not even the rest of what is being executed. */
  stop(): void {
    this.stopped = true;
  }

  /** Takes the bytes [from, to). */
  execute(data: Uint8Array, from: number, to: number): void {
    let at = from;
    while (at < to && !this.stopped) {
      switch (this.phase) {
        case Phase.head:
          at = this.takeHead(data, at, to);
          break;
        case Phase.paddingLength:
          this.takePaddingLength(data[at++] ?? 0);
          break;
        case Phase.data:
          at = this.takeData(data, at, to);
          break;
        case Phase.padding:
          at = this.skipPadding(at, to);
          break;
        case Phase.payload:
          at = this.takePayload(data, at, to);
      }
    }
  }

  private takeHead(data: Uint8Array, at: number, to: number): number {
    if (this.carried === 0 && to - at >= frameHeadBytes) {
      this.parseHead(data, at);
      return at + frameHeadBytes;
    }
    const end = this.keep(data, at, to, frameHeadBytes);
    if (this.carried === frameHeadBytes) {
      this.carried = 0;
      this.parseHead(this.carry, 0);
    }
    return end;
  }

  private parseHead(data: Uint8Array, at: number): void {
    this.length = ((data[at] ?? 0) << 16) | ((data[at + 1] ?? 0) << 8) | (data[at + 2] ?? 0);
    this.type = data[at + 3] ?? 0;
    this.flags = data[at + 4] ?? 0;
    const high = (((data[at + 5] ?? 0) & 0x7f) << 24) | ((data[at + 6] ?? 0) << 16);
    this.streamId = high | ((data[at + 7] ?? 0) << 8) | (data[at + 8] ?? 0);
    const { length, type, flags, streamId } = this;
    if (!this.handler.onFrameHead(length, type, flags, streamId) || length > ownMaxFrameBytes) this.stopped = true;
    else if (type === FrameType.data) this.beginData();
    else if (length > 0) this.phase = Phase.payload;
    else this.handler.onFrame(type, flags, streamId, data, at, at);
  }

  private beginData(): void {
    this.dataLeft = this.length;
    this.paddingLeft = 0;
    if ((this.flags & Flag.padded) === 0) this.continueData();
    else if (this.length === 0) this.handler.onBadPadding();
    else this.phase = Phase.paddingLength;
  }

  private takePaddingLength(padding: number): void {
    this.paddingLeft = padding;
    this.dataLeft = this.length - 1 - padding;
    if (this.dataLeft < 0) this.handler.onBadPadding();
    else this.continueData();
  }

  private continueData(): void {
    if (this.dataLeft > 0) {
      this.phase = Phase.data;
    } else if (this.paddingLeft > 0) {
      this.phase = Phase.padding;
    } else {
      this.phase = Phase.head;
      this.handler.onDataEnd();
    }
  }

  private takeData(data: Uint8Array, at: number, to: number): number {
    const end = Math.min(to, at + this.dataLeft);
    this.dataLeft -= end - at;
    this.handler.onDataPiece(data, at, end);
    if (this.dataLeft === 0) this.continueData();
    return end;
  }

  private skipPadding(at: number, to: number): number {
    const end = Math.min(to, at + this.paddingLeft);
    this.paddingLeft -= end - at;
    if (this.paddingLeft === 0) this.continueData();
    return end;
  }

  private takePayload(data: Uint8Array, at: number, to: number): number {
    const { type, flags, streamId, length } = this;
    if (this.carried === 0 && to - at >= length) {
      this.phase = Phase.head;
      this.handler.onFrame(type, flags, streamId, data, at, at + length);
      return at + length;
    }
    const end = this.keep(data, at, to, length);
    if (this.carried === length) {
      this.carried = 0;
      this.phase = Phase.head;
      this.handler.onFrame(type, flags, streamId, this.carry, 0, length);
    }
    return end;
  }

  /** Takes bytes into the carry until it holds `wanted`. @returns the position after the last one taken. */
  private keep(data: Uint8Array, at: number, to: number, wanted: number): number {
    const taken = Math.min(to - at, wanted - this.carried);
    if (wanted > this.carry.length) {
      const wider = new Uint8Array(Math.max(wanted, 2 * this.carry.length));
      wider.set(this.carry.subarray(0, this.carried));
      this.carry = wider;
    }
    for (let i = 0; i < taken; i++) this.carry[this.carried + i] = data[at + i] ?? 0;
    this.carried += taken;
    return at + taken;
  }
}
