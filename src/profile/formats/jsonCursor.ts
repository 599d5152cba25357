/** Walks JSON in bytes where its shape is known, without making a string or an object of what it passes. */
import { Float64Column } from '../columns.ts';
import {
  backslash,
  closeBrace,
  closeBracket,
  colon,
  comma,
  endOfText,
  isSpace,
  openBrace,
  openBracket,
  quote,
} from './jsonText.ts';

/** The text is not what its reader hoped for: whoever catches it reads the file the careful way, which tells what is wrong. */
export class NotPlain extends Error {}

const [minus, dot, zero, nine] = [0x2d, 0x2e, 0x30, 0x39];
const end = -1;
/** As many digits surely fit into a double. */
const mostDigits = 15;
const jsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** The bytes of a key, to be compared with. */
export function keyBytes(key: string): Uint8Array {
  return new TextEncoder().encode(key);
}

export class JsonCursor {
  at: number;
  private readonly bytes: Uint8Array;
  private readonly decoder = new TextDecoder();

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  /** The next byte that is no white space, not yet passed; -1 at the end. */
  peek(): number {
    const { bytes } = this;
    let byte = bytes[this.at];
    while (isSpace(byte)) byte = bytes[++this.at];
    return byte ?? end;
  }

  /** @throws NotPlain when something else comes. */
  expect(byte: number): void {
    if (this.peek() !== byte) throw new NotPlain();
    this.at++;
  }

  /** Passes what stands behind an element: true if another one comes, false if it was the last. @throws NotPlain */
  more(close: number): boolean {
    const byte = this.peek();
    this.at++;
    if (byte === comma) return true;
    if (byte === close) return false;
    throw new NotPlain();
  }

  /** Passes `[` or `{`: true if an element comes, false if it was empty and is passed. @throws NotPlain */
  enter(open: number, close: number): boolean {
    this.expect(open);
    if (this.peek() !== close) return true;
    this.at++;
    return false;
  }

  /**
   * Passes `{` and the first key of the object that is named, with its colon; other keys are passed with their values.
   * @returns its place among the names, -1 when the object has ended and is passed. @throws NotPlain, SyntaxError
   */
  firstField(names: readonly Uint8Array[]): number {
    return this.enter(openBrace, closeBrace) ? this.field(names, 0) : -1;
  }

  /** As firstField, behind the value of the `previous` one. */
  nextField(names: readonly Uint8Array[], previous: number): number {
    return this.more(closeBrace) ? this.field(names, previous + 1) : -1;
  }

  private field(names: readonly Uint8Array[], guess: number): number {
    for (;;) {
      const place = this.key(names, guess);
      if (place >= 0) return place;
      this.skip();
      if (!this.more(closeBrace)) return -1;
    }
  }

  /**
   * Passes a key and its colon. @throws NotPlain
   * @param guess the place that is tried first: keys mostly come in the same order. @returns its place among the names, -1 for another one.
   */
  private key(names: readonly Uint8Array[], guess: number): number {
    this.expect(quote);
    const { bytes } = this;
    const from = this.at;
    const guessed = names[guess];
    if (guessed && bytes[from + guessed.length] === quote && this.isHere(guessed)) {
      this.at += guessed.length + 1;
      this.expect(colon);
      return guess;
    }
    let byte = bytes[this.at];
    while (byte !== quote) {
      // Escaped letters could spell any name.
      if (byte === undefined || byte < 0x20 || byte === backslash) throw new NotPlain();
      byte = bytes[++this.at];
    }
    const length = this.at - from;
    this.at = from;
    const place = names.findIndex((name) => name.length === length && this.isHere(name));
    this.at += length + 1;
    this.expect(colon);
    return place;
  }

  private isHere(name: Uint8Array): boolean {
    const { bytes, at } = this;
    for (let index = 0; index < name.length; index++) if (name[index] !== bytes[at + index]) return false;
    return true;
  }

  /** A whole number of 31 bits without a sign. @throws NotPlain */
  index(): number {
    const value = this.number();
    if (value < 0 || value > 0x7fffffff || !Number.isInteger(value)) throw new NotPlain();
    return value;
  }

  /** @throws NotPlain */
  number(): number {
    const negative = this.peek() === minus;
    const { bytes } = this;
    const from = this.at;
    if (negative) this.at++;
    const digits = this.at;
    let value = 0;
    let byte = bytes[this.at] ?? end;
    for (; byte >= zero && byte <= nine; byte = bytes[++this.at] ?? end) value = value * 10 + byte - zero;
    const length = this.at - digits;
    const leads = length > 1 && bytes[digits] === zero;
    if (length === 0 || leads) throw new NotPlain();
    // 0x20 makes small letters of capitals.
    if (length <= mostDigits && byte !== dot && (byte | 0x20) !== 0x65) return negative ? -value : value;
    while (isNumberByte(bytes[this.at] ?? end)) this.at++;
    const text = this.decoder.decode(bytes.subarray(from, this.at));
    if (!jsonNumber.test(text)) throw new NotPlain();
    return Number(text);
  }

  /** Passes a list of numbers. @throws NotPlain */
  numbers(): Float64Array {
    const { bytes } = this;
    const column = new Float64Column();
    for (let more = this.enter(openBracket, closeBracket); more;) {
      // Millions of them are a few digits and a comma.
      let at = this.at;
      let value = 0;
      let byte = bytes[at] ?? end;
      for (; byte >= zero && byte <= nine; byte = bytes[++at] ?? end) value = value * 10 + byte - zero;
      const length = at - this.at;
      if (byte === comma && length > 0 && length <= mostDigits && (length === 1 || bytes[this.at] !== zero)) {
        this.at = at + 1;
      } else {
        value = this.number();
        more = this.more(closeBracket);
      }
      column.push(value);
    }
    return column.take();
  }

  /** Passes any value. @throws NotPlain where it isn't closed, SyntaxError where it is no JSON. */
  skip(): void {
    this.peek();
    const from = this.at;
    this.pass();
    JSON.parse(this.decoder.decode(this.bytes.subarray(from, this.at)));
  }

  /**
   * Passes any value, without a look at what is inside.
   * @param until stops in the middle of it once it is past this byte. @returns whether it came to the value's end.
   * @throws NotPlain where it isn't closed, or where there is none.
   */
  pass(until = Infinity): boolean {
    const { bytes } = this;
    const first = this.peek();
    if (first === comma || first === closeBrace || first === closeBracket) throw new NotPlain();
    let depth = 0;
    while (this.at <= until) {
      const byte = bytes[this.at];
      if (depth === 0 && (byte === undefined || byte === comma || byte === closeBrace || byte === closeBracket))
        return true;
      if (byte === undefined) throw new NotPlain();
      if (byte === quote) this.passString();
      else {
        if (byte === openBrace || byte === openBracket) depth++;
        else if (byte === closeBrace || byte === closeBracket) depth--;
        this.at++;
      }
    }
    return false;
  }

  /** Passes a text, whose first quote comes next. */
  passString(): void {
    this.at = endOfText(this.bytes, this.at);
  }
}

function isNumberByte(byte: number): boolean {
  return (byte >= zero && byte <= nine) || byte === dot || byte === 0x2b || byte === minus || (byte | 0x20) === 0x65;
}
