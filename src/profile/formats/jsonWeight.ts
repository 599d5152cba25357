import { closeBracket, comma, endOfText, openBrace, openBracket, quote } from './jsonText.ts';

/** What values take in V8's heap at least, without pointer compression: an object with its four spare fields, a list, a slot, a text's head. */
const [objectBytes, listBytes, slotBytes, textBytes] = [56, 48, 8, 24];

/**
 * About how many bytes of heap JSON.parse makes of bytes[from…to): what a file unfolds to can't be told by its size. `{},` is three bytes in
 * the file and 64 in the heap, real profiles unfold to two or three times their size. An upper bound but for objects with many fields.
 *
 * @param most stops counting beyond it.
 */
export function heapBytesOf(bytes: Uint8Array, from: number, to: number, most: number): number {
  let sum = 0;
  for (let at = from; at < to && sum <= most; at++) {
    const byte = bytes[at];
    if (byte === comma) sum += slotBytes;
    else if (byte === quote) {
      const end = endOfText(bytes, at);
      sum += textBytes + end - at;
      at = end - 1;
    } else if (byte === openBrace) sum += objectBytes;
    else if (byte === openBracket && bytes[at + 1] !== closeBracket) sum += listBytes + slotBytes;
    else if (byte === openBracket) sum += listBytes - 2 * slotBytes;
  }
  return sum;
}
