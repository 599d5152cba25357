import { entryOverhead, staticTable } from './hpackStatic.ts';
import { encodeHuffman, huffmanLength } from './huffman.ts';
import { headerTableBytes } from './protocol.ts';

export type HeaderField = readonly [name: string, value: string];

/** The fields of a request. */
export interface HeaderList {
  readonly fields: readonly HeaderField[];
  /** It will be sent many times: worth keeping its coded form, and entering all its fields in the dynamic table. */
  readonly isKept: boolean;
  /** When coded, in whatever way. */
  readonly mostBytes: number;
}

const keyOf = (name: string, value: string): string => `${name}\0${value}`;
const staticEntries = new Map(staticTable.map(([name, value], index) => [keyOf(name, value), index + 1]));
/** The last of a name; any serves. */
const staticNames = new Map(staticTable.map(([name], index) => [name, index + 1]));

/** What never varies is among the first fields of the first requests. */
const mostSeen = 256;

/** An integer that tells a length or an index, coded. */
const mostIntegerBytes = 6;

/** @param fields pseudo-headers first, names in lower case, one char an octet. @param isKept see HeaderList. */
export function newHeaderList(fields: readonly HeaderField[], isKept: boolean): HeaderList {
  const mostBytes = fields.reduce((sum, [name, value]) => sum + name.length + value.length + 3 * mostIntegerBytes, 0);
  return { fields, isKept, mostBytes };
}

interface CachedBlock {
  readonly bytes: Uint8Array;
  /** How much the dynamic table held when it was made: its indices are right as long as that is so. */
  readonly inserted: number;
}

/**
 * Writes header blocks (RFC 7541). Fields that will come again enter the peer's dynamic table as long as there is room, and nothing
 * is ever evicted: so the indices settle, and from its second request on a kind of request is a few bytes made once.
 * One further field may have another value each time.
 */
export class HpackEncoder {
  private readonly varying: string;
  private limit = headerTableBytes;
  private size = 0;
  private inserted = 0;
  /** Entry numbers, from 1, by name and value, and by name alone. */
  private readonly entries = new Map</* name, NUL, value */ string, number>();
  private readonly names = new Map<string, number>();
  private readonly blocks = new Map<HeaderList, CachedBlock>();
  /** Fields of lists that are not kept, sent once so far: a second time makes them worth an entry. */
  private readonly seen = new Set<string>();
  private resized = false;

  /** @param varying name of the field whose value is given with each request. */
  constructor(varying: string) {
    this.varying = varying;
  }

  /** The peer's SETTINGS_HEADER_TABLE_SIZE: the next block says that the table was emptied and how large it is now (4.2). */
  resize(peerLimit: number): void {
    const limit = Math.min(peerLimit, headerTableBytes);
    if (limit === this.limit) return;
    this.limit = limit;
    this.size = 0;
    this.inserted = 0;
    this.entries.clear();
    this.names.clear();
    this.blocks.clear();
    this.resized = true;
  }

  /** @returns an upper bound of what `encode` writes. */
  room(list: HeaderList, value: string | null): number {
    const varying = value === null ? 0 : this.varying.length + value.length + 3 * mostIntegerBytes;
    return 2 * mostIntegerBytes + list.mostBytes + varying;
  }

  /**
   * Writes the block into `out` from `at` on. Hot path.
   * @param value of the varying field, null for none.
   * @returns the block's end.
   */
  encode(list: HeaderList, value: string | null, out: Uint8Array, at: number): number {
    let end = at;
    if (this.resized) {
      this.resized = false;
      out[end++] = 0x20;
      end = writeInteger(out, end, 0x20, 0x1f, this.limit);
    }
    const cached = this.blocks.get(list);
    const block = cached?.inserted === this.inserted ? cached.bytes : this.make(list);
    out.set(block, end);
    end += block.length;
    return value === null ? end : this.writeVarying(value, out, end);
  }

  private make(list: HeaderList): Uint8Array {
    const out = new Uint8Array(list.mostBytes);
    const { inserted } = this;
    let end = 0;
    for (const [name, value] of list.fields) end = this.writeField(name, value, list.isKept, out, end);
    const bytes = out.slice(0, end);
    // A block that added entries is right only once: the next one refers to them.
    if (list.isKept && this.inserted === inserted) this.blocks.set(list, { bytes, inserted });
    return bytes;
  }

  private writeField(name: string, value: string, isKept: boolean, out: Uint8Array, at: number): number {
    const key = keyOf(name, value);
    const exact = staticEntries.get(key);
    const entry = this.entries.get(key);
    if (exact !== undefined) return writeInteger(out, at, 0x80, 0x7f, exact);
    if (entry !== undefined) return writeInteger(out, at, 0x80, 0x7f, this.index(entry));
    const nameIndex = this.nameIndex(name);
    const adds = (isKept || this.isSeenAgain(key)) && this.add(name, value);
    let end = adds ? writeInteger(out, at, 0x40, 0x3f, nameIndex) : writeInteger(out, at, 0, 0x0f, nameIndex);
    if (nameIndex === 0) end = writeString(out, end, name);
    return writeString(out, end, value);
  }

  private isSeenAgain(key: string): boolean {
    if (this.seen.has(key)) return true;
    if (this.seen.size < mostSeen) this.seen.add(key);
    return false;
  }

  private writeVarying(value: string, out: Uint8Array, at: number): number {
    const nameIndex = this.nameIndex(this.varying);
    let end = at;
    // Added for its name: the values after it are literals.
    if (nameIndex === 0 && this.add(this.varying, value)) {
      end = writeString(out, writeInteger(out, end, 0x40, 0x3f, 0), this.varying);
    } else {
      end = writeInteger(out, end, 0, 0x0f, nameIndex);
      if (nameIndex === 0) end = writeString(out, end, this.varying);
    }
    end = writeInteger(out, end, 0, 0x7f, value.length);
    for (let i = 0; i < value.length; i++) out[end++] = value.charCodeAt(i);
    return end;
  }

  private index(entry: number): number {
    return staticTable.length + 1 + this.inserted - entry;
  }

  /** 0 where the name is in neither table. */
  private nameIndex(name: string): number {
    const entry = this.names.get(name);
    return entry === undefined ? (staticNames.get(name) ?? 0) : this.index(entry);
  }

  private add(name: string, value: string): boolean {
    const size = name.length + value.length + entryOverhead;
    if (this.size + size > this.limit) return false;
    this.size += size;
    this.inserted++;
    this.entries.set(keyOf(name, value), this.inserted);
    this.names.set(name, this.inserted);
    return true;
  }
}

/** RFC 7541 5.1. @param pattern above the prefix. @param mask of the prefix. @returns the end. */
function writeInteger(out: Uint8Array, at: number, pattern: number, mask: number, value: number): number {
  let end = at;
  if (value < mask) {
    out[end++] = pattern | value;
    return end;
  }
  out[end++] = pattern | mask;
  let rest = value - mask;
  for (; rest >= 0x80; rest >>>= 7) out[end++] = (rest & 0x7f) | 0x80;
  out[end++] = rest;
  return end;
}

/** RFC 7541 5.2, coded if that is shorter. */
function writeString(out: Uint8Array, at: number, text: string): number {
  const plain = Buffer.from(text, 'latin1');
  const isShorter = huffmanLength(plain) < plain.length;
  const bytes = isShorter ? encodeHuffman(plain) : plain;
  const end = writeInteger(out, at, isShorter ? 0x80 : 0, 0x7f, bytes.length);
  out.set(bytes, end);
  return end + bytes.length;
}
