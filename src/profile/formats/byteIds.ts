import { Int32Column } from '../columns.ts';

const newline = 0x0a;
/** `+0`, the first byte lowest. */
const plusZero = 0x302b;
const longestGap = 24;

/**
 * Numbers pieces of text by their bytes, without making strings of them. A piece may have a gap (an offset that differs from
 * sample to sample and is no part of the name): it is two ranges of one buffer.
 */
export class ByteIds {
  /** Where hashes start. A file can't be written so that its names collide: it differs each time. */
  readonly seed = Math.trunc(Math.random() * 2 ** 32) | 0;
  private slots = new Int32Array(4096).fill(-1);
  private mask = 4095;
  private readonly hashes = new Int32Column();
  private readonly starts = new Int32Column();
  /** Where the gap is in each piece. */
  private readonly gaps = new Int32Column();
  private kept = new Uint8Array(65536);
  private keptView = new DataView(this.kept.buffer);
  private keptLength = 0;

  constructor() {
    this.starts.push(0);
  }

  get size(): number {
    return this.hashes.length;
  }

  /** Bytes kept to compare with. */
  get bytes(): number {
    return this.keptLength;
  }

  /**
   * The number of buffer[from…gapFrom) followed by buffer[gapTo…to): `size` before the call if it is new.
   * @param hash FNV-1a over the same bytes from `seed`: the caller has just walked over them and had it for nothing.
   */
  idOf(buffer: Uint8Array, from: number, gapFrom: number, gapTo: number, to: number, hash: number): number {
    let slot = (hash ^ (hash >>> 15)) & this.mask;
    for (;;) {
      const id = this.slots[slot] ?? -1;
      if (id < 0) break;
      if (this.hashes.at(id) === hash && this.equals(id, buffer, from, gapFrom, gapTo, to)) return id;
      slot = (slot + 1) & this.mask;
    }
    this.keep(buffer, from, gapFrom);
    this.gaps.push(this.keptLength);
    this.keep(buffer, gapTo, to);
    return this.settle(slot, hash);
  }

  /**
   * The number of a piece without a gap, four bytes at a time: for long ones that nobody has walked over. The pieces of one instance are all
   * numbered this way, or none: their hashes are others.
   */
  idOfLong(view: DataView, from: number, to: number): number {
    let hash = this.seed;
    let at = from;
    for (; at + 4 <= to; at += 4) {
      hash = Math.imul(hash ^ view.getInt32(at, true), 0x85ebca6b);
      hash ^= hash >>> 13;
    }
    for (; at < to; at++) hash = Math.imul(hash ^ view.getUint8(at), 0x01000193);
    let slot = (hash ^ (hash >>> 15)) & this.mask;
    for (;;) {
      const id = this.slots[slot] ?? -1;
      if (id < 0) break;
      const start = this.starts.at(id);
      const end = this.starts.at(id + 1);
      if (this.hashes.at(id) === hash && end - start === to - from && this.sameBytes(start, end, view, from)) return id;
      slot = (slot + 1) & this.mask;
    }
    this.keep(new Uint8Array(view.buffer, view.byteOffset, view.byteLength), from, to);
    this.gaps.push(this.keptLength);
    return this.settle(slot, hash);
  }

  /** Gives what was just kept the next number. */
  private settle(slot: number, hash: number): number {
    const id = this.hashes.length;
    this.slots[slot] = id;
    this.hashes.push(hash);
    this.starts.push(this.keptLength);
    if (id * 2 > this.mask) this.grow();
    return id;
  }

  /** For a piece that nobody has walked over yet. */
  idOfRange(buffer: Uint8Array, from: number, to: number): number {
    let hash = this.seed;
    for (let at = from; at < to; at++) hash = Math.imul(hash ^ (buffer[at] ?? 0), 0x01000193);
    return this.idOf(buffer, from, to, to, to, hash);
  }

  /**
   * Whether a known piece stands here, a gap of `+0x` and hexadecimal digits where it has one, and the line ends behind it.
   * @returns where the next line begins, or −1.
   */
  match(id: number, view: DataView, from: number): number {
    const start = this.starts.at(id);
    const gap = this.gaps.at(id);
    const end = this.starts.at(id + 1);
    // What is close to the end of the buffer takes the careful way.
    if (from + end - start + longestGap >= view.byteLength) return -1;
    if (!this.sameBytes(start, gap, view, from)) return -1;
    let at = from + gap - start;
    if (gap < end) {
      if (view.getUint16(at, true) !== plusZero || view.getUint8(at + 2) !== 0x78) return -1;
      at += 3;
      const digits = at;
      for (let byte = view.getUint8(at); isHexDigit(byte) && at - digits < 16; byte = view.getUint8(++at));
      if (at === digits || !this.sameBytes(gap, end, view, at)) return -1;
      at += end - gap;
    }
    return view.getUint8(at) === newline ? at + 1 : -1;
  }

  /** kept[start…end) against the bytes from `at`, four at a time. */
  private sameBytes(start: number, end: number, view: DataView, at: number): boolean {
    const { keptView } = this;
    let own = start;
    let other = at;
    for (; own + 4 <= end; own += 4, other += 4) {
      if (keptView.getInt32(own, true) !== view.getInt32(other, true)) return false;
    }
    for (; own < end; own++, other++) if (keptView.getUint8(own) !== view.getUint8(other)) return false;
    return true;
  }

  private equals(id: number, buffer: Uint8Array, from: number, gapFrom: number, gapTo: number, to: number): boolean {
    const kept = this.kept;
    let at = this.starts.at(id);
    if (this.starts.at(id + 1) - at !== gapFrom - from + to - gapTo) return false;
    for (let byte = from; byte < gapFrom; byte++) if (buffer[byte] !== kept[at++]) return false;
    for (let byte = gapTo; byte < to; byte++) if (buffer[byte] !== kept[at++]) return false;
    return true;
  }

  private keep(buffer: Uint8Array, from: number, to: number): void {
    const length = this.keptLength + to - from;
    if (length > this.kept.length) {
      const grown = new Uint8Array(Math.max(length, this.kept.length * 2));
      grown.set(this.kept);
      this.kept = grown;
      this.keptView = new DataView(grown.buffer);
    }
    this.kept.set(buffer.subarray(from, to), this.keptLength);
    this.keptLength = length;
  }

  private grow(): void {
    this.mask = this.mask * 2 + 1;
    this.slots = new Int32Array(this.mask + 1).fill(-1);
    for (let id = 0; id < this.hashes.length; id++) {
      const hash = this.hashes.at(id);
      let slot = (hash ^ (hash >>> 15)) & this.mask;
      while ((this.slots[slot] ?? -1) >= 0) slot = (slot + 1) & this.mask;
      this.slots[slot] = id;
    }
  }
}

function isHexDigit(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66);
}
