import { ProfileBuilder } from '../builder.ts';
import { FrameKind, type Profile } from '../tables.ts';
import type { CpuProfileOrigin } from './cpuprofile.ts';
import { isFiniteNumber, isObject, malformed, tooLarge } from './fields.ts';
import type { Importer } from './importer.ts';
import { parseJson } from './json.ts';
import { V8LogFrames } from './v8LogFrames.ts';

/** Beyond it a double no longer tells microseconds apart. */
const maxTimeUs = 2 ** 53;
const deepestStack = 1_000_000;

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

/** Who the log belongs to; an imported file says nothing about it. */
export interface V8LogOrigin extends CpuProfileOrigin {
  /** The log's start on the host's monotonic clock, µs. */
  readonly clockUs?: number;
}

/**
 * What `node --prof-process --preprocess` makes of V8's log, and 0x's `isolate-….json`, which is the same: the code objects
 * with their tier and what was inlined into them, and ticks with the state of the virtual machine. Times are µs of V8's own
 * timer, from the log's start; a tick stands for the time until the next.
 * Source: V8, tools/tickprocessor.mjs and tools/profile.mjs (`writeJson`); src/common/globals.h (StateTag).
 *
 * @param source the file's bytes, or the parsed JSON.
 * @throws FORMAT_MALFORMED, FORMAT_TOO_LARGE.
 */
export function importV8Log(source: unknown, origin: V8LogOrigin = {}): Profile {
  const json = source instanceof Uint8Array ? parseJson(source) : source;
  const { code, functions, ticks, scripts } = isObject(json) ? json : {};
  if (!Array.isArray(code) || !Array.isArray(functions) || !Array.isArray(ticks))
    throw malformed('its list of code, functions or ticks is missing');
  const rows = inOrder((ticks as unknown[]).map(checkedTick));
  const builder = new ProfileBuilder();
  const frameOf = new V8LogFrames({ code: code as unknown[], functions: functions as unknown[], scripts }, builder);
  const thread = builder.thread({
    pid: origin.pid ?? 0,
    tid: origin.tid ?? 0,
    name: origin.name ?? 'main',
    target: origin.target ?? '',
  });
  const usualUs = usualGap(rows);
  const clockUs = origin.clockUs ?? 0;
  let endUs = rows[0]?.timeUs ?? 0;
  for (const [row, tick] of rows.entries()) {
    const next = rows[row + 1];
    const weight = next ? next.timeUs - tick.timeUs : usualUs;
    builder.sample(tick.timeUs + clockUs, weight, stackOf(tick, row, frameOf, builder), thread);
    endUs = tick.timeUs + weight;
  }
  return builder.build({
    intervalUs: origin.intervalUs ?? 0,
    startUs: (rows[0]?.timeUs ?? 0) + clockUs,
    endUs: endUs + clockUs,
  });
}

export const v8LogImporter: Importer = {
  id: 'v8-log',
  label: 'a preprocessed V8 log (node --prof-process --preprocess, 0x)',
  sniff: ({ json, text }) =>
    json?.root === 'object' &&
    ((json.keys.has('code') && json.keys.has('functions') && json.keys.has('ticks')) ||
      /^\s*\{\s*"code"\s*:\s*\[\s*\{\s*"name"/.test(text)),
  read: (bytes, { heapBytes }) => importV8Log(parseJson(bytes, { heapBytes })),
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

/** The stack of one tick; the line that ran on top of it, where the file tells it, is noted in the builder. */
function stackOf(tick: Tick, row: number, frames: V8LogFrames, builder: ProfileBuilder): number {
  let stack = -1;
  let line = 0;
  for (let at = (tick.stack.length - 1) & ~1; at >= 0; at -= 2) {
    const here = frames.at(tick.stack[at], tick.stack[at + 1], at > 0, row);
    for (const frame of here.frames) stack = builder.stack(stack, frame);
    if (here.frames.length > 0) line = here.line;
  }
  const state = typeof tick.state === 'number' ? states[tick.state] : undefined;
  if (state) return builder.stack(stack, builder.frame(state[0], '', 0, 0, state[1]));
  if (stack < 0) return builder.stack(-1, builder.frame('(program)', '', 0, 0, FrameKind.native));
  if (line > 0) builder.ticks(stack, line, 1);
  return stack;
}

function inOrder(ticks: Tick[]): Tick[] {
  return ticks.sort((a, b) => a.timeUs - b.timeUs);
}

function usualGap(ticks: readonly Tick[]): number {
  const gaps = Float64Array.from(ticks.slice(1), (tick, row) => tick.timeUs - (ticks[row]?.timeUs ?? 0)).sort();
  return gaps[gaps.length >> 1] ?? 1000;
}
