import { malformed } from './fields.ts';

/**
 * Reads protocol buffers (protobuf.dev/programming-guides/encoding) field by field without building objects:
 *
 *     const end = reader.enter();
 *     while (reader.next(end)) if (reader.field === 1) id = reader.uint(); else reader.skip();
 *
 * Every fault is FORMAT_MALFORMED with its byte.
 */
export class ProtoReader {
  /** Number of the field that `next` found. */
  field = 0;
  /** Where the next byte is read. */
  at: number;
  private wire = 0;
  private fieldAt = 0;
  private readonly bytes: Uint8Array;
  private readonly limit: number;

  constructor(bytes: Uint8Array, at = 0, limit = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.limit = limit;
  }

  /** Steps to the next field of the message that ends at `end`; false at its end. */
  next(end: number = this.limit): boolean {
    if (this.at === end) return false;
    this.fieldAt = this.at;
    const tag = this.varint();
    this.field = Math.floor(tag / 8);
    this.wire = tag % 8;
    if (this.at > end || this.field === 0) throw this.broken();
    return true;
  }

  /** Steps into a message, a text or a packed list; returns where it ends. */
  enter(): number {
    if (this.wire !== 2) throw this.broken();
    const length = this.varint();
    const end = this.at + length;
    if (end > this.limit) throw malformed(`it is cut off at byte ${this.limit}, inside the field at ${this.fieldAt}`);
    return end;
  }

  /** An unsigned number; above 2^53 the nearest double. */
  uint(): number {
    if (this.wire !== 0) throw this.broken();
    return this.varint();
  }

  /** A number of type int64. */
  int(): number {
    if (this.wire !== 0) throw this.broken();
    return this.signed();
  }

  /** An unsigned number of any size, exactly: what a key must be. */
  key(): number | bigint {
    if (this.wire !== 0) throw this.broken();
    return this.exact();
  }

  /** A repeated number, packed or not, each handed to `take`. */
  keys(take: (key: number | bigint) => void): void {
    if (this.wire === 0) {
      take(this.exact());
      return;
    }
    const end = this.enter();
    while (this.at < end) take(this.exact());
    if (this.at > end) throw this.broken();
  }

  /** As `keys`, of type int64. */
  ints(take: (value: number) => void): void {
    if (this.wire === 0) {
      take(this.signed());
      return;
    }
    const end = this.enter();
    while (this.at < end) take(this.signed());
    if (this.at > end) throw this.broken();
  }

  skip(): void {
    if (this.wire === 0) this.varint();
    else if (this.wire === 2) this.at = this.enter();
    else if (this.wire === 1) this.at += 8;
    else if (this.wire === 5) this.at += 4;
    else throw this.broken();
    if (this.at > this.limit) throw this.cut();
  }

  private exact(): number | bigint {
    const start = this.at;
    const value = this.varint();
    if (value <= Number.MAX_SAFE_INTEGER) return value;
    let exact = 0n;
    for (let at = this.at - 1; at >= start; at--) exact = exact * 128n + BigInt((this.bytes[at] ?? 0) & 127);
    return BigInt.asUintN(64, exact);
  }

  private signed(): number {
    const start = this.at;
    const value = this.varint();
    if (this.at - start < 10) return value;
    // Negative: ten bytes. The upper 36 bits first, so that small numbers stay exact.
    let upper = 0;
    for (let at = start + 9; at >= start + 4; at--) upper = upper * 128 + ((this.bytes[at] ?? 0) & 127);
    let lower = 0;
    for (let at = start + 3; at >= start; at--) lower = lower * 128 + ((this.bytes[at] ?? 0) & 127);
    upper %= 2 ** 36;
    return (upper >= 2 ** 35 ? upper - 2 ** 36 : upper) * 2 ** 28 + lower;
  }

  private varint(): number {
    let value = 0;
    let factor = 1;
    for (let count = 0; count < 10; count++) {
      if (this.at >= this.limit) throw this.cut();
      const byte = this.bytes[this.at++] ?? 0;
      if (byte < 128) return value + byte * factor;
      value += (byte - 128) * factor;
      factor *= 128;
    }
    throw this.broken();
  }

  private broken(): Error {
    return malformed(`the field at byte ${this.fieldAt} is none of its format`);
  }

  private cut(): Error {
    return malformed(`it is cut off at byte ${this.limit}`);
  }
}
