/**
 * What the page asks its worker and what it gets back. The worker owns the run; the page owns the pixels. Columns travel as
 * transferables; names are cut and made visible (no control characters) on the worker's side, once.
 */
import type { Finding } from '../../src/advice/finding.ts';
import type { Manifest } from '../../src/run/model.ts';
import type { Comparison } from '../../src/latency/compare.ts';
import type { PercentileCurve, QuantileInterval } from '../../src/latency/quantiles.ts';
import type { DiffFunctions } from '../../src/profile/queries/diff.ts';
import type { DiffPer } from '../../src/trace/compareRuns.ts';
import type { Brushed, TailAnalysis, TimeRange } from '../../src/trace/analysis.ts';
import type { Lane, LatencyHeatmap } from '../../src/trace/heatmap.ts';
import type { ResponseHistogram } from '../../src/trace/responseHistogram.ts';
import type { SubsecondGrid } from '../../src/profile/queries/subsecond.ts';
import type { ThreadLanes } from '../../src/profile/queries/threadLanes.ts';
import type { ProfileUnit } from '../../src/profile/tables.ts';
import type { FlameLayout } from '../flame/layout.ts';

export type FlameMode = 'time' | 'heavy' | 'tail' | 'sandwich';

export type WorkerRequest =
  | { readonly type: 'openRun'; readonly run: ArrayBuffer; readonly baseline: ArrayBuffer | null }
  | { readonly type: 'openProfile'; readonly profile: ArrayBuffer }
  | { readonly type: 'openHlog'; readonly text: string }
  /** Everything that depends on what is brushed, except flamegraphs. */
  | { readonly type: 'range'; readonly range: Brushed | null }
  | {
      readonly type: 'flame';
      readonly mode: FlameMode;
      readonly range: Brushed | null;
      readonly thread: number;
      readonly frame: number;
    }
  /** Over all that was recorded; null where nothing has a time. A thread of -1 is all of them. */
  | { readonly type: 'subsecond'; readonly of: SubsecondOf; readonly thread: number }
  /** What every thread did; null with one thread, and where nothing has a time. */
  | { readonly type: 'lanes'; readonly range: Brushed | null }
  /** This run against the baseline: its functions, and its flamegraph. null if their profiles don't compare. */
  | { readonly type: 'diff' }
  | { readonly type: 'diffFlame'; readonly widths: DiffWidths };

/** What the subsecond heatmap's colour tells. */
export type SubsecondOf = 'cpu' | 'latency';

export type DiffWidths = 'a' | 'b' | 'equal';

export type WorkerAnswer<T extends WorkerRequest['type']> = {
  openRun: RunInfo;
  openProfile: ProfileInfo;
  openHlog: HlogModel;
  range: RangeModel;
  flame: FlameModel;
  subsecond: SubsecondModel | null;
  lanes: ThreadLanes | null;
  diff: DiffModel | null;
  diffFlame: DiffFlame | null;
}[T];

export interface WorkerCall {
  readonly id: number;
  readonly request: WorkerRequest;
}

export type WorkerReply =
  | { readonly id: number; readonly answer: unknown; readonly tookMs: number }
  | { readonly id: number; readonly error: { readonly code: string; readonly message: string } };

/** The profile's frames as the views show them. */
export interface FrameLabels {
  readonly name: readonly string[];
  /** null where there is no source file. */
  readonly file: readonly (string | null)[];
  readonly line: Int32Array;
  readonly column: Int32Array;
  readonly kind: Uint8Array;
  /** A FrameTier. */
  readonly tier: Uint8Array;
  /** 0, 1 or 2, so that neighbours differ. */
  readonly shade: Uint8Array;
}

export interface ThreadInfo {
  /** With the target it is one of. */
  readonly name: string;
  /** Without it. */
  readonly own: string;
  /** The process it belongs to: the target and the pid, as far as they are known. Equal for threads of one process only. */
  readonly process: string;
  /** CPU time sampled, idle left out. */
  readonly busyUs: number;
}

export interface ProfileInfo {
  readonly kind: 'profile';
  readonly labels: FrameLabels;
  readonly threads: readonly ThreadInfo[];
  /** What the profile covers. */
  readonly extent: TimeRange;
  readonly samples: number;
  readonly intervalUs: number;
  /** What its figures are counted in; the names of their fields are for the usual one, µs. */
  readonly unit: ProfileUnit;
  /** There is no order of time to show. */
  readonly timeless: boolean;
}

export interface RunInfo {
  readonly kind: 'run';
  readonly manifest: Manifest;
  /** The whole measured window; null when the run ended before it began. */
  readonly window: TimeRange | null;
  readonly findings: readonly Finding[];
  readonly profile: ProfileInfo | null;
  readonly timeline: TimelineModel | null;
  readonly compare: CompareModel | null;
}

