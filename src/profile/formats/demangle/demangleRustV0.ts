/** Backward references can nest and repeat: a name that needs more steps than this is made to cost time. */
const mostSteps = 2000;
const mostDepth = 100;
const mostLength = 8192;

const basicTypes: Readonly<Record<string, string>> = {
  a: 'i8',
  b: 'bool',
  c: 'char',
  d: 'f64',
  e: 'str',
  f: 'f32',
  h: 'u8',
  i: 'isize',
  j: 'usize',
  l: 'i32',
  m: 'u32',
  n: 'i128',
  o: 'u128',
  p: '_',
  s: 'i16',
  t: 'u16',
  u: '()',
  v: '...',
  x: 'i64',
  y: 'u64',
  z: '!',
};

/**
 * Rust's second scheme (RFC 2603). Crate hashes and the crate that instantiated a function are left out, as the compiler's
 * own short form does. Null for what does not follow the grammar to its end.
 * Source: https://doc.rust-lang.org/rustc/symbol-mangling/v0.html
 *
 * @param mangled what follows `_R`.
 */
export function demangleRustV0(mangled: string): string | null {
  try {
    return new RustV0(mangled).read();
  } catch (error) {
    if (error instanceof Unreadable) return null;
    throw error;
  }
}

class Unreadable extends Error {}

class RustV0 {
  private readonly text: string;
  private at = 0;
  private steps = 0;
  private depth = 0;
  private boundLifetimes = 0;

  constructor(text: string) {
    this.text = text;
  }

  read(): string {
    if (/\d/.test(this.text[0] ?? '')) throw new Unreadable('a later version');
    const name = this.path(true);
    // The instantiating crate, when there is one.
    if (this.at < this.text.length) this.path(false);
    if (this.at < this.text.length) throw new Unreadable('trailing characters');
    return name;
  }

  /** @param inValue whether generic arguments are written `::<…>`, as in an expression. */
  private path(inValue: boolean): string {
    return this.nested(() => {
      const tag = this.next();
      switch (tag) {
        case 'C': {
          this.disambiguator();
          return this.identifier();
        }
        case 'M':
        case 'X': {
          this.disambiguator();
          // Where the impl stands: not shown.
          this.path(false);
          const type = this.type();
          return tag === 'M' ? `<${type}>` : `<${type} as ${this.path(false)}>`;
        }
        case 'Y':
          return `<${this.type()} as ${this.path(false)}>`;
        case 'N':
          return this.nestedPath(inValue);
        case 'I': {
          const base = this.path(inValue);
          return `${base}${inValue ? '::' : ''}<${this.list(() => this.genericArgument()).join(', ')}>`;
        }
        case 'B':
          return this.backReference(() => this.path(inValue));
        default:
          throw new Unreadable('a path');
      }
    });
  }

  private nestedPath(inValue: boolean): string {
    const space = this.next();
    if (!/[A-Za-z]/.test(space)) throw new Unreadable('a namespace');
    const parent = this.path(inValue);
    const number = this.disambiguator();
    const name = this.identifier();
    if (space >= 'a') return name === '' ? parent : `${parent}::${name}`;
    const special = space === 'C' ? 'closure' : space === 'S' ? 'shim' : space;
    return `${parent}::{${special}${name === '' ? '' : `:${name}`}#${number}}`;
  }

  private genericArgument(): string {
    if (this.eat('L')) return this.lifetime(this.base62());
    if (this.eat('K')) return this.constant();
    return this.type();
  }

  private type(): string {
    return this.nested(() => {
      const tag = this.next();
      const basic = Object.hasOwn(basicTypes, tag) ? basicTypes[tag] : undefined;
      if (basic !== undefined) return basic;
      switch (tag) {
        case 'A':
          return `[${this.type()}; ${this.constant()}]`;
        case 'S':
          return `[${this.type()}]`;
        case 'T': {
          const types = this.list(() => this.type());
          return types.length === 1 ? `(${types[0] ?? ''},)` : `(${types.join(', ')})`;
        }
        case 'R':
        case 'Q': {
          const lifetime = this.eat('L') ? this.base62() : 0;
          const shown = lifetime === 0 ? '' : `${this.lifetime(lifetime)} `;
          return `&${shown}${tag === 'Q' ? 'mut ' : ''}${this.type()}`;
        }
        case 'P':
          return `*const ${this.type()}`;
        case 'O':
          return `*mut ${this.type()}`;
        case 'F':
          return this.bound(() => this.functionType());
        case 'D':
          return this.dynamicType();
        case 'B':
          return this.backReference(() => this.type());
        default:
          this.at--;
          return this.path(false);
      }
    });
  }

