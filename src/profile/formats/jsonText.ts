/** The alphabet of JSON in bytes, for those who walk over it. */

export const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a];
export const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];

export function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** @param start its opening quote. @returns index behind the closing quote, or the length if there is none. */
export function endOfText(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1;
  return Math.min(at + 1, bytes.length);
}

/** Index of the first byte that is no byte order mark and no white space; the length if there is none. */
export function contentStart(bytes: Uint8Array): number {
  let at = hasByteOrderMark(bytes) ? 3 : 0;
  while (isSpace(bytes[at])) at++;
  return Math.min(at, bytes.length);
}

export function hasByteOrderMark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}
