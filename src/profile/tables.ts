/**
 * A CPU profile as columns (architecture, law 6): parallel typed arrays with integer indices, as the Firefox profiler
 * and pprof do it. Everything the views show is a pure function of these tables.
 */
export interface Profile {
  /** All names and file names, interned; columns hold indices into it. Untrusted text: never markup. */
  readonly strings: readonly string[];
  readonly frames: FrameTable;
  readonly stacks: StackTable;
  readonly samples: SampleTable;
  readonly threads: readonly ProfileThread[];
  /** What weights are counted in. Fields are named for the usual one, µs; in any other, read the name's `Us` as it. */
  readonly unit: ProfileUnit;
  /** Only totals are known: rows stand in no order of time, so no view may offer one. Always so if the unit is not 'us'. */
  readonly timeless: boolean;
  /** What the collector was asked for; 0 if unknown. */
  readonly intervalUs: number;
  /** First and last moment covered, µs on the host's monotonic clock. */
  readonly startUs: number;
  readonly endUs: number;
}

/** µs of time, bytes of memory, or a number of events (samples, objects, contentions). */
export type ProfileUnit = 'us' | 'bytes' | 'count';

export interface ProfileThread {
  readonly pid: number;
  readonly tid: number;
  readonly name: string;
  /** The plan's name of the target, or '' for an imported file. */
  readonly target: string;
}

/** One row a distinct function (name, file, line, column). */
interface FrameTable {
  readonly length: number;
  /** Index into strings. */
  readonly name: Int32Array;
  /** Index into strings, or -1. A `file:` URL's path, a path, or whatever the runtime called it (`node:net`). */
  readonly file: Int32Array;
  /** Where the function starts: 1-based, 0 unknown. */
  readonly line: Int32Array;
  readonly column: Int32Array;
  /** A FrameKind. */
  readonly kind: Uint8Array;
  /** A FrameTier. */
  readonly tier: Uint8Array;
}

/** What a frame is; decides its colour and whether it counts as CPU time. */
export const FrameKind = {
  /** The user's code. */
  user: 0,
  /** Under node_modules. */
  library: 1,
  /** The runtime's own JavaScript (`node:…`). */
  runtime: 2,
  /** Native code without a JavaScript position: `(program)`, builtins, C++. */
  native: 3,
  gc: 4,
  idle: 5,
  root: 6,
  kernel: 7,
} as const;
export type FrameKind = (typeof FrameKind)[keyof typeof FrameKind];

/** How a dynamic language ran a function; 0 where nothing says it, and for what was compiled beforehand. */
export const FrameTier = {
  unknown: 0,
  /** V8: Ignition. */
  interpreted: 1,
  /** V8: Sparkplug. */
  baseline: 2,
  /** V8: Maglev, optimised quickly. */
  maglev: 3,
  /** V8: TurboFan. */
  optimised: 4,
  /** Optimised as a part of its caller's code: the call itself costs nothing. */
  inlined: 5,
} as const;
export type FrameTier = (typeof FrameTier)[keyof typeof FrameTier];
const tierNames = Object.keys(FrameTier) as readonly (keyof typeof FrameTier)[];
export type FrameTierName = Exclude<keyof typeof FrameTier, 'unknown'>;

/** The tier of a frame as other programs read it; null where nothing says it. */
export function tierName({ frames }: Pick<Profile, 'frames'>, frame: number): FrameTierName | null {
  const found = tierNames.find((name) => FrameTier[name] === frames.tier[frame]);
  return found === undefined || found === 'unknown' ? null : found;
}

/** The tier that goes by a name; unknown for any other text. */
export function tierOf(name: string): FrameTier {
  const found = tierNames.find((each) => each === name);
  return found === undefined ? FrameTier.unknown : FrameTier[found];
}

/** A prefix tree of call stacks, parents before children; a sample is one index into it. */
export interface StackTable {
  readonly length: number;
  /** Index of the caller's stack, or -1 at a root. Always smaller than the own index. */
  readonly parent: Int32Array;
  /** Index into frames. */
  readonly frame: Int32Array;
  /** 0 at a root. */
  readonly depth: Int32Array;
  /** Which lines were running when this stack was on top: rows `lineStart[i]` to `lineStart[i + 1]` of the two below. */
  readonly lineStart: Int32Array;
  readonly lineNumber: Int32Array;
  readonly lineTicks: Int32Array;
}

/** One row a sample, ordered by time within each thread. */
interface SampleTable {
  readonly length: number;
  /** When it was taken, µs on the host's monotonic clock. */
  readonly timeUs: Float64Array;
  /** The time it stands for: [timeUs, timeUs + weightUs), from the real time deltas. In another unit: how much of it. */
  readonly weightUs: Float64Array;
  readonly stack: Int32Array;
  /** Index into threads. */
  readonly thread: Int32Array;
}
