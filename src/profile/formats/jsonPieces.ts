import { JsonCursor, NotPlain } from './jsonCursor.ts';

const [quote, comma, colon] = [0x22, 0x2c, 0x3a];
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];

export interface PieceOptions {
  /** JSON of at most as many bytes is parsed at once. */
  readonly pieceBytes: number;
  /** Which elements of a list that had to be cut are kept. */
  readonly keep: (element: unknown) => boolean;
}

/**
 * What JSON.parse makes of these bytes, without ever making one string of them: V8 holds 512 MB in one. What is too large is gone into
 * and parsed element by element, many small ones together.
 * @throws NotPlain or SyntaxError where it is no JSON.
 */
export function parseInPieces(bytes: Uint8Array, start: number, options: PieceOptions): unknown {
  return new Pieces(bytes, start, options).whole();
}

class Pieces {
  private readonly bytes: Uint8Array;
  private readonly cursor: JsonCursor;
  private readonly options: PieceOptions;
  private readonly decoder = new TextDecoder();

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
    if (cursor.pass(from + this.options.pieceBytes)) return this.parsed('', from, cursor.at, '');
    cursor.at = from;
    if (byte === openBrace) return this.object();
    if (byte === openBracket) return this.list();
    cursor.pass();
    return this.parsed('', from, cursor.at, '');
  }

  private object(): object {
    const { cursor } = this;
    const object = {};
    for (let more = cursor.enter(openBrace, closeBrace); more; more = cursor.more(closeBrace)) {
      if (cursor.peek() !== quote) throw new NotPlain();
      const from = cursor.at;
      cursor.passString();
      const key = this.parsed('', from, cursor.at, '') as string;
      cursor.expect(colon);
      // As JSON.parse does, also for `__proto__`.
      Object.defineProperty(object, key, { value: this.value(), enumerable: true, writable: true, configurable: true });
    }
    return object;
  }

  private list(): unknown[] {
    const { cursor } = this;
    const { pieceBytes, keep } = this.options;
    const list: unknown[] = [];
    for (let more = cursor.enter(openBracket, closeBracket); more;) {
      const from = cursor.at;
      let to = from;
      // As many whole elements as fit into a piece.
      while (more && cursor.pass(from + pieceBytes)) {
        to = cursor.at;
        more = cursor.more(closeBracket);
      }
      if (to > from) {
        for (const element of this.parsed('[', from, to, ']') as unknown[]) if (keep(element)) list.push(element);
      }
      if (!more) break;
      // The one that was begun: it comes next, alone if it is too large for a piece.
      cursor.at = to > from ? this.behindComma(to) : from;
      if (to > from) continue;
      const element = this.value();
      if (keep(element)) list.push(element);
      more = cursor.more(closeBracket);
    }
    return list;
  }

  private behindComma(at: number): number {
    const { cursor } = this;
    cursor.at = at;
    cursor.expect(comma);
    return cursor.at;
  }

  private parsed(before: string, from: number, to: number, after: string): unknown {
    return JSON.parse(before + this.decoder.decode(this.bytes.subarray(from, to)) + after) as unknown;
  }
}
