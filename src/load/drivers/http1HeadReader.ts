import type { AnswerListener } from './answerListener.ts';
import { cr, httpVersion1, lf } from './http1Bytes.ts';
import { Http1Head } from './http1Head.ts';

/** Above it the answer is refused as HPE_HEADER_OVERFLOW. Node's own limit is 16 KiB; some servers send more in cookies. */
const longestHead = 64 * 1024;
/** The last head up to this size is remembered. */
const longestKnownHead = 1024;

/**
 * Finds heads in pieces of any size: one that is split over reads is put together in a buffer that stays.
 *
 * A service's answers mostly begin with the same bytes (for as long as their Date is the same): a head that equals the one before it
 * says the same, so that comparing the two does for parsing it, in an eighth of the time.
 */
export class Http1HeadReader {
  /** As the last whole head says. */
  readonly head = new Http1Head();
  /** The last read brought a head to its end. */
  isWhole = false;
  /** Empty unless failed; llhttp's name. */
  error = '';
  private carry = new Uint8Array(1024);
  private carried = 0;
  /** The last head that was parsed: what it set is still as it set it. */
  private readonly known = new Uint8Array(longestKnownHead);
  private knownLength = 0;

  /** Prepares for the next answer. */
  start(): void {
    this.isWhole = false;
    this.error = '';
    this.carried = 0;
  }

  /**
   * Takes the bytes [at, to). Hot path.
   * @param listener hears of the headers it asks for.
   * @returns the position after the last one that belongs to the head.
   */
  execute(data: Uint8Array, at: number, to: number, listener: AnswerListener | null): number {
    this.isWhole = false;
    if (this.carried === 0) {
      const { knownLength } = this;
      const mayBeKnown = knownLength > 0 && knownLength <= to - at && !(listener && listener.headerNames.length > 0);
      if (mayBeKnown && isSame(data, at, this.known, knownLength)) {
        this.isWhole = true;
        return at + knownLength;
      }
      const end = headEnd(data, at, at, to);
      if (end >= 0) {
        if (end - at > longestHead) this.error = 'HPE_HEADER_OVERFLOW';
        else this.parse(data, at, end, listener);
        return end;
      }
    }
    return this.put(data, at, to, listener);
  }

  /** Puts a piece to those before it. */
  private put(data: Uint8Array, at: number, to: number, listener: AnswerListener | null): number {
    const before = this.carried;
    const taken = Math.min(to - at, longestHead + 1 - before);
    if (before + taken > this.carry.length) {
      const wider = new Uint8Array(Math.min(longestHead + 1, Math.max(this.carry.length * 2, before + taken)));
      wider.set(this.carry.subarray(0, before));
      this.carry = wider;
    }
    this.carry.set(data.subarray(at, at + taken), before);
    this.carried += taken;
    const end = headEnd(this.carry, 0, Math.max(0, before - 3), this.carried);
    if (end < 0) {
      if (this.carried > longestHead) this.error = 'HPE_HEADER_OVERFLOW';
      else if (!startsLikeHttp(this.carry, this.carried)) this.error = 'HPE_INVALID_CONSTANT';
      return at + taken;
    }
    this.carried = 0;
    this.parse(this.carry, 0, end, listener);
    return at + (end - before);
  }

  private parse(data: Uint8Array, from: number, end: number, listener: AnswerListener | null): void {
    const { head, known } = this;
    head.parse(data, from, end, listener);
    this.error = head.error;
    this.isWhole = head.error === '';
    this.knownLength = this.isWhole && end - from <= longestKnownHead ? end - from : 0;
    for (let i = 0; i < this.knownLength; i++) known[i] = data[from + i] ?? 0;
  }
}

/** Hot path. */
function isSame(data: Uint8Array, at: number, known: Uint8Array, length: number): boolean {
  for (let i = 0; i < length; i++) if (data[at + i] !== known[i]) return false;
  return true;
}

/** Position after the empty line that ends a head starting at `start`, searched from `from`; -1 if it is not there yet. */
function headEnd(data: Uint8Array, start: number, from: number, to: number): number {
  for (let i = from; i < to; i++) {
    if (data[i] !== lf) continue;
    const previous = i - start >= 1 ? data[i - 1] : 0;
    const beforeThat = i - start >= 2 ? data[i - 2] : 0;
    // Empty lines before the status line are passed over (RFC 9112 2.2).
    if ((previous === lf || (previous === cr && beforeThat === lf)) && !isAllBlank(data, start, i)) return i + 1;
  }
  return -1;
}

function isAllBlank(data: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (data[i] !== cr && data[i] !== lf) return false;
  return true;
}

/** So that garbage is refused at once, not when it has filled the buffer or the wait is over. */
function startsLikeHttp(data: Uint8Array, length: number): boolean {
  let start = 0;
  while (start < length && (data[start] === cr || data[start] === lf)) start++;
  for (let i = start; i < Math.min(length, start + httpVersion1.length); i++) {
    if (data[i] !== httpVersion1[i - start]) return false;
  }
  return true;
}
