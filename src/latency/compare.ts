import {
  estimatePairs,
  judgePairs,
  minimumDetectableEffect,
  standardDeviation,
  type Judgement,
  type PairedEstimate,
} from './pairedTrials.ts';
import { quantileInterval, type OrderStatistics, type QuantileInterval } from './quantiles.ts';
import { summaryKey, type LatencySummary } from './summary.ts';
import { Times } from './times.ts';

/** The columns of a request table that a comparison looks at. */
export interface ComparedRequests {
  readonly length: number;
  readonly endpoints: readonly string[];
  readonly intendedUs: Float64Array;
  readonly doneUs: Float64Array;
  readonly endpoint: Int32Array;
  /** 0 is a good answer. */
  readonly outcome: Uint8Array;
  /** How many requests a row stands for; without it one. */
  readonly standsFor?: Float32Array;
}

export interface CompareOptions {
  /** Measured windows, so that warm-up stays out. Default: everything. */
  readonly before?: ComparedSide;
  readonly after?: ComparedSide;
  readonly quantiles?: readonly number[];
}

interface ComparedSide {
  readonly window?: { readonly startUs: number; readonly endUs: number } | null;
  /** The machine's fingerprint, where known. */
  readonly fingerprint?: string;
  /** The run's verdict; null where the run ended without one. */
  readonly valid?: boolean | null;
  /** What was offered, in words. */
  readonly load?: string;
  /** Of all requests together, where that is known: it counts every one, where the rows may be a sample. */
  readonly response?: LatencySummary;
}

/** Two runs side by side. Says what changed in these two runs, and never that the service did: see `caveat`. */
export interface Comparison {
  /** First all requests (name null), then each endpoint that both runs have. */
  readonly groups: readonly ComparedGroup[];
  /** Why the figures can't be held against each other; empty if they can. */
  readonly objections: readonly string[];
  /** What a single pair can't tell, in a sentence. */
  readonly caveat: string;
}

export interface ComparedGroup {
  readonly endpoint: string | null;
  readonly before: { readonly requests: number; readonly errorShare: number };
  readonly after: { readonly requests: number; readonly errorShare: number };
  readonly quantiles: readonly ComparedQuantile[];
}

interface ComparedQuantile {
  readonly quantile: number;
  readonly before: QuantileInterval;
  readonly after: QuantileInterval;
  /** after / before; NaN where one is missing. */
  readonly ratio: number;
  /** Both figures have ten samples above them. */
  readonly earned: boolean;
  /** Further apart than two runs of the same program usually are. A reason to test, not a result. */
  readonly worthTesting: boolean;
}

/** In 26 pairs of runs of one unchanged service 23 % differed by more than this at p99; few by twice as much. */
const usualSpread = 0.2;
/** Shares of errors further apart than this: the runs did different work. */
const errorTolerance = 0.01;

const caveat =
  'Two runs of the same program often differ by more than 10 % at p99. Whether a change helped is decided by repeated, interleaved trials, not by one pair.';

/** Compares response times of two runs, quantile by quantile, honest about what one pair can tell. */
export function compareRuns(
  before: ComparedRequests,
  after: ComparedRequests,
  options: CompareOptions = {},
): Comparison {
  const quantiles = options.quantiles ?? [0.5, 0.9, 0.95, 0.99, 0.999];
  const shared = before.endpoints.filter((name) => after.endpoints.includes(name));
  const groups = [null, ...(shared.length > 1 || before.endpoints.length > 1 ? shared : [])].map((endpoint) =>
    compareGroup(sideOf(before, endpoint, options.before), sideOf(after, endpoint, options.after), endpoint, quantiles),
  );
  return { groups, objections: objectionsTo(before, after, groups[0], options), caveat };
}

/** What interleaved pairs of trials say about one quantile. */
export interface TrialsResult {
  readonly judgement: Judgement;
  /** Of ln(after / before). */
  readonly estimate: PairedEstimate;
  /** The smallest change these pairs could find with 80 % power, as a share. */
  readonly detectable: number;
}

/**
 * Judges pairs of trials by one quantile of each, e.g. p99 in µs: worse by more than `margin`, surely not, or undecided.
 * Pairs in which a figure is missing or zero are left out.
 */
