/**
 * Functions that V8 has inlined. Optimised code keeps no frame of them in many samples: their time stands under the function they were
 * inlined in, with line numbers of their own (seen on Node 20 and 24). Such a line is believed if, in the same file, it lies in a
 * function that the outer one calls, directly or through others.
 */
import { TokenKind, tokenText } from './lexer.ts';
import { callsInLoops } from './loops.ts';
import { callsIn, functionExtent, type Call, type LineRange, type SourceText } from './source.ts';

export interface NamedFunction {
  readonly name: string;
  readonly extent: LineRange;
}

/** V8 inlines a few levels deep. */
const mostLevels = 4;

/** The function of the file that a function calls and that holds a line; the innermost of several. Null if there is none. */
export function inlinedAt(source: SourceText, outer: LineRange, line: number): NamedFunction | null {
  if (isWithin(outer, line)) return null;
  let found: NamedFunction | null = null;
  for (const callee of calledFrom(source, outer)) {
    if (isWithin(callee.extent, line) && (!found || callee.extent.from > found.extent.from)) found = callee;
  }
  return found;
}

/** Calls in the functions of the file that a function calls, nearest first. */
export function callsBelow(source: SourceText, outer: LineRange): Call[] {
  return calledFrom(source, outer).flatMap(({ extent }) => callsIn(source, extent));
}

/**
 * Whether a function can take long by itself: it loops, or calls anything whose length is unknown. A few operations, Math included, cannot:
 * such a function is hot because somebody calls it in a loop, and that loop is what blocks.
 */
export function canTakeLong(source: SourceText, extent: LineRange): boolean {
  if (callsIn(source, extent).some(({ name }) => !/^(?:Math|Number)\.\w+$/.test(name))) return true;
  const { tokens } = source;
  for (let index = 0; index < tokens.length; index++) {
    const word = tokens.kind[index] === TokenKind.name && isWithin(extent, tokens.line[index] ?? 0);
    if (word && loopWords.has(tokenText(tokens, index))) return true;
  }
  return false;
}

const loopWords = new Set(['for', 'while', 'do', 'await', 'yield']);

/**
 * The line to point to for time spent on a line: itself, unless it lies in an inlined function that cannot take long or is called in a
 * loop; then the line that calls it, and so on outwards.
 */
export function loopLine(
  source: SourceText,
  outer: LineRange,
  line: number,
  weights: ReadonlyMap<number, number>,
): number {
  let at = line;
  for (let level = 0; level < mostLevels; level++) {
    const inlined = inlinedAt(source, outer, at);
    if (!inlined) return at;
    const callers = [outer, ...calledFrom(source, outer).map(({ extent }) => extent)];
    const inLoops = callers.flatMap((extent) => callsInLoops(source, extent, inlined.name));
    if (inLoops.length === 0 && canTakeLong(source, inlined.extent)) return at;
    const all = callers.flatMap((extent) => callsIn(source, extent)).filter(({ last }) => last === inlined.name);
    const calls = inLoops.length > 0 ? inLoops : all;
    let best = calls[0]?.line ?? at;
    for (const call of calls) if ((weights.get(call.line) ?? 0) > (weights.get(best) ?? 0)) best = call.line;
    at = best;
  }
  return at;
}

export function isWithin({ from, to }: LineRange, line: number): boolean {
  return line >= from && line <= to;
}

const calledKnown = new WeakMap<SourceText, Map</* first line */ number, readonly NamedFunction[]>>();

function calledFrom(source: SourceText, outer: LineRange): readonly NamedFunction[] {
  let known = calledKnown.get(source);
  if (!known) calledKnown.set(source, (known = new Map<number, readonly NamedFunction[]>()));
  const kept = known.get(outer.from);
  if (kept) return kept;
  const functions = functionsOf(source);
  const found = new Map</* first line */ number, NamedFunction>();
  let level: readonly LineRange[] = [outer];
  for (let depth = 0; depth < mostLevels && level.length > 0; depth++) {
    const names = new Set(level.flatMap((extent) => callsIn(source, extent).map(({ last }) => last)));
    const next = functions.filter(
      ({ name, extent }) => names.has(name) && extent.from !== outer.from && !found.has(extent.from),
    );
    for (const callee of next) found.set(callee.extent.from, callee);
    level = next.map(({ extent }) => extent);
  }
  const called = [...found.values()];
  known.set(outer.from, called);
  return called;
}

const functionsKnown = new WeakMap<SourceText, readonly NamedFunction[]>();

/** `function name(`, methods, and `name = (…) =>` or `name: function (`. */
function functionsOf(source: SourceText): readonly NamedFunction[] {
  const kept = functionsKnown.get(source);
  if (kept) return kept;
  const { tokens } = source;
  const calledAt = new Set(source.calls.map(({ open }) => open));
  const found: NamedFunction[] = [];
  for (let index = 0; index < tokens.length; index++) {
    if (tokens.kind[index] !== TokenKind.name) continue;
    const next = tokenText(tokens, index + 1);
    const start = next === '(' && !calledAt.has(index + 1) ? index + 1 : assignedFunction(source, index);
    if (start < 0) continue;
    const extent = functionExtent(source, tokens.line[start] ?? 0, tokens.column[start] ?? 0);
    if (extent) found.push({ name: tokenText(tokens, index), extent });
  }
  functionsKnown.set(source, found);
  return found;
}

/** The token a function begins with that is given to the name at `index`; -1 if none is. */
function assignedFunction({ tokens }: SourceText, index: number): number {
  const operator = tokenText(tokens, index + 1);
  if (operator !== '=' && operator !== ':') return -1;
  const start = index + (tokenText(tokens, index + 2) === 'async' ? 3 : 2);
  const word = tokenText(tokens, start);
  if (word === 'function') return start;
  if (word === '(') {
    const close = tokens.match[start] ?? -1;
    return close >= 0 && tokenText(tokens, close + 1) === '=>' ? start : -1;
  }
  return tokenText(tokens, start + 1) === '=>' ? start : -1;
}
