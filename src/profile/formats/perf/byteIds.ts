import { Int32Column } from '../../columns.ts';

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
  private kept = new Uint8Array(65536);
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
    const id = this.hashes.length;
    this.slots[slot] = id;
    this.hashes.push(hash);
    this.keep(buffer, from, gapFrom);
    this.keep(buffer, gapTo, to);
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
