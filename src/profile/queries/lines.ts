import { Int32Column } from '../columns.ts';
import type { Profile } from '../tables.ts';
import type { StackWeights } from './slice.ts';

/** Source lines that were on top of the stack. */
export interface LineTimes {
  readonly length: number;
  /** Index into profile.strings. */
  readonly file: Int32Array;
  /** 1-based. */
  readonly line: Int32Array;
  readonly selfUs: Float64Array;
  /** The function that spent most there; index into profile.frames. */
  readonly frame: Int32Array;
}

/**
 * Self time of every line. The profiler counts lines per stack, not per sample: within the selection a stack's time is
 * split over its lines in proportion to all its ticks. A stack without ticks (formats that have none) gives its time to
 * the line its function starts at, so that nothing vanishes. A line with ticks is told even where its time is zero,
 * as far as its stack has samples in the windows (all of them where no windows are given).
 */
export function aggregateLines(profile: Profile, weights: StackWeights): LineTimes {
  const index = lineIndex(profile);
  const { stacks } = profile;
  const selfUs = new Float64Array(index.length);
  const present = new Uint8Array(index.length);
  const frame = new Int32Array(index.length).fill(-1);
  const frameUs = new Float64Array(index.length).fill(-1);
  for (let stack = 0; stack < stacks.length; stack++) {
    if (weights.windowed && weights.samples[stack] === 0) continue;
    const self = weights.selfUs[stack] ?? 0;
    const perTick = self / (index.ticks[stack] ?? 1);
    for (let row = index.start[stack] ?? 0; row < (index.start[stack + 1] ?? 0); row++) {
      const ticks = index.ticksAt[row] ?? 0;
      if (ticks === 0 && self === 0) continue;
      const line = index.lineAt[row] ?? 0;
      const us = ticks === 0 ? self : perTick * ticks;
      selfUs[line] = (selfUs[line] ?? 0) + us;
      present[line] = 1;
      if (us > (frameUs[line] ?? 0)) {
        frameUs[line] = us;
        frame[line] = stacks.frame[stack] ?? 0;
      }
    }
  }
  const rows = Int32Array.from(present.keys()).filter((line) => present[line] === 1);
  return {
    length: rows.length,
    file: rows.map((line) => index.file[line] ?? 0),
    line: rows.map((line) => index.line[line] ?? 0),
    selfUs: Float64Array.from(rows, (line) => selfUs[line] ?? 0),
    frame: rows.map((line) => frame[line] ?? 0),
  };
}

/** Distinct lines of a profile, and which of them each stack has: independent of what is selected. */
interface LineIndex {
  readonly length: number;
  readonly file: Int32Array;
  readonly line: Int32Array;
  /** Rows of a stack: start[stack] to start[stack + 1] of the two below. */
  readonly start: Int32Array;
  readonly lineAt: Int32Array;
  readonly ticksAt: Int32Array;
  /** Σ ticks of a stack; at least 1. */
  readonly ticks: Float64Array;
}

const known = new WeakMap<Profile, LineIndex>();

function lineIndex(profile: Profile): LineIndex {
  const kept = known.get(profile);
  if (kept) return kept;
  const { stacks, frames } = profile;
  const ids = new Map</* file and line */ number, number>();
  const file = new Int32Column();
  const line = new Int32Column();
  const lineAt = new Int32Column();
  const ticksAt = new Int32Column();
  const start = new Int32Array(stacks.length + 1);
  const ticks = new Float64Array(stacks.length).fill(1);
  const add = (fileId: number, number: number, count: number): void => {
    const key = fileId * 2 ** 26 + number;
    let id = ids.get(key);
    if (id === undefined) {
      id = ids.size;
      ids.set(key, id);
      file.push(fileId);
      line.push(number);
    }
    lineAt.push(id);
    ticksAt.push(count);
  };
  for (let stack = 0; stack < stacks.length; stack++) {
    const frame = stacks.frame[stack] ?? 0;
    const fileId = frames.file[frame] ?? -1;
    if (fileId >= 0) {
      let sum = 0;
      for (let row = stacks.lineStart[stack] ?? 0; row < (stacks.lineStart[stack + 1] ?? 0); row++) {
        const count = stacks.lineTicks[row] ?? 0;
        if (count === 0) continue;
        add(fileId, stacks.lineNumber[row] ?? 0, count);
        sum += count;
      }
      const startLine = frames.line[frame] ?? 0;
      // A row of no ticks marks it: it takes all of the stack's time.
      if (sum === 0 && startLine > 0) add(fileId, startLine, 0);
      ticks[stack] = Math.max(sum, 1);
    }
    start[stack + 1] = lineAt.length;
  }
  const index = {
    length: ids.size,
    file: file.take(),
    line: line.take(),
    start,
    lineAt: lineAt.take(),
    ticksAt: ticksAt.take(),
    ticks,
  };
  known.set(profile, index);
  return index;
}
