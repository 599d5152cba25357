import type { ErrorCode } from '../errors.ts';
import type { Load } from '../plan/scenario.ts';
import type { LiveFigures } from './recording.ts';
import type { LoadProgress, LoadResult, MeasuredWindow } from './result.ts';
import type { Recorded, SessionFacts } from './sessionFacts.ts';
import type { Share } from './share.ts';

/** From the process that wants the load to the load process, and from that to the processes it shares the load with. */
export type MessageToLoad =
  | LoadStart
  /** To a process with a share, when all of them are connected: the first request may be due then, µs on the monotonic clock. */
  | { readonly type: 'go'; readonly warmupStartUs: number }
  | { readonly type: 'cancel' };

export interface LoadStart {
  readonly type: 'start';
  readonly load: Load;
  /** The run's folder; of a process with a share, its own. */
  readonly dir: string;
  /** The recorder's bundle. */
  readonly recorderPath: string;
  /** Rows kept in full, see rowStore.ts. */
  readonly rowLimit: number;
  /** null where the load process is the only one, or the one that shares the load out. */
  readonly part: LoadPart | null;
}

/** What a process with a share must know beside the load, which it is given whole. */
export interface LoadPart {
  readonly share: Share;
  readonly tracePrefix: string | null;
}

export type MessageFromLoad =
  | { readonly type: 'ready' }
  /** From a process with a share: its connections are open. */
  | { readonly type: 'connected' }
  /** @param timeUs when the phase began, on the monotonic clock. */
  | { readonly type: 'phase'; readonly phase: LoadProgress['phase']; readonly timeUs: number }
  | { readonly type: 'progress'; readonly progress: LoadProgress }
  /** From a process with a share, its last word; its files are written. */
  | { readonly type: 'facts'; readonly facts: SessionFacts }
  | { readonly type: 'result'; readonly result: LoadResult }
  | { readonly type: 'failed'; readonly code: ErrorCode; readonly message: string };

/** `workerData` of the recorder thread. */
export interface RecorderStart {
  readonly ring: SharedArrayBuffer;
  readonly dir: string;
  readonly endpoints: readonly string[];
  readonly rowLimit: number;
  readonly slowestKept: number;
  readonly seed: number;
  /** Of the run's trace ids; null where requests carry none. */
  readonly tracePrefix: string | null;
}

export type MessageToRecorder =
  /** The first request is about to be sent. */
  | { readonly type: 'window'; readonly window: MeasuredWindow }
  /** The last row is in the ring. */
  | { readonly type: 'finish' };

export type MessageFromRecorder =
  /** Its code is loaded and its files are open. */
  | { readonly type: 'ready' }
  | { readonly type: 'live'; readonly figures: LiveFigures }
  | { readonly type: 'finished'; readonly recorded: Recorded }
  /** Files cannot be written; nothing more will be recorded. */
  | { readonly type: 'failed'; readonly code: ErrorCode; readonly message: string };
