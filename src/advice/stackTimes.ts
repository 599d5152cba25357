/** How long each stack ran in the slow requests' windows, in the typical ones' and in the whole range. */
import { sliceWindows, threadMask } from '../profile/queries/slice.ts';
import { FrameKind, type Profile } from '../profile/tables.ts';
import { intervalAt, type Intervals } from '../trace/intervals.ts';
import { servingProfileThreads, traceOf } from '../trace/tailAnalysis.ts';
import { threadIntervals } from '../trace/waiting.ts';
import type { Evidence } from './finding.ts';

export interface StackTimes {
  readonly profile: Profile;
  /** One a thread: 1 for those that answer requests (all, if that can't be told). */
  readonly threads: Uint8Array;
  /** µs, one a stack. */
  readonly slowUs: Float64Array;
  readonly typicalUs: Float64Array;
  readonly rangeUs: Float64Array;
  /** Time of the threads inside the windows, idle included. */
  readonly slowTimeUs: number;
  readonly typicalTimeUs: number;
  readonly rangeTimeUs: number;
  /** Without idle. */
  readonly rangeCpuUs: number;
  /** Disjoint windows of the slow requests, one an episode. */
  readonly episodes: Intervals;
  readonly range: Intervals;
  /** One a thread: when its event loop did not come round; null where the probe did not watch it. */
  readonly stalls: readonly (Intervals | null)[];
  /** One a stack: the stack of the nearest function of the person's own code (else of a library), -1 without one. */
  readonly owner: Int32Array;
  /** One a stack: the frame that its owner called, -1 where the owner itself is on top. */
  readonly callee: Int32Array;
}

/** Null without a profile. */
export function stackTimesOf({ run, analysis }: Evidence): StackTimes | null {
  const { profile } = run;
  if (!profile) return null;
  const serving = servingProfileThreads(traceOf(run));
  const threads = serving.length > 0 ? serving : null;
  const range = Float64Array.of(analysis.range.startUs, analysis.range.endUs);
  const none = new Float64Array();
  const episodes = analysis.tail?.slowWindowsUs ?? none;
  const whole = sliceWindows(profile, { windows: range, threads });
  const slow = sliceWindows(profile, { windows: episodes, threads });
  const typical = sliceWindows(profile, { windows: analysis.tail?.typicalWindowsUs ?? none, threads });
  return {
    profile,
    threads: threadMask(profile, threads),
    slowUs: slow.selfUs,
    typicalUs: typical.selfUs,
    rangeUs: whole.selfUs,
    slowTimeUs: slow.cpuUs + slow.idleUs,
    typicalTimeUs: typical.cpuUs + typical.idleUs,
    rangeTimeUs: whole.cpuUs + whole.idleUs,
    rangeCpuUs: whole.cpuUs,
    episodes,
    range,
    stalls: stallsOf(run),
    ...ownersOf(profile),
  };
}

function stallsOf(run: Evidence['run']): (Intervals | null)[] {
  const { lanes } = traceOf(run).serving;
  return (run.profile?.threads ?? []).map((_, thread) => {
    const lane = lanes.find(({ profileThread }) => profileThread === thread);
    return lane && lane.runtimeThread >= 0 ? threadIntervals(run.runtime.stalls, lane.runtimeThread) : null;
  });
}

export function frameName({ strings, frames }: Profile, frame: number): string {
  return strings[frames.name[frame] ?? -1] ?? '';
}

/** As it stands in a call: V8 knows many methods as `Writable.write`. */
export function calledName(profile: Profile, frame: number): string {
  const name = frameName(profile, frame);
  return name.slice(name.lastIndexOf('.') + 1);
}

/** '' for none. */
export function frameFile({ strings, frames }: Profile, frame: number): string {
  return strings[frames.file[frame] ?? -1] ?? '';
}

/** The part of the time that a group of stacks ran. */
export interface Shares {
  /** Of the threads' time inside the windows, 0…1. */
  readonly slow: number;
  readonly typical: number;
  /** Of all CPU time, and of all time, in the range. */
  readonly cpu: number;
  readonly wall: number;
}

/** A group of stacks: how much of each stack's time belongs to it, 0…1. */
export type Members = ReadonlyMap</* stack */ number, number>;

export function sharesOf(times: StackTimes, members: Members): Shares {
  let slowUs = 0;
  let typicalUs = 0;
  let rangeUs = 0;
  for (const [stack, share] of members) {
    slowUs += share * (times.slowUs[stack] ?? 0);
    typicalUs += share * (times.typicalUs[stack] ?? 0);
    rangeUs += share * (times.rangeUs[stack] ?? 0);
  }
  return {
    slow: ratio(slowUs, times.slowTimeUs),
    typical: ratio(typicalUs, times.typicalTimeUs),
    cpu: ratio(rangeUs, times.rangeCpuUs),
    wall: ratio(rangeUs, times.rangeTimeUs),
  };
}

/** When a group of stacks ran. */
export interface Occurrences {
  /** Of the slow requests' episodes, those it ran in, and how long it surely ran there on average (waits for a core left out). */
  readonly episodes: number;
  readonly perEpisodeUs: number;
  /** The longest it held the loop at a stretch, and how often it did so for 5 ms or more. */
  readonly longestUs: number;
  readonly blocks: number;
  /** Of the longest, how long it surely ran. */
  readonly longestRanUs: number;
}

/** A loop held this long delays every other request noticeably: five times the finest timer of most services. */
const blockUs = 5000;
/** What the probe surely sees as a stall: two of its 5 ms ticks, less what belongs to neither. Shorter ones can slip between. */
const surelySeenUs = 8000;

