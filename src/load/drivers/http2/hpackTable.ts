import { entryOverhead } from './hpackStatic.ts';
import { headerTableBytes } from './protocol.ts';

const slots = headerTableBytes / entryOverhead;

/**
 * The decoder's dynamic table (RFC 7541 2.3.2 and 4): a ring of at most 4096 ÷ 32 entries. Of each it keeps only what can be
 * asked for again: which wanted name it has, how much it counts, and its value if that is wanted.
 */
export class HpackTable {
  private limit = headerTableBytes;
  private size = 0;
  private count = 0;
  /** Slot of the newest entry. */
  private newest = 0;
  private readonly names = new Int16Array(slots);
  private readonly nameSizes = new Int32Array(slots);
  private readonly sizes = new Int32Array(slots);
  private readonly values = new Array<Uint8Array | null>(slots).fill(null);

  /** @returns the slot of an index counted from 0, the newest; -1 if there is none. */
  slot(index: number): number {
    return index < this.count ? (this.newest - index + slots) % slots : -1;
  }

  name(slot: number): number {
    return this.names[slot] ?? 0;
  }

  /** Octets of the name. */
  nameSize(slot: number): number {
    return this.nameSizes[slot] ?? 0;
  }

  /** What the entry counts, overhead included. */
  entrySize(slot: number): number {
    return this.sizes[slot] ?? 0;
  }

  /** null where nobody wanted it. */
  value(slot: number): Uint8Array | null {
    return this.values[slot] ?? null;
  }

  add(name: number, nameSize: number, valueSize: number, value: Uint8Array | null): void {
    const size = nameSize + valueSize + entryOverhead;
    this.evict(Math.max(0, this.limit - size));
    // An entry that exceeds the table empties it and is not an error (4.4).
    if (size > this.limit) return;
    this.newest = (this.newest + 1) % slots;
    this.names[this.newest] = name;
    this.nameSizes[this.newest] = nameSize;
    this.sizes[this.newest] = size;
    this.values[this.newest] = value;
    this.size += size;
    this.count++;
  }

  /** @returns false if the peer may not choose it: more than was allowed. */
  resize(limit: number): boolean {
    if (limit > headerTableBytes) return false;
    this.limit = limit;
    this.evict(limit);
    return true;
  }

  private evict(until: number): void {
    while (this.size > until) {
      const oldest = this.slot(this.count - 1);
      this.size -= this.entrySize(oldest);
      this.values[oldest] = null;
      this.count--;
    }
  }
}
