import type { Gap } from '../../gaps.ts';
import type { Collect, CollectorChoice, LaunchTarget, Target } from '../../plan/scenario.ts';
import type { Collection } from '../collection.ts';
import type { SampleCounts } from '../target.ts';
import type { PythonFacts } from './python.ts';

/** One way to take a CPU profile of a target. */
export interface Collector {
  readonly type: Exclude<CollectorChoice, 'auto' | 'none'>;
  /** What a person calls it. */
  readonly label: string;
  /** What it can't see wherever it runs, one phrase each. */
  readonly blindSpots: readonly string[];
  /**
   * Null if it can profile the target here; else why not and what would change that, as a part of a sentence.
   * @throws SlowpathError TARGET_PROFILER_MISSING if the plan names a profiler that npm can add: better before the run than after.
   */
  canApplyTo(candidate: Candidate): Promise<string | null>;
  /** The target as it must be started to be seen; unchanged unless given. @param dir the run's folder. */
  prepared?(spec: LaunchTarget, candidate: Candidate, dir: string): LaunchTarget | Promise<LaunchTarget>;
  /** @throws SlowpathError TARGET_PROFILE_FAILED */
  start(process: ProfiledProcess): Promise<ProfileSession>;
}

/** A target as it stands before it is started. */
export interface Candidate {
  readonly spec: Target;
  readonly collect: Collect;
  /** For Python that is launched. */
  readonly python: PythonFacts | null;
}

/** A running target to be profiled. */
export interface ProfiledProcess extends Candidate {
  readonly pid: number;
  /** All processes of the target now. */
  readonly pids: () => readonly number[];
  /** The run's folder. */
  readonly dir: string;
  readonly intervalUs: number;
  /** The probes inside the target, where it has some. */
  readonly collection: Collection;
}

/** A profile being taken. Its file is read when the run is opened. */
export interface ProfileSession {
  readonly status: () => ProfileStatus;
  /** The measured window opens, for this long. */
  measuring(durationUs: number): void;
  /** Ends it, writes its files, and tells what there is. */
  stop(): Promise<TakenProfile>;
  /** Lets go of it; what was written stays. */
  dispose(): Promise<void>;
}

export type ProfileStatus = 'recording' | 'stopped';

export interface TakenProfile {
  /** Names of files written into the run's folder. */
  readonly files: readonly string[];
  readonly gaps: readonly Gap[];
  /** Taken and lost, where the session itself can tell. */
  readonly counts?: SampleCounts;
}
