import { jsonFault, parseJson } from './json.ts';

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];

/**
 * The JSON of a trace. The format allows its list of events to be left open, and a process that died left it so in the middle
 * of an event: what is whole then counts.
 *
 * @param keep which events are needed: only these are kept of a trace that is too large to be held whole
 * @throws FORMAT_MALFORMED with the byte offset.
 */
export function parseTrace(bytes: Uint8Array, keep: (event: unknown) => boolean): unknown {
  try {
    return parseJson(bytes, { keep });
  } catch (error) {
    const isCut = jsonFault(bytes).offset >= bytes.length;
    const closed = isCut ? closedEvents(bytes) : null;
    if (!closed) throw error;
    return parseJson(closed, { keep });
  }
}

/** The text up to its last whole event, closed; null if there is none. */
function closedEvents(bytes: Uint8Array): Uint8Array | null {
  const open: number[] = [];
  let end = -1;
  let close = '';
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === quote) at = stringEnd(bytes, at);
    else if (byte === openBrace || byte === openBracket) open.push(byte);
    else if (byte === closeBrace || byte === closeBracket) {
      open.pop();
      if (open.at(-1) === openBracket && open.length <= 2) {
        end = at + 1;
        close = open.length === 2 ? ']}' : ']';
      }
    } else if (byte === comma && open.length === 0) return null;
  }
  if (end < 0) return null;
  const tail = new TextEncoder().encode(close);
  const closed = new Uint8Array(end + tail.length);
  closed.set(bytes.subarray(0, end));
  closed.set(tail, end);
  return closed;
}

/** Index of the closing quote, or the length. */
function stringEnd(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1;
  return at;
}
