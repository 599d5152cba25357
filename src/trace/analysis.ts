/**
 * What was worked out from one run, for a chosen stretch of time: the input of the advice and of every view. Computed by
 * `analyse` in trace/analyse.ts, which is pure and runs in the page, in the extension host's worker and on the command line.
 */
import type { LatencySummary } from '../latency/summary.ts';

export interface Analysis {
  readonly range: Brushed;
  readonly latency: {
    readonly response: LatencySummary;
    readonly service: LatencySummary;
    readonly sendLag: LatencySummary;
  };
  readonly tail: TailAnalysis | null;
  /** Functions by self time, all CPU samples in the range; idle and root frames left out. */
  readonly functions: readonly FunctionRow[];
  readonly lines: readonly LineRow[];
}

export interface TimeRange {
  readonly startUs: number;
  readonly endUs: number;
}

/**
 * What a person brushed: a stretch of time; with a band, only the requests whose response time lies in it, and what ran
 * while they were in flight.
 */
export interface Brushed extends TimeRange {
  readonly response?: LatencyBand;
}

/** Response times, µs: at least `fromUs`, less than `toUs`. */
export interface LatencyBand {
  readonly fromUs: number;
  readonly toUs: number;
}

/** One function, totals safe for recursion: a frame counts once a stack. */
export interface FunctionRow {
  /** Index into profile.frames. */
  readonly frame: number;
  readonly name: string;
  readonly file: string | null;
  /** 1-based; 0 unknown. */
  readonly line: number;
  readonly selfUs: number;
  readonly totalUs: number;
  /** Of all CPU time in the range, 0…1. */
  readonly selfShare: number;
  readonly totalShare: number;
  /** Share of the thread's time inside the slow requests' windows during which it was on the stack, and the control set's. */
  readonly tailShare: number | null;
  readonly typicalShare: number | null;
}

/** One source line that was on top of the stack. */
export interface LineRow {
  readonly file: string;
  readonly line: number;
  readonly selfUs: number;
  readonly selfShare: number;
  readonly tailShare: number | null;
  /** The function that spent most there: index into profile.frames, and its name. */
  readonly frame: number;
  readonly functionName: string;
}

/** Slow requests against typical ones (facts: the tail flamegraph). */
export interface TailAnalysis {
  /** Requests above this quantile of their endpoint's response time are slow, e.g. 0.99. */
  readonly quantile: number;
  /** What was asked for; `quantile` is lower where there were fewer than ten slow requests. */
  readonly quantileAsked: number;
  /** Every slow request took longer than this; with several endpoints the least of their thresholds. */
  readonly thresholdUs: number;
  /** Sentences a person must know before believing the rest: a lowered quantile, requests without their server side. */
  readonly notes: readonly string[];
  /** Share of the sent slow requests whose server side was found, 0…1. */
  readonly joinedShare: number;
  readonly slow: SetAnalysis;
  /** Requests between p40 and p60. */
  readonly typical: SetAnalysis;
  /** Functions and GC that kept the slow requests waiting, by victim-seconds, greatest first. */
  readonly blockers: readonly Blocker[];
  /** Connected groups of slow windows; below ten the evidence is an anecdote. */
  readonly episodes: number;
  /** Disjoint windows covering each set, for slicing the flamegraph: [start, end, start, end, …] in µs. */
  readonly slowWindowsUs: Float64Array;
  readonly typicalWindowsUs: Float64Array;
}

export interface SetAnalysis {
  /** Rows that were recorded. */
  readonly requests: number;
  /** About how many requests they stand for, where some of them are a sample; null: each for itself. */
  readonly standFor: number | null;
  /** Sum over requests of done − intended. */
  readonly totalUs: number;
  /** Union of the windows. */
  readonly unionUs: number;
  readonly ledger: Ledger;
}

/** Where the requests' time went; sums to 1. */
export interface Ledger {
  readonly ownCpu: number;
  readonly otherCpu: number;
  readonly gc: number;
  readonly runnable: number;
  readonly downstream: number;
  readonly idle: number;
  /** Before it reached the wire: send lag of the generator. */
  readonly client: number;
  readonly unknown: number;
}

export interface Blocker {
  /** Index into profile.frames, the leafmost frame of the user's or a library's code; -1 for GC. */
  readonly frame: number;
  readonly name: string;
  readonly file: string | null;
  /** The hottest line inside it, else where it starts; 0 unknown. */
  readonly line: number;
  /** Σ sample weight × slow requests in flight at that moment. */
  readonly victimUs: number;
  /** Of the slow (typical) requests' waiting time, 0…1. */
  readonly slowShare: number;
  readonly typicalShare: number;
  readonly episodes: number;
}
