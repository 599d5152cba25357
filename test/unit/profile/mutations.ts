/** Random damage to real files, repeatable by its seed. */

export type Random = () => number;

/** mulberry32: 0…1, the same for the same seed. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Bytes that mean something in the formats: digits, brackets, separators, tags, lengths. */
const telling = Buffer.from('\0\x01\x08\x0a\x12\x1a\x22\x7f\x80\xff 09-.;:,"\\[]{}()#eE\r', 'latin1');

/** One to four changes: a bit or byte flipped, a piece cut out, put in, doubled many times or moved; or the end cut off. */
export function mutated(file: Uint8Array, random: Random): Uint8Array {
  let bytes = Uint8Array.from(file);
  const below = (limit: number): number => Math.floor(random() * limit);
  for (let left = 1 + below(4); left > 0; left--) {
    const at = below(bytes.length + 1);
    const length = below(random() < 0.5 ? 8 : 400);
    const piece = bytes.slice(at, at + length);
    switch (below(7)) {
      case 0:
        if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8));
        break;
      case 1:
        if (at < bytes.length) bytes[at] = telling[below(telling.length)] ?? 0;
        break;
      case 2:
        bytes = joined(bytes.subarray(0, at), bytes.subarray(at + length));
        break;
      case 3:
        bytes = joined(
          bytes.subarray(0, at),
          Uint8Array.from({ length }, () => telling[below(telling.length)] ?? 0),
          bytes.subarray(at),
        );
        break;
      case 4:
        bytes = joined(
          bytes.subarray(0, at),
          ...Array.from({ length: 1 + below(20) }, () => piece),
          bytes.subarray(at),
        );
        break;
      case 5: {
        const to = below(bytes.length + 1);
        bytes = joined(bytes.subarray(0, to), piece, bytes.subarray(to));
        break;
      }
      default:
        if (random() < 0.3) bytes = bytes.slice(0, at);
    }
  }
  return bytes;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.concat(parts));
}
