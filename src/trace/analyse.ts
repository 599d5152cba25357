import { sliceWindows, type StackWeights } from '../profile/queries/slice.ts';
import type { Run } from '../run/model.ts';
import type { Analysis, Brushed, TimeRange } from './analysis.ts';
import { functionRows, lineRows } from './costRows.ts';
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
