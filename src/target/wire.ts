/**
 * What the probe inside a target and the launcher say to each other over the control socket.
 *
 * Probe → launcher, binary frames: u32 LE payload length, u8 kind, payload. A `rows` payload is u32 LE table, u32 LE rows,
 * then the rows one after the other, each the table's columns as 64-bit floats. Launcher → probe: one JSON object a line.
 */
export const FRAME_HEADER_BYTES = 5;
export const ROWS_HEADER_BYTES = 8;
/** No honest frame comes near it: 4096 rows of four columns are 128 KiB. */
export const MAX_FRAME_BYTES = 16 * 1024 * 1024;

export const FrameKind = { message: 1, rows: 2 } as const;

/** Index in this list = table number on the wire; values = columns. Times are µs on the monotonic clock. */
export const WIRE_TABLES = [
  { name: 'gc', columns: 3 }, // startUs, durationUs, kind
  { name: 'stalls', columns: 2 }, // startUs, durationUs
  { name: 'memory', columns: 4 }, // timeUs, rssBytes, heapUsedBytes, heapLimitBytes
  { name: 'serverStart', columns: 4 }, // id, startUs, syncEndUs, port
  { name: 'serverFinish', columns: 2 }, // id, finishUs
  { name: 'clientRequests', columns: 2 }, // startUs, durationUs
] as const;
export type WireTable = (typeof WIRE_TABLES)[number]['name'];

/** Environment variables that carry the probe into worker threads and child processes. */
export const ENV_RUN = 'SLOWPATH_RUN';
export const ENV_SOCKET = 'SLOWPATH_SOCKET';
/** Set to 1 where V8 writes its log: each thread marks the clock in it as it begins. */
export const ENV_CLOCK = 'SLOWPATH_CLOCK';

/** Beside the control socket while profiling: threads that start later read it and join in, without a round trip. */
export const PROFILE_STATE_FILE = 'profile.json';
export interface ProfileState {
  readonly intervalUs: number;
  /** Where raw profiles go. */
  readonly dir: string;
}

export interface Hello {
  readonly type: 'hello';
  readonly run: string;
  readonly pid: number;
  /** The kernel's thread id where it can be told (Linux), else Node's thread id; the main thread's equals pid. */
  readonly tid: number;
  /** Node's thread id: 0 for the main thread. */
  readonly threadId: number;
  readonly name: string;
  /** e.g. `24.21.0`. */
  readonly version: string;
  readonly argv: readonly string[];
}

/** A script the probe compiled, named `mark`, between two monotonic times, µs. */
export interface ClockStamps {
  readonly mark: string;
  readonly beforeUs: number;
  readonly afterUs: number;
}

/** The same, with the thread that did it. */
export interface ClockMark extends ClockStamps {
  readonly pid: number;
  readonly tid: number;
  readonly threadId: number;
  readonly name: string;
}

export type ProbeMessage =
  | Hello
  | { readonly type: 'reply'; readonly id: number; readonly error: string | null }
  /** A worker thread was created: it should say hello itself soon. */
  | { readonly type: 'worker'; readonly threadId: number }
  /** When scripts of these names were compiled: places V8's log on the clock. */
  | { readonly type: 'clock'; readonly marks: readonly ClockStamps[] }
  /** The launcher fell behind, and this much was not kept for it. */
  | { readonly type: 'lost'; readonly rows: number }
  /** Something the probe could not do here. */
  | { readonly type: 'gap'; readonly what: string; readonly why: string };

export type ProbeCommand =
  | { readonly id: number; readonly method: 'startProfile'; readonly intervalUs: number; readonly dir: string }
  | { readonly id: number; readonly method: 'stopProfile' }
  /** Sends the rows collected so far before it replies. */
  | { readonly id: number; readonly method: 'flush' }
  /** Sends clock marks before it replies. */
  | { readonly id: number; readonly method: 'markClock' }
  | { readonly id: number; readonly method: 'closeInspector' }
  /** Removes the probe from the process. */
  | { readonly id: number; readonly method: 'remove' };

/** A raw profile file, written by the target into the run folder, removed once it has been mapped. */
export interface RawProfile {
  readonly pid: number;
  readonly tid: number;
  readonly threadId: number;
  readonly name: string;
  readonly intervalUs: number;
  /** Monotonic µs around Profiler.start and Profiler.stop: the profile's own times must fall inside (law 3). */
  readonly stampsUs: {
    readonly startBefore: number;
    readonly startAfter: number;
    readonly stopBefore: number;
    readonly stopAfter: number;
  };
  readonly scripts: readonly { readonly scriptId: string; readonly url: string; readonly sourceMapUrl: string }[];
  readonly profile: unknown;
}

/** Raw profiles of one target start so; the run id keeps two targets and two runs apart. */
export function rawProfilePrefix(run: string): string {
  return `.raw-${run}-`;
}
