import type { Gap } from '../gaps.ts';
import type { AttachTarget, LaunchTarget } from '../plan/scenario.ts';
import type { Profile } from '../profile/tables.ts';
import type { RuntimeTables } from './tables.ts';

/** What a target needs from the run it is part of. */
export interface TargetContext {
  /** The run's folder; profiles and runtime records are written here. */
  readonly dir: string;
  /** Aborted when the run is cancelled: launching stops, whatever was started is stopped. */
  readonly signal: AbortSignal;
  /** One line of the target's stdout or stderr, without its newline, at most 8 KiB of it. */
  readonly onOutput: (line: TargetOutput) => void;
}

export interface TargetOutput {
  readonly target: string;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

/** A process under test, ready for load. Disposing it stops it (a launched one) or detaches (an attached one). */
export interface RunningTarget {
  readonly spec: LaunchTarget | AttachTarget;
  readonly pid: number;
  /** e.g. `node 24.21.0`. */
  readonly runtime: string;
  readonly commandLine: readonly string[];
  /** Settles when the process ends by itself before `stop`: the run fails with the error it carries (exit code, last lines). */
  readonly failed: Promise<never>;
  /** Starts the CPU profile in every thread and child process, present and future. */
  startProfile(intervalUs: number): Promise<void>;
  /** Ends collection, writes the profile and runtime files, returns what was collected. The process still runs. */
  collect(): Promise<TargetRecord>;
  /** SIGTERM, after a grace time SIGKILL, for the whole process tree; detaches from an attached process. */
  dispose(): Promise<void>;
}

export interface TargetRecord {
  /** Names of files written into the run folder, e.g. `api.cpuprofile`. */
  readonly files: readonly string[];
  readonly profile: Profile | null;
  readonly runtime: RuntimeTables;
  readonly gaps: readonly Gap[];
}
