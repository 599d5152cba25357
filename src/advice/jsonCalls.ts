/** Calls of JSON.parse and JSON.stringify, also where a file has names of its own for them. */
import { TokenKind, tokenText, type Tokens } from './lexer.ts';
import type { Call, SourceText } from './source.ts';

export type JsonFunction = 'JSON.parse' | 'JSON.stringify';

/** Which of them a call is; null for any other call. */
export function jsonFunctionOf(source: SourceText, { name }: Call): JsonFunction | null {
  return asJson(name) ?? ownNamesOf(source).get(name) ?? null;
}

function asJson(name: string): JsonFunction | null {
  return name === 'JSON.parse' || name === 'JSON.stringify' ? name : null;
}

const known = new WeakMap<SourceText, ReadonlyMap<string, JsonFunction>>();

function ownNamesOf(source: SourceText): ReadonlyMap<string, JsonFunction> {
  const kept = known.get(source);
  if (kept) return kept;
  const names = new Map<string, JsonFunction>();
  const { tokens } = source;
  for (let index = 2; index < tokens.length; index++) {
    if (tokenText(tokens, index) !== 'JSON' || tokenText(tokens, index - 1) !== '=') continue;
    const open = tokenText(tokens, index - 2) === '}' ? (tokens.match[index - 2] ?? -1) : -1;
    if (open >= 0) addDestructured(tokens, open, index - 2, names);
    else addAlias(tokens, index, names);
  }
  known.set(source, names);
  return names;
}

/** `const { parse, stringify: toText } = JSON`. */
function addDestructured(tokens: Tokens, open: number, close: number, names: Map<string, JsonFunction>): void {
  for (let index = open + 1; index < close; index++) {
    const json = asJson(`JSON.${tokenText(tokens, index)}`);
    const isRenamed = tokenText(tokens, index + 1) === ':';
    if (json !== null) names.set(tokenText(tokens, isRenamed ? index + 2 : index), json);
  }
}

/** `const toText = JSON.stringify`. */
function addAlias(tokens: Tokens, index: number, names: Map<string, JsonFunction>): void {
  const json = asJson(`JSON${tokenText(tokens, index + 1)}${tokenText(tokens, index + 2)}`);
  const isCalled = tokenText(tokens, index + 3) === '(';
  if (json !== null && !isCalled && tokens.kind[index - 2] === TokenKind.name)
    names.set(tokenText(tokens, index - 2), json);
}
