import type { ErrorCode } from '../errors.ts';
import type { Load } from '../plan/scenario.ts';
import type { LiveFigures, RecordingSummary } from './recording.ts';
import type { LoadProgress, LoadResult } from './result.ts';
import type { Sampling } from './rowStore.ts';

/** From the process that wants the load to the load process. */
export type MessageToLoad =
  | {
      readonly type: 'start';
      readonly load: Load;
      /** The run's folder. */
      readonly dir: string;
      /** The recorder's bundle. */
      readonly recorderPath: string;
      /** Rows kept in full, see rowStore.ts. */
      readonly rowLimit: number;
    }
  | { readonly type: 'cancel' };

export type MessageFromLoad =
  | { readonly type: 'ready' }
  | { readonly type: 'phase'; readonly phase: LoadProgress['phase']; readonly timeUs: number }
  | { readonly type: 'progress'; readonly progress: LoadProgress }
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
  | { readonly type: 'window'; readonly startUs: number; readonly endUs: number }
  /** The last row is in the ring. */
  | { readonly type: 'finish' };

export type MessageFromRecorder =
  | { readonly type: 'live'; readonly figures: LiveFigures }
  | {
      readonly type: 'finished';
      readonly summary: RecordingSummary;
      readonly sampling: Sampling | null;
      readonly files: readonly string[];
    }
  /** Files cannot be written; nothing more will be recorded. */
  | { readonly type: 'failed'; readonly code: ErrorCode; readonly message: string };
