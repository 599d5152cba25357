import { FrameKind, type Profile } from '../tables.ts';
import { rowsTouching } from './sampleBlocks.ts';

/** Which samples count. Everything left out means: all of it. */
export interface Selection {
  /** Disjoint and in order: [start, end, start, end, …] in µs. Weights are clipped to them. */
  readonly windows?: Float64Array | null;
  /** Indices into profile.threads. */
  readonly threads?: readonly number[] | null;
  /** Count idle samples as a frame like any other (for a thread's whole time). Default false: CPU time only. */
  readonly idle?: boolean;
}

/** How much of the selection each stack was on top: what all queries but time order start from. */
export interface StackWeights {
  /** µs, one a stack; idle stacks hold 0 unless asked for. */
  readonly selfUs: Float64Array;
  /** Samples touching the selection, one a stack: a stack can have samples and, between equal stamps, no time. */
  readonly samples: Int32Array;
  /** Σ selfUs. */
  readonly sumUs: number;
  /** Time of the selected threads inside the windows, by whether they ran. */
  readonly cpuUs: number;
  readonly idleUs: number;
  /** Whether windows were given: if not, also what has ticks but no samples is told. */
  readonly windowed: boolean;
}

/**
 * Cuts a profile to time windows and threads: each sample counts for the part of its time that lies inside. Linear in the
 * samples near the windows plus windows, because the samples of a thread are in order of time. A timeless profile
 * is not cut: its windows are ignored.
 */
export function sliceWindows(profile: Profile, selection: Selection = {}): StackWeights {
  const { samples, stacks } = profile;
  const selfUs = new Float64Array(stacks.length);
  const counts = new Int32Array(stacks.length);
  const idle = idleStacks(profile);
  const include = threadMask(profile, selection.threads);
  // A timeless profile's rows stand at no real time: there is nothing to cut by.
  const windows = profile.timeless ? null : (selection.windows ?? null);
  const clip = windows ? new WindowClip(windows, profile.threads.length) : null;
  const keepIdle = selection.idle === true;
  let cpuUs = 0;
  let idleUs = 0;
  const rows = windows ? rowsTouching(samples, windows) : [0, samples.length];
  for (let stretch = 0; stretch < rows.length; stretch += 2) {
    const end = rows[stretch + 1] ?? 0;
    for (let row = rows[stretch] ?? 0; row < end; row++) {
      const thread = samples.thread[row] ?? 0;
      if (include[thread] !== 1) continue;
      let weight = samples.weightUs[row] ?? 0;
      if (clip) {
        const start = samples.timeUs[row] ?? 0;
        weight = clip.overlap(thread, start, start + weight);
        if (weight < 0) continue;
      }
      const stack = samples.stack[row] ?? 0;
      const isIdle = idle[stack] === 1;
      if (isIdle) idleUs += weight;
      else cpuUs += weight;
      if (isIdle && !keepIdle) continue;
      selfUs[stack] = (selfUs[stack] ?? 0) + weight;
      counts[stack] = (counts[stack] ?? 0) + 1;
    }
  }
  return {
    selfUs,
    samples: counts,
    sumUs: keepIdle ? cpuUs + idleUs : cpuUs,
    cpuUs,
    idleUs,
    windowed: windows !== null,
  };
}

/** 1 for each stack that stands for no CPU time: idle on top, or nothing but the root. */
export function idleStacks({ stacks, frames }: Profile): Uint8Array {
  const idle = new Uint8Array(stacks.length);
  for (let stack = 0; stack < stacks.length; stack++) {
    const kind = frames.kind[stacks.frame[stack] ?? 0];
    if (kind === FrameKind.idle || kind === FrameKind.root) idle[stack] = 1;
  }
  return idle;
}

/** Time below each stack: its own and that of all it called. Linear: callers come first in the table. */
export function totalsOf({ stacks }: Profile, selfUs: Float64Array): Float64Array {
  const totalUs = selfUs.slice();
  for (let stack = stacks.length - 1; stack >= 0; stack--) {
    const parent = stacks.parent[stack] ?? -1;
    if (parent >= 0) totalUs[parent] = (totalUs[parent] ?? 0) + (totalUs[stack] ?? 0);
  }
  return totalUs;
}

/** 1 for each selected thread. */
export function threadMask(profile: Profile, threads: readonly number[] | null | undefined): Uint8Array {
  const mask = new Uint8Array(profile.threads.length);
  if (threads) for (const thread of threads) mask[thread] = 1;
  else mask.fill(1);
  return mask;
}

/** Overlap of intervals with windows, for intervals that come in order of their start within each lane. */
export class WindowClip {
  private readonly windows: Float64Array;
  private readonly cursor: Int32Array;

  constructor(windows: Float64Array, lanes: number) {
    this.windows = windows;
    this.cursor = new Int32Array(lanes);
  }

  /** µs of [start, end) inside the windows; -1 if it touches none. */
  overlap(lane: number, start: number, end: number): number {
    const { windows } = this;
    let at = this.cursor[lane] ?? 0;
    if ((windows[at + 1] ?? Number.POSITIVE_INFINITY) <= start) {
      do at += 2;
      while ((windows[at + 1] ?? Number.POSITIVE_INFINITY) <= start);
      this.cursor[lane] = at;
    }
    let inside = -1;
    for (; at < windows.length; at += 2) {
      const from = windows[at] ?? 0;
      // A sample of no length still touches the window that begins with it.
      if (from >= end && (end > start || from > start)) break;
      const to = windows[at + 1] ?? 0;
      inside = (inside < 0 ? 0 : inside) + (end < to ? end : to) - (start > from ? start : from);
    }
    return inside;
  }
}
