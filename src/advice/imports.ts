/** What a file calls of a module, whatever names it gives to it. */
import { TokenKind, tokenText, type Tokens } from './lexer.ts';
import type { Call, SourceText } from './source.ts';

/**
 * The calls of some of a module's functions or classes: `net.connect(…)` after `import net from 'node:net'` or `const net = require('net')`,
 * and `dial(…)` after `import { connect as dial } from 'net'`. In order.
 * @param module without `node:`.
 */
export function callsOf(source: SourceText, module: string, names: readonly string[]): Call[] {
  const { wholes, parts } = importsOf(source.tokens, module);
  return source.calls.filter(({ name, last }) => {
    const part = parts.get(name);
    if (part !== undefined) return names.includes(part);
    return names.includes(last) && wholes.has(name.slice(0, -last.length - 1));
  });
}

interface Imports {
  /** Names of the module itself. */
  readonly wholes: ReadonlySet<string>;
  /** Names here → names there. */
  readonly parts: ReadonlyMap<string, string>;
}

function importsOf(tokens: Tokens, module: string): Imports {
  const wholes = new Set<string>();
  const parts = new Map<string, string>();
  for (let index = 0; index < tokens.length; index++) {
    if (tokens.kind[index] !== TokenKind.string) continue;
    const named = tokenText(tokens, index).slice(1, -1);
    if (named !== module && named !== `node:${module}`) continue;
    const last = endOfNames(tokens, index);
    if (last < 0) continue;
    const open = tokenText(tokens, last) === '}' ? (tokens.match[last] ?? -1) : -1;
    for (let at = open + 1; open >= 0 && at < last; at++) addPart(tokens, at, last, parts);
    // `net`, `* as net`, or `net, { connect }`.
    const whole = open < 0 ? last : tokenText(tokens, open - 1) === ',' ? open - 2 : -1;
    if (whole >= 0 && tokens.kind[whole] === TokenKind.name) wholes.add(tokenText(tokens, whole));
  }
  return { wholes, parts };
}

/** The last token of the names that a module is bound to; -1 if it is bound to none. */
function endOfNames(tokens: Tokens, module: number): number {
  const before = tokenText(tokens, module - 1);
  if (before === 'from') return module - 2;
  if (before !== '(') return -1;
  const word = tokenText(tokens, module - 2);
  const start = word === 'require' ? module - 2 : word === 'import' ? module - 3 : -1;
  return start > 0 && tokenText(tokens, start - 1) === '=' ? start - 2 : -1;
}

/** `connect`, `connect as dial` or `connect: dial`. */
function addPart(tokens: Tokens, at: number, end: number, parts: Map<string, string>): void {
  const before = tokenText(tokens, at - 1);
  if (tokens.kind[at] !== TokenKind.name || (before !== '{' && before !== ',')) return;
  const name = tokenText(tokens, at);
  const isRenamed = at + 2 < end && (tokenText(tokens, at + 1) === 'as' || tokenText(tokens, at + 1) === ':');
  parts.set(isRenamed ? tokenText(tokens, at + 2) : name, name);
}
