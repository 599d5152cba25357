/**
 * An inflater (RFC 1950, 1951 and 1952, after Mark Adler's `puff` with zlib's first-level tables). It is here because the
 * ones at hand either need Node, answer only later, or write without limit: a few kilobytes of a hostile file can unfold
 * to gigabytes. This one never writes more than `limit`. Pure: it runs in the page too.
 */

const lengthBase = Uint16Array.of(
  3,
  4,
  5,
  6,
  7,
  8,
  9,
  10,
  11,
  13,
  15,
  17,
  19,
  23,
  27,
  31,
  35,
  43,
  51,
  59,
  67,
  83,
  99,
  115,
  131,
  163,
  195,
  227,
  258,
);
const lengthExtra = Uint8Array.of(
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  1,
  1,
  1,
  1,
  2,
  2,
  2,
  2,
  3,
  3,
  3,
  3,
  4,
  4,
  4,
  4,
  5,
  5,
  5,
  5,
  0,
);
const distanceBase = Uint16Array.of(
  1,
  2,
  3,
  4,
  5,
  7,
  9,
  13,
  17,
  25,
  33,
  49,
  65,
  97,
  129,
  193,
  257,
  385,
  513,
  769,
  1025,
  1537,
  2049,
  3073,
  4097,
  6145,
  8193,
  12289,
  16385,
  24577,
);
const distanceExtra = Uint8Array.of(
  0,
  0,
  0,
  0,
  1,
  1,
  2,
  2,
  3,
  3,
  4,
  4,
  5,
  5,
  6,
  6,
  7,
  7,
  8,
  8,
  9,
  9,
  10,
  10,
  11,
  11,
  12,
  12,
  13,
  13,
);
const codeLengthOrder = Uint8Array.of(16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15);

/** Codes up to this length are found by one look into a table; longer ones are rare and walked bit by bit. */
const tableBits = 10;

/** A canonical Huffman code: how many codes there are of each length, and the symbols in order of their codes. */
interface Code {
  readonly count: Uint16Array;
  readonly symbol: Uint16Array;
  /** The next `tableBits` bits → symbol × 16 + length of its code, 0 where the code is longer or there is none. */
  readonly table: Uint16Array;
}

/**
 * Unpacks a zlib stream.
 * @param limit most bytes to write.
 * @throws RangeError with a short reason if it is malformed, truncated, fails its checksum or would exceed the limit.
 */
export function inflateZlib(data: Uint8Array, limit: number): Uint8Array {
  const [method = 0, flags = 0] = data;
  if (data.length < 6 || (method & 15) !== 8 || (method * 256 + flags) % 31 !== 0 || flags & 32) {
    throw new RangeError('not a zlib stream');
  }
  const state = new Inflate(data, 2, limit);
  state.run();
  const bytes = state.written();
  const at = state.position;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (at + 4 > data.length || view.getUint32(at) !== adler32(bytes)) throw new RangeError('wrong checksum');
  return bytes;
}

/** Whether the bytes begin like a gzip file. */
export function isGzip(data: Uint8Array): boolean {
  return data[0] === 0x1f && data[1] === 0x8b;
}

/**
 * Unpacks a gzip file, also one of several members (`cat a.gz b.gz`).
 * @param limit most bytes to write.
 * @throws RangeError as inflateZlib, with the byte where it broke.
 */
export function inflateGzip(data: Uint8Array, limit: number): Uint8Array {
  const state = new Inflate(data, 0, limit);
  do {
    state.position = endOfGzipHeader(data, state.position);
    const start = state.length;
    state.run();
    const at = state.position;
    if (at + 8 > data.length) throw truncated(data);
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    const member = state.written().subarray(start);
    if (view.getUint32(at, true) !== crc32(member) || view.getUint32(at + 4, true) !== member.length >>> 0) {
      throw new RangeError(`wrong checksum at byte ${at}`);
    }
    state.position = at + 8;
    // Some writers pad with zeros to a block of the medium.
    while (data[state.position] === 0) state.position++;
  } while (state.position < data.length);
  return state.written();
}

