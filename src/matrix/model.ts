import type { DriftJudgement } from '../latency/drift.ts';
import type { LatencySummary } from '../latency/summary.ts';
import type { PlannedCell } from '../plan/matrix.ts';
import type { Chain } from '../trace/chain.ts';

/** `matrix.json`: one scenario measured in several shapes of load. Also what `slowpath matrix --json` prints. */
export interface Matrix {
  readonly format: typeof MATRIX_FORMAT;
  /** Also the folder's name: `YYYYMMDD-HHMMSS-scenario-matrix-xxxx`. */
  readonly id: string;
  readonly scenario: string;
  /** ISO 8601 wall-clock time of the start. */
  readonly startedAt: string;
  /** `running` with nobody measuring: it was cut short, and the cells until then stand. */
  readonly state: 'running' | 'complete' | 'cancelled' | 'failed';
  /** Why it failed, for a person; null unless state is failed. */
  readonly error: { readonly code: string; readonly message: string } | null;
  /** All cells that were asked for, in order; those beyond `cells` were not measured. */
  readonly planned: readonly PlannedCell[];
  readonly cells: readonly Cell[];
}

export const MATRIX_FORMAT = 1;

/** One shape as it was measured, by a run of its own. */
export interface Cell extends PlannedCell {
  /** The name of its run. */
  readonly run: string;
  /** `slo`: an objective was missed. `invalid`: the run's verdict. `failed`: a target ended. */
  readonly outcome: 'good' | 'slo' | 'invalid' | 'failed';
  /** Why it isn't good: one sentence or objective each. */
  readonly reasons: readonly string[];
  /** Requests a second; offered is null where clients wait for their answers. */
  readonly ratePerSecond: { readonly offered: number | null; readonly achieved: number | null } | null;
  /** Requests due in the window, which say whether a quantile is earned. Null in what older releases recorded. */
  readonly requests: number | null;
  /** Response time from the intended time, µs. Null where the run is invalid: then its reasons stand instead. */
  readonly latencyUs: LatencySummary | null;
  /** Share of the requests due that got no good answer, 0…1. */
  readonly errors: number | null;
  /** Where the time went between the services: in cells of shape single and chain. */
  readonly chain: Chain | null;
  /** Why a chain that was asked for can't be told; null otherwise. */
  readonly chainMissing: string | null;
  /** Null but for shape soak. */
  readonly soak: Soak | null;
}

/** What a long load tells by interval. Columns of one length: one value an interval; null where there is none. */
export interface Soak {
  readonly intervalUs: number;
  /** Of each interval, seconds from the beginning of the measured window. */
  readonly startSeconds: readonly number[];
  /** Response time, µs; from a hundred requests on a p99 is there. */
  readonly p50Us: readonly (number | null)[];
  readonly p99Us: readonly (number | null)[];
  /** Resident memory of each target, all its processes together. */
  readonly memory: readonly { readonly target: string; readonly rssBytes: readonly (number | null)[] }[];
  readonly drifts: readonly Drift[];
}

/** Whether one quantity drifted; its trend is per second, in bytes or µs. */
export interface Drift extends DriftJudgement {
  readonly of: 'rss' | 'p50' | 'p99';
  /** Of rss; null else. */
  readonly target: string | null;
}
