import { SlowpathError } from '../../errors.ts';
import { moreThanFits, parseInPieces } from './jsonPieces.ts';
import { heapBytesOf } from './jsonWeight.ts';
import { tooLarge } from './fields.ts';
import {
  backslash,
  closeBrace,
  closeBracket,
  colon,
  comma,
  contentStart,
  hasByteOrderMark,
  isSpace,
  openBrace,
  openBracket,
  quote,
} from './jsonText.ts';

const letterU = 0x75;
/** V8 holds at most about 512 MB in one string; below this, decoding and parsing at once is the fastest way. */
const longestText = 400 * 2 ** 20;
/** Above it, pieces of so much at most: small beside what they become. */
const mostPieceBytes = 16 * 2 ** 20;
/** A piece may unfold to twenty times its size. */
const piecesInHeap = 64;
/** Smaller texts can't unfold to more than a gigabyte. */
const harmlessBytes = 16 * 2 ** 20;
const defaultHeapBytes = 3 * 2 ** 30;

export interface ParseOptions {
  /** Which elements of an outermost list that is too large for one text are needed. Default: all. */
  readonly keep?: (element: unknown) => boolean;
  /** More bytes than these are parsed in pieces of at most so many, for tests. */
  readonly pieceBytes?: number;
  /** Most that the value may take in memory; running out of it would end the whole process. Default: 3 GB. */
  readonly heapBytes?: number | undefined;
  /** Names of lists that, where the text is too large to be held, may come as an iterable of their elements: see `isList`. Default: none. */
  readonly lists?: readonly string[];
}

/**
 * The JSON value in these bytes.
 * @throws FORMAT_MALFORMED with the byte offset of the fault, FORMAT_TOO_LARGE for more values than can be held.
 */
export function parseJson(bytes: Uint8Array, options: ParseOptions = {}): unknown {
  const { keep = () => true, pieceBytes, heapBytes = defaultHeapBytes, lists = [] } = options;
  const faultOf = (error: unknown): SlowpathError => asFault(error, bytes);
  try {
    const unfolds = unfoldsBeyond(bytes, heapBytes);
    // Where everything is kept, pieces would only fill the memory more slowly.
    if (unfolds && pieceBytes === undefined && options.keep === undefined && lists.length === 0)
      throw moreThanFits(heapBytes);
    if (bytes.length > (pieceBytes ?? longestText) || unfolds)
      return parseInPieces(bytes, contentStart(bytes), {
        keep,
        pieceBytes: pieceBytes ?? Math.min(mostPieceBytes, Math.ceil(heapBytes / piecesInHeap)),
        heapBytes,
        lists,
        faultOf,
      });
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
  } catch (error) {
    throw faultOf(error);
  }
}

/** What is wrong with the text that could not be parsed. */
function asFault(error: unknown, bytes: Uint8Array): SlowpathError {
  if (error instanceof SlowpathError) return error;
  if (error instanceof RangeError) return tooLarge('lists nested deeper than any real one');
  const fault = jsonFault(bytes);
  const cut = fault.offset >= bytes.length;
  return new SlowpathError(
    'FORMAT_MALFORMED',
    cut
      ? `The profile is cut off at byte ${bytes.length}: expected ${fault.expected}. Copy or record it again.`
      : `The profile is not valid JSON at byte ${fault.offset}: expected ${fault.expected}. Copy or record it again.`,
    { cause: error },
  );
}

function unfoldsBeyond(bytes: Uint8Array, heapBytes: number): boolean {
  return (
    bytes.length > Math.min(harmlessBytes, heapBytes) && heapBytesOf(bytes, 0, bytes.length, heapBytes) > heapBytes
  );
}

/** Where JSON text breaks, as a byte offset (the runtime's own message gives none, or counts characters). */
export function jsonFault(bytes: Uint8Array): { offset: number; expected: string } {
  const scanner = new JsonScanner(bytes);
  return scanner.findFault();
}

type Expecting =
  'a value' | 'a value or ]' | 'a name' | 'a name or }' | 'a colon' | 'a comma or the end' | 'nothing more';

/** Walks JSON without recursion and without keeping anything; only run on text that is known to be broken. */
class JsonScanner {
  private readonly bytes: Uint8Array;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    if (hasByteOrderMark(bytes)) this.at = 3;
  }

  findFault(): { offset: number; expected: string } {
    const open: number[] = [];
    let expecting: Expecting = 'a value';
    const afterValue = (): Expecting => (open.length > 0 ? 'a comma or the end' : 'nothing more');
    for (;;) {
      while (isSpace(this.bytes[this.at])) this.at++;
      const byte = this.bytes[this.at];
      if (byte === undefined) return { offset: this.bytes.length, expected: expecting };
      const fault = { offset: this.at, expected: expecting };
      const container = open.at(-1);
      if (expecting === 'a colon') {
        if (byte !== colon) return fault;
        this.at++;
        expecting = 'a value';
      } else if (expecting === 'a comma or the end') {
        this.at++;
        if (byte === comma) {
          expecting = container === openBrace ? 'a name' : 'a value';
        } else if (byte === (container === openBrace ? closeBrace : closeBracket)) {
          open.pop();
          expecting = afterValue();
        } else return fault;
      } else if (expecting === 'a name' || expecting === 'a name or }') {
        if (byte === closeBrace && expecting === 'a name or }') {
          this.at++;
          open.pop();
          expecting = afterValue();
        } else {
          if (byte !== quote) return fault;
          if (!this.skipString()) return { offset: this.at, expected: 'the end of a string' };
          expecting = 'a colon';
        }
      } else if (expecting === 'nothing more') {
        return fault;
      } else if (byte === closeBracket && expecting === 'a value or ]') {
        this.at++;
        open.pop();
        expecting = afterValue();
      } else if (byte === openBrace || byte === openBracket) {
        this.at++;
        open.push(byte);
        expecting = byte === openBrace ? 'a name or }' : 'a value or ]';
      } else if (byte === quote) {
        if (!this.skipString()) return { offset: this.at, expected: 'the end of a string' };
        expecting = afterValue();
      } else {
        if (!this.skipWord()) return { offset: this.at, expected: 'a value' };
        expecting = afterValue();
      }
    }
  }

  /** False with `at` on the fault: an unescaped control character, a bad escape or the end of the text. */
  private skipString(): boolean {
    this.at++;
    for (;;) {
      const byte = this.bytes[this.at];
      if (byte === undefined || byte < 0x20) return false;
      this.at++;
      if (byte === quote) return true;
      if (byte !== backslash) continue;
      const escape = this.bytes[this.at];
      if (escape === undefined || !'"\\/bfnrtu'.includes(String.fromCharCode(escape))) return false;
      this.at++;
      for (let digit = 0; escape === letterU && digit < 4; digit++) {
        const hex = this.bytes[this.at];
        if (hex === undefined || !/[0-9a-fA-F]/.test(String.fromCharCode(hex))) return false;
        this.at++;
      }
    }
  }

  /** A number, true, false or null. A word cut off by the end of the text is a fault at the end. */
  private skipWord(): boolean {
    const start = this.at;
    while (this.at < this.bytes.length && isWordByte(this.bytes[this.at] ?? 0)) this.at++;
    const word = new TextDecoder().decode(this.bytes.subarray(start, this.at));
    if (/^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/.test(word)) return true;
    if (word === '' || this.at < this.bytes.length) this.at = start;
    return false;
  }
}

function isWordByte(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    byte === 0x45 ||
    byte === 0x2b ||
    byte === 0x2d ||
    byte === 0x2e
  );
}
