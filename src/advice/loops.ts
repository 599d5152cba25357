/** Loops in the source: what is called in one is short and frequent, and the loop around it is what takes long. */
import { TokenKind, tokenText, type Tokens } from './lexer.ts';
import { callsIn, type Call, type LineRange, type SourceText } from './source.ts';

/** Array methods that run a callback for each element before they return. */
const iterating = new Set(
  'forEach map filter reduce reduceRight some every find findIndex findLast flatMap sort toSorted from'.split(' '),
);

/** The calls of a name, inside a function, that stand in a loop which does not wait in between. */
export function callsInLoops(source: SourceText, extent: LineRange, name: string): Call[] {
  const loops = loopsOf(source);
  return callsIn(source, extent).filter(
    (call) =>
      call.last === name &&
      loops.some(
        ({ from, to }) => call.open > from && call.open < to && (source.tokens.line[from] ?? 0) >= extent.from,
      ),
  );
}

/** A function as its caller sees it: its name, and where it is written if that is in the same file. */
export interface Callback {
  readonly name: string;
  readonly line: number;
  readonly column: number;
}

/** Whether a call hands a function to an array method that calls it for each element without waiting: by its name, or written in place. */
export function iteratesWith(
  source: SourceText,
  { last, open, close }: Call,
  { name, line, column }: Callback,
): boolean {
  const { tokens } = source;
  if (!iterating.has(last) || waits(tokens, { from: open, to: close })) return false;
  const at = (index: number): number => (tokens.line[index] ?? 0) * 2 ** 20 + (tokens.column[index] ?? 0);
  const written = line * 2 ** 20 + column;
  if (line > 0 && written > at(open) && written < at(close)) return true;
  for (let index = open + 1; index < close; index++) {
    const before = tokenText(tokens, index - 1);
    const after = tokenText(tokens, index + 1);
    const isArgument = (index - 1 === open || before === ',') && (after === ',' || index + 1 === close);
    if (isArgument && tokens.kind[index] === TokenKind.name && tokenText(tokens, index) === name) return true;
  }
  return false;
}

/** Tokens of a loop's body, or of the arguments of an iterating method. */
interface Loop {
  readonly from: number;
  readonly to: number;
}

const known = new WeakMap<SourceText, readonly Loop[]>();

function loopsOf(source: SourceText): readonly Loop[] {
  const kept = known.get(source);
  if (kept) return kept;
  const { tokens, calls } = source;
  const found: Loop[] = [];
  for (const { last, open, close } of calls) if (iterating.has(last)) found.push({ from: open, to: close });
  for (let index = 0; index < tokens.length; index++) {
    if (tokens.kind[index] !== TokenKind.name) continue;
    const word = tokenText(tokens, index);
    const from = word === 'do' ? index + 1 : word === 'for' || word === 'while' ? afterHead(tokens, index + 1) : -1;
    if (from >= 0) found.push({ from: from - 1, to: statementEnd(tokens, from) });
  }
  const busy = found.filter((loop) => !waits(tokens, loop));
  known.set(source, busy);
  return busy;
}

/** The first token of the body; -1 for `for await` and what is no loop. */
function afterHead(tokens: Tokens, open: number): number {
  const close = tokenText(tokens, open) === '(' ? (tokens.match[open] ?? -1) : -1;
  return close < 0 ? -1 : close + 1;
}

/** A statement without braces ends at its semicolon, or where the block around it does. */
function statementEnd(tokens: Tokens, from: number): number {
  const partner = tokens.match[from] ?? -1;
  if (tokenText(tokens, from) === '{') return partner < 0 ? tokens.length : partner;
  let index = from;
  while (index < tokens.length) {
    const word = tokenText(tokens, index);
    const skip = tokens.match[index] ?? -1;
    if (word === ';' || (word === '}' && skip < from)) return index;
    if (word === '{' && skip > index) return skip;
    index = (skip > index ? skip : index) + 1;
  }
  return index;
}

const longestLoop = 20_000;

/** A loop that awaits lets others have their turn. */
function waits(tokens: Tokens, { from, to }: Loop): boolean {
  const end = Math.min(to, from + longestLoop);
  for (let index = from; index < end; index++) {
    const word = tokens.kind[index] === TokenKind.name ? tokenText(tokens, index) : '';
    if (word === 'await' || word === 'yield') return true;
  }
  return false;
}
