/** Launcher → guard, over the guard's IPC channel. */
export type GuardCommand =
  | {
      readonly type: 'start';
      readonly file: string;
      readonly args: readonly string[];
      readonly cwd: string;
      readonly env: Readonly<Record<string, string>>;
      readonly run: string;
      readonly graceMs: number;
      /** A temporary folder to remove when the launcher could not. */
      readonly folder: string;
    }
  | { readonly type: 'stop' };

/** Guard → launcher. */
export type GuardEvent =
  | { readonly type: 'started'; readonly pid: number; readonly startTime: string | null }
  | { readonly type: 'failed'; readonly code: string; readonly message: string }
  /** The target's first process ended. */
  | { readonly type: 'exited'; readonly code: number | null; readonly signal: string | null }
  /** Nothing of the tree is left, but for these pids. */
  | { readonly type: 'ended'; readonly left: readonly number[] };
