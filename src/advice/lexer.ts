/**
 * The words of JavaScript or TypeScript source as columns: enough to tell code from strings, comments and regular
 * expressions, not a parser. It never throws and takes linear time whatever the text holds: an unclosed string ends with its line,
 * brackets that don't match are left without a partner, and there is no recursion.
 */

export const TokenKind = { name: 0, punctuation: 1, string: 2, template: 3, regexp: 4, number: 5 } as const;
export type TokenKind = (typeof TokenKind)[keyof typeof TokenKind];

export interface Tokens {
  readonly text: string;
  readonly length: number;
  /** A TokenKind. */
  readonly kind: Uint8Array;
  /** Offsets into the text. */
  readonly start: Int32Array;
  readonly end: Int32Array;
  /** 1-based. */
  readonly line: Int32Array;
  readonly column: Int32Array;
  /** Of a bracket, the index of its partner; else, and without one, -1. */
  readonly match: Int32Array;
}

/** Source beyond this is generated, not written; what comes after is not looked at. */
const maxSourceLength = 2_000_000;

/** After these a slash begins a regular expression, though they look like names. */
const operatorWords = new Set(
  'return typeof case in of delete void throw new do else instanceof yield await'.split(' '),
);
const conditionWords = new Set(['if', 'while', 'for', 'with']);
const closers: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

export function tokenize(source: string): Tokens {
  const lexer = new Lexer(source.length > maxSourceLength ? source.slice(0, maxSourceLength) : source);
  return lexer.run();
}

export function tokenText(tokens: Tokens, index: number): string {
  return index >= 0 && index < tokens.length ? tokens.text.slice(tokens.start[index], tokens.end[index]) : '';
}

class Lexer {
  private readonly text: string;
  private at = 0;
  private line = 1;
  private lineStart = 0;
  /** The last line found to hold no regular expression. */
  private lineWithout = 0;
  private readonly kind: number[] = [];
  private readonly start: number[] = [];
  private readonly end: number[] = [];
  private readonly lines: number[] = [];
  private readonly columns: number[] = [];
  private readonly match: number[] = [];
  private readonly open: number[] = [];
  /** Of each template literal that is open, how many brackets were open before its `${`. */
  private readonly templates: number[] = [];

  constructor(text: string) {
    this.text = text;
  }

  run(): Tokens {
    if (this.text.startsWith('#!')) this.skipLine();
    while (this.at < this.text.length) this.next();
    return {
      text: this.text,
      length: this.kind.length,
      kind: Uint8Array.from(this.kind),
      start: Int32Array.from(this.start),
      end: Int32Array.from(this.end),
      line: Int32Array.from(this.lines),
      column: Int32Array.from(this.columns),
      match: Int32Array.from(this.match),
    };
  }

  private next(): void {
    const { text, at } = this;
    const char = text[at] ?? '';
    const after = text[at + 1] ?? '';
    if (char === '\n') this.newLine();
    else if (char <= ' ' || char === '\u00a0' || char === '\ufeff') this.at++;
    else if (char === '/' && after === '/') this.skipLine();
    else if (char === '/' && after === '*') this.skipBlockComment();
    else if (char === '"' || char === "'") this.string(char);
    else if (char === '`') this.template(at, at + 1);
    else if (char === '/' && this.regexpMayStart() && this.regexp()) return;
    else if (isDigit(char)) this.push(TokenKind.number, this.endOfWord(at));
    else if (isWord(char) || char === '#') this.push(TokenKind.name, this.endOfWord(at + 1));
    else if (char === '}' && this.templates.at(-1) === this.open.length) this.resumeTemplate();
    else this.punctuation(char, after);
  }

  private newLine(): void {
    this.at++;
    this.line++;
    this.lineStart = this.at;
  }

  private skipLine(): void {
    const end = this.text.indexOf('\n', this.at);
    this.at = end < 0 ? this.text.length : end;
  }

  private skipBlockComment(): void {
    const end = this.text.indexOf('*/', this.at + 2);
    this.passTo(end < 0 ? this.text.length : end + 2);
  }

  /** Moves on, counting the lines passed. */
  private passTo(end: number): void {
    for (; this.at < end; this.at++) {
      if (this.text[this.at] !== '\n') continue;
      this.line++;
      this.lineStart = this.at + 1;
    }
  }

