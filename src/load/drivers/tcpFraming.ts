import { Carry } from './carry.ts';

/** How a message's end is known. */
export type Framing =
  /** A length goes before each message, requests too. @property includesHeader whether it counts its own bytes. */
  | {
      readonly kind: 'length';
      readonly bytes: 1 | 2 | 4 | 8;
      readonly endian: 'big' | 'little';
      readonly includesHeader: boolean;
    }
  /** Each message ends with these bytes (at least one), requests too. */
  | { readonly kind: 'delimiter'; readonly bytes: Uint8Array }
  /** Each answer has this many bytes (at least one). */
  | { readonly kind: 'fixed'; readonly bytes: number }
  /** The answer (at least one byte) ends when the peer closes. */
  | { readonly kind: 'close' };

/** Above it an answer is refused as MESSAGE_TOO_LARGE. */
const longestMessage = 64 * 1024 * 1024;

/**
 * A request as it goes over the wire: with its length before it, or its delimiter after it (unless it ends with that already).
 * @returns null if its length does not fit the prefix.
 */
export function frameMessage(framing: Framing, payload: Uint8Array): Uint8Array | null {
  switch (framing.kind) {
    case 'length':
      return withLength(framing, payload);
    case 'delimiter':
      return endsWith(payload, framing.bytes) ? payload : Buffer.concat([payload, framing.bytes]);
    case 'fixed':
    case 'close':
      return payload;
  }
}

/** The part of a request that an echo of it carries as its body. */
export function bodyOf(framing: Framing, payload: Uint8Array): Uint8Array {
  return framing.kind === 'delimiter' && endsWith(payload, framing.bytes)
    ? payload.subarray(0, payload.length - framing.bytes.length)
    : payload;
}

/**
 * Finds the end of an answer in pieces of any size. Nothing is allocated while answers come whole; bodies are kept only if somebody
 * looks at them, and then put together in a buffer that stays.
 */
export class MessageReader {
  complete = false;
  /** Of this answer so far, framing included. */
  bytes = 0;
  /** MESSAGE_TOO_LARGE, INVALID_LENGTH (shorter than its own prefix), UNEXPECTED_EOF; empty unless failed. */
  error = '';
  /** Where a complete answer's body is, if bodies are kept: [bodyFrom, bodyTo) of `body`, until the next call. */
  body: Uint8Array = new Uint8Array(0);
  bodyFrom = 0;
  bodyTo = 0;
  private readonly framing: Framing;
  private readonly keepsBodies: boolean;
  private readonly longest: number;
  private readonly headBytes: number;
  private readonly tailBytes: number;
  private readonly carry = new Carry();
  /** Of a delimiter: for each number of its bytes that match, how many still do if the next one doesn't (Knuth, Morris, Pratt). */
  private readonly fallback: Uint32Array;
  private headLeft = 0;
  private bodyLeft = 0;
  private length = 0;
  /** What the next byte of the length counts for. */
  private place = 1;
  private matched = 0;

  constructor(framing: Framing, keepsBodies: boolean, longest = longestMessage) {
    this.framing = framing;
    this.keepsBodies = keepsBodies;
    this.longest = longest;
    this.headBytes = framing.kind === 'length' ? framing.bytes : 0;
    this.tailBytes = framing.kind === 'delimiter' ? framing.bytes.length : 0;
    this.fallback = framing.kind === 'delimiter' ? fallbackOf(framing.bytes) : new Uint32Array(0);
  }

  /** Prepares for the next answer. */
  start(): void {
    const { framing } = this;
    this.complete = false;
    this.bytes = 0;
    this.error = '';
    this.headLeft = this.headBytes;
    this.bodyLeft = framing.kind === 'fixed' ? framing.bytes : 0;
    this.length = 0;
    this.place = 1;
    this.matched = 0;
    this.carry.clear();
  }

