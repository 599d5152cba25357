/**
 * The messages between the extension host and its runner, the child process that measures (`dist/runner.cjs`, forked with
 * an IPC channel). One job a process; the process ends by itself after `done` or `error`. Closing the channel (the
 * window is gone) cancels and cleans up like `cancel`.
 */
import type { ErrorCode } from './errors.ts';
import type { AskedRange } from './capacity/measureCapacity.ts';
import type { LevelOutcome } from './capacity/search.ts';
import type { DoctorStep, DoctorTimes } from './load/doctor/figures.ts';
import type { AskedMatrix } from './plan/resolveMatrix.ts';
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

/** Finds the knee of a scenario: one run after the other. */
export interface CapacityMessage extends Pick<
  StartMessage,
  'planFile' | 'scenario' | 'workspaceFolder' | 'runsDir' | 'confirmRemote'
> {
  readonly type: 'capacity';
  readonly range: AskedRange;
  /** Measured time of each level instead of the plan's. */
  readonly durationUs?: number;
}

/** Measures a scenario in the shapes of load that its plan asks for. */
export interface MatrixMessage extends Pick<
  StartMessage,
  'planFile' | 'scenario' | 'workspaceFolder' | 'runsDir' | 'confirmRemote'
> {
  readonly type: 'matrix';
  readonly asked: AskedMatrix;
}

/** Examines the machine. */
export interface DoctorMessage extends Pick<StartMessage, 'workspaceFolder' | 'runsDir'> {
  readonly type: 'doctor';
  /** Other than the usual times. */
  readonly times?: DoctorTimes;
}

/** One a process. */
export type RunnerJob = StartMessage | CapacityMessage | MatrixMessage | DoctorMessage;

export type MessageToRunner = RunnerJob | { readonly type: 'cancel' };

/** What a person watches while a job goes on. */
export type RunnerEvent =
  | MeasureEvent
  /** A level of the search begins. */
  | { readonly type: 'level'; readonly ratePerSecond: number; readonly isRepeat: boolean }
  | {
      readonly type: 'levelDone';
      readonly ratePerSecond: number;
      readonly outcome: LevelOutcome;
      readonly p99Us: number | null;
    }
  /** A shape of the matrix begins. */
  | { readonly type: 'cell'; readonly name: string; readonly index: number; readonly count: number }
  | { readonly type: 'doctorStep'; readonly step: DoctorStep };

export type MessageFromRunner =
  | { readonly type: 'event'; readonly event: RunnerEvent }
  /** What was measured is recorded and worked out. What was cancelled ends this way too, if it left a record. */
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
