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
  /** Names of lists that are read as their elements are asked for, where one is larger than a piece. */
  readonly lists: readonly string[];
  /** What to throw where such a list breaks. */
  readonly faultOf: (error: unknown) => Error;
}

/**
 * What JSON.parse makes of these bytes, without ever making one string of them: V8 holds 512 MB in one. What is too large is gone into
 * and parsed element by element, many small ones together.
 * @throws NotPlain or SyntaxError where it is no JSON, FORMAT_TOO_LARGE where more is kept than may be.
 */
export function parseInPieces(bytes: Uint8Array, start: number, options: PieceOptions): unknown {
  return new Pieces(bytes, start, options).whole();
}

/** A list that stands in its bytes only: each time it is walked through, its elements are made anew, a piece of them at a time. */
class ListInPieces implements Iterable<unknown> {
  private readonly bytes: Uint8Array;
  private readonly start: number;
  private readonly options: PieceOptions;

  constructor(bytes: Uint8Array, start: number, options: PieceOptions) {
    this.bytes = bytes;
    this.start = start;
    this.options = options;
  }

  /** @throws what `faultOf` makes of JSON that is broken. */
  *[Symbol.iterator](): Generator<unknown, undefined> {
    const batches = new Pieces(this.bytes, this.start, this.options).batches();
    for (;;) {
      let batch;
      try {
        batch = batches.next();
      } catch (error) {
        throw this.options.faultOf(error);
      }
      if (batch.done) return;
      yield* batch.value.elements;
      batch.value.release(1);
    }
  }
}

/** Whether it is a list, held or in pieces. */
export function isList(value: unknown): value is Iterable<unknown> {
  return Array.isArray(value) || value instanceof ListInPieces;
}

/** Elements that follow each other in a list, and what drops a share (0…1) of them from what is kept. */
interface Batch {
  readonly elements: readonly unknown[];
  readonly release: (share: number) => void;
}

/** @param heapBytes what there is for the values. */
export function moreThanFits(heapBytes: number): Error {
  return tooLarge(`more values than fit into the ${(heapBytes / 2 ** 30).toFixed(1)} GB of memory that are for it`);
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
      const value = this.listInPieces(key) ?? this.value();
      // As JSON.parse does, also for `__proto__`.
      Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
    }
    return object;
  }

  private listInPieces(key: string): ListInPieces | null {
    const { cursor, bytes, options } = this;
    if (!options.lists.includes(key) || cursor.peek() !== openBracket) return null;
    const from = cursor.at;
    const isSmall = cursor.pass(from + options.pieceBytes);
    cursor.at = from;
    if (isSmall) return null;
    cursor.pass();
    return new ListInPieces(bytes, from, options);
  }

  private list(): unknown[] {
    const { keep } = this.options;
    const isOutermost = this.open++ === 0;
    const list: unknown[] = [];
    for (const { elements, release } of this.batches()) {
      let left = 0;
      for (const element of elements) {
        if (!isOutermost || keep(element)) list.push(element);
        else left++;
      }
      release(left / elements.length);
    }
    this.open--;
    return list;
  }

  /** The elements of the list that comes next, as many whole ones at a time as fit into a piece, or one that doesn't. */
  *batches(): Generator<Batch, undefined> {
    const { cursor } = this;
    for (let more = cursor.enter(openBracket, closeBracket); more;) {
      // Up to `to`; the next element begins at `begun`.
      const from = cursor.at;
      let to = from;
      let begun = from;
      while (more && cursor.pass(from + this.options.pieceBytes)) {
        to = cursor.at;
        more = cursor.more(closeBracket);
        begun = cursor.at;
      }
      cursor.at = begun;
      const before = this.held;
      if (to > from) this.hold(from, to);
      const elements = to > from ? (this.parsed(from, to, '[', ']') as unknown[]) : [this.value()];
      if (to === from) more = cursor.more(closeBracket);
      const weight = this.held - before;
      yield { elements, release: (share) => void (this.held -= weight * share) };
    }
  }

  private keptWhole(from: number, to: number): unknown {
    this.hold(from, to);
    return this.parsed(from, to);
  }

  /** Before a piece is parsed, and not after: it might be what ends the process. */
  private hold(from: number, to: number): void {
    this.held += heapBytesOf(this.bytes, from, to, Infinity);
    if (this.held > this.options.heapBytes) throw moreThanFits(this.options.heapBytes);
  }

  private parsed(from: number, to: number, before = '', after = ''): unknown {
    return JSON.parse(before + this.decoder.decode(this.bytes.subarray(from, to)) + after) as unknown;
  }
}