/**
 * A stretch is a run of samples of the group, garbage collection in between included. Samples a millisecond apart do not show that the
 * loop came round in between: where the probe watched it, only what lies within its stalls counts.
 */
export function occurrencesOf(times: StackTimes, members: Members): Occurrences {
  const { profile, threads, episodes } = times;
  const { samples, stacks, frames } = profile;
  const [from = 0, to = 0] = times.range;
  const mine = new Float64Array(stacks.length);
  for (const [stack, share] of members) mine[stack] = share;
  const touched = new Set<number>();
  // A sample that stands for much longer than the interval was taken after the thread, or the sampler, had to wait for a core.
  const mostUs = profile.intervalUs > 0 ? 1.5 * profile.intervalUs : Number.POSITIVE_INFINITY;
  const runs = profile.threads.map((_, thread) => new Stretches(times.stalls[thread] ?? null, mostUs));
  let insideUs = 0;
  for (let row = 0; row < samples.length; row++) {
    const thread = samples.thread[row] ?? 0;
    const timeUs = samples.timeUs[row] ?? 0;
    if (threads[thread] !== 1 || timeUs < from || timeUs >= to) continue;
    const stack = samples.stack[row] ?? 0;
    const endUs = timeUs + (samples.weightUs[row] ?? 0);
    const share = mine[stack] ?? 0;
    // A stack that is mine for the smaller part of its time would stretch the runs of others.
    runs[thread]?.add(timeUs, endUs, share >= 0.5, frames.kind[stacks.frame[stack] ?? 0] === FrameKind.gc);
    const episode = intervalAt(episodes, timeUs);
    const start = episodes[2 * episode] ?? Number.POSITIVE_INFINITY;
    if (share === 0 || start >= endUs) continue;
    touched.add(episode);
    insideUs += share * Math.min(mostUs, Math.min(endUs, episodes[2 * episode + 1] ?? 0) - Math.max(timeUs, start));
  }
  return {
    episodes: touched.size,
    perEpisodeUs: touched.size > 0 ? insideUs / touched.size : 0,
    longestUs: Math.max(0, ...runs.map((run) => run.longestUs)),
    blocks: runs.reduce((sum, run) => sum + run.blocks, 0),
    longestRanUs: Math.max(0, ...runs.map((run) => run.longestRanUs)),
  };
}

/** How long a group held one thread at a stretch; what counts as a block is the time it surely ran, waits for a core left out. */
class Stretches {
  longestUs = 0;
  longestRanUs = 0;
  blocks = 0;
  private readonly stalls: Intervals | null;
  private runUs = 0;
  private ranUs = 0;
  private inStallUs = 0;
  private stall = -1;
  private readonly mostUs: number;

  constructor(stalls: Intervals | null, mostUs: number) {
    this.stalls = stalls;
    this.mostUs = mostUs;
  }

  add(startUs: number, endUs: number, isMember: boolean, isGc: boolean): void {
    if (this.stalls) this.addToStalls(startUs, endUs, isMember, this.stalls);
    if (!isMember && !(isGc && this.runUs > 0)) {
      this.runUs = 0;
      if (!this.stalls) this.ranUs = 0;
      return;
    }
    this.runUs += endUs - startUs;
    this.longestUs = Math.max(this.longestUs, this.stalls ? Math.min(this.runUs, surelySeenUs) : this.runUs);
    if (!this.stalls) this.ran(endUs - startUs);
  }

  private addToStalls(startUs: number, endUs: number, isMember: boolean, stalls: Intervals): void {
    if (!isMember) return;
    for (let stall = intervalAt(stalls, startUs); (stalls[2 * stall] ?? Number.POSITIVE_INFINITY) < endUs; stall++) {
      if (stall !== this.stall) this.ranUs = this.inStallUs = 0;
      this.stall = stall;
      const insideUs = Math.min(endUs, stalls[2 * stall + 1] ?? 0) - Math.max(startUs, stalls[2 * stall] ?? 0);
      this.inStallUs += insideUs;
      this.longestUs = Math.max(this.longestUs, this.inStallUs);
      this.ran(insideUs);
    }
  }

  private ran(us: number): void {
    const before = this.ranUs;
    this.ranUs += Math.min(us, this.mostUs);
    this.longestRanUs = Math.max(this.longestRanUs, this.ranUs);
    if (before < blockUs && this.ranUs >= blockUs) this.blocks++;
  }
}

function ratio(part: number, whole: number): number {
  return whole > 0 ? Math.min(1, part / whole) : 0;
}

/** Linear: a caller's answer is known before the callee's. */
function ownersOf({ stacks, frames }: Profile): Pick<StackTimes, 'owner' | 'callee'> {
  const user = new Int32Array(stacks.length).fill(-1);
  const library = new Int32Array(stacks.length).fill(-1);
  for (let stack = 0; stack < stacks.length; stack++) {
    const parent = stacks.parent[stack] ?? -1;
    const kind = frames.kind[stacks.frame[stack] ?? 0];
    user[stack] = kind === FrameKind.user ? stack : (user[parent] ?? -1);
    library[stack] = kind === FrameKind.library ? stack : (library[parent] ?? -1);
  }
  const owner = user.map((own, stack) => (own >= 0 ? own : (library[stack] ?? -1)));
  const callee = new Int32Array(stacks.length).fill(-1);
  for (let stack = 0; stack < stacks.length; stack++) {
    const own = owner[stack] ?? -1;
    if (own < 0 || own === stack) continue;
    const parent = stacks.parent[stack] ?? -1;
    callee[stack] = parent === own ? (stacks.frame[stack] ?? -1) : (callee[parent] ?? -1);
  }
  return { owner, callee };
}
