/**
 * Templates in what is sent: `{{counter}}`, `{{random 1 100}}`, `{{hex 8}}`, `{{uuid}}` and `{{file.column}}`, filled in anew for
 * every request. `{{{{` stands for two braces. (`${…}` is filled in once, before the run.)
 */
import { nearest } from './suggest.ts';
import { quoted } from './visible.ts';

export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  /** 1 for the first request of the run that holds templates, 2 for the next such … */
  | { readonly kind: 'counter' }
  /** A whole number, both ends included. */
  | { readonly kind: 'random'; readonly from: number; readonly to: number }
  /** So many hexadecimal digits. */
  | { readonly kind: 'hex'; readonly digits: number }
  | { readonly kind: 'uuid' }
  /** A column of a data file's next row; one request takes all its columns from one row. */
  | { readonly kind: 'data'; readonly file: string; readonly column: string };

/** For hover texts. */
export const templates =
  '`{{counter}}`, `{{random 1 100}}`, `{{hex 8}}`, `{{uuid}}`, `{{file.column}}` of a `data` file';

const words = ['counter', 'random', 'hex', 'uuid'];
const pattern = /\{\{\{\{|\{\{([^{}]*)(\}\})?/g;

export function hasTemplate(text: string): boolean {
  return text.includes('{{');
}

/** What is wrong with a text's templates, and at which column (from 1), or null. */
export function templateFault(text: string): { readonly message: string; readonly column: number } | null {
  const result = parse(text);
  return 'parts' in result ? null : result;
}

/** The parts of a text, in order; texts between are never empty. @throws RangeError for a text that templateFault finds fault with. */
export function templateParts(text: string): readonly TemplatePart[] {
  const result = parse(text);
  if ('parts' in result) return result.parts;
  throw new RangeError(result.message);
}

function parse(
  text: string,
): { readonly parts: readonly TemplatePart[] } | { readonly message: string; readonly column: number } {
  const parts: TemplatePart[] = [];
  let pending = '';
  let done = 0;
  for (const match of text.matchAll(pattern)) {
    const [whole, inside, end] = match;
    pending += text.slice(done, match.index);
    done = match.index + whole.length;
    if (inside === undefined) {
      pending += '{{';
      continue;
    }
    const part = end === undefined ? null : readPart(inside.trim());
    if (part === null || typeof part === 'string') {
      const message = part ?? `${quoted(whole.slice(0, 20))} has no end; write {{counter}}, or {{{{ for two braces`;
      return { message, column: match.index + 1 };
    }
    if (pending !== '') parts.push({ kind: 'text', text: pending });
    pending = '';
    parts.push(part);
  }
  pending += text.slice(done);
  if (pending !== '') parts.push({ kind: 'text', text: pending });
  return { parts };
}

/** A part, or what is wrong. */
function readPart(inside: string): TemplatePart | string {
  const [word = '', ...rest] = inside.split(/\s+/);
  const numbers = rest.map(Number);
  const [first = NaN, second = NaN] = numbers;
  switch (word) {
    case 'counter':
    case 'uuid':
      return rest.length === 0 ? { kind: word } : `{{${word}}} takes nothing more; write {{${word}}}`;
    case 'random':
      if (rest.length === 2 && Number.isSafeInteger(first) && Number.isSafeInteger(second) && first <= second)
        return { kind: 'random', from: first, to: second };
      return '{{random}} takes two whole numbers, the smaller first; write {{random 1 100}}';
    case 'hex':
      if (rest.length === 1 && Number.isInteger(first) && first >= 1 && first <= 4096)
        return { kind: 'hex', digits: first };
      return '{{hex}} takes the number of digits, 1 to 4096; write {{hex 8}}';
  }
  const [file, column] = word.split(/\.(.*)/s);
  if (rest.length === 0 && file && column) return { kind: 'data', file, column };
  const near = nearest(word, words);
  return `${quoted(`{{${inside}}}`)} is not a template; write ${near === null ? '{{counter}}, {{random 1 100}}, {{hex 8}}, {{uuid}} or {{file.column}}' : quoted(`{{${near}}}`)}, or {{{{ for two braces`;
}
