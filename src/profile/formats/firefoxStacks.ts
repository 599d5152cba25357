import type { ProfileBuilder } from '../builder.ts';
import { frameKind, pathOfUrl } from '../classify.ts';
import { nativeKind } from '../nativeKind.ts';
import { FrameKind, FrameTier } from '../tables.ts';
import { isFiniteNumber, isObject, malformed } from './fields.ts';
import type { FirefoxTables } from './firefoxTables.ts';

/** SpiderMonkey's compilers: `implementation` before version 54, the subcategory of JavaScript since. */
const tiers: Readonly<Record<string, FrameTier>> = {
  interpreter: FrameTier.interpreted,
  blinterp: FrameTier.interpreted,
  'baseline interpreter': FrameTier.interpreted,
  baseline: FrameTier.baseline,
  ion: FrameTier.optimised,
  ionmonkey: FrameTier.optimised,
};

/** By row of the stack table. */
export interface FirefoxStacks {
  readonly stack: Int32Array;
  /** The 1-based line that ran on top of it, 0 unknown. */
  readonly line: Float64Array;
}

/**
 * Stacks with the line that ran on top of each.
 * @throws FORMAT_MALFORMED for stacks before their callers and rows that don't exist.
 */
export function buildFirefoxStacks(tables: FirefoxTables, builder: ProfileBuilder, thread: number): FirefoxStacks {
  const count = tables.stackFrame.length;
  const stackOf = new Int32Array(count);
  const lineOf = new Float64Array(count);
  const frames = new Map<number, number>();
  for (let row = 0; row < count; row++) {
    const prefix = tables.prefixOf(row);
    const frame = tables.stackFrame[row];
    if (prefix !== null && !isIndex(prefix, row))
      throw malformed(`threads[${thread}]: the caller of stack ${row} does not come before it`);
    if (!isIndex(frame, tables.frame.func.length)) throw malformed(`threads[${thread}]: stack ${row} has no frame`);
    let own = frames.get(frame);
    if (own === undefined) {
      own = buildFrame(tables, frame, builder, thread);
      frames.set(frame, own);
    }
    stackOf[row] = builder.stack(prefix === null ? -1 : (stackOf[prefix] ?? -1), own);
    lineOf[row] = lineAt(tables, frame);
  }
  return { stack: stackOf, line: lineOf };
}

/** The line inside the function; none if it was inlined there from another file. */
function lineAt(tables: FirefoxTables, frame: number): number {
  const func = tables.frame.func[frame];
  const own = originalOf(tables, tables.frame.originalLocation[frame]);
  if (!own) return position(tables.frame.line[frame]);
  const head = isIndex(func, tables.func.name.length) ? originalOf(tables, tables.func.originalLocation[func]) : null;
  return head && head.source !== own.source ? 0 : position(own.line);
}

function originalOf(
  { original }: FirefoxTables,
  index: unknown,
): { readonly source: unknown; readonly line: unknown; readonly column: unknown } | null {
  if (!isIndex(index, original.source.length)) return null;
  return { source: original.source[index], line: original.line[index], column: original.column[index] };
}

function buildFrame(tables: FirefoxTables, row: number, builder: ProfileBuilder, thread: number): number {
  const func = tables.frame.func[row];
  if (!isIndex(func, tables.func.name.length)) throw malformed(`threads[${thread}]: frame ${row} has no function`);
  const given = textAt(tables, tables.func.name[func]);
  const name = given === '' ? '(anonymous)' : given;
  const original = originalOf(tables, tables.func.originalLocation[func]);
  const file = fileOf(tables, func, original?.source ?? tables.func.source[func]);
  const isJs = tables.func.isJS[func] === true;
  const object = isJs ? '' : objectOf(tables, row, func);
  const [category, subcategory] = categoryOf(tables, row);
  const implementation = textAt(tables, tables.frame.implementation[row]).toLowerCase();
  const tierName = implementation !== '' ? implementation : category === 'JavaScript' ? subcategory.toLowerCase() : '';
  return builder.frame(
    name,
    file !== '' ? file : object,
    position(original ? original.line : tables.func.lineNumber[func]),
    position(original ? original.column : tables.func.columnNumber[func]),
    kindOf({ name, file, object, isJs, category }),
    Object.hasOwn(tiers, tierName) ? tiers[tierName] : FrameTier.unknown,
  );
}

function kindOf(about: { name: string; file: string; object: string; isJs: boolean; category: string }): FrameKind {
  const { name, file, object, isJs, category } = about;
  if (category === 'GC / CC') return FrameKind.gc;
  if (category === 'Idle') return FrameKind.idle;
  if (category === 'Kernel' || object === '[kernel.kallsyms]') return FrameKind.kernel;
  if (!isJs) return nativeKind(name, object, file);
  if (/^(?:resource|chrome|moz-extension|self-hosted):?/.test(file)) return FrameKind.runtime;
  return frameKind(name, file);
}

/** `source` since version 58, `fileName` before. */
function fileOf(tables: FirefoxTables, func: number, source: unknown): string {
  const text = isIndex(source, tables.sourceFilename.length)
    ? tables.sourceFilename[source]
    : tables.func.fileName[func];
  return pathOfUrl(textAt(tables, text));
}

/** The library: of the frame since version 70, of the function's resource before. */
function objectOf(tables: FirefoxTables, frame: number, func: number): string {
  const resource = tables.func.resource[func];
  const viaResource = isIndex(resource, tables.resourceLib.length) ? tables.resourceLib[resource] : undefined;
  const index = tables.frame.lib[frame] ?? viaResource;
  const lib = isIndex(index, tables.libs.length) ? tables.libs[index] : undefined;
  if (!isObject(lib)) return '';
  const path = lib['path'];
  const name = lib['name'];
  return typeof path === 'string' && path !== '' ? path : typeof name === 'string' ? name : '';
}

function categoryOf(tables: FirefoxTables, frame: number): [category: string, subcategory: string] {
  const index = tables.frame.category[frame];
  const category = isIndex(index, tables.categories.length) ? tables.categories[index] : undefined;
  if (!isObject(category)) return ['', ''];
  const names = category['subcategories'];
  const sub = tables.frame.subcategory[frame];
  const subName: unknown = Array.isArray(names) && isFiniteNumber(sub) ? (names as unknown[])[sub] : '';
  const name = category['name'];
  return [typeof name === 'string' ? name : '', typeof subName === 'string' ? subName : ''];
}

function textAt(tables: FirefoxTables, index: unknown): string {
  const text = isIndex(index, tables.strings.length) ? tables.strings[index] : '';
  return typeof text === 'string' ? text : '';
}

function isIndex(value: unknown, length: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < length;
}

function position(value: unknown): number {
  return isFiniteNumber(value) ? value : 0;
}
