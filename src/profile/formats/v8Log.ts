import { ProfileBuilder } from '../builder.ts';
import { frameKind } from '../classify.ts';
import { nativeKind } from '../nativeKind.ts';
import { FrameKind, FrameTier, type Profile } from '../tables.ts';
import { demangle } from './demangle/demangle.ts';
import { isFiniteNumber, isObject, malformed, tooLarge, type JsonObject } from './fields.ts';
import type { Importer } from './importer.ts';
import { parseJson } from './json.ts';
import { v8Function } from './v8Function.ts';

/** Beyond it a double no longer tells microseconds apart. */
const maxTimeUs = 2 ** 53;
const deepestStack = 1_000_000;

const tiers: Readonly<Record<string, FrameTier>> = {
  Ignition: FrameTier.interpreted,
  Unopt: FrameTier.interpreted,
  Sparkplug: FrameTier.baseline,
  Baseline: FrameTier.baseline,
  Maglev: FrameTier.optimised,
  Opt: FrameTier.optimised,
  Turbofan: FrameTier.optimised,
};

/** What V8 was doing beyond running code, by its StateTag; a sample taken so gets it as its innermost frame. */
const states: Readonly<Record<number, readonly [name: string, kind: FrameKind]>> = {
  1: ['(garbage collector)', FrameKind.gc],
  2: ['(parser)', FrameKind.native],
  3: ['(bytecode compiler)', FrameKind.native],
  4: ['(compiler)', FrameKind.native],
  7: ['(atomics wait)', FrameKind.idle],
  8: ['(idle)', FrameKind.idle],
  9: ['(logging)', FrameKind.native],
};

/**
 * What `node --prof-process --preprocess` makes of V8's log, and 0x's `isolate-….json`, which is the same: the code objects
 * with their tier, and ticks with the state of the virtual machine. Times are µs of V8's own timer, from the log's start; a
 * tick stands for the time until the next.
 * Source: V8, tools/tickprocessor.mjs and tools/profile.mjs (`writeJson`); src/common/globals.h (StateTag).
 *
 * @throws FORMAT_MALFORMED, FORMAT_TOO_LARGE.
 */
function importV8Log(bytes: Uint8Array): Profile {
  const json = parseJson(bytes);
  const { code, functions, ticks } = isObject(json) ? json : {};
  if (!Array.isArray(code) || !Array.isArray(functions) || !Array.isArray(ticks))
    throw malformed('its list of code, functions or ticks is missing');
  const rows = inOrder((ticks as unknown[]).map(checkedTick));
  const builder = new ProfileBuilder();
  const frameOf = new Frames(code as unknown[], functions as unknown[], builder);
  const thread = builder.thread({ pid: 0, tid: 0, name: 'main', target: '' });
  const usualUs = usualGap(rows);
  let endUs = rows[0]?.timeUs ?? 0;
  for (const [row, tick] of rows.entries()) {
    const next = rows[row + 1];
    const weight = next ? next.timeUs - tick.timeUs : usualUs;
    builder.sample(tick.timeUs, weight, stackOf(tick, row, frameOf, builder), thread);
    endUs = tick.timeUs + weight;
  }
  return builder.build({ intervalUs: 0, startUs: rows[0]?.timeUs ?? 0, endUs });
}

export const v8LogImporter: Importer = {
  id: 'v8-log',
  label: 'a preprocessed V8 log (node --prof-process --preprocess, 0x)',
  sniff: ({ json, text }) =>
    json?.root === 'object' &&
    ((json.keys.has('code') && json.keys.has('functions') && json.keys.has('ticks')) ||
      /^\s*\{\s*"code"\s*:\s*\[\s*\{\s*"name"/.test(text)),
  read: (bytes) => importV8Log(bytes),
};

interface Tick {
  readonly timeUs: number;
  readonly state: unknown;
  /** Code objects with an offset each, the innermost first; −1 with an address where there is none. */
  readonly stack: readonly unknown[];
}

function checkedTick(tick: unknown, row: number): Tick {
  const timeUs = isObject(tick) ? tick['tm'] : null;
  const stack = isObject(tick) ? tick['s'] : null;
  if (!isObject(tick) || !isFiniteNumber(timeUs) || Math.abs(timeUs) > maxTimeUs || !Array.isArray(stack))
    throw malformed(`ticks[${row}] has no time or no stack`);
  if (stack.length > 2 * deepestStack) throw tooLarge(`a stack of more than ${deepestStack} frames`);
  return { timeUs, state: tick['vm'], stack: stack as unknown[] };
}

function stackOf(tick: Tick, row: number, frames: Frames, builder: ProfileBuilder): number {
  let stack = -1;
  for (let at = (tick.stack.length - 1) & ~1; at >= 0; at -= 2) {
    const frame = frames.of(tick.stack[at], row);
    if (frame >= 0) stack = builder.stack(stack, frame);
  }
  const state = typeof tick.state === 'number' ? states[tick.state] : undefined;
  if (state) return builder.stack(stack, builder.frame(state[0], '', 0, 0, state[1]));
  return stack >= 0 ? stack : builder.stack(-1, builder.frame('(program)', '', 0, 0, FrameKind.native));
}

/** Frames of code objects, built when first met: most of them never are. */
class Frames {
  private readonly code: readonly unknown[];
  private readonly functions: readonly unknown[];
  private readonly builder: ProfileBuilder;
  private readonly frames = new Map</* code object */ number, number>();

  constructor(code: readonly unknown[], functions: readonly unknown[], builder: ProfileBuilder) {
    this.code = code;
    this.functions = functions;
    this.builder = builder;
  }

  /** −1 for an address without code. @throws FORMAT_MALFORMED for a number that is no code object's. */
  of(id: unknown, tick: number): number {
    if (id === -1) return -1;
    const code = typeof id === 'number' ? this.code[id] : undefined;
    if (typeof id !== 'number' || !isObject(code)) throw malformed(`ticks[${tick}] names code that is not in the file`);
    let frame = this.frames.get(id);
    if (frame === undefined) {
      frame = this.build(code);
      this.frames.set(id, frame);
    }
    return frame;
  }

  private build(code: JsonObject): number {
    const name = typeof code['name'] === 'string' ? code['name'] : '';
    if (code['type'] === 'JS') {
      const func = typeof code['func'] === 'number' ? this.functions[code['func']] : undefined;
      const described = isObject(func) && typeof func['name'] === 'string' ? func['name'] : name;
      const { name: own, file, line, column } = v8Function(described);
      const kind = String(code['kind']);
      const tier = Object.hasOwn(tiers, kind) ? tiers[kind] : FrameTier.unknown;
      return this.builder.frame(own, file, line, column, frameKind(own, file), tier);
    }
    if (code['type'] === 'CODE')
      return this.builder.frame(code['kind'] === 'RegExp' ? `RegExp: ${name}` : name, '', 0, 0, FrameKind.native);
    const plain = demangle(name);
    return this.builder.frame(plain === '' ? '(program)' : plain, '', 0, 0, nativeKind(plain, '', ''));
  }
}

function inOrder(ticks: Tick[]): Tick[] {
  return ticks.sort((a, b) => a.timeUs - b.timeUs);
}

function usualGap(ticks: readonly Tick[]): number {
  const gaps = Float64Array.from(ticks.slice(1), (tick, row) => tick.timeUs - (ticks[row]?.timeUs ?? 0)).sort();
  return gaps[gaps.length >> 1] ?? 1000;
}