  private string(quote: string): void {
    let end = this.at + 1;
    for (; end < this.text.length; end++) {
      const char = this.text[end];
      if (char === '\\') end++;
      else if (char === quote) break;
      else if (char === '\n') {
        end--;
        break;
      }
    }
    this.push(TokenKind.string, Math.min(end + 1, this.text.length));
  }

  /** Text of a template literal from `from` to its end or to the next `${`, which counts as an opening brace. */
  private template(start: number, from: number): void {
    let end = from;
    for (; end < this.text.length; end++) {
      const char = this.text[end];
      if (char === '\\') end++;
      else if (char === '`') break;
      else if (char === '$' && this.text[end + 1] === '{') {
        this.push(TokenKind.template, end, start);
        this.templates.push(this.open.length + 1);
        this.open.push(this.kind.length);
        this.push(TokenKind.punctuation, end + 2);
        return;
      }
    }
    this.push(TokenKind.template, Math.min(end + 1, this.text.length), start);
  }

  private resumeTemplate(): void {
    this.templates.pop();
    this.close('{', this.at + 1);
    this.template(this.at, this.at);
  }

  private regexpMayStart(): boolean {
    const last = this.kind.length - 1;
    if (last < 0) return true;
    const kind = this.kind[last];
    const word = this.text.slice(this.start[last], this.end[last]);
    if (kind === TokenKind.name) return operatorWords.has(word);
    if (kind !== TokenKind.punctuation) return false;
    if (word === ')') {
      const before = (this.match[last] ?? -1) - 1;
      return before >= 0 && conditionWords.has(this.text.slice(this.start[before], this.end[before]));
    }
    if (word === '}') return this.lines[last] !== this.line;
    return word !== ']' && word !== '++' && word !== '--';
  }

  /**
   * False, and nothing read, if the slash is no regular expression after all: the line ends before it closes. Then no other is looked
   * for on that line, so that a line of slashes is not read to its end for each.
   */
  private regexp(): boolean {
    if (this.lineWithout === this.line) return false;
    let inClass = false;
    for (let end = this.at + 1; end < this.text.length; end++) {
      const char = this.text[end];
      if (char === '\n') break;
      if (char === '\\') end++;
      else if (char === '[') inClass = true;
      else if (char === ']') inClass = false;
      else if (char === '/' && !inClass) {
        this.push(TokenKind.regexp, this.endOfWord(end + 1));
        return true;
      }
    }
    this.lineWithout = this.line;
    return false;
  }

  private punctuation(char: string, after: string): void {
    const pair = char + after;
    if (char === '(' || char === '[' || char === '{') {
      this.open.push(this.kind.length);
      this.push(TokenKind.punctuation, this.at + 1);
    } else if (closers[char]) this.close(closers[char], this.at + 1);
    else if (pair === '=>' || pair === '++' || pair === '--') this.push(TokenKind.punctuation, this.at + 2);
    else if (pair === '?.' && !isDigit(this.text[this.at + 2] ?? '')) this.push(TokenKind.punctuation, this.at + 2);
    else this.push(TokenKind.punctuation, this.at + 1);
  }

  private close(opener: string, end: number): void {
    const index = this.kind.length;
    const partner = this.open.at(-1);
    const fits = partner !== undefined && this.text[(this.end[partner] ?? 0) - 1] === opener;
    this.push(TokenKind.punctuation, end);
    if (!fits) return;
    this.open.pop();
    this.match[partner] = index;
    this.match[index] = partner;
  }

  private push(kind: TokenKind, end: number, start = this.at): void {
    this.kind.push(kind);
    this.start.push(start);
    this.end.push(end);
    this.lines.push(this.line);
    this.columns.push(start - this.lineStart + 1);
    this.match.push(-1);
    this.passTo(end);
  }

  private endOfWord(from: number): number {
    let end = from;
    while (end < this.text.length && isWord(this.text[end] ?? '')) end++;
    return end;
  }
}

function isDigit(char: string): boolean {
  return char >= '0' && char <= '9';
}

function isWord(char: string): boolean {
  return (
    (char >= 'a' && char <= 'z') ||
    (char >= 'A' && char <= 'Z') ||
    isDigit(char) ||
    char === '_' ||
    char === '$' ||
    char > '\u00bf'
  );
}
