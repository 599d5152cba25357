import { Float64Column, groupRows, Int32Column } from '../columns.ts';
import type { Profile } from '../tables.ts';
import { idleStacks } from './slice.ts';

/** Boxes of the time-order flamegraph, level by level, in order of time within a level: binary search finds what is visible. */
export interface TimeRows {
  readonly length: number;
  /** µs on the run's clock. */
  readonly startUs: Float64Array;
  readonly endUs: Float64Array;
  readonly depth: Int32Array;
  /** Index into profile.frames. */
  readonly frame: Int32Array;
  /** Index into profile.stacks. */
  readonly stack: Int32Array;
  /** Boxes of level d are rowStart[d] to rowStart[d + 1] − 1. */
  readonly rowStart: Int32Array;
  /** Narrower boxes were left out: what was asked for, or more where there would have been too many. */
  readonly minUs: number;
}

export interface TimeOrderOptions {
  /** Index into profile.threads; each thread has its own picture. */
  readonly thread: number;
  /** Only what touches this stretch, clipped to it. Default: everything. */
  readonly range?: { readonly startUs: number; readonly endUs: number } | null;
  /** Leave out boxes narrower than this, e.g. half a pixel. Default 0. */
  readonly minUs?: number;
  /** Default two million. */
  readonly maxBoxes?: number;
}

/** Sums of doubles miss each other by less than a nanosecond: that is no gap. */
const gapUs = 1e-3;

/**
 * One box for each stretch of time during which a stack stayed on the call stack: neighbouring samples share the boxes of
 * their common prefix. Idle time is a gap. Each sample costs the boxes it closes and opens. If there are more than
 * `maxBoxes`, the narrowest are left out and `minUs` says so.
 */
export function timeOrderRows(profile: Profile, options: TimeOrderOptions): TimeRows {
  const { samples, stacks } = profile;
  const from = options.range?.startUs ?? Number.NEGATIVE_INFINITY;
  const to = options.range?.endUs ?? Number.POSITIVE_INFINITY;
  const idle = idleStacks(profile);
  const boxes = new Boxes(options.minUs ?? 0, options.maxBoxes ?? 2_000_000);
  /** Start of the open box of each level of the current stack. */
  const openedUs = new Float64Column();
  let current = -1;
  let currentEnd = Number.NEGATIVE_INFINITY;

  const closeDownTo = (ancestor: number): void => {
    for (; current !== ancestor; current = stacks.parent[current] ?? -1) {
      const level = stacks.depth[current] ?? 0;
      boxes.add(openedUs.at(level), currentEnd, level, current);
    }
  };

  for (let row = 0; row < samples.length; row++) {
    if (samples.thread[row] !== options.thread) continue;
    const start = Math.max(samples.timeUs[row] ?? 0, from);
    const end = Math.min((samples.timeUs[row] ?? 0) + (samples.weightUs[row] ?? 0), to);
    if (end <= start) continue;
    const stack = samples.stack[row] ?? 0;
    const next = idle[stack] === 1 ? -1 : stack;
    closeDownTo(start - currentEnd > gapUs ? -1 : commonAncestor(stacks, current, next));
    const kept = current < 0 ? 0 : (stacks.depth[current] ?? 0) + 1;
    const levels = next < 0 ? 0 : (stacks.depth[next] ?? 0) + 1;
    while (openedUs.length < levels) openedUs.push(0);
    for (let level = kept; level < levels; level++) openedUs.set(level, start);
    current = next;
    currentEnd = end;
  }
  closeDownTo(-1);
  return boxes.rows(profile);
}

function commonAncestor({ parent, depth }: Profile['stacks'], a: number, b: number): number {
  while (a !== b) {
    if (a < 0 || b < 0) return -1;
    const depthA = depth[a] ?? 0;
    const depthB = depth[b] ?? 0;
    if (depthA >= depthB) a = parent[a] ?? -1;
    if (depthB >= depthA) b = parent[b] ?? -1;
  }
  return a;
}

class Boxes {
  private readonly startUs = new Float64Column();
  private readonly endUs = new Float64Column();
  private readonly depth = new Int32Column();
  private readonly stack = new Int32Column();
  private minUs: number;
  private readonly maxBoxes: number;

  constructor(minUs: number, maxBoxes: number) {
    this.minUs = minUs;
    this.maxBoxes = maxBoxes;
  }

  add(startUs: number, endUs: number, depth: number, stack: number): void {
    if (endUs - startUs < this.minUs) return;
    if (this.startUs.length >= this.maxBoxes) this.thinOut();
    this.startUs.push(startUs);
    this.endUs.push(endUs);
    this.depth.push(depth);
    this.stack.push(stack);
  }

  /** Doubles the least width until half of the boxes are gone. */
  private thinOut(): void {
    while (this.startUs.length > this.maxBoxes / 2) {
      this.minUs = Math.max(this.minUs * 2, 1);
      let kept = 0;
      for (let box = 0; box < this.startUs.length; box++) {
        if (this.endUs.at(box) - this.startUs.at(box) < this.minUs) continue;
        this.startUs.set(kept, this.startUs.at(box));
        this.endUs.set(kept, this.endUs.at(box));
        this.depth.set(kept, this.depth.at(box));
        this.stack.set(kept, this.stack.at(box));
        kept++;
      }
      for (const column of [this.startUs, this.endUs, this.depth, this.stack]) column.truncate(kept);
    }
  }

  /** Boxes of a level close in order of time, so grouping by level keeps that order. */
  rows(profile: Profile): TimeRows {
    const depth = this.depth.take();
    let levels = 0;
    for (const level of depth) levels = Math.max(levels, level + 1);
    const grouped = groupRows(depth, levels);
    const stack = this.stack.take();
    const ordered = Int32Array.from(grouped.rows, (box) => stack[box] ?? 0);
    return {
      length: depth.length,
      startUs: Float64Array.from(grouped.rows, (box) => this.startUs.at(box)),
      endUs: Float64Array.from(grouped.rows, (box) => this.endUs.at(box)),
      depth: Int32Array.from(grouped.rows, (box) => depth[box] ?? 0),
      frame: ordered.map((row) => profile.stacks.frame[row] ?? 0),
      stack: ordered,
      rowStart: grouped.start,
      minUs: this.minUs,
    };
  }
}
