import { compareRuns, type Comparison } from '../latency/compare.ts';
import { Outcome } from '../load/result.ts';
import { arrivalsText } from '../plan/arrivalsText.ts';
import { diffProfiles, type DiffSide, type ProfileDiff } from '../profile/queries/diff.ts';
import { placedDiff, type Change, type FunctionChange, type LineChange } from '../profile/queries/placedDiff.ts';
import { sliceWindows } from '../profile/queries/slice.ts';
import type { Profile, ProfileUnit } from '../profile/tables.ts';
import type { Run } from '../run/model.ts';
import { measuredRange } from './analyse.ts';
import type { Brushed } from './analysis.ts';
import { isBrushed } from './latencyOrder.ts';
import { brushedWindows } from './windows.ts';

/** Response times of two runs, with every reason not to hold them against each other. */
export function compareLatency(a: Run, b: Run): Comparison {
  return compareRuns(a.requests, b.requests, { before: sideOf(a), after: sideOf(b) });
}

/** Whether a run's response times may be shown: it was judged, and is good. */
export function isTrusted({ manifest }: Pick<Run, 'manifest'>): boolean {
  return manifest.verdict?.valid === true;
}

function sideOf({ manifest }: Run) {
  const { window, host, scenario, verdict, summary } = manifest;
  return {
    window,
    fingerprint: host.fingerprint,
    load: arrivalsText(scenario.load.arrivals),
    valid: verdict?.valid ?? null,
    ...(summary && { response: summary.latencyUs.response }),
  };
}

/** What is compared: a run's profile in its measured window or in what is brushed, or a profile of its own. */
export interface DiffSubject {
  readonly profile: Profile;
  readonly run: Run | null;
  /** Left out or null: the whole measured window. */
  readonly brushed?: Brushed | null;
}

/**
 * What times are divided by: requests where both sides have some, else seconds; nothing where the profiles hold sizes or
 * counts, or tell no duration.
 */
export type DiffPer = 'request' | 'second' | 'whole';

export interface SubjectDiff extends ProfileDiff {
  readonly per: DiffPer;
}

/** @returns null if the two are not in the same unit (time against memory): nothing of them compares. */
export function diffSubjects(a: DiffSubject, b: DiffSubject): SubjectDiff | null {
  if (a.profile.unit !== b.profile.unit) return null;
  const per = perOf(a, b);
  return { per, ...diffProfiles(diffSide(a, per), diffSide(b, per)) };
}

/** What the source lines of a run cost against a baseline: the heat of a difference. */
export interface HeatDiff {
  readonly per: DiffPer;
  readonly unit: ProfileUnit;
  /** All CPU time of each side, in the same measure. */
  readonly sumBefore: number;
  readonly sumAfter: number;
  /** Greatest change first, of their totals and their own time. Only what stands in a source file. */
  readonly functions: readonly FunctionChange[];
  readonly lines: readonly LineChange[];
}

/**
 * @param brushed of the run, whose part is held against the baseline's whole measured window: times are those of one request
 *   on both sides, so the two compare. Without requests in it, those of one second.
 * @returns null if one of them has no profile, or the two are not in the same unit.
 */
export function diffHeat(baseline: Run, run: Run, brushed: Brushed | null = null): HeatDiff | null {
  if (!run.profile || baseline.profile?.unit !== run.profile.unit) return null;
  const [before, after] = [
    { profile: baseline.profile, run: baseline },
    { profile: run.profile, run, brushed },
  ];
  const per = perOf(before, after);
  const [a, b] = [diffSide(before, per), diffSide(after, per)];
  // Where nothing ran, nothing has become cheaper.
  const { functions, lines } = brushed && b.weights.sumUs === 0 ? nothing : placedDiff(a, b);
  const byChange = ({ before: from, after: to }: Change, other: Change): number =>
    Math.abs(other.after - other.before) - Math.abs(to - from);
  const isPlaced = ({ file, line }: LineChange): boolean => file !== '' && line > 0;
  return {
    per,
    unit: run.profile.unit,
    sumBefore: a.weights.sumUs / a.per,
    sumAfter: b.weights.sumUs / b.per,
    functions: functions.filter(isPlaced).sort((one, two) => byChange(one.total, two.total)),
    lines: lines.filter(isPlaced).sort((one, two) => byChange(one.self, two.self)),
  };
}

const nothing = { functions: [], lines: [] };

function perOf(a: DiffSubject, b: DiffSubject): DiffPer {
  if (a.profile.unit !== 'us') return 'whole';
  if (requestsOf(a) > 0 && requestsOf(b) > 0) return 'request';
  return secondsOf(a) > 0 && secondsOf(b) > 0 ? 'second' : 'whole';
}

function diffSide(subject: DiffSubject, per: DiffPer): DiffSide {
  const { profile, run } = subject;
  const range = rangeOf(subject);
  const weights = sliceWindows(profile, { windows: run && range ? brushedWindows(run.requests, range) : null });
  return { profile, weights, per: { request: requestsOf, second: secondsOf, whole: () => 1 }[per](subject) };
}

/** Requests of the compared part that reached the service, answered or not. */
function requestsOf(subject: DiffSubject): number {
  const range = rangeOf(subject);
  if (!subject.run || !range) return 0;
  const { requests } = subject.run;
  let count = 0;
  for (let row = 0; row < requests.length; row++) {
    if (isBrushed(requests, row, range) && requests.outcome[row] !== Outcome.unsent)
      count += requests.standsFor?.[row] ?? 1;
  }
  return count;
}

function secondsOf(subject: DiffSubject): number {
  const { startUs, endUs } = rangeOf(subject) ?? subject.profile;
  return (endUs - startUs) / 1e6;
}

/** null: a profile without a run is compared as a whole. Nothing can be cut out of one without times. */
function rangeOf({ profile, run, brushed }: DiffSubject): Brushed | null {
  return run && (profile.timeless || !brushed ? measuredRange(run) : brushed);
}
