/**
 * The messages between the extension host and its runner, the child process that measures (`dist/runner.cjs`, forked with
 * an IPC channel). One `start` a process; the process ends by itself after `done` or `error`. Closing the channel (the
 * window is gone) cancels and cleans up like `cancel`.
 */
import type { ErrorCode } from './errors.ts';
import type { MeasureEvent } from './run/measureEvent.ts';

export interface StartMessage {
  readonly type: 'start';
  /** Absolute path of the plan. */
  readonly planFile: string;
  readonly scenario: string;
  readonly workspaceFolder: string;
  /** Where run folders are made, usually `<workspace>/.slowpath/runs`. */
  readonly runsDir: string;
  readonly overrides: {
    readonly ratePerSecond?: number;
    readonly durationUs?: number;
  };
  /** Measure this running process instead of the scenario's launched targets. */
  readonly attach?: { readonly pid: number } | { readonly inspector: string };
  /** The person said yes to load on a machine that is not this one. */
  readonly confirmRemote: boolean;
}

export type MessageToRunner = StartMessage | { readonly type: 'cancel' };

export type MessageFromRunner =
  | { readonly type: 'event'; readonly event: MeasureEvent }
  /** The run is recorded, analysed and its findings are written. A cancelled run ends this way too, if it left a record. */
  | { readonly type: 'done'; readonly dir: string; readonly id: string }
  | {
      readonly type: 'error';
      readonly code: ErrorCode;
      /** One sentence for a person. */
      readonly message: string;
      /** The failed target's last lines, if that is what went wrong. */
      readonly lines?: readonly string[];
      /** The folder of the partial run, if one was made. */
      readonly dir?: string;
    };
