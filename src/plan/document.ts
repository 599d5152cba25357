/**
 * The plan's text as a tree with positions: JSON with comments and trailing commas. Whatever stands in the file, this
 * returns, in time linear in its length; what is wrong comes back as faults.
 */
import { createScanner, parseTree, printParseErrorCode, type Node, type ParseError } from 'jsonc-parser';
import { quoted, visible } from './visible.ts';

/** Larger plans are refused: nobody writes them, and a mistaken path (a log, a profile) should fail at once. */
export const maxPlanBytes = 1024 * 1024;

/** A plan needs eight levels and a request's body a few more; the parser recurses, so depth must end somewhere. */
const maxDepth = 100;

/**
 * Commas and opening brackets: a plan with more values is refused before it is parsed. zod spreads all issues into one call,
 * which overflows the stack from some 100,000 on.
 */
const maxSeparators = 20_000;

/** Something wrong at a stretch of the text (UTF-16 offsets): what it is, and what to write instead. */
export interface Fault {
  readonly offset: number;
  readonly length: number;
  readonly message: string;
  /** VS Code finds it by itself or through the JSON Schema. */
  readonly inSchema: boolean;
}

export interface PlanDocument {
  /** Without a byte order mark. */
  readonly text: string;
  /** Null when there is nothing, or nothing that could be read. */
  readonly root: Node | null;
  readonly syntaxFaults: readonly Fault[];
}

/** Where something stands: lines and columns from 1, columns in UTF-16 units, as editors count. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export function parseDocument(source: string): PlanDocument {
  const text = source.startsWith('\uFEFF') ? source.slice(1) : source;
  const excess = firstExcess(text);
  if (excess) return { text, root: null, syntaxFaults: [excess] };
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true, allowEmptyContent: true }) ?? null;
  if (root === null && errors.length === 0) {
    const message = 'the file is empty; write { "scenarios": { … } }, or let Slowpath: Create Plan write one';
    return { text, root, syntaxFaults: [{ offset: 0, length: 0, message, inSchema: false }] };
  }
  return { text, root, syntaxFaults: firstOfEachLine(text, errors).map((error) => syntaxFault(text, error)) };
}

/** The same for any offset of one text; each call costs a binary search. */
export function positionsIn(text: string): (offset: number) => Position {
  const lineStarts = [0];
  for (const { index, 0: lineBreak } of text.matchAll(/\r\n|\n|\r/g)) lineStarts.push(index + lineBreak.length);
  return (offset) => {
    let low = 0;
    let high = lineStarts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: offset - (lineStarts[low] ?? 0) + 1 };
  };
}

/** What is too deep or too much, or null. A scan and not a parse: the parser would overflow the stack first. */
function firstExcess(text: string): Fault | null {
  const scanner = createScanner(text, true);
  let depth = 0;
  let separators = 0;
  for (;;) {
    scanner.scan();
    const offset = scanner.getTokenOffset();
    if (offset >= text.length) return null;
    const first = text[offset];
    if (first === '{' || first === '[') depth++;
    else if (first === '}' || first === ']') depth--;
    if (first === '{' || first === '[' || first === ',') separators++;
    if (depth > maxDepth || separators > maxSeparators) {
      const tooMuch =
        depth > maxDepth
          ? `brackets are nested more than ${maxDepth} deep`
          : `there are more than ${maxSeparators} values`;
      return { offset, length: 1, message: `${tooMuch}; write a large body as one text`, inSchema: false };
    }
  }
}

/** One mistake makes the parser stumble several times; what follows on the same line is mostly that. */
function firstOfEachLine(text: string, errors: readonly ParseError[]): ParseError[] {
  const positionOf = positionsIn(text);
  const seen = new Set<number>();
  return errors.filter(({ offset }) => {
    const { line } = positionOf(offset);
    return seen.size !== seen.add(line).size;
  });
}

function syntaxFault(text: string, { error, offset, length }: ParseError): Fault {
  const found = text.slice(offset, offset + length);
  // At the end of the file there is nothing to underline but the last character.
  const start = offset >= text.length ? Math.max(0, text.trimEnd().length - 1) : offset;
  return {
    offset: start,
    length: Math.max(1, length),
    message: syntaxMessage(printParseErrorCode(error), found, text.slice(offset + length)),
    inSchema: true,
  };
}

function syntaxMessage(code: ReturnType<typeof printParseErrorCode>, found: string, rest: string): string {
  const here = found === '' ? 'the file ends too early' : `${token(found)} is out of place`;
  switch (code) {
    case 'InvalidSymbol':
      if (/^\s*:/.test(rest))
        return `the key ${token(found)} needs double quotes; write ${token(`"${found.replace(/^'|'$/g, '')}"`)}: …`;
      if (found.startsWith("'")) return 'texts stand in double quotes, not in single ones; write "…"';
      return `${token(found)} is no value; write a text in double quotes, a number, true, false or null`;
    case 'InvalidNumberFormat':
    case 'UnexpectedEndOfNumber':
      return `${token(found)} is not a number; write digits, as in 500 or 0.5`;
    case 'PropertyNameExpected':
      return `${here}; write a key in double quotes here, as in "load": { … }`;
    case 'ValueExpected':
      return `${here}; write a value here: a text in double quotes, a number, { … } or [ … ]`;
    case 'ColonExpected':
      return `${here}; write a colon between key and value`;
    case 'CommaExpected':
      if (found === '}') return `${here}; write the closing ] before it`;
      if (found === ']') return `${here}; write the closing } before it`;
      return `${here}; write a comma before it`;
    case 'CloseBraceExpected':
      return `${here}; write the closing }`;
    case 'CloseBracketExpected':
      return `${here}; write the closing ]`;
    case 'EndOfFileExpected':
      return `${token(found)} stands after the end of the plan; leave it out, or look for a } too many`;
    case 'InvalidCommentToken':
    case 'UnexpectedEndOfComment':
      return 'the comment does not end; write */ at its end';
    case 'UnexpectedEndOfString':
      return 'the text does not end on its line; write the closing double quote, and \\n for a line break';
    case 'InvalidUnicode':
      return `${token(found)} holds a broken escape; write \\u and four hexadecimal digits`;
    case 'InvalidEscapeCharacter':
      return `${token(found)} holds an unknown escape; write \\\\ for a backslash`;
    case 'InvalidCharacter':
      return `${token(found)} holds a control character; write it as an escape, as in \\n or \\u001b`;
    default:
      return `${here}; write JSON with comments`;
  }
}

/** A piece of the file as it stands there; texts bring their own quotes. */
function token(found: string): string {
  return found.startsWith('"') ? visible(found, 40) : quoted(found, 40);
}
