/** What the source says around a measured line: calls, regular expressions and the extent of functions. Pure and bounded. */
import { tokenize, TokenKind, tokenText, type Tokens } from './lexer.ts';

export interface SourceText {
  readonly calls: readonly Call[];
  readonly regexps: readonly RegexpLiteral[];
  readonly tokens: Tokens;
}

/** `fs.readFileSync(path)`: name `fs.readFileSync`, last `readFileSync`. */
export interface Call {
  readonly name: string;
  readonly last: string;
  /** Where the called name stands: V8 counts the call's time on this line. */
  readonly line: number;
  readonly isNew: boolean;
  /** Tokens of the opening and the closing parenthesis; the same if it is never closed. */
  readonly open: number;
  readonly close: number;
}

/** A literal, or a `new RegExp('…')` of a string. */
export interface RegexpLiteral {
  readonly pattern: string;
  readonly line: number;
  /** The variable or property it is given to, or ''. */
  readonly boundTo: string;
}

export interface LineRange {
  readonly from: number;
  readonly to: number;
}

const notCalled = new Set(
  'if for while switch catch with return typeof function await in of void delete throw do else super constructor'.split(
    ' ',
  ),
);

export function scanSource(text: string): SourceText {
  const tokens = tokenize(text);
  const calls: Call[] = [];
  const regexps: RegexpLiteral[] = [];
  for (let index = 0; index < tokens.length; index++) {
    const kind = tokens.kind[index];
    if (kind === TokenKind.regexp) {
      regexps.push({
        pattern: patternOf(tokenText(tokens, index)),
        line: tokens.line[index] ?? 0,
        boundTo: boundName(tokens, index),
      });
    } else if (kind === TokenKind.name) {
      const call = callAt(tokens, index);
      if (!call) continue;
      calls.push(call);
      if (call.last === 'RegExp' && tokens.kind[call.open + 1] === TokenKind.string) {
        regexps.push({
          pattern: stringValue(tokenText(tokens, call.open + 1)),
          line: call.line,
          boundTo: boundName(tokens, call.isNew ? index - 1 : index),
        });
      }
    }
  }
  return { calls, regexps, tokens };
}

export function callsIn(source: SourceText, range: LineRange | null): readonly Call[] {
  return range ? source.calls.filter(({ line }) => line >= range.from && line <= range.to) : source.calls;
}

/** Whether a line mentions a name in code. */
export function mentions(source: SourceText, line: number, name: string): boolean {
  const { tokens } = source;
  for (let index = firstTokenOf(tokens, line); index < tokens.length && tokens.line[index] === line; index++) {
    if (tokens.kind[index] === TokenKind.name && tokenText(tokens, index) === name) return true;
  }
  return false;
}

/** The value of `name: value` among a call's arguments, as written, one token; null if it isn't there. */
export function optionOf(source: SourceText, call: Call, name: string): string | null {
  for (let index = call.open + 1; index < call.close; index++) {
    if (tokenText(source.tokens, index) === name && tokenText(source.tokens, index + 1) === ':')
      return tokenText(source.tokens, index + 2);
  }
  return null;
}

/**
 * The lines of the function that starts at a position, as the profiler gives it: its parameters' opening parenthesis, or an
 * arrow function's first parameter. Line 1, column 1 is the module itself.
 * @returns null if there is no function to be seen.
 */
export function functionExtent(source: SourceText, line: number, column: number): LineRange | null {
  const { tokens } = source;
  if (line === 1 && column <= 1) return { from: 1, to: tokens.line[tokens.length - 1] ?? 1 };
  let index = firstTokenOf(tokens, line);
  while (tokens.line[index] === line && (tokens.column[index] ?? 0) < column) index++;
  if (tokens.line[index] !== line) index = firstTokenOf(tokens, line);
  if (tokens.line[index] !== line) return null;
  const start = index;
  const end = Math.min(tokens.length, start + maxHeadTokens);
  for (; index < end; index++) {
    const word = tokenText(tokens, index);
    if (word === '=>') return { from: line, to: bodyEnd(tokens, index + 1) };
    if (word === '(' && tokens.kind[index] === TokenKind.punctuation) break;
  }
  const close = tokens.match[index] ?? -1;
  if (close < 0) return null;
  const body = bodyStart(tokens, close + 1);
  return body < 0 ? null : { from: line, to: bodyEnd(tokens, body) };
}

