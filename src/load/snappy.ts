/** Of a copy element, three bytes stand for 64 at most. */
const mostExpansion = 64;

/**
 * Uncompresses a Snappy block (google/snappy, format_description.txt). The Parquet reader's own takes a length with its highest bit set
 * for a negative one and walks backwards, for half a minute: every step here goes forwards, inside both buffers.
 * @param length bytes there should be; as untrusted as the input
 * @throws RangeError if the block is damaged.
 */
export function snappyUncompressed(input: Uint8Array, length: number): Uint8Array {
  if (!(length <= input.length * mostExpansion)) throw new RangeError(`${length} bytes are not in a block this short`);
  const output = new Uint8Array(length);
  let [from, to] = [0, 0];
  const next = (): number => {
    const byte = input[from++];
    if (byte === undefined) throw new RangeError('a compressed block is cut off');
    return byte;
  };
  /** Little-endian, unsigned. */
  const number = (bytes: number): number => {
    let value = 0;
    for (let i = 0; i < bytes; i++) value += next() * 2 ** (8 * i);
    return value;
  };
  // Its own length, seven bits a byte: told once more by the page that holds it.
  while (next() >= 128);
  while (from < input.length) {
    const tag = next();
    const kind = tag & 3;
    const high = tag >>> 2;
    if (kind === 0) {
      const size = (high < 60 ? high : number(high - 59)) + 1;
      if (from + size > input.length || to + size > length) throw new RangeError('a literal is too long for its block');
      output.set(input.subarray(from, from + size), to);
      from += size;
      to += size;
      continue;
    }
    const size = kind === 1 ? (high & 7) + 4 : high + 1;
    const offset = kind === 1 ? (tag >>> 5) * 256 + next() : number(kind === 2 ? 2 : 4);
    if (offset === 0 || offset > to || to + size > length) throw new RangeError('a copy reaches beyond its block');
    // It may copy what it has just written.
    for (const end = to + size; to < end; to++) output[to] = output[to - offset] ?? 0;
  }
  if (to !== length) throw new RangeError(`a compressed block holds ${to} bytes, not ${length}`);
  return output;
}
