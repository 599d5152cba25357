import type { Gap } from '../gaps.ts';
import type { AttachTarget, Collect, CollectorChoice, LaunchTarget } from '../plan/scenario.ts';
import type { Profile } from '../profile/tables.ts';
import type { RuntimeTables } from './tables.ts';

/** What a target needs from the run it is part of. */
export interface TargetContext {
  /** The run's folder; profiles and runtime records are written here. */
  readonly dir: string;
  /** Aborted when the run is cancelled: launching stops, whatever was started is stopped. */
  readonly signal: AbortSignal;
  /** How it will be profiled: decides what it is started with. */
  readonly collect: Collect;
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
  /** e.g. `node 24.21.0`, `python 3.13.0`, `native`. */
  readonly runtime: string;
  readonly commandLine: readonly string[];
  /** Settles when the process ends by itself before `stop`: the run fails with the error it carries (exit code, last lines). */
  readonly failed: Promise<never>;
  /** Starts the CPU profile in every thread and child process, present and future. */
  startProfile(intervalUs: number): Promise<void>;
  /** The measured window opens, for this long: what takes no times samples over it alone. */
  measuring(durationUs: number): void;
  /** Ends collection, writes the profile and runtime files, returns what was collected. The process still runs. */
  collect(): Promise<TargetRecord>;
  /** SIGTERM, after a grace time SIGKILL, for the whole process tree; detaches from an attached process. */
  dispose(): Promise<void>;
}

/** What looked into a target, and what it did not see. */
export interface CollectorFacts {
  readonly target: string;
  readonly collector: 'probe' | Exclude<CollectorChoice, 'auto' | 'none'>;
  /** What a person calls it. */
  readonly label: string;
  /** Between two samples; null for what records events. */
  readonly intervalUs: number | null;
  /** Taken (rows for the probe), over all threads; null if it doesn't tell. */
  readonly samples: number | null;
  /** Due and not taken, or taken and not kept; null if it doesn't tell. */
  readonly lost: number | null;
  /** What it can't see, one phrase each. */
  readonly blindSpots: readonly string[];
}

/** See CollectorFacts. */
export interface SampleCounts {
  readonly samples: number;
  readonly lost: number;
}

export interface TargetRecord {
  /** Names of files written into the run folder, e.g. `api.cpuprofile`. */
  readonly files: readonly string[];
  /** What the probes recorded; profiles other collectors took stand in their files only. */
  readonly profile: Profile | null;
  readonly runtime: RuntimeTables;
  readonly gaps: readonly Gap[];
  readonly collectors: readonly CollectorFacts[];
}