/** Between the position and the parameters stand at most a name, type parameters and modifiers. */
const maxHeadTokens = 64;

/** The token a body starts with, after the parameters: past an arrow or a TypeScript return type. */
function bodyStart(tokens: Tokens, from: number): number {
  const end = Math.min(tokens.length, from + 4 * maxHeadTokens);
  for (let index = from; index < end; index++) {
    const word = tokenText(tokens, index);
    if (word === '=>') return index + 1;
    if (word === ';') return -1;
    if (word !== '{') continue;
    // After these a brace opens an object type, not the body.
    if (':<|&,'.includes(tokenText(tokens, index - 1)) && tokens.match[index] !== -1)
      index = tokens.match[index] ?? index;
    else return index;
  }
  return -1;
}

/** Last line of a body: of its closing brace, or of an arrow function's expression. */
function bodyEnd(tokens: Tokens, from: number): number {
  const partner = tokens.match[from] ?? -1;
  if (tokenText(tokens, from) === '{') return tokens.line[partner < 0 ? tokens.length - 1 : partner] ?? 0;
  let index = from;
  while (index < tokens.length) {
    const word = tokenText(tokens, index);
    if (tokens.kind[index] === TokenKind.punctuation && word.length === 1 && ',;)]}'.includes(word)) break;
    const skip = tokens.match[index] ?? -1;
    index = (skip > index ? skip : index) + 1;
  }
  return tokens.line[Math.max(from, index - 1)] ?? tokens.line[tokens.length - 1] ?? 0;
}

/** Lower bound: the first token on or after a line. */
function firstTokenOf(tokens: Tokens, line: number): number {
  let low = 0;
  let high = tokens.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tokens.line[middle] ?? 0) < line) low = middle + 1;
    else high = middle;
  }
  return low;
}

function callAt(tokens: Tokens, index: number): Call | null {
  let open = index + 1;
  if (tokenText(tokens, open) === '?.') open++;
  if (tokenText(tokens, open) !== '(' || tokens.kind[open] !== TokenKind.punctuation) return null;
  const last = tokenText(tokens, index);
  const parts = [last];
  let first = index;
  while (parts.length < maxChain) {
    const dot = tokenText(tokens, first - 1);
    if (dot !== '.' && dot !== '?.') break;
    if (tokens.kind[first - 2] !== TokenKind.name) {
      parts.unshift('');
      break;
    }
    first -= 2;
    parts.unshift(tokenText(tokens, first));
  }
  const before = tokenText(tokens, first - 1);
  if (parts.length === 1 && (notCalled.has(last) || before === 'function' || before === '*')) return null;
  const close = tokens.match[open] ?? -1;
  const definesMethod = parts.length === 1 && close >= 0 && tokenText(tokens, close + 1) === '{' && before !== 'new';
  if (definesMethod) return null;
  return {
    name: parts.join('.'),
    last,
    line: tokens.line[index] ?? 0,
    isNew: before === 'new',
    open,
    close: close < 0 ? open : close,
  };
}

const maxChain = 8;

/** `const name = …`, `name: …`, `this.name = …`: the name. */
function boundName(tokens: Tokens, index: number): string {
  const operator = tokenText(tokens, index - 1);
  return (operator === '=' || operator === ':') && tokens.kind[index - 2] === TokenKind.name
    ? tokenText(tokens, index - 2)
    : '';
}

function patternOf(literal: string): string {
  return literal.slice(1, literal.lastIndexOf('/'));
}

function stringValue(literal: string): string {
  return literal.slice(1, -1).replace(/\\(.)/gs, (_, char: string) => plainEscapes[char] ?? char);
}

const plainEscapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };
