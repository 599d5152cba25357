import { isObject, type JsonObject } from './fields.ts';

/** What runs at an offset of a code object. */
export interface CodePosition {
  /** Character of the script it stands at, counted from 0. */
  readonly source: number;
  /** Row of `calls`, or −1: the code object's own function. */
  readonly inlined: number;
}

/** A function that was compiled into the code of another. */
interface InlinedCall {
  /** Index into the file's functions, or −1. */
  readonly func: number;
  /** Character of the caller's script the call stands at. */
  readonly at: number;
  /** Row of the call this one was inlined into, or −1: the code object's own function. Always before its own row. */
  readonly into: number;
}

/**
 * The source positions of one code object, from what V8's processor writes: `C8O0C57O414I1` says that the code from byte 8 on
 * belongs to character 0 of the own function, that from 57 on to character 414 of inlined call 1; `F0O430F0O403I0` lists the
 * inlined calls as function, position and, where it is not the own function, the call around it.
 * Source: V8, tools/profile.mjs (`addSourcePositions`), src/logging/log.cc (`CodeEventLogger::LogSourceCodeInformation`).
 */
export class CodePositions {
  /** Index into the file's scripts, or −1. */
  readonly script: number;
  readonly calls: readonly InlinedCall[];
  private readonly offsets: readonly number[];
  private readonly positions: readonly CodePosition[];

  private constructor(
    script: number,
    calls: readonly InlinedCall[],
    rows: readonly (readonly [number, CodePosition])[],
  ) {
    this.script = script;
    this.calls = calls;
    this.offsets = rows.map(([offset]) => offset);
    this.positions = rows.map(([, position]) => position);
  }

  /** Null where the code object tells none. */
  static of(code: JsonObject): CodePositions | null {
    const source = code['source'];
    if (!isObject(source) || typeof source['positions'] !== 'string') return null;
    const calls = callsOf(source);
    const rows = Array.from(source['positions'].matchAll(/C(\d+)O(\d+)(?:I(\d+))?/g), ([, offset, at, call]) => {
      const inlined = call === undefined ? -1 : Number(call);
      return [Number(offset), { source: Number(at), inlined: inlined < calls.length ? inlined : -1 }] as const;
    });
    rows.sort(([a], [b]) => a - b);
    return new CodePositions(typeof source['script'] === 'number' ? source['script'] : -1, calls, rows);
  }

  /** Of the instruction an offset lies in; null before the first. */
  at(offset: number): CodePosition | null {
    let low = 0;
    let high = this.offsets.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.offsets[middle] ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return this.positions[low - 1] ?? null;
  }
}

function callsOf(source: JsonObject): readonly InlinedCall[] {
  const { inlined, fns } = source;
  if (typeof inlined !== 'string' || !Array.isArray(fns)) return [];
  return Array.from(inlined.matchAll(/F(\d+)O(-?\d+)(?:I(\d+))?/g), ([, fn, at, into], row) => {
    const func: unknown = fns[Number(fn)];
    const around = into === undefined ? -1 : Number(into);
    return { func: typeof func === 'number' ? func : -1, at: Number(at), into: around < row ? around : -1 };
  });
}

/** Where a character of a script stands; lines are found once a script, when first asked for. */
export class ScriptLines {
  private readonly scripts: readonly unknown[];
  private readonly starts = new Map</* script */ number, Int32Array | null>();

  constructor(scripts: unknown) {
    this.scripts = Array.isArray(scripts) ? (scripts as unknown[]) : [];
  }

  /** 1-based; 0 where the file holds no text of the script. */
  lineAt(script: number, character: number): number {
    return (this.placeAt(script, character)?.line ?? -1) + 1;
  }

  /** Both 0-based; null where the file holds no text of the script. */
  placeAt(script: number, character: number): { readonly line: number; readonly column: number } | null {
    let starts = this.starts.get(script);
    if (starts === undefined) {
      const entry = this.scripts[script];
      const text = isObject(entry) ? entry['source'] : null;
      starts = typeof text === 'string' ? lineStarts(text) : null;
      this.starts.set(script, starts);
    }
    if (starts === null) return null;
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= character) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? null : { line: low - 1, column: character - (starts[low - 1] ?? 0) };
  }
}

function lineStarts(text: string): Int32Array {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return Int32Array.from(starts);
}
