/** Bytes that HTTP/1 gives a meaning. */
export const [lf, cr, space, tab, comma, colon, semicolon] = [10, 13, 32, 9, 44, 58, 59];

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** What a status line begins with, in whatever minor version. */
export const httpVersion1 = bytesOf('HTTP/1.');

/** Whether [from, to) is the word, letters of either case. */
export function isWord(data: Uint8Array, from: number, to: number, word: Uint8Array): boolean {
  if (to - from !== word.length) return false;
  for (let i = 0; i < word.length; i++) {
    if (((data[from + i] ?? 0) | 32) !== ((word[i] ?? 0) | 32)) return false;
  }
  return true;
}

/** What may stand around a value, its line's carriage return included. */
export function isBlank(byte: number | undefined): boolean {
  return byte === space || byte === tab || byte === cr;
}
