import { ErrorCode, Flag, frameHeadBytes, largestHeaderListBytes } from './protocol.ts';

/** CONTINUATION frames of one block; servers send as few as they can, a flood sends empty ones without end. */
const mostContinuations = 256;

/**
 * Puts a header block together from a HEADERS frame and what CONTINUATION frames follow it (RFC 9113 6.2 and 6.10). A block in one
 * frame is left where it stands.
 */
export class HeaderBlock {
  /** A CONTINUATION of it must be the next frame. */
  isOpen = false;
  streamId = 0;
  endsStream = false;
  /** The block is [from, to) of `data`, once it is no longer open. */
  data: Uint8Array = new Uint8Array(0);
  from = 0;
  to = 0;
  /** Of the frames it came in. */
  wireBytes = 0;
  /** More was sent than a head may have. */
  isTooLarge = false;
  private carry = new Uint8Array(0);
  private continuations = 0;

  /** The payload [from, to) of a HEADERS frame. @returns NO_ERROR or what is wrong. */
  begin(flags: number, streamId: number, data: Uint8Array, from: number, to: number): ErrorCode {
    let start = from;
    let end = to;
    if ((flags & Flag.padded) !== 0) end -= data[start++] ?? 0;
    if ((flags & Flag.priority) !== 0) start += 5;
    if (start > end || ((flags & Flag.padded) !== 0 && from === to)) return ErrorCode.protocolError;
    this.streamId = streamId;
    this.endsStream = (flags & Flag.endStream) !== 0;
    this.isOpen = (flags & Flag.endHeaders) === 0;
    this.wireBytes = frameHeadBytes + to - from;
    this.data = data;
    this.from = start;
    this.to = end;
    if (!this.isOpen) return ErrorCode.noError;
    this.continuations = 0;
    this.data = this.carry;
    this.from = 0;
    this.to = 0;
    return this.append(data, start, end);
  }

  /** The payload [from, to) of a CONTINUATION frame. @returns NO_ERROR or what is wrong. */
  continue(flags: number, data: Uint8Array, from: number, to: number): ErrorCode {
    this.isOpen = (flags & Flag.endHeaders) === 0;
    this.wireBytes += frameHeadBytes + to - from;
    if (++this.continuations > mostContinuations) return ErrorCode.enhanceYourCalm;
    return this.append(data, from, to);
  }

  private append(data: Uint8Array, from: number, to: number): ErrorCode {
    const end = this.to + to - from;
    this.isTooLarge = end > largestHeaderListBytes;
    if (this.isTooLarge) return ErrorCode.enhanceYourCalm;
    if (end > this.carry.length) {
      const wider = new Uint8Array(Math.min(largestHeaderListBytes, Math.max(end, 2 * this.carry.length)));
      wider.set(this.carry.subarray(0, this.to));
      this.carry = wider;
      this.data = wider;
    }
    this.carry.set(data.subarray(from, to), this.to);
    this.to = end;
    return ErrorCode.noError;
  }
}