export function compareTrials(
  pairs: readonly { readonly before: number; readonly after: number }[],
  margin = 0.05,
  alpha = 0.05,
): TrialsResult {
  const differences = pairs.map(({ before, after }) => Math.log(after / before)).filter(Number.isFinite);
  return {
    judgement: judgePairs(differences, margin, alpha),
    estimate: estimatePairs(differences, alpha),
    detectable: minimumDetectableEffect(standardDeviation(differences), differences.length),
  };
}

interface Side {
  readonly times: OrderStatistics;
  readonly errors: number;
  readonly summary: LatencySummary | undefined;
}

function sideOf(requests: ComparedRequests, endpoint: string | null, side: ComparedSide | undefined): Side {
  const wanted = endpoint === null ? -1 : requests.endpoints.indexOf(endpoint);
  const from = side?.window?.startUs ?? Number.NEGATIVE_INFINITY;
  const to = side?.window?.endUs ?? Number.POSITIVE_INFINITY;
  const times = new Times(requests);
  let errors = 0;
  for (let row = 0; row < requests.length; row++) {
    const intended = requests.intendedUs[row] ?? Number.NaN;
    const time = (requests.doneUs[row] ?? Number.NaN) - intended;
    if (!(intended >= from && intended <= to) || Number.isNaN(time)) continue;
    if (wanted >= 0 && requests.endpoint[row] !== wanted) continue;
    const standsFor = times.add(time, row);
    if (requests.outcome[row] !== 0) errors += standsFor;
  }
  return {
    times: times.recorded(),
    errors,
    summary: endpoint === null ? side?.response : undefined,
  };
}

function compareGroup(before: Side, after: Side, endpoint: string | null, quantiles: readonly number[]): ComparedGroup {
  return {
    endpoint,
    before: { requests: before.times.count, errorShare: errorShare(before) },
    after: { requests: after.times.count, errorShare: errorShare(after) },
    quantiles: quantiles.map((quantile) => {
      const a = intervalOf(before, quantile);
      const b = intervalOf(after, quantile);
      const ratio = a.value > 0 ? b.value / a.value : Number.NaN;
      const earned = a.earned && b.earned;
      return {
        quantile,
        before: a,
        after: b,
        ratio,
        earned,
        worthTesting: earned && Math.abs(Math.log(ratio)) > Math.log1p(usualSpread),
      };
    }),
  };
}

function intervalOf({ times, summary }: Side, quantile: number): QuantileInterval {
  const interval = quantileInterval(times, quantile);
  const key = summaryKey(quantile);
  const value = key === null ? null : (summary?.[key] ?? null);
  return value === null ? interval : { ...interval, value };
}

function errorShare({ times, errors }: Side): number {
  return times.count > 0 ? errors / times.count : 0;
}

/** @param run which one, as the beginning of a sentence. */
export function unjudgedWords(run: string): string {
  return `${run} was not judged: its measurement did not come to its end, so nobody knows whether the generator kept up. Run it again to compare response times.`;
}

function objectionsTo(
  before: ComparedRequests,
  after: ComparedRequests,
  all: ComparedGroup | undefined,
  options: CompareOptions,
): string[] {
  const objections: string[] = [];
  const fingerprints = [options.before?.fingerprint, options.after?.fingerprint];
  if (fingerprints[0] !== undefined && fingerprints[1] !== undefined && fingerprints[0] !== fingerprints[1]) {
    objections.push('The runs come from machines that differ in processor, kernel or runtime.');
  }
  const loads = [options.before?.load, options.after?.load];
  if (loads[0] !== undefined && loads[1] !== undefined && loads[0] !== loads[1]) {
    objections.push(`The runs were offered different loads: ${loads[0]}, then ${loads[1]}.`);
  }
  for (const [side, run] of [
    [options.before, 'earlier'],
    [options.after, 'later'],
  ] as const) {
    if (side?.valid === false) objections.push(`The generator could not keep up in the ${run} run.`);
    if (side?.valid === null) objections.push(unjudgedWords(`The ${run} run`));
  }
  if (all && Math.abs(all.before.errorShare - all.after.errorShare) > errorTolerance) {
    const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
    objections.push(
      `The shares of failed requests differ: ${percent(all.before.errorShare)} and ${percent(all.after.errorShare)}.`,
    );
  }
  const names = (requests: ComparedRequests): string => [...requests.endpoints].sort().join('\n');
  if (names(before) !== names(after)) objections.push('The runs sent different kinds of requests.');
  return objections;
}
