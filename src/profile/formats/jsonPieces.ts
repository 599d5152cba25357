import { JsonCursor, NotPlain } from './jsonCursor.ts';
import { tooLarge } from './fields.ts';
import { heapBytesOf } from './jsonWeight.ts';
import { closeBrace, closeBracket, colon, openBrace, openBracket, quote } from './jsonText.ts';

export interface PieceOptions {
  /** JSON of at most as many bytes is parsed at once. */
  readonly pieceBytes: number;
  /** Which elements of an outermost list are kept, whole, where that list had to be cut. */
  readonly keep: (element: unknown) => boolean;
  /** Most that what is kept may take in memory. */
  readonly heapBytes: number;
}

/**
 * What JSON.parse makes of these bytes, without ever making one string of them: V8 holds 512 MB in one. What is too large is gone into
 * and parsed element by element, many small ones together.
 * @throws NotPlain or SyntaxError where it is no JSON, FORMAT_TOO_LARGE where more is kept than may be.
 */
export function parseInPieces(bytes: Uint8Array, start: number, options: PieceOptions): unknown {
  return new Pieces(bytes, start, options).whole();
}

class Pieces {
  private readonly bytes: Uint8Array;
  private readonly cursor: JsonCursor;
  private readonly options: PieceOptions;
  private readonly decoder = new TextDecoder();
  /** Lists that are gone into at the moment. */
  private open = 0;
  /** About what is kept, in bytes of memory. */
  private held = 0;

  constructor(bytes: Uint8Array, start: number, options: PieceOptions) {
    this.bytes = bytes;
    this.cursor = new JsonCursor(bytes, start);
    this.options = options;
  }

  whole(): unknown {
    const value = this.value();
    if (this.cursor.peek() >= 0) throw new NotPlain();
    return value;
  }

  private value(): unknown {
    const { cursor } = this;
    const byte = cursor.peek();
    const from = cursor.at;
    if (cursor.pass(from + this.options.pieceBytes)) return this.keptWhole(from, cursor.at);
    cursor.at = from;
    if (byte === openBrace) return this.object();
    if (byte === openBracket) return this.list();
    cursor.pass();
    return this.keptWhole(from, cursor.at);
  }

  private object(): object {
    const { cursor } = this;
    const object = {};
    for (let more = cursor.enter(openBrace, closeBrace); more; more = cursor.more(closeBrace)) {
      if (cursor.peek() !== quote) throw new NotPlain();
      const from = cursor.at;
      cursor.passString();
      const key = this.parsed(from, cursor.at) as string;
      cursor.expect(colon);
      // As JSON.parse does, also for `__proto__`.
      Object.defineProperty(object, key, { value: this.value(), enumerable: true, writable: true, configurable: true });
    }
    return object;
  }

  private list(): unknown[] {
    const { cursor } = this;
    const { pieceBytes, keep } = this.options;
    const isOutermost = this.open++ === 0;
    const list: unknown[] = [];
    const add = (element: unknown): boolean => {
      const isKept = !isOutermost || keep(element);
      if (isKept) list.push(element);
      return isKept;
    };
    for (let more = cursor.enter(openBracket, closeBracket); more;) {
      // As many whole elements as fit into a piece: up to `to`; the next one begins at `begun`.
      const from = cursor.at;
      let to = from;
      let begun = from;
      while (more && cursor.pass(from + pieceBytes)) {
        to = cursor.at;
        more = cursor.more(closeBracket);
        begun = cursor.at;
      }
      cursor.at = begun;
      if (to > from) {
        const weight = this.hold(from, to);
        const elements = this.parsed(from, to, '[', ']') as unknown[];
        let left = 0;
        for (const element of elements) if (!add(element)) left++;
        this.held -= weight * (left / elements.length);
      } else {
        add(this.value());
        more = cursor.more(closeBracket);
      }
    }
    this.open--;
    return list;
  }

  private keptWhole(from: number, to: number): unknown {
    this.hold(from, to);
    return this.parsed(from, to);
  }

  /** Before a piece is parsed, and not after: it might be what ends the process. @returns about its bytes of memory. */
  private hold(from: number, to: number): number {
    const weight = heapBytesOf(this.bytes, from, to, Infinity);
    this.held += weight;
    if (this.held > this.options.heapBytes) {
      const most = (this.options.heapBytes / 2 ** 30).toFixed(1);
      throw tooLarge(`more values than fit into the ${most} GB of memory that are for it`);
    }
    return weight;
  }

  private parsed(from: number, to: number, before = '', after = ''): unknown {
    return JSON.parse(before + this.decoder.decode(this.bytes.subarray(from, to)) + after) as unknown;
  }
}
