/**
 * The worker's side of the page: holds what was opened and answers the page's questions about it. Pure but for what it
 * remembers; the same in a browser's worker and under test.
 */
import type { Finding } from '../../src/advice/finding.ts';
import { SlowpathError } from '../../src/errors.ts';
import { percentileCurve } from '../../src/latency/quantiles.ts';
import { type ThreadLanes, threadLanes, threadsForLanes } from '../../src/profile/queries/threadLanes.ts';
import type { Profile } from '../../src/profile/tables.ts';
import type { Run } from '../../src/run/model.ts';
import { unpackProfile, unpackRun } from '../../src/run/pack.ts';
import { analyse, measuredRange } from '../../src/trace/analyse.ts';
import type { Analysis, Brushed, TimeRange } from '../../src/trace/analysis.ts';
import { responseHistogram } from '../../src/trace/responseHistogram.ts';
import { compareModel } from './compare.ts';
import { findingsOf } from './findings.ts';
import { RunDiff } from './diff.ts';
import { flameModel } from './flame.ts';
import { functionsOfAnalysis, functionsOfProfile, noFunctions } from './functions.ts';
import { hlogModel } from './hlog.ts';
import { profileInfo } from './labels.ts';
import type {
  FlameModel,
  FunctionColumns,
  HlogModel,
  ProfileInfo,
  RangeModel,
  RunInfo,
  SubsecondModel,
  TailSummary,
  WorkerRequest,
} from './messages.ts';
import { quantileRows } from './quantiles.ts';
import { endpointRows, seriesOf } from './series.ts';
import { subsecondModel } from './subsecond.ts';
import { recordedExtent, timelineModel } from './timeline.ts';
import { BrushedWeights } from './weights.ts';
import { asSummarised } from './whole.ts';

/** More lanes than this can't be told apart; strips as fine as they are wide. */
const mostLanes = 32;
const laneBuckets = 800;

export class Session {
  private run: Run | null = null;
  private profile: Profile | null = null;
  private baseline: Run | null = null;
  /** undefined until it is asked for. */
  private diff: RunDiff | null | undefined = null;
  private readonly weights = new BrushedWeights();
  /** Chosen once a profile, so that lanes keep their places while one brushes. */
  private laneThreads: { readonly profile: Profile; readonly threads: Int32Array } | null = null;
  private readonly analyses = new Map</* what was brushed */ string, Analysis>();

  /** @throws SlowpathError FORMAT_MALFORMED and kin when what is opened can't be read. */
  answer(request: WorkerRequest): unknown {
    switch (request.type) {
      case 'openRun':
        return this.openRun(request.run, request.baseline);
      case 'openProfile':
        return this.openProfile(unpackProfile(request.profile));
      case 'openHlog':
        return this.openHlog(request.text);
      case 'range':
        return this.range(request.range);
      case 'flame':
        return this.flame(request);
      case 'subsecond':
        return this.subsecond(request);
      case 'lanes':
        return this.lanes(request.range);
      case 'diff':
        return this.runDiff()?.model() ?? null;
      case 'diffFlame':
        return this.runDiff()?.flame(request.widths) ?? null;
    }
  }

  private openRun(packed: ArrayBuffer, baseline: ArrayBuffer | null): RunInfo {
    const { run, findings } = unpackRun(packed);
    this.run = run;
    this.profile = run.profile;
    this.baseline = baseline && unpackRun(baseline).run;
    this.diff = undefined;
    this.analyses.clear();
    const window = measuredWindow(run);
    const known: readonly Finding[] = findingsOf(findings);
    return {
      kind: 'run',
      manifest: run.manifest,
      window,
      findings: known,
      profile: run.profile ? profileInfo(run.profile) : null,
      timeline: window && run.requests.length > 0 ? timelineModel(run, window) : null,
      compare: this.baseline && window ? compareModel(this.baseline, run) : null,
    };
  }

  private openProfile(profile: Profile): ProfileInfo {
    this.run = null;
    this.baseline = null;
    this.diff = null;
    this.profile = profile;
    return profileInfo(profile);
  }

  private openHlog(text: string): HlogModel {
    this.run = null;
    this.baseline = null;
    this.diff = null;
    this.profile = null;
    return hlogModel(text);
  }

  /** Made when the comparison is first looked at: a report is mostly opened for something else. */
  private runDiff(): RunDiff | null {
    if (this.diff === undefined) this.diff = this.baseline && this.run ? RunDiff.of(this.baseline, this.run) : null;
    return this.diff;
  }

