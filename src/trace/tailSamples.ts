import { idleStacks, WindowClip } from '../profile/queries/slice.ts';
import type { Profile } from '../profile/tables.ts';
import type { Run } from '../run/model.ts';
import { intervalAt, unionOf, type Intervals } from './intervals.ts';
import type { ShareSource } from './resample.ts';
import type { Trace } from './tailAnalysis.ts';
import { waitedTimes } from './waiting.ts';
import { episodesOf, unionWindows } from './windows.ts';

/**
 * What of a set's windows counts:
 * - `union`: all that ran on the serving threads during the windows, each moment once; shares are of the threads' time.
 * - `own`: what ran inside the requests' own synchronous parts; shares are of the same time as in `union`.
 * - `blockers`: what ran while they waited, each moment times the requests waiting; shares are of the requests' whole time.
 */
export type TailMode = 'union' | 'own' | 'blockers';

/** How much each sample counts for a set of requests in a mode. */
export function tailSamples(run: Run, profile: Profile, trace: Trace, rows: Int32Array, mode: TailMode): ShareSource {
  const episodes = episodesOf(run.requests, rows);
  if (mode === 'blockers') {
    const { sampleUs, stackUs } = waitedTimes(run, trace.serving, trace.join, rows);
    const waits = new Float64Array(rows.length * 2);
    for (const [index, row] of rows.entries()) {
      waits[2 * index] = run.requests.intendedUs[row] ?? 0;
      waits[2 * index + 1] = run.requests.doneUs[row] ?? 0;
    }
    const episodeUs = perEpisode(episodes, waits);
    return { sampleUs, stackUs, episodes, episodeUs, wholeUs: sumOf(episodeUs) };
  }
  const windows = unionWindows(run.requests, rows);
  const union = clipSamples(profile, trace, windows);
  const lengths = perEpisode(episodes, windows);
  const sum = sumOf(lengths);
  const episodeUs = lengths.map((length) => (sum > 0 ? (length / sum) * union.wholeUs : 0));
  const counted = mode === 'own' ? clipSamples(profile, trace, ownParts(run, trace, rows)) : union;
  return { sampleUs: counted.sampleUs, stackUs: counted.stackUs, wholeUs: union.wholeUs, episodes, episodeUs };
}

/** Σ lengths of [start, end, …] by the episode each begins in. */
function perEpisode(episodes: Intervals, pairs: Float64Array): Float64Array {
  const us = new Float64Array(episodes.length >> 1);
  for (let at = 0; at < pairs.length; at += 2) {
    const episode = Math.min(us.length - 1, intervalAt(episodes, pairs[at] ?? 0));
    us[episode] = (us[episode] ?? 0) + Math.max(0, (pairs[at + 1] ?? 0) - (pairs[at] ?? 0));
  }
  return us;
}

function sumOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** Each sample's CPU time inside the windows; `wholeUs` is the serving threads' time there, idle included. */
function clipSamples(
  profile: Profile,
  { serving }: Trace,
  windows: Intervals,
): Pick<ShareSource, 'sampleUs' | 'stackUs' | 'wholeUs'> {
  const { samples, stacks, threads } = profile;
  const serves = new Uint8Array(threads.length);
  for (const { profileThread } of serving.lanes) if (profileThread >= 0) serves[profileThread] = 1;
  const idle = idleStacks(profile);
  const clip = new WindowClip(windows, threads.length);
  const sampleUs = new Float64Array(samples.length);
  const stackUs = new Float64Array(stacks.length);
  let wholeUs = 0;
  for (let row = 0; row < samples.length; row++) {
    const thread = samples.thread[row] ?? 0;
    if (serves[thread] !== 1) continue;
    const start = samples.timeUs[row] ?? 0;
    const us = clip.overlap(thread, start, start + (samples.weightUs[row] ?? 0));
    if (us <= 0) continue;
    wholeUs += us;
    const stack = samples.stack[row] ?? 0;
    if (idle[stack] === 1) continue;
    sampleUs[row] = us;
    stackUs[stack] = (stackUs[stack] ?? 0) + us;
  }
  return { sampleUs, stackUs, wholeUs };
}

function ownParts({ requests, runtime }: Run, { join }: Trace, rows: Int32Array): Intervals {
  const pairs: number[] = [];
  for (const row of rows) {
    const serverRow = join.serverRow[row] ?? -1;
    if (serverRow < 0) continue;
    const from = Math.max(runtime.serverRequests.startUs[serverRow] ?? 0, requests.intendedUs[row] ?? 0);
    pairs.push(from, Math.min(join.ownEndUs[serverRow] ?? 0, requests.doneUs[row] ?? 0));
  }
  return unionOf(Float64Array.from(pairs));
}