/** RFC 1952, 2.3: where the compressed data begins. */
function endOfGzipHeader(data: Uint8Array, start: number): number {
  const flags = data[start + 3] ?? 0;
  if (isGzip(data.subarray(start)) && start + 10 > data.length) throw truncated(data);
  if (!isGzip(data.subarray(start)) || data[start + 2] !== 8 || flags & 0xe0) {
    throw new RangeError(`no gzip header at byte ${start}`);
  }
  let at = start + 10;
  if (flags & 4) at += 2 + (data[at] ?? 0) + (data[at + 1] ?? 0) * 256;
  for (let texts = (flags & 8 ? 1 : 0) + (flags & 16 ? 1 : 0); texts > 0; texts--) {
    while (at < data.length && data[at] !== 0) at++;
    at++;
  }
  if (flags & 2) at += 2;
  if (at >= data.length) throw truncated(data);
  return at;
}

function truncated(data: Uint8Array): RangeError {
  return new RangeError(`truncated at byte ${data.length}`);
}

/** RFC 1950, 8.2. */
export function adler32(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (const byte of bytes) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  return b * 65_536 + a;
}

const crcTable = Int32Array.from({ length: 256 }, (_, value) => {
  let crc = value;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/** RFC 1952, 8. */
function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) crc = (crc >>> 8) ^ (crcTable[(crc ^ byte) & 255] ?? 0);
  return ~crc >>> 0;
}

class Inflate {
  position: number;
  length = 0;
  private readonly data: Uint8Array;
  private readonly limit: number;
  private out: Uint8Array;
  private bits = 0;
  private bitCount = 0;

  constructor(data: Uint8Array, position: number, limit: number) {
    this.data = data;
    this.position = position;
    this.limit = limit;
    this.out = new Uint8Array(Math.min(limit, Math.max(4096, data.length * 4)));
  }

  /** One deflate stream; afterwards `position` is behind it. */
  run(): void {
    let last = 0;
    while (!last) {
      last = this.take(1);
      const type = this.take(2);
      if (type === 0) this.stored();
      else if (type === 1) this.codes(fixedLengths, fixedDistances);
      else if (type === 2) this.dynamic();
      else throw this.broken('invalid block type');
    }
    this.giveBack();
  }

  written(): Uint8Array {
    return this.out.subarray(0, this.length);
  }

  private broken(reason: string): RangeError {
    return new RangeError(`${reason} at byte ${Math.min(this.position, this.data.length)}`);
  }

  /** As many whole bytes as fit; at the end of the data fewer. */
  private refill(): void {
    while (this.bitCount <= 24 && this.position < this.data.length) {
      this.bits |= (this.data[this.position++] ?? 0) << this.bitCount;
      this.bitCount += 8;
    }
  }

  private take(need: number): number {
    if (this.bitCount < need) this.refill();
    if (this.bitCount < need) throw this.broken('truncated');
    const value = this.bits & ((1 << need) - 1);
    this.drop(need);
    return value;
  }

  private drop(count: number): void {
    this.bits >>>= count;
    this.bitCount -= count;
  }

  /** Forgets the rest of a byte and returns whole bytes that were read ahead. */
  private giveBack(): void {
    this.position -= this.bitCount >> 3;
    this.bits = 0;
    this.bitCount = 0;
  }

  private decode(code: Code): number {
    if (this.bitCount < 15) this.refill();
    const entry = code.table[this.bits & ((1 << tableBits) - 1)] ?? 0;
    const length = entry & 15;
    if (length > 0 && length <= this.bitCount) {
      this.drop(length);
      return entry >> 4;
    }
    return this.decodeBitwise(code);
  }

