import { SlowpathError } from '../../errors.ts';
import { jsonFault, parseJson } from './json.ts';
import { closeBrace, closeBracket, comma, endOfText, openBrace, openBracket, quote } from './jsonText.ts';

/**
 * The JSON of a trace. The format allows its list of events to be left open, and a process that died left it so in the middle
 * of an event: what is whole then counts.
 *
 * @param keep which events are needed: only these are kept of a trace that is too large to be held whole
 * @throws FORMAT_MALFORMED with the byte offset, FORMAT_TOO_LARGE.
 */
export function parseTrace(bytes: Uint8Array, keep: (event: unknown) => boolean, heapBytes?: number): unknown {
  try {
    return parseJson(bytes, { keep, heapBytes });
  } catch (error) {
    if (error instanceof SlowpathError && error.code === 'FORMAT_TOO_LARGE') throw error;
    const isCut = jsonFault(bytes).offset >= bytes.length;
    const closed = isCut ? closedEvents(bytes) : null;
    if (!closed) throw error;
    return parseJson(closed, { keep, heapBytes });
  }
}

/** The text up to its last whole event, closed; null if there is none. */
function closedEvents(bytes: Uint8Array): Uint8Array | null {
  const open: number[] = [];
  let end = -1;
  let close = '';
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === quote) at = endOfText(bytes, at) - 1;
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
