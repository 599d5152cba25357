import { frameKind } from '../../classify.ts';
import { isKernelObject, nativeKind, pythonKind, unnamed } from '../../nativeKind.ts';
import { FrameKind, FrameTier } from '../../tables.ts';
import { demangle } from '../demangle/demangle.ts';
import { v8Function } from '../v8Function.ts';

/** A function as perf names it, taken apart. */
export interface PerfSymbol {
  readonly name: string;
  /** Its own source file where the name says it (JavaScript, Python), else ''. */
  readonly file: string;
  /** Where it starts: 1-based, 0 unknown. */
  readonly line: number;
  readonly column: number;
  /** What it was loaded from: a path, `[kernel.kallsyms]`, `[unknown]`, '' where not printed. */
  readonly object: string;
  readonly kind: FrameKind;
  readonly tier: FrameTier;
  /** Printed inside its caller: the object is that of the next frame outwards. */
  readonly inlined: boolean;
}

/** `symbol (object)`: a path may hold brackets and spaces, anything else must not. */
const withObject = /^(.*?) \((\/.*|\[[^\]]*\]\S*|[^()]*)\)$/;

/** V8's marks: compiled by Ignition, Sparkplug, Maglev, TurboFan; `'` for code of one context only. */
const v8Code = /^(?:JS|LazyCompile|Function|Eval|Script|Callback|NativeFunction):([~^+*]?)'?(.*)$/s;
const tiers: Readonly<Record<string, FrameTier>> = {
  '~': FrameTier.interpreted,
  '^': FrameTier.baseline,
  '+': FrameTier.maglev,
  '*': FrameTier.optimised,
};

/**
 * The symbol part of one frame of `perf script`: what stands behind the address, without the offset.
 * @param text `main (/usr/bin/x)`, `mix (inlined)`, `[unknown] ([unknown])`, `JS:*foo /a.js:1:2 (/tmp/perf-7.map)`, `main`.
 * @param inKernel whether its address lies in the kernel's half: some kernel frames have no name.
 */
export function perfSymbol(text: string, inKernel: boolean): PerfSymbol {
  const [, before, between] = withObject.exec(text) ?? [];
  const raw = before ?? text;
  const inlined = between === 'inlined';
  const object = inlined ? '' : (between ?? '');
  const native = { line: 0, column: 0, file: '', object, inlined, tier: FrameTier.unknown };
  if (inKernel || isKernelObject(object)) {
    const name = raw === '' ? unnamed : raw;
    return { ...native, object: object.replace('[unknown]', '[kernel]'), name, kind: nativeKind(name, '[kernel]', '') };
  }
  return v8Symbol(raw, object) ?? pythonSymbol(raw, object) ?? nativeSymbol(raw, native);
}

function nativeSymbol(raw: string, native: Omit<PerfSymbol, 'name' | 'kind'>): PerfSymbol {
  const name = raw === '' ? unnamed : demangle(raw);
  return { ...native, name, kind: nativeKind(name, native.object, '') };
}

/** `--perf-basic-prof` of V8: the kind of code, its tier, the name, and where the function starts. */
function v8Symbol(raw: string, object: string): PerfSymbol | null {
  const other = /^(?:Builtin|BytecodeHandler|Handler|Stub|RegExp)(?:\.>)?:?\s?(.+)$/s.exec(raw);
  if (other && /perf-\d+\.map$|jitted-\d+-\d+\.so$|^$/.test(object)) {
    const source = /^src: '(.*)' flags: '\w*'$/s.exec(other[1] ?? '');
    const name = raw.startsWith('RegExp') ? `RegExp: ${source?.[1] ?? other[1] ?? ''}` : (other[1] ?? raw);
    return {
      name,
      file: '',
      line: 0,
      column: 0,
      object,
      kind: FrameKind.native,
      tier: FrameTier.unknown,
      inlined: false,
    };
  }
  const code = v8Code.exec(raw);
  if (!code) return null;
  const { name, file, line, column } = v8Function(code[2] ?? '');
  return {
    name,
    file,
    line,
    column,
    object,
    kind: file === '' ? FrameKind.native : frameKind(name, file),
    tier: tiers[code[1] ?? ''] ?? FrameTier.unknown,
    inlined: false,
  };
}

/** `python -X perf`: `py::function:/path/file.py`. */
function pythonSymbol(raw: string, object: string): PerfSymbol | null {
  const [, name, file] = /^py::(.+?):(.*)$/s.exec(raw) ?? [];
  if (name === undefined || file === undefined) return null;
  const kind = pythonKind(file);
  return { name, file, line: 0, column: 0, object, kind, tier: FrameTier.interpreted, inlined: false };
}

/** The kind of a symbol whose source, or whose object, another line tells. */
export function symbolKind(symbol: PerfSymbol, source: string, object: string): FrameKind {
  return symbol.kind === FrameKind.kernel || symbol.kind === FrameKind.idle
    ? symbol.kind
    : nativeKind(symbol.name, object, source === object ? '' : source);
}