  /**
   * Takes the bytes [from, to).
   * @returns the position after the last byte that belongs to this answer: less than `to` only if it is complete. -1 if the answer
   * is refused, see `error`.
   */
  execute(data: Uint8Array, from: number, to: number): number {
    const { framing } = this;
    let end = to;
    if (framing.kind === 'delimiter') end = this.findDelimiter(framing.bytes, data, from, to);
    else if (framing.kind !== 'close') end = this.takeCounted(data, from, to);
    this.bytes += end - from;
    if (this.bytes > this.longest) this.error = 'MESSAGE_TOO_LARGE';
    if (this.error !== '') return -1;
    if (this.keepsBodies) this.keep(data, from, end);
    return end;
  }

  /** The peer has closed. @returns whether the answer is complete with that. */
  finish(): boolean {
    if (this.error !== '') return false;
    if (this.framing.kind === 'close' && this.bytes > 0) {
      this.complete = true;
      this.showCarried();
    }
    if (!this.complete) this.error = 'UNEXPECTED_EOF';
    return this.complete;
  }

  private takeCounted(data: Uint8Array, from: number, to: number): number {
    let at = from;
    while (this.headLeft > 0 && at < to) this.takeLengthByte(data[at++] ?? 0);
    if (this.headLeft > 0 || this.error !== '') return at;
    const taken = Math.min(this.bodyLeft, to - at);
    this.bodyLeft -= taken;
    this.complete = this.bodyLeft === 0;
    return at + taken;
  }

  private takeLengthByte(byte: number): void {
    const { framing } = this;
    if (framing.kind !== 'length') return;
    if (framing.endian === 'big') {
      this.length = this.length * 256 + byte;
    } else {
      this.length += byte * this.place;
      this.place *= 256;
    }
    if (--this.headLeft > 0) return;
    this.bodyLeft = framing.includesHeader ? this.length - framing.bytes : this.length;
    if (this.bodyLeft < 0) this.error = 'INVALID_LENGTH';
    // Said by its length already: no need to wait for the bytes. (Doubles are exact as far as this matters.)
    if (this.bodyLeft + framing.bytes > this.longest) this.error = 'MESSAGE_TOO_LARGE';
  }

  private findDelimiter(delimiter: Uint8Array, data: Uint8Array, from: number, to: number): number {
    let { matched } = this;
    let at = from;
    while (at < to && matched < delimiter.length) {
      const byte = data[at++];
      while (matched > 0 && byte !== delimiter[matched]) matched = this.fallback[matched] ?? 0;
      if (byte === delimiter[matched]) matched++;
    }
    this.matched = matched;
    this.complete = matched === delimiter.length;
    return at;
  }

  private keep(data: Uint8Array, from: number, end: number): void {
    if (this.complete && this.carry.length === 0) {
      this.body = data;
      this.bodyFrom = from + this.headBytes;
      this.bodyTo = end - this.tailBytes;
      return;
    }
    this.carry.add(data, from, end);
    if (this.complete) this.showCarried();
  }

  private showCarried(): void {
    this.body = this.carry.data;
    this.bodyFrom = this.headBytes;
    this.bodyTo = this.carry.length - this.tailBytes;
  }
}

function withLength(framing: Extract<Framing, { kind: 'length' }>, payload: Uint8Array): Uint8Array | null {
  const { bytes, endian, includesHeader } = framing;
  const length = payload.length + (includesHeader ? bytes : 0);
  if (length >= 256 ** bytes) return null;
  const framed = new Uint8Array(bytes + payload.length);
  for (let i = 0, rest = length; i < bytes; i++, rest = Math.floor(rest / 256)) {
    framed[endian === 'big' ? bytes - 1 - i : i] = rest % 256;
  }
  framed.set(payload, bytes);
  return framed;
}

function endsWith(payload: Uint8Array, end: Uint8Array): boolean {
  const start = payload.length - end.length;
  return start >= 0 && end.every((byte, i) => payload[start + i] === byte);
}

/** fallback[n]: the longest proper prefix of the first n bytes that is also their end. */
function fallbackOf(pattern: Uint8Array): Uint32Array {
  const fallback = new Uint32Array(pattern.length + 1);
  for (let i = 1, matched = 0; i < pattern.length; i++) {
    while (matched > 0 && pattern[i] !== pattern[matched]) matched = fallback[matched] ?? 0;
    if (pattern[i] === pattern[matched]) matched++;
    fallback[i + 1] = matched;
  }
  return fallback;
}
