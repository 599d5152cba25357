import { aggregateFunctions, type FunctionTimes } from '../profile/queries/functions.ts';
import { aggregateLines } from '../profile/queries/lines.ts';
import { sliceWindows, type StackWeights } from '../profile/queries/slice.ts';
import { FrameKind, type Profile } from '../profile/tables.ts';
import type { Run } from '../run/model.ts';
import type { Analysis, Brushed, FunctionRow, LineRow, TimeRange } from './analysis.ts';
import { latencyIn } from './latencyOrder.ts';
import { servingProfileThreads, tailAnalysis, traceOf } from './tailAnalysis.ts';
import { brushedWindows } from './windows.ts';

export interface AnalyseOptions {
  /** Requests intended in it and samples taken in it. Default: the measured window, so that warm-up and the profiler's start stay out. */
  readonly range?: Brushed | undefined;
  /** Above which requests are slow. Default 0.99. */
  readonly quantile?: number | undefined;
}

/**
 * What one run tells about a stretch of time: latencies, the tail against typical requests, functions and lines.
 * Pure; 100,000 samples and 50,000 requests take well under 100 ms, so that brushing can call it.
 */
export function analyse(run: Run, options: AnalyseOptions = {}): Analysis {
  const range = options.range ?? measuredRange(run);
  const tail = tailAnalysis(run, range, options.quantile ?? 0.99);
  const profile = run.profile;
  const latency = latencyIn(run.requests, range);
  if (!profile) return { range, latency, tail, functions: [], lines: [] };
  const all = sliceWindows(profile, { windows: brushedWindows(run.requests, range) });
  // Without times nothing can be cut out of it.
  const threads = profile.timeless ? [] : servingProfileThreads(traceOf(run));
  const inWindows = (windows: Float64Array | undefined): StackWeights | null =>
    windows && threads.length > 0 ? sliceWindows(profile, { windows, threads }) : null;
  const slow = inWindows(tail?.slowWindowsUs);
  const typical = inWindows(tail?.typicalWindowsUs);
  return {
    range,
    latency,
    tail,
    functions: functionRows(profile, all, slow, typical),
    lines: lineRows(profile, all, slow),
  };
}

/** The measured window; without one (an interrupted run) all that was recorded. */
export function measuredRange({ manifest, requests, profile }: Run): TimeRange {
  if (manifest.window) return { startUs: manifest.window.startUs, endUs: manifest.window.endUs };
  if (requests.length > 0) {
    return { startUs: requests.intendedUs[0] ?? 0, endUs: (requests.intendedUs[requests.length - 1] ?? 0) + 1 };
  }
  return { startUs: profile?.startUs ?? 0, endUs: profile?.endUs ?? 0 };
}

/** Time of the threads inside the windows, idle included. */
function threadTime({ cpuUs, idleUs }: StackWeights): number {
  return cpuUs + idleUs;
}

/** Idle is no CPU time, and every stack has a root. */
function isBookkeeping({ frames }: Profile, frame: number): boolean {
  return frames.kind[frame] === FrameKind.idle || frames.kind[frame] === FrameKind.root;
}

function functionRows(
  profile: Profile,
  all: StackWeights,
  slow: StackWeights | null,
  typical: StackWeights | null,
): FunctionRow[] {
  const { strings, frames } = profile;
  const times = aggregateFunctions(profile, all);
  const slowTimes = slow && aggregateFunctions(profile, slow);
  const typicalTimes = typical && aggregateFunctions(profile, typical);
  const shareIn = (weights: StackWeights | null, found: FunctionTimes | null, frame: number): number | null =>
    weights && found && threadTime(weights) > 0 ? (found.totalUs[frame] ?? 0) / threadTime(weights) : null;
  const rows: FunctionRow[] = [];
  for (let frame = 0; frame < frames.length; frame++) {
    const totalUs = times.totalUs[frame] ?? 0;
    const inTail = (slowTimes?.totalUs[frame] ?? 0) > 0;
    if (!(totalUs > 0 || inTail) || isBookkeeping(profile, frame)) continue;
    const selfUs = times.selfUs[frame] ?? 0;
    const file = strings[frames.file[frame] ?? -1] ?? null;
    rows.push({
      frame,
      name: strings[frames.name[frame] ?? -1] ?? '',
      file,
      // V8 gives builtins lines of sources that nobody can open.
      line: file === null ? 0 : (frames.line[frame] ?? 0),
      selfUs,
      totalUs,
      selfShare: all.cpuUs > 0 ? selfUs / all.cpuUs : 0,
      totalShare: all.cpuUs > 0 ? totalUs / all.cpuUs : 0,
      tailShare: shareIn(slow, slowTimes, frame),
      typicalShare: shareIn(typical, typicalTimes, frame),
    });
  }
  return rows.sort((a, b) => b.selfUs - a.selfUs || b.totalUs - a.totalUs);
}

function lineRows(profile: Profile, all: StackWeights, slow: StackWeights | null): LineRow[] {
  const { strings, frames } = profile;
  const lines = aggregateLines(profile, all);
  const slowUs = new Map</* file and line */ number, number>();
  const keyOf = (file: number, line: number): number => file * 2 ** 26 + line;
  if (slow) {
    const slowLines = aggregateLines(profile, slow);
    for (let row = 0; row < slowLines.length; row++) {
      slowUs.set(keyOf(slowLines.file[row] ?? 0, slowLines.line[row] ?? 0), slowLines.selfUs[row] ?? 0);
    }
  }
  const slowTime = slow ? threadTime(slow) : 0;
  const rows: LineRow[] = [];
  for (let row = 0; row < lines.length; row++) {
    const file = lines.file[row] ?? -1;
    const line = lines.line[row] ?? 0;
    const selfUs = lines.selfUs[row] ?? 0;
    rows.push({
      file: strings[file] ?? '',
      line,
      selfUs,
      selfShare: all.cpuUs > 0 ? selfUs / all.cpuUs : 0,
      tailShare: slowTime > 0 ? (slowUs.get(keyOf(file, line)) ?? 0) / slowTime : null,
      frame: lines.frame[row] ?? -1,
      functionName: strings[frames.name[lines.frame[row] ?? -1] ?? -1] ?? '',
    });
  }
  return rows.sort((a, b) => b.selfUs - a.selfUs);
}