  private decodeBitwise(code: Code): number {
    let value = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; length <= 15; length++) {
      if (length > this.bitCount) throw this.broken('truncated');
      value |= (this.bits >>> (length - 1)) & 1;
      const count = code.count[length] ?? 0;
      if (value - count < first) {
        this.drop(length);
        return code.symbol[index + value - first] ?? 0;
      }
      index += count;
      first = (first + count) << 1;
      value <<= 1;
    }
    throw this.broken('invalid code');
  }

  private reserve(more: number): void {
    const wanted = this.length + more;
    if (wanted <= this.out.length) return;
    if (wanted > this.limit) throw this.broken(`unfolds to more than ${this.limit} bytes`);
    const wider = new Uint8Array(Math.min(Math.max(this.out.length * 2, wanted), this.limit));
    wider.set(this.out);
    this.out = wider;
  }

  private stored(): void {
    this.giveBack();
    const { data } = this;
    if (this.position + 4 > data.length) throw this.broken('truncated');
    const length = (data[this.position] ?? 0) + (data[this.position + 1] ?? 0) * 256;
    const complement = (data[this.position + 2] ?? 0) + (data[this.position + 3] ?? 0) * 256;
    if (length !== (~complement & 0xffff)) throw this.broken('invalid stored block');
    this.position += 4;
    if (this.position + length > data.length) throw this.broken('truncated');
    this.reserve(length);
    this.out.set(data.subarray(this.position, this.position + length), this.length);
    this.position += length;
    this.length += length;
  }

  private dynamic(): void {
    const lengthCount = this.take(5) + 257;
    const distanceCount = this.take(5) + 1;
    const codeCount = this.take(4) + 4;
    const lengths = new Uint8Array(320);
    for (let i = 0; i < codeCount; i++) lengths[codeLengthOrder[i] ?? 0] = this.take(3);
    const code = codeFrom(lengths.subarray(0, 19), this.position);
    lengths.fill(0);
    for (let i = 0; i < lengthCount + distanceCount;) {
      const symbol = this.decode(code);
      if (symbol < 16) {
        lengths[i++] = symbol;
        continue;
      }
      if (symbol === 16 && i === 0) throw this.broken('invalid code lengths');
      const value = symbol === 16 ? (lengths[i - 1] ?? 0) : 0;
      let repeat = symbol === 16 ? 3 + this.take(2) : symbol === 17 ? 3 + this.take(3) : 11 + this.take(7);
      if (i + repeat > lengthCount + distanceCount) throw this.broken('invalid code lengths');
      while (repeat-- > 0) lengths[i++] = value;
    }
    this.codes(
      codeFrom(lengths.subarray(0, lengthCount), this.position),
      codeFrom(lengths.subarray(lengthCount, lengthCount + distanceCount), this.position),
    );
  }

  private codes(lengthCode: Code, distanceCode: Code): void {
    for (;;) {
      const symbol = this.decode(lengthCode);
      if (symbol === 256) return;
      if (symbol < 256) {
        if (this.length === this.out.length) this.reserve(1);
        this.out[this.length++] = symbol;
        continue;
      }
      const base = lengthBase[symbol - 257];
      if (base === undefined) throw this.broken('invalid length');
      const length = base + this.take(lengthExtra[symbol - 257] ?? 0);
      const distanceSymbol = this.decode(distanceCode);
      const distance = (distanceBase[distanceSymbol] ?? Infinity) + this.take(distanceExtra[distanceSymbol] ?? 0);
      if (distance > this.length) throw this.broken('distance too far back');
      this.reserve(length);
      const { out } = this;
      const end = this.length + length;
      // Byte by byte: a match may overlap what it writes.
      for (let at = this.length; at < end; at++) out[at] = out[at - distance] ?? 0;
      this.length = end;
    }
  }
}

/** @param at where it stands, for the error. */
function codeFrom(lengths: Uint8Array, at: number): Code {
  const count = new Uint16Array(16);
  for (const length of lengths) count[length] = (count[length] ?? 0) + 1;
  count[0] = 0;
  let left = 1;
  for (let length = 1; length <= 15; length++) {
    left = left * 2 - (count[length] ?? 0);
    if (left < 0) throw new RangeError(`over-subscribed code at byte ${at}`);
  }
  const offset = new Uint16Array(17);
  const next = new Uint16Array(17);
  for (let length = 1; length <= 15; length++) {
    offset[length + 1] = (offset[length] ?? 0) + (count[length] ?? 0);
    next[length + 1] = ((next[length] ?? 0) + (count[length] ?? 0)) << 1;
  }
  const symbol = new Uint16Array(lengths.length);
  const table = new Uint16Array(1 << tableBits);
  for (let i = 0; i < lengths.length; i++) {
    const length = lengths[i] ?? 0;
    if (length === 0) continue;
    const rank = offset[length] ?? 0;
    symbol[rank] = i;
    offset[length] = rank + 1;
    const bits = next[length] ?? 0;
    next[length] = bits + 1;
    // Codes stand in the stream with their first bit lowest.
    if (length <= tableBits) {
      for (let place = reversed(bits, length); place < table.length; place += 1 << length)
        table[place] = i * 16 + length;
    }
  }
  return { count, symbol, table };
}

function reversed(bits: number, count: number): number {
  let result = 0;
  for (let bit = 0; bit < count; bit++) result |= ((bits >> bit) & 1) << (count - 1 - bit);
  return result;
}

const fixedLengths = codeFrom(
  Uint8Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8)),
  0,
);
const fixedDistances = codeFrom(new Uint8Array(30).fill(5), 0);
