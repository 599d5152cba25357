/**
 * A small inflater (RFC 1950 and 1951, after Mark Adler's `puff`). It is here because the ones at hand either need Node or
 * write without limit: a few kilobytes of a hostile log can unfold to gigabytes. This one never writes more than `limit`.
 */

const lengthBase = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
];
const lengthExtra = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const distanceBase = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145,
  8193, 12289, 16385, 24577,
];
const distanceExtra = [
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
];
const codeLengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** A canonical Huffman code: how many codes there are of each length, and the symbols in order of their codes. */
interface Code {
  readonly count: Uint16Array;
  readonly symbol: Uint16Array;
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
  const bytes = state.run();
  const at = state.position;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (at + 4 > data.length || view.getUint32(at) !== adler32(bytes)) throw new RangeError('wrong checksum');
  return bytes;
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

class Inflate {
  position: number;
  private readonly data: Uint8Array;
  private readonly limit: number;
  private out = new Uint8Array(4096);
  private length = 0;
  private bits = 0;
  private bitCount = 0;

  constructor(data: Uint8Array, position: number, limit: number) {
    this.data = data;
    this.position = position;
    this.limit = limit;
  }

  run(): Uint8Array {
    let last = 0;
    while (!last) {
      last = this.take(1);
      const type = this.take(2);
      if (type === 0) this.stored();
      else if (type === 1) this.codes(fixedLengths, fixedDistances);
      else if (type === 2) this.dynamic();
      else throw new RangeError('invalid block type');
    }
    return this.out.subarray(0, this.length);
  }

  private byte(): number {
    const byte = this.data[this.position++];
    if (byte === undefined) throw new RangeError('truncated');
    return byte;
  }

  private take(need: number): number {
    while (this.bitCount < need) {
      this.bits |= this.byte() << this.bitCount;
      this.bitCount += 8;
    }
    const value = this.bits & ((1 << need) - 1);
    this.bits >>>= need;
    this.bitCount -= need;
    return value;
  }

  private decode(code: Code): number {
    let value = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; length <= 15; length++) {
      value |= this.take(1);
      const count = code.count[length] ?? 0;
      if (value - count < first) return code.symbol[index + value - first] ?? 0;
      index += count;
      first = (first + count) << 1;
      value <<= 1;
    }
    throw new RangeError('invalid code');
  }

  private put(byte: number): void {
    if (this.length === this.limit) throw new RangeError(`unfolds to more than ${this.limit} bytes`);
    if (this.length === this.out.length) {
      const wider = new Uint8Array(Math.min(this.out.length * 2, this.limit));
      wider.set(this.out);
      this.out = wider;
    }
    this.out[this.length++] = byte;
  }

  private stored(): void {
    this.bits = 0;
    this.bitCount = 0;
    const length = this.byte() + this.byte() * 256;
    const complement = this.byte() + this.byte() * 256;
    if (length !== (~complement & 0xffff)) throw new RangeError('invalid stored block');
    for (let i = 0; i < length; i++) this.put(this.byte());
  }

  private dynamic(): void {
    const lengthCount = this.take(5) + 257;
    const distanceCount = this.take(5) + 1;
    const codeCount = this.take(4) + 4;
    const lengths = new Uint8Array(320);
    for (let i = 0; i < codeCount; i++) lengths[codeLengthOrder[i] ?? 0] = this.take(3);
    const code = codeFrom(lengths.subarray(0, 19));
    lengths.fill(0);
    for (let i = 0; i < lengthCount + distanceCount;) {
      const symbol = this.decode(code);
      if (symbol < 16) {
        lengths[i++] = symbol;
        continue;
      }
      if (symbol === 16 && i === 0) throw new RangeError('invalid code lengths');
      const value = symbol === 16 ? (lengths[i - 1] ?? 0) : 0;
      let repeat = symbol === 16 ? 3 + this.take(2) : symbol === 17 ? 3 + this.take(3) : 11 + this.take(7);
      if (i + repeat > lengthCount + distanceCount) throw new RangeError('invalid code lengths');
      while (repeat-- > 0) lengths[i++] = value;
    }
    this.codes(
      codeFrom(lengths.subarray(0, lengthCount)),
      codeFrom(lengths.subarray(lengthCount, lengthCount + distanceCount)),
    );
  }

  private codes(lengthCode: Code, distanceCode: Code): void {
    for (;;) {
      const symbol = this.decode(lengthCode);
      if (symbol === 256) return;
      if (symbol < 256) {
        this.put(symbol);
        continue;
      }
      const base = lengthBase[symbol - 257];
      if (base === undefined) throw new RangeError('invalid length');
      const length = base + this.take(lengthExtra[symbol - 257] ?? 0);
      const distanceSymbol = this.decode(distanceCode);
      const distance = (distanceBase[distanceSymbol] ?? Infinity) + this.take(distanceExtra[distanceSymbol] ?? 0);
      if (distance > this.length) throw new RangeError('distance too far back');
      for (let i = 0; i < length; i++) this.put(this.out[this.length - distance] ?? 0);
    }
  }
}

function codeFrom(lengths: Uint8Array): Code {
  const count = new Uint16Array(16);
  for (const length of lengths) count[length] = (count[length] ?? 0) + 1;
  count[0] = 0;
  let left = 1;
  for (let length = 1; length <= 15; length++) {
    left = left * 2 - (count[length] ?? 0);
    if (left < 0) throw new RangeError('over-subscribed code');
  }
  const offset = new Uint16Array(17);
  for (let length = 1; length <= 15; length++) offset[length + 1] = (offset[length] ?? 0) + (count[length] ?? 0);
  const symbol = new Uint16Array(lengths.length);
  for (let i = 0; i < lengths.length; i++) {
    const length = lengths[i] ?? 0;
    if (length === 0) continue;
    const at = offset[length] ?? 0;
    symbol[at] = i;
    offset[length] = at + 1;
  }
  return { count, symbol };
}

const fixedLengths = codeFrom(
  Uint8Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8)),
);
const fixedDistances = codeFrom(new Uint8Array(30).fill(5));
