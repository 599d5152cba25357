/** The Huffman code of HPACK (RFC 7541 5.2 and appendix B). */

/**
 * Bits of each octet's code. The code is canonical: codes of one length are consecutive in the order of their octets, and follow
 * on from the shorter ones, so that the lengths say it all. The end-of-string symbol has the last code, thirty ones.
 */
const codeBits = Uint8Array.from([
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28,
  28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, 15, 5, 6, 5, 6,
  5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23,
  22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22,
  23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, 26, 26,
  20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27,
  27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27,
  27, 27, 27, 26,
]);
const longestCode = 30;

/** Octets in the order of their codes. */
const ordered = Array.from(codeBits.keys()).sort((a, b) => (codeBits[a] ?? 0) - (codeBits[b] ?? 0) || a - b);
const codes = new Uint32Array(256);
/** Per length: its first code, and where its octets begin in `ordered`. */
const firstCode = new Uint32Array(longestCode + 1);
const firstOctet = new Uint16Array(longestCode + 1);

/** Codes up to this long are decoded with one look: the table holds `octet << 4 | bits`, 0 where the code is longer. */
const lookBits = 9;
const look = new Uint16Array(1 << lookBits);

makeTables();

function makeTables(): void {
  let code = 0;
  let next = 0;
  for (let bits = 1; bits <= longestCode; bits++) {
    code *= 2;
    firstCode[bits] = code;
    firstOctet[bits] = next;
    for (; codeBits[ordered[next] ?? -1] === bits; next++, code++) {
      const octet = ordered[next] ?? 0;
      codes[octet] = code;
      const spare = lookBits - bits;
      if (spare >= 0) look.fill((octet << 4) | bits, code << spare, (code + 1) << spare);
    }
  }
}

/**
 * Decodes [from, to) into `out` from `at` on.
 * @returns the end of the text in `out`; -1 if the code is invalid (padding of eight bits or more or other than ones, or the
 * end-of-string symbol). `out` needs room for 8/5 of the bytes.
 */
export function decodeHuffman(data: Uint8Array, from: number, to: number, out: Uint8Array, at: number): number {
  // The low `held` bits of `bits` are still to be decoded. At most 7 + 8 × 3 are ever held while looking.
  let bits = 0;
  let held = 0;
  let next = from;
  let end = at;
  for (;;) {
    while (held < lookBits && next < to) {
      bits = ((bits << 8) | (data[next++] ?? 0)) & 0x1ffff;
      held += 8;
    }
    if (held === 0) return end;
    const window = held >= lookBits ? bits >>> (held - lookBits) : padded(bits, held);
    const found = look[window & ((1 << lookBits) - 1)] ?? 0;
    const length = found & 15;
    if (found !== 0 && length <= held) {
      out[end++] = found >>> 4;
      held -= length;
      bits &= (1 << held) - 1;
      continue;
    }
    if (next >= to && held < 8 && bits === (1 << held) - 1) return end;
    // A long code: bit by bit from here.
    let code = held >= lookBits ? window & ((1 << lookBits) - 1) : -1;
    if (code < 0) return -1;
    held -= lookBits;
    let size = lookBits;
    for (;;) {
      if (size === longestCode) return -1;
      if (held === 0) {
        if (next >= to) return -1;
        bits = data[next++] ?? 0;
        held = 8;
      }
      held--;
      code = code * 2 + ((bits >>> held) & 1);
      size++;
      const offset = code - (firstCode[size] ?? 0);
      const octet = offset >= 0 ? ordered[(firstOctet[size] ?? 0) + offset] : undefined;
      if (octet !== undefined && codeBits[octet] === size) {
        out[end++] = octet;
        bits &= (1 << held) - 1;
        break;
      }
    }
  }
}

/** Bits at the end of the string, followed by ones as far as the table looks. */
function padded(bits: number, held: number): number {
  const spare = lookBits - held;
  return ((bits << spare) | ((1 << spare) - 1)) >>> 0;
}

/** @returns the bytes that the text takes when coded. */
export function huffmanLength(text: Uint8Array): number {
  let bits = 0;
  for (const octet of text) bits += codeBits[octet] ?? 0;
  return Math.ceil(bits / 8);
}

/** Codes a text, its last byte filled up with ones. */
export function encodeHuffman(text: Uint8Array): Uint8Array {
  const out = new Uint8Array(huffmanLength(text));
  let at = 0;
  let held = 0;
  let bits = 0;
  for (const octet of text) {
    const length = codeBits[octet] ?? 0;
    // Up to 7 + 30 bits: more than the bitwise operators carry.
    bits = bits * 2 ** length + (codes[octet] ?? 0);
    held += length;
    while (held >= 8) {
      held -= 8;
      const high = Math.floor(bits / 2 ** held);
      out[at++] = high;
      bits -= high * 2 ** held;
    }
  }
  if (held > 0) out[at] = (bits << (8 - held)) | ((1 << (8 - held)) - 1);
  return out;
}
