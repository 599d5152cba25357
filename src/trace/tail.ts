import { FrameKind, type Profile } from '../profile/tables.ts';
import type { Blocker } from './analysis.ts';
import { intervalAt, type Intervals } from './intervals.ts';
import type { WaitedTimes } from './waiting.ts';

/** A set of requests with what kept them waiting. */
export interface WaitedSet {
  readonly waited: WaitedTimes;
  /** Σ done − intended. */
  readonly totalUs: number;
}

/**
 * What kept the slow requests waiting, by victim-seconds, greatest first. Each stack's time goes to the leafmost function of
 * the person's own code on it; without one to the leafmost of a library, else to the function on top. GC is a blocker of its own.
 */
export function rankBlockers(
  profile: Profile | null,
  slow: WaitedSet,
  typical: WaitedSet,
  episodes: Intervals,
): Blocker[] {
  const blockers: Blocker[] = [];
  const share = (us: number, { totalUs }: WaitedSet): number => (totalUs > 0 ? us / totalUs : 0);
  if (slow.waited.gcUs > 0) {
    blockers.push({
      frame: -1,
      name: 'Garbage collection',
      file: null,
      line: 0,
      victimUs: slow.waited.gcUs,
      slowShare: share(slow.waited.gcUs, slow),
      typicalShare: share(typical.waited.gcUs, typical),
      episodes: episodesTouched(slow.waited.gcMoments, episodes),
    });
  }
  if (profile) {
    const blamed = blamedFrames(profile);
    const slowUs = byFrame(blamed, slow.waited.stackUs, profile.frames.length);
    const typicalUs = byFrame(blamed, typical.waited.stackUs, profile.frames.length);
    const touched = episodesByFrame(profile, blamed, slow.waited.sampleUs, episodes);
    const lines = hottestLines(profile, blamed, slow.waited.stackUs);
    for (const [frame, victimUs] of slowUs.entries()) {
      if (!(victimUs > 0)) continue;
      const file = profile.strings[profile.frames.file[frame] ?? -1] ?? null;
      blockers.push({
        frame,
        name: profile.strings[profile.frames.name[frame] ?? -1] ?? '',
        file,
        line: file === null ? 0 : (lines.get(frame) ?? profile.frames.line[frame] ?? 0),
        victimUs,
        slowShare: share(victimUs, slow),
        typicalShare: share(typicalUs[frame] ?? 0, typical),
        episodes: touched[frame] ?? 0,
      });
    }
  }
  return blockers.sort((a, b) => b.victimUs - a.victimUs);
}

/** One a stack: the function its time is laid on. Linear: a caller's answer is known before the callee's. */
function blamedFrames({ stacks, frames }: Profile): Int32Array {
  const user = new Int32Array(stacks.length).fill(-1);
  const library = new Int32Array(stacks.length).fill(-1);
  const blamed = new Int32Array(stacks.length);
  for (let stack = 0; stack < stacks.length; stack++) {
    const frame = stacks.frame[stack] ?? 0;
    const parent = stacks.parent[stack] ?? -1;
    const kind = frames.kind[frame];
    user[stack] = kind === FrameKind.user ? frame : (user[parent] ?? -1);
    library[stack] = kind === FrameKind.library ? frame : (library[parent] ?? -1);
    const own = user[stack] ?? -1;
    const foreign = library[stack] ?? -1;
    blamed[stack] = own >= 0 ? own : foreign >= 0 ? foreign : frame;
  }
  return blamed;
}

function byFrame(blamed: Int32Array, stackUs: Float64Array, frames: number): Float64Array {
  const us = new Float64Array(frames);
  for (const [stack, frame] of blamed.entries()) us[frame] = (us[frame] ?? 0) + (stackUs[stack] ?? 0);
  return us;
}

/** In how many episodes each function kept somebody waiting. Samples of a thread come in order, those of threads don't. */
function episodesByFrame(
  profile: Profile,
  blamed: Int32Array,
  sampleUs: Float64Array,
  episodes: Intervals,
): Int32Array {
  const { samples, frames } = profile;
  const seen = new Set</* frame and episode */ number>();
  const count = new Int32Array(frames.length);
  const latest = new Int32Array(frames.length).fill(-1);
  for (const [row, us] of sampleUs.entries()) {
    if (us === 0) continue;
    const frame = blamed[samples.stack[row] ?? 0] ?? 0;
    const episode = intervalAt(episodes, samples.timeUs[row] ?? 0);
    if (latest[frame] === episode) continue;
    latest[frame] = episode;
    const key = frame * 2 ** 26 + episode;
    if (seen.has(key)) continue;
    seen.add(key);
    count[frame] = (count[frame] ?? 0) + 1;
  }
  return count;
}

function episodesTouched(moments: Float64Array, episodes: Intervals): number {
  const touched = new Set<number>();
  for (let at = 0; at < moments.length; at += 2) touched.add(intervalAt(episodes, moments[at] ?? 0));
  return touched.size;
}

/** The line each blamed function spent most victim time on, where it was itself on top of the stack. */
function hottestLines({ stacks }: Profile, blamed: Int32Array, stackUs: Float64Array): Map<number, number> {
  const linesOf = new Map</* frame */ number, Map</* line */ number, number>>();
  for (const [stack, us] of stackUs.entries()) {
    const frame = stacks.frame[stack] ?? 0;
    if (us === 0 || blamed[stack] !== frame) continue;
    const first = stacks.lineStart[stack] ?? 0;
    const end = stacks.lineStart[stack + 1] ?? 0;
    let ticks = 0;
    for (let row = first; row < end; row++) ticks += stacks.lineTicks[row] ?? 0;
    if (ticks === 0) continue;
    let lines = linesOf.get(frame);
    if (!lines) linesOf.set(frame, (lines = new Map<number, number>()));
    for (let row = first; row < end; row++) {
      const line = stacks.lineNumber[row] ?? 0;
      lines.set(line, (lines.get(line) ?? 0) + (us * (stacks.lineTicks[row] ?? 0)) / ticks);
    }
  }
  const hottest = new Map<number, number>();
  for (const [frame, lines] of linesOf) {
    let bestLine = 0;
    let bestUs = -1;
    for (const [line, us] of lines) {
      if (us <= bestUs) continue;
      bestLine = line;
      bestUs = us;
    }
    hottest.set(frame, bestLine);
  }
  return hottest;
}
