import type { Gap } from '../gaps.ts';
import type { SteadyState } from '../latency/steadyState.ts';
import type { LatencySummary } from '../latency/summary.ts';
import type { AnswerCounts, MeasuredWindow, RequestTable, Verdict } from '../load/result.ts';
import type { Scenario, Slo } from '../plan/scenario.ts';
import type { Profile } from '../profile/tables.ts';
import type { RuntimeTables } from '../target/tables.ts';
import type { CollectorFacts } from '../target/target.ts';
import type { OverheadFacts } from './overheadFacts.ts';
import type { RUN_FORMAT } from './upgrade.ts';

/** Everything one measurement left behind, as the analysis and the views read it. Pure data: packs into one buffer. */
export interface Run {
  readonly manifest: Manifest;
  readonly requests: RequestTable;
  readonly runtime: RuntimeTables;
  /** All threads of all targets in one set of tables; null when collection was off or nothing was collected. */
  readonly profile: Profile | null;
}

/** `run.json`. Times are µs on the host's monotonic clock unless a name says otherwise. */
export interface Manifest {
  /** Version of the folder's format; see run/upgrade.ts. */
  readonly format: typeof RUN_FORMAT;
  /** Also the folder's name: `YYYYMMDD-HHMMSS-scenario-xxxx`. */
  readonly id: string;
  readonly state: 'running' | 'complete' | 'cancelled' | 'failed' | 'incomplete';
  /** Why it failed, for a person; null unless state is failed. */
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly scenario: Scenario;
  /** ISO 8601 wall-clock time of the start. */
  readonly startedAt: string;
  readonly window: MeasuredWindow | null;
  /** Where the warm-up was really over; null if that can't be said, absent in runs of releases that didn't look. */
  readonly steady?: SteadyState | null | undefined;
  readonly git: { readonly commit: string; readonly branch: string | null; readonly dirty: boolean } | null;
  readonly host: HostFacts;
  readonly targets: readonly TargetFacts[];
  /** Wall clock minus monotonic clock at the start and the end. */
  readonly clockOffsetUs: { readonly start: number; readonly end: number | null };
  readonly verdict: Verdict | null;
  readonly summary: Summary | null;
  /** Kernel counters' growth over the measured window, e.g. `TcpExt.DelayedACKs`. Absent where the system has none. */
  readonly counters: Readonly<Record<string, number>>;
  /** What could not be measured here, and why (architecture, law 12). */
  readonly gaps: readonly Gap[];
  /** What looked into the targets, with what it lost and what it can't see. */
  readonly collectors: readonly CollectorFacts[];
  /** What all collectors together cost, as last measured for this scenario and machine (`slowpath overhead`); null if never. */
  readonly overhead: OverheadFacts | null;
  /** File names in the run folder. */
  readonly files: readonly string[];
  /** Their sizes in bytes when the run ended, so that a file cut later can be told; absent in runs of older releases. */
  readonly sizes?: Readonly<Record<string, number>> | undefined;
}

export interface HostFacts {
  readonly os: string;
  readonly kernel: string;
  readonly cpuModel: string;
  readonly cpuCount: number;
  readonly memoryBytes: number;
  readonly node: string;
  readonly slowpath: string;
  /** Hash of what must be equal for two runs to be compared: CPU model and count, kernel, governor, runtime. */
  readonly fingerprint: string;
}

export interface TargetFacts {
  readonly name: string;
  readonly pid: number;
  /** e.g. `node 24.21.0`. */
  readonly runtime: string;
  readonly commandLine: readonly string[];
  readonly exitCode: number | null;
  readonly signal: string | null;
}

export interface Summary {
  readonly requests: RequestCounts;
  readonly ratePerSecond: { readonly offered: number | null; readonly achieved: number | null };
  readonly latencyUs: {
    readonly response: LatencySummary;
    readonly service: LatencySummary;
    readonly sendLag: LatencySummary;
  };
  readonly slo: readonly SloResult[];
  /** What answers came, and what went wrong; not in runs of releases that didn't record it. */
  readonly answers?: AnswerCounts | undefined;
}

/** Of the measured window: sent = ok + errors + timeouts + inFlight. */
export interface RequestCounts {
  readonly sent: number;
  readonly ok: number;
  readonly errors: number;
  readonly timeouts: number;
  readonly unsent: number;
  readonly inFlight: number;
}

export interface SloResult {
  readonly expr: string;
  readonly slo: Slo;
  readonly pass: boolean;
  /** In the metric's unit (µs, share, 1/s); null if it can't be told. */
  readonly actual: number | null;
  /** In the same unit: what a multiple came to. */
  readonly bound: number | null;
}
