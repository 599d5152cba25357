import type { ProfileBuilder } from '../builder.ts';
import { frameKind } from '../classify.ts';
import { nativeKind } from '../nativeKind.ts';
import { FrameKind, FrameTier } from '../tables.ts';
import { demangle } from './demangle/demangle.ts';
import { isObject, malformed, type JsonObject } from './fields.ts';
import { v8Function } from './v8Function.ts';
import { CodePositions, ScriptLines } from './v8LogPositions.ts';

const tiers: Readonly<Record<string, FrameTier>> = {
  Ignition: FrameTier.interpreted,
  Unopt: FrameTier.interpreted,
  Sparkplug: FrameTier.baseline,
  Baseline: FrameTier.baseline,
  Maglev: FrameTier.maglev,
  Opt: FrameTier.optimised,
  Turbofan: FrameTier.optimised,
};

/** The frames one address stands for: the code's own function, then what was inlined into it, outermost first. */
export interface AddressFrames {
  readonly frames: readonly number[];
  /** The line that runs in the innermost of them: 1-based, 0 unknown. */
  readonly line: number;
}

/** Deeper than V8 ever inlines; a damaged file must not cost more than its size. */
const deepestInlining = 64;

const none: AddressFrames = { frames: [], line: 0 };

/** Frames of code objects, built when first met: most of them never are. */
export class V8LogFrames {
  private readonly code: readonly unknown[];
  private readonly functions: readonly unknown[];
  private readonly lines: ScriptLines;
  private readonly builder: ProfileBuilder;
  private readonly own = new Map</* code object */ number, number>();
  private readonly inlined = new Map</* function */ number, number>();
  private readonly positions = new Map</* code object */ number, CodePositions | null>();

  constructor(
    json: { code: readonly unknown[]; functions: readonly unknown[]; scripts: unknown },
    builder: ProfileBuilder,
  ) {
    this.code = json.code;
    this.functions = json.functions;
    this.lines = new ScriptLines(json.scripts);
    this.builder = builder;
  }

  /**
   * @param offset within the code, bytes. @param called the address is where a call returns to: the call stands before it.
   * @throws FORMAT_MALFORMED for a number that is no code object's.
   */
  at(id: unknown, offset: unknown, called: boolean, tick: number): AddressFrames {
    if (id === -1) return none; // An address without code.
    const code = typeof id === 'number' ? this.code[id] : undefined;
    if (typeof id !== 'number' || !isObject(code)) throw malformed(`ticks[${tick}] names code that is not in the file`);
    let frame = this.own.get(id);
    if (frame === undefined) {
      frame = this.build(code);
      this.own.set(id, frame);
    }
    let positions = this.positions.get(id);
    if (positions === undefined) {
      positions = CodePositions.of(code);
      this.positions.set(id, positions);
    }
    if (positions === null || typeof offset !== 'number') return { frames: [frame], line: 0 };
    return this.withInlined(frame, positions, called ? offset - 1 : offset);
  }

  private withInlined(frame: number, positions: CodePositions, offset: number): AddressFrames {
    const position = positions.at(offset);
    if (position === null) return { frames: [frame], line: 0 };
    const frames: number[] = [];
    for (
      let row = position.inlined;
      row >= 0 && frames.length < deepestInlining;
      row = positions.calls[row]?.into ?? -1
    )
      frames.push(this.inlinedFrame(positions.calls[row]?.func ?? -1));
    frames.push(frame);
    const innermost = positions.calls[position.inlined];
    const script = innermost ? this.scriptOf(innermost.func) : positions.script;
    return { frames: frames.reverse(), line: this.lines.lineAt(script, position.source) };
  }

  private inlinedFrame(func: number): number {
    let frame = this.inlined.get(func);
    if (frame === undefined) {
      const entry = this.functions[func];
      const described = isObject(entry) && typeof entry['name'] === 'string' ? entry['name'] : '';
      frame = this.javaScript(described, FrameTier.inlined);
      this.inlined.set(func, frame);
    }
    return frame;
  }

  /** A function's script stands in its code objects alone. */
  private scriptOf(func: number): number {
    const entry = this.functions[func];
    const codes: unknown = isObject(entry) ? entry['codes'] : null;
    for (const id of Array.isArray(codes) ? (codes as unknown[]) : []) {
      const code = typeof id === 'number' ? this.code[id] : null;
      const source = isObject(code) ? code['source'] : null;
      if (isObject(source) && typeof source['script'] === 'number') return source['script'];
    }
    return -1;
  }

  private build(code: JsonObject): number {
    const name = typeof code['name'] === 'string' ? code['name'] : '';
    if (code['type'] === 'JS') {
      const func = typeof code['func'] === 'number' ? this.functions[code['func']] : undefined;
      const kind = String(code['kind']);
      const tier = Object.hasOwn(tiers, kind) ? tiers[kind] : undefined;
      return this.javaScript(
        isObject(func) && typeof func['name'] === 'string' ? func['name'] : name,
        tier ?? FrameTier.unknown,
      );
    }
    if (code['type'] === 'CODE')
      return this.builder.frame(code['kind'] === 'RegExp' ? `RegExp: ${name}` : name, '', 0, 0, FrameKind.native);
    const plain = demangle(name);
    return this.builder.frame(plain === '' ? '(program)' : plain, '', 0, 0, nativeKind(plain, '', ''));
  }

  private javaScript(described: string, tier: FrameTier): number {
    const { name, file, line, column } = v8Function(described);
    return this.builder.frame(name, file, line, column, frameKind(name, file), tier);
  }
}
