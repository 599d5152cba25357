import { malformed } from './fields.ts';

/** Bytes decoded at a time: enough to be quick, small beside any limit on texts. */
const chunkBytes = 1 << 20;
/** No stack is that deep; what has no line ends is no text. */
const mostLineBytes = 64 << 20;
const lineFeed = 0x0a;

/**
 * Hands on each line without its end (LF or CRLF), with the byte it begins at. Whole lines are decoded a megabyte at a
@@ that are no UTF-8 become U+FFFD, a byte order mark is left out.
 *
 * @throws FORMAT_MALFORMED for a line of more than 64 MB.
 */
export function forEachLine(bytes: Uint8Array, take: (line: string, offset: number) => void): void {
  const decoder = new TextDecoder();
  for (let start = 0; start < bytes.length;) {
    const end = chunkEnd(bytes, start);
    if (end - start > mostLineBytes) throw malformed(`the line at byte ${start} is longer than 64 MB`);
    const text = decoder.decode(bytes.subarray(start, end));
    let at = 0;
    let offset = start;
    while (at < text.length) {
      const feed = text.indexOf('\n', at);
      const stop = feed < 0 ? text.length : feed;
      take(text.slice(at, stop > at && text.charCodeAt(stop - 1) === 13 ? stop - 1 : stop), offset);
      offset = nextLine(bytes, offset, end);
      at = stop + 1;
    }
    start = end;
  }
}

/** Behind the last line feed within reach; behind the next one where a line is longer. */
function chunkEnd(bytes: Uint8Array, start: number): number {
  if (start + chunkBytes >= bytes.length) return bytes.length;
  const last = bytes.lastIndexOf(lineFeed, start + chunkBytes - 1);
  if (last >= start) return last + 1;
  const next = bytes.indexOf(lineFeed, start + chunkBytes);
  return next < 0 ? bytes.length : next + 1;
}

function nextLine(bytes: Uint8Array, offset: number, end: number): number {
  const feed = bytes.indexOf(lineFeed, offset);
  return feed < 0 || feed >= end ? end : feed + 1;
}