  private functionType(): string {
    const unsafe = this.eat('U') ? 'unsafe ' : '';
    let abi = '';
    if (this.eat('K')) abi = `extern "${this.eat('C') ? 'C' : this.identifier().replaceAll('_', '-')}" `;
    const parameters = this.list(() => this.type());
    const result = this.type();
    return `${unsafe}${abi}fn(${parameters.join(', ')})${result === '()' ? '' : ` -> ${result}`}`;
  }

  private dynamicType(): string {
    const bounds = this.bound(() => this.list(() => this.dynamicTrait()).join(' + '));
    if (!this.eat('L')) throw new Unreadable('a lifetime');
    const lifetime = this.base62();
    return `dyn ${bounds}${lifetime === 0 ? '' : ` + ${this.lifetime(lifetime)}`}`;
  }

  private dynamicTrait(): string {
    let text = this.path(false);
    while (this.eat('p')) {
      const binding = `${this.identifier()} = ${this.type()}`;
      text = text.endsWith('>') ? `${text.slice(0, -1)}, ${binding}>` : `${text}<${binding}>`;
    }
    return text;
  }

  private constant(): string {
    return this.nested(() => {
      const tag = this.next();
      if (tag === 'p') return '_';
      if (tag === 'B') return this.backReference(() => this.constant());
      if (!'ahsltmxyijnobc'.includes(tag)) throw new Unreadable('a constant');
      const negative = this.eat('n') ? '-' : '';
      const hex = /^[0-9a-f]{0,32}_/.exec(this.text.slice(this.at, this.at + 33))?.[0];
      if (hex === undefined) throw new Unreadable('a constant');
      this.at += hex.length;
      const value = BigInt(`0x0${hex.slice(0, -1)}`);
      if (tag === 'b') return value === 0n ? 'false' : 'true';
      if (tag === 'c') return value <= 0x10ffffn ? `'${String.fromCodePoint(Number(value)).toWellFormed()}'` : '_';
      return `${negative}${value}`;
    });
  }

  /** `for<'a>` around what binds lifetimes. */
  private bound(read: () => string): string {
    const count = this.eat('G') ? this.base62() + 1 : 0;
    if (count > 26) throw new Unreadable('lifetimes');
    this.boundLifetimes += count;
    const names = Array.from({ length: count }, (_, index) => this.lifetime(count - index));
    const text = read();
    this.boundLifetimes -= count;
    return count === 0 ? text : `for<${names.join(', ')}> ${text}`;
  }

  /** Numbered from the innermost binder outwards, from 1; 0 is one that was erased. */
  private lifetime(index: number): string {
    if (index === 0) return "'_";
    const depth = this.boundLifetimes - index;
    if (depth < 0) throw new Unreadable('a lifetime');
    return depth < 26 ? `'${String.fromCharCode(97 + depth)}` : `'_${depth}`;
  }

  private identifier(): string {
    const punycode = this.eat('u');
    const digits = /^(?:0|[1-9]\d{0,4})/.exec(this.text.slice(this.at, this.at + 5))?.[0];
    if (digits === undefined) throw new Unreadable('an identifier');
    this.at += digits.length;
    this.eat('_');
    const end = this.at + Number(digits);
    if (end > this.text.length) throw new Unreadable('an identifier');
    const text = this.text.slice(this.at, end);
    this.at = end;
    return punycode ? `punycode{${text.replace(/_([^_]*)$/, '-$1')}}` : text;
  }

  private disambiguator(): number {
    return this.eat('s') ? this.base62() + 1 : 0;
  }

  /** `_` is 0, `0_` is 1, and so on in base 62. */
  private base62(): number {
    const digits = /^[0-9a-zA-Z]{0,11}_/.exec(this.text.slice(this.at, this.at + 12))?.[0];
    if (digits === undefined) throw new Unreadable('a number');
    this.at += digits.length;
    if (digits === '_') return 0;
    let value = 0;
    for (const digit of digits.slice(0, -1)) {
      const code = digit.charCodeAt(0);
      value = value * 62 + (code >= 97 ? code - 87 : code >= 65 ? code - 29 : code - 48);
    }
    return value + 1;
  }

  private backReference(read: () => string): string {
    const tag = this.at - 1;
    const target = this.base62();
    if (target >= tag) throw new Unreadable('a reference forwards');
    const resume = this.at;
    this.at = target;
    const text = read();
    this.at = resume;
    return text;
  }

  private list(read: () => string): string[] {
    const items: string[] = [];
    while (!this.eat('E')) items.push(read());
    return items;
  }

  private nested(read: () => string): string {
    if (++this.steps > mostSteps || ++this.depth > mostDepth) throw new Unreadable('too deep');
    const text = read();
    if (text.length > mostLength) throw new Unreadable('too long');
    this.depth--;
    return text;
  }

  private next(): string {
    const character = this.text[this.at++];
    if (character === undefined) throw new Unreadable('the end');
    return character;
  }

  private eat(character: string): boolean {
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }
}