/** One quantile of the three series, each with the interval that holds it with 95 % confidence. */
export interface QuantileRow {
  /** 0…1; 1 is the maximum. */
  readonly quantile: number;
  readonly response: QuantileInterval;
  readonly service: QuantileInterval;
  readonly sendLag: QuantileInterval;
}

export interface EndpointRow {
  readonly name: string;
  readonly requests: number;
  readonly errors: number;
  readonly p50Us: number | null;
  readonly p99Us: number | null;
  readonly maxUs: number | null;
}

/** The tail's figures without the windows, which stay in the worker. */
export interface TailSummary extends Omit<TailAnalysis, 'slowWindowsUs' | 'typicalWindowsUs'> {
  /** A thread that answers many requests at once, one after the other: Node's. */
  readonly hasEventLoop: boolean;
}

export interface RangeModel {
  /** What was asked for, or the measured window. */
  readonly range: Brushed;
  readonly whole: boolean;
  readonly requests: number;
  readonly errors: number;
  /** null where it can't be told. */
  readonly ratePerSecond: number | null;
  readonly quantiles: readonly QuantileRow[];
  readonly response: PercentileCurve;
  readonly service: PercentileCurve;
  readonly endpoints: readonly EndpointRow[];
  /** Of the stretch of time, whatever band of it is brushed; null without requests. */
  readonly histogram: ResponseHistogram | null;
  readonly tail: TailSummary | null;
  readonly functions: FunctionColumns;
}

/** Functions by self time; parallel columns, one row a frame with any CPU time. Shares are 0…1, NaN where unknown. */
export interface FunctionColumns {
  readonly length: number;
  readonly frame: Int32Array;
  readonly selfUs: Float64Array;
  readonly totalUs: Float64Array;
  readonly selfShare: Float64Array;
  readonly totalShare: Float64Array;
  readonly tailShare: Float64Array;
  readonly typicalShare: Float64Array;
}

/** Columns are seconds, rows parts of them; colours are `cells[column * rows + row]`. */
export interface SubsecondModel {
  readonly of: SubsecondOf;
  readonly grid: SubsecondGrid;
  /** Share of one core, or the slowest response time in µs, NaN where no request was. */
  readonly cells: Float64Array;
  /** Where the scale of colours ends; at least one core. */
  readonly most: number;
}

/** Over the whole run, warm-up included; `range` limits what is counted, not what is drawn. */
export interface TimelineModel {
  readonly extent: TimeRange;
  readonly window: TimeRange;
  readonly heatmap: LatencyHeatmap;
  /** Buckets of `bucketUs` from extent.startUs. */
  readonly bucketUs: number;
  readonly sentPerSecond: Float64Array;
  readonly errorsPerSecond: Float64Array;
  readonly p50Us: Float64Array;
  readonly p99Us: Float64Array;
  /** Shares of one core, NaN where unknown. */
  readonly cpuShare: Float64Array;
  readonly waitShare: Float64Array;
  readonly gc: Lane;
  /** V8's kind, one a row of gc. */
  readonly gcKind: Uint8Array;
  readonly stalls: Lane;
}

export interface FlameModel {
  readonly mode: FlameMode;
  readonly layout: FlameLayout;
  /** Sandwich only: the callers, growing upwards. */
  readonly callers: FlameLayout | null;
  /** Why there is nothing to show, or null. */
  readonly empty: string | null;
}

/** CPU time of the baseline (A) and of this run (B), each divided by what `per` says. */
export interface DiffModel {
  readonly per: DiffPer;
  readonly unit: ProfileUnit;
  readonly sumA: number;
  readonly sumB: number;
  /** One row a function of either run; `layout.frame` of the flamegraph leads here. */
  readonly labels: FrameLabels;
  readonly functions: Omit<DiffFunctions, 'frameA' | 'frameB' | 'totalError'>;
}

/** The differential flamegraph; columns parallel to the layout's boxes. */
export interface DiffFlame {
  readonly widths: DiffWidths;
  readonly layout: FlameLayout;
  readonly totalA: Float64Array;
  readonly totalB: Float64Array;
  readonly selfA: Float64Array;
  readonly selfB: Float64Array;
}

export interface CompareModel extends Comparison {
  /** Both measurements were judged and are valid; otherwise only the objections may be shown. */
  readonly trusted: boolean;
  /** Response time of the baseline and of this run. */
  readonly before: PercentileCurve;
  readonly after: PercentileCurve;
  /** What an empty server took before each of the two. */
  readonly floorUs: { readonly before: number | null; readonly after: number | null };
}

interface HlogTag {
  readonly tag: string;
  readonly count: number;
  readonly quantiles: readonly QuantileInterval[];
  readonly curve: PercentileCurve;
}

export interface HlogModel {
  readonly kind: 'hlog';
  readonly tags: readonly HlogTag[];
  /** Recorded values a second over time, per tag; `timeS` is each point's distance from the first interval. */
  readonly timeS: Float64Array;
  readonly perSecond: readonly Float64Array[];
}
