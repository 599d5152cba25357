import type { Gap } from '../gaps.ts';
import type { SteadyState } from '../latency/steadyState.ts';
import type { LatencySummary } from '../latency/summary.ts';

export interface MeasuredWindow {
  /** First request of the warm-up. */
  readonly warmupStartUs: number;
  /** First intended time that counts. */
  readonly startUs: number;
  /** Last moment requests were offered. */
  readonly endUs: number;
}

/** Whether the generator's numbers can be believed (architecture, law 7). */
export interface Verdict {
  readonly valid: boolean;
  /** One sentence each; empty when valid. */
  readonly reasons: readonly VerdictReason[];
  /** Worth knowing, though the numbers stand. */
  readonly warnings: readonly VerdictReason[];
  readonly health: GeneratorHealth;
}

export interface VerdictReason {
  readonly code:
    | 'SEND_LAG'
    | 'RATE_MISSED'
    | 'DROPPED'
    | 'CPU'
    | 'GC'
    | 'STALL'
    | 'THROTTLED'
    | 'FLOOR'
    | 'NO_REQUESTS'
    | 'CLOSED_LOOP'
    | 'STEAL'
    | 'NO_WARMUP'
    | 'FEW_SAMPLES'
    | 'INCOMPLETE'
    | 'PROCESS_LOST';
  readonly text: string;
}

export interface GeneratorHealth {
  /** Share of one core the generator's thread used in the measured window, 0…1. */
  readonly cpuShare: number;
  readonly sendLagUs: LatencySummary;
  readonly gcPauseMaxUs: number;
  readonly stallMaxUs: number;
  /** Growth of cgroup nr_throttled; null where there is none. */
  readonly throttledPeriods: number | null;
  /** Share of time stolen by the hypervisor, 0…1; null where unknown. */
  readonly stealShare: number | null;
  /** Median round trip against an empty server on this machine; null if not measured. */
  readonly floorUs: number | null;
  /** One by one, where the load came from several processes; the figures above are then those of the worst. */
  readonly processes?: readonly ProcessHealth[] | undefined;
}

/** How one of several generator processes did in the measured window. */
export interface ProcessHealth {
  /** Due from it. */
  readonly requests: number;
  readonly cpuShare: number;
  readonly sendLagP99Us: number | null;
  readonly gcPauseMaxUs: number;
  readonly stallMaxUs: number;
}

/** `requests.parquet`: one row a request, in order of intended time; warm-up included (intendedUs < window.startUs). */
export interface RequestTable {
  readonly length: number;
  readonly endpoints: readonly string[];
  readonly intendedUs: Float64Array;
  /** NaN where it never came so far. */
  readonly sentUs: Float64Array;
  readonly firstByteUs: Float64Array;
  /** End of the answer, of the wait (time-out) or of the run (in flight, unsent). */
  readonly doneUs: Float64Array;
  /** Index into endpoints. */
  readonly endpoint: Int32Array;
  /** HTTP status, 0 without an answer. */
  readonly status: Int32Array;
  /** An Outcome. */
  readonly outcome: Uint8Array;
  /** Ordinal of the connection, -1 for none. */
  readonly connection: Int32Array;
  /** The client's port on that connection, 0 unknown: the key that joins a request with the server's side of it. */
  readonly localPort: Int32Array;
  readonly bytes: Int32Array;
  /** Of the request in its run, from 1: the last part of its trace id. 0 if it was never sent, or is not known. */
  readonly sequence: Int32Array;
  /** How many requests a row stands for, where only a sample of them was kept; without it each for itself. */
  readonly standsFor?: Float32Array;
}

export const Outcome = {
  ok: 0,
  /** An answer that the plan counts as an error: status ≥ 400. */
  badStatus: 1,
  /** Refused, reset, or an answer that is not HTTP. */
  connectionError: 2,
  timeout: 3,
  /** Due but not sent when the run ended: a censored sample. */
  unsent: 4,
  /** Sent but not answered when the run ended: a censored sample. */
  inFlight: 5,
} as const;
export type Outcome = (typeof Outcome)[keyof typeof Outcome];

/** What a finished, cancelled or failed load run hands to the run. Its files are already in the run folder. */
export interface LoadResult {
  readonly window: MeasuredWindow;
  readonly verdict: Verdict;
  readonly counts: LoadCounts;
  /**
   * Achieved: answers inside the window, also of requests of the warm-up; where the window was cut short, of its own requests alone.
   * Offered is null of a closed loop; both are of a load that was cancelled too early to tell.
   */
  readonly ratePerSecond: { readonly offered: number | null; readonly achieved: number | null };
  readonly latencyUs: {
    readonly response: LatencySummary;
    readonly service: LatencySummary;
    readonly sendLag: LatencySummary;
  };
  /** Mean response time, for SLOs that name it. */
  readonly meanUs: number | null;
  /** null if that can't be said: too few requests, or a load that changes by plan. */
  readonly steady: SteadyState | null;
  /** `latency.hlog`, `requests.parquet`. */
  readonly files: readonly string[];
  readonly gaps: readonly Gap[];
  /** Ended before its time because the signal was aborted; everything recorded until then is kept. */
  readonly cancelled: boolean;
}

export interface AnswerCounts {
  /** Answers by HTTP status, or by the name of gRPC's. */
  readonly byStatus: Readonly<Record<string, number>>;
  /** Errors by code, e.g. `ECONNREFUSED`, `HPE_INVALID`. */
  readonly byError: Readonly<Record<string, number>>;
  /** What only this protocol counts, over the whole load, warm-up included: UDP's `lost`, `late`, `duplicates`, `reordered`. */
  readonly byProtocol: Readonly<Record<string, number>>;
}

/** Requests intended inside the measured window. sent = ok + errors + timeouts + inFlight. */
export interface LoadCounts extends AnswerCounts {
  readonly sent: number;
  readonly ok: number;
  /** Bad status and connection errors. */
  readonly errors: number;
  readonly timeouts: number;
  /** Due but never sent. */
  readonly unsent: number;
  /** Sent but not answered when the run ended. */
  readonly inFlight: number;
}

/** About four times a second while the load runs. */
export interface LoadProgress {
  readonly phase: 'connecting' | 'warmup' | 'measuring' | 'draining' | 'writing';
  /** Of the whole load, warm-up included, 0…1. */
  readonly share: number;
  /** Over the last second. */
  readonly ratePerSecond: number;
  readonly p50Us: number | null;
  readonly p99Us: number | null;
  readonly errors: number;
}
