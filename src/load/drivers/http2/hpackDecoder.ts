import { HeaderFields, NameId } from './headerFields.ts';
import { entryOverhead, staticTable } from './hpackStatic.ts';
import { HpackTable } from './hpackTable.ts';
import { decodeHuffman } from './huffman.ts';
import { largestHeaderListBytes } from './protocol.ts';

/** Shared by all decoders: what stands in it is used up before anything else is decoded. A code is at least 5 bits long. */
const scratch = new Uint8Array(Math.ceil((largestHeaderListBytes * 8) / 5));
/** 2²⁸: far above anything that can be meant, and safe to shift. */
const largestInteger = 0x10000000;

const staticValues = staticTable.map(([, value]) => Buffer.from(value, 'latin1'));
const staticNameSizes = Uint8Array.from(staticTable, ([name]) => name.length);

/**
 * Reads header blocks (RFC 7541), keeping the status and the values of a few names. Everything else is passed over as cheaply as
 * the dynamic table allows: a value that nobody wants is only decoded if its length must be known for the table's size.
 */
export class HpackDecoder {
  readonly fields: HeaderFields;
  private readonly table = new HpackTable();
  private readonly wanted: ReadonlyMap<string, number>;
  private readonly staticNames: Int16Array;
  private data: Uint8Array = scratch;
  private at = 0;
  private end = 0;
  private failed = false;
  /** The string last read stands in [textFrom, textTo) of `text`. */
  private text: Uint8Array = scratch;
  private textFrom = 0;
  private textTo = 0;

  /** @param names wanted, lower case; their indices are what HeaderFields takes. */
  constructor(names: readonly string[]) {
    this.wanted = new Map(names.map((name, index) => [name, index]));
    this.fields = new HeaderFields(names.length);
    this.staticNames = Int16Array.from(staticTable, ([name]) => this.nameId(name));
  }

  /**
   * Decodes a whole block into `fields`.
   * @returns false if the block is damaged: the two sides are out of step from here (COMPRESSION_ERROR).
   */
  decode(data: Uint8Array, from: number, to: number): boolean {
    this.data = data;
    this.at = from;
    this.end = to;
    this.failed = false;
    this.fields.clear();
    let sawField = false;
    while (this.at < this.end && !this.failed) {
      const first = data[this.at] ?? 0;
      if (first >= 0x80) {
        this.indexed(this.integer(0x7f));
      } else if (first >= 0x40) {
        this.literal(this.integer(0x3f), true);
      } else if (first >= 0x20) {
        // Only before the first field (4.2).
        if (sawField || !this.table.resize(this.integer(0x1f))) this.failed = true;
        continue;
      } else {
        this.literal(this.integer(0x0f), false);
      }
      sawField = true;
    }
    return !this.failed;
  }

  /** 6.1. */
  private indexed(index: number): void {
    const { fields, table } = this;
    if (index >= 1 && index <= staticTable.length) {
      const value = staticValues[index - 1] ?? scratch;
      const nameSize = staticNameSizes[index - 1] ?? 0;
      fields.listBytes += nameSize + value.length + entryOverhead;
      this.take(this.staticNames[index - 1] ?? NameId.other, value, 0, value.length);
      return;
    }
    const slot = table.slot(index - staticTable.length - 1);
    if (index === 0 || slot < 0) {
      this.failed = true;
      return;
    }
    fields.listBytes += table.entrySize(slot);
    const value = table.value(slot) ?? scratch;
    this.take(table.name(slot), value, 0, value.length);
  }

  /** 6.2. @param name index of the name, 0 if it follows. */
  private literal(name: number, adds: boolean): void {
    const { fields, table } = this;
    let id: number;
    let nameSize: number;
    if (name === 0) {
      this.string(true);
      if (this.failed) return;
      nameSize = this.textTo - this.textFrom;
      id = this.literalName();
    } else if (name <= staticTable.length) {
      id = this.staticNames[name - 1] ?? NameId.other;
      nameSize = staticNameSizes[name - 1] ?? 0;
    } else {
      const slot = table.slot(name - staticTable.length - 1);
      if (slot < 0) this.failed = true;
      id = table.name(slot);
      nameSize = table.nameSize(slot);
    }
    const isWanted = id >= 0 || id === NameId.status;
    this.string(isWanted || adds);
    if (this.failed) return;
    const { text, textFrom, textTo } = this;
    fields.listBytes += nameSize + textTo - textFrom + entryOverhead;
    this.take(id, text, textFrom, textTo);
    if (adds)
      table.add(id, nameSize, textTo - textFrom, isWanted ? new Uint8Array(text.subarray(textFrom, textTo)) : null);
  }

  private take(name: number, value: Uint8Array, from: number, to: number): void {
    const { fields } = this;
    fields.arrive(name);
    if (name >= 0) fields.set(name, value, from, to);
    else if (name === NameId.status) fields.setStatus(value, from, to);
  }

  /** 5.1. @param mask of the prefix. @returns the integer at `at`, which moves behind it. */
  private integer(mask: number): number {
    let value = (this.data[this.at++] ?? 0) & mask;
    if (value < mask) return value;
    for (let shift = 0; ; shift += 7) {
      if (this.at >= this.end || shift > 21) {
        this.failed = true;
        return 0;
      }
      const byte = this.data[this.at++] ?? 0;
      value += (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    if (value > largestInteger) this.failed = true;
    return value;
  }

  /** 5.2. @param decodes whether the text is needed as it is; else it is passed over as it stands. */
  private string(decodes: boolean): void {
    if (this.failed || this.at >= this.end) {
      this.failed = true;
      return;
    }
    const isHuffman = (this.data[this.at] ?? 0) >= 0x80;
    const length = this.integer(0x7f);
    const from = this.at;
    const to = from + length;
    if (to > this.end) this.failed = true;
    if (this.failed) return;
    this.at = to;
    if (isHuffman && decodes) {
      this.text = scratch;
      this.textFrom = 0;
      this.textTo = decodeHuffman(this.data, from, to, scratch, 0);
      if (this.textTo < 0) this.failed = true;
    } else {
      this.text = this.data;
      this.textFrom = from;
      this.textTo = to;
    }
  }

  /** The name just read. Names are lower-case tokens (RFC 9113 8.2.1). */
  private literalName(): number {
    const { text, textFrom, textTo } = this;
    let valid = textTo > textFrom;
    for (let i = textFrom; i < textTo; i++) {
      const octet = text[i] ?? 0;
      if (octet <= 0x20 || octet >= 0x7f || (octet >= 65 && octet <= 90) || (octet === 58 && i > textFrom))
        valid = false;
    }
    if (!valid) this.fields.malformed = true;
    return this.nameId(Buffer.from(text.buffer, text.byteOffset + textFrom, textTo - textFrom).toString('latin1'));
  }

  private nameId(name: string): number {
    if (name === ':status') return NameId.status;
    return this.wanted.get(name) ?? (name.startsWith(':') ? NameId.wrongPseudo : NameId.other);
  }
}