  private range(range: Brushed | null): RangeModel {
    const { run, profile } = this;
    if (!run) {
      if (!profile) throw nothingOpen();
      const extent = { startUs: profile.startUs, endUs: profile.endUs };
      return { ...noRequests, range: range ?? extent, whole: range === null, functions: this.functions(range, null) };
    }
    const window = measuredWindow(run);
    if (!window) {
      const extent = profile ? { startUs: profile.startUs, endUs: profile.endUs } : { startUs: 0, endUs: 0 };
      return { ...noRequests, range: range ?? extent, whole: range === null, functions: this.functions(range, null) };
    }
    const chosen = range ?? window;
    const series = seriesOf(run.requests, chosen);
    const analysis = this.analysis(chosen);
    const model: RangeModel = {
      range: chosen,
      whole: range === null,
      requests: series.requests,
      errors: series.errors,
      ratePerSecond: rateOf(run, series.requests, chosen),
      quantiles: quantileRows(series),
      response: percentileCurve(series.response),
      service: percentileCurve(series.service),
      endpoints: endpointRows(run.requests, chosen),
      histogram: responseHistogram(run.requests, chosen),
      tail: tailSummary(analysis, run),
      functions: this.functions(chosen, analysis),
    };
    const { summary } = run.manifest;
    return range === null && summary ? asSummarised(model, summary) : model;
  }

  private flame(request: Extract<WorkerRequest, { type: 'flame' }>): FlameModel {
    const { profile, run } = this;
    if (!profile) throw nothingOpen();
    const range = this.drawnRange(profile, request.range);
    return flameModel({
      ...request,
      profile,
      run,
      range,
      analysis: () => this.analysis(range),
      weights: () => this.weights.of(profile, run, range, request.thread),
    });
  }

  private lanes(range: Brushed | null): ThreadLanes | null {
    const { profile } = this;
    if (!profile || profile.timeless || profile.threads.length < 2) return null;
    if (this.laneThreads?.profile !== profile)
      this.laneThreads = { profile, threads: threadsForLanes(profile, mostLanes) };
    // The answer's columns are handed over: the choice itself stays here.
    return threadLanes(profile, this.drawnRange(profile, range), this.laneThreads.threads.slice(), laneBuckets);
  }

  /** What a flamegraph shows when nothing else is asked for: the measured window, or all of a profile on its own. */
  private drawnRange(profile: Profile, range: Brushed | null): Brushed {
    const { run } = this;
    return range ?? (run && measuredWindow(run)) ?? { startUs: profile.startUs, endUs: profile.endUs };
  }

  /** The run's analysis for a range; kept, since several views ask for the same. */
  private analysis(range: Brushed): Analysis | null {
    if (!this.run || !measuredWindow(this.run)) return null;
    const key = JSON.stringify(range);
    let analysis = this.analyses.get(key);
    if (!analysis) {
      analysis = analyse(this.run, { range });
      if (this.analyses.size > 8) this.analyses.clear();
      this.analyses.set(key, analysis);
    }
    return analysis;
  }

  private functions(range: TimeRange | null, analysis: Analysis | null): FunctionColumns {
    if (analysis) return functionsOfAnalysis(analysis);
    const { profile, run } = this;
    return profile ? functionsOfProfile(profile, this.weights.of(profile, run, range, -1)) : noFunctions;
  }

  private subsecond(question: Extract<WorkerRequest, { type: 'subsecond' }>): SubsecondModel | null {
    const { run, profile } = this;
    const window = run && measuredWindow(run);
    const extent = run && window ? recordedExtent(run, window) : profile;
    return extent && subsecondModel(run, profile, extent, question);
  }
}

/** The measured window, or what there is of an interrupted run; null when nothing was recorded. */
function measuredWindow(run: Run): TimeRange | null {
  const range = measuredRange(run);
  return range.endUs > range.startUs ? range : null;
}

/** A rate that the run's own summary can't tell, the few requests of it can't either. */
function rateOf({ manifest: { summary } }: Run, requests: number, { startUs, endUs }: TimeRange): number | null {
  return summary?.ratePerSecond.achieved === null ? null : requests / Math.max((endUs - startUs) / 1e6, 1e-9);
}

/** Without the windows: they belong to the kept analysis, and the page has no use for them. */
function tailSummary(analysis: Analysis | null, { manifest }: Run): TailSummary | null {
  if (!analysis?.tail) return null;
  const { quantile, quantileAsked, thresholdUs, notes, joinedShare, slow, typical, blockers, episodes } = analysis.tail;
  const hasEventLoop = manifest.targets.some(({ runtime }) => runtime.startsWith('node'));
  return { quantile, quantileAsked, thresholdUs, notes, joinedShare, slow, typical, blockers, episodes, hasEventLoop };
}

function nothingOpen(): SlowpathError {
  return new SlowpathError('INTERNAL', 'Nothing is open that could be shown: open the report again.');
}

const noCurve = { length: 0, x: new Float64Array(0), us: new Float64Array(0), earned: new Uint8Array(0) };

const noRequests = {
  requests: 0,
  errors: 0,
  ratePerSecond: null,
  quantiles: [],
  response: noCurve,
  service: noCurve,
  endpoints: [],
  histogram: null,
  tail: null,
} as const;
