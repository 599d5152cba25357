import {
  closeBrace,
  closeBracket,
  colon,
  comma,
  contentStart,
  endOfText,
  isSpace,
  openBrace,
  openBracket,
  quote,
} from './jsonText.ts';

/** What an importer may look at to tell whether a file is its own: content, never the file's name. */
export interface Sniff {
  /** The first 64 KB at most. */
  readonly bytes: Uint8Array;
  /** The same as text, without a byte order mark; bytes that are no UTF-8 are U+FFFD. */
  readonly text: string;
  /** null if the text does not begin as a JSON object or array. */
  readonly json: JsonHead | null;
}

/** What of a JSON text can be told without parsing it. */
export interface JsonHead {
  readonly root: 'object' | 'array';
  /** Keys of the object; for an array, of its first element. Those seen so far, at most 256. */
  readonly keys: ReadonlySet<string>;
}

const headBytes = 65_536;
const mostKeys = 256;

/**
 * @param scan how far to look for JSON keys: the head, or the whole file where one value fills the head.
 */
export function sniffOf(bytes: Uint8Array, scan: 'head' | 'whole'): Sniff {
  const head = bytes.subarray(0, headBytes);
  return {
    bytes: head,
    text: new TextDecoder().decode(head),
    json: jsonHead(scan === 'head' ? head : bytes),
  };
}

/** One pass that counts brackets and skips strings; broken text gives the keys that were seen before the fault. */
function jsonHead(bytes: Uint8Array): JsonHead | null {
  let at = contentStart(bytes);
  const first = bytes[at];
  if (first !== openBrace && first !== openBracket) return null;
  const keys = new Set<string>();
  const root = first === openBrace ? 'object' : 'array';
  const keyDepth = root === 'object' ? 1 : 2;
  let depth = 0;
  for (; at < bytes.length && keys.size < mostKeys; at++) {
    const byte = bytes[at];
    if (byte === quote) {
      const end = endOfText(bytes, at);
      if (depth === keyDepth) {
        let after = end;
        while (isSpace(bytes[after])) after++;
        if (bytes[after] === colon) keys.add(textOf(bytes.subarray(at, end)));
      }
      at = end - 1;
    } else if (byte === openBrace || byte === openBracket) {
      depth++;
    } else if (byte === closeBrace || byte === closeBracket) {
      depth--;
      if (depth === 0) break;
    } else if (byte === comma && root === 'array' && depth === 1) {
      break;
    }
  }
  return { root, keys };
}

function textOf(quoted: Uint8Array): string {
  const raw = new TextDecoder().decode(quoted.subarray(0, 1024));
  try {
    return String(JSON.parse(raw));
  } catch {
    return raw.slice(1, -1);
  }
}
