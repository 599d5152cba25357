import { FrameKind, type Profile } from '../tables.ts';
import { idleStacks } from '../queries/slice.ts';

/** CPU time of each stack in each thread; parallel columns, in order of first appearance. */
export interface StackTimes {
  readonly length: number;
  readonly stack: Int32Array;
  readonly thread: Int32Array;
  readonly selfUs: Float64Array;
  readonly samples: Int32Array;
}

/** Samples added up by stack and thread; idle ones are no CPU time and are left out. Linear in samples. */
export function stackTimes(profile: Profile): StackTimes {
  const { samples, threads } = profile;
  const idle = idleStacks(profile);
  const rows = new Map</* stack and thread */ number, number>();
  const stack: number[] = [];
  const thread: number[] = [];
  const selfUs: number[] = [];
  const counts: number[] = [];
  for (let sample = 0; sample < samples.length; sample++) {
    const on = samples.stack[sample] ?? 0;
    if (idle[on] === 1) continue;
    const by = samples.thread[sample] ?? 0;
    const key = on * threads.length + by;
    let row = rows.get(key);
    if (row === undefined) {
      row = rows.size;
      rows.set(key, row);
      stack.push(on);
      thread.push(by);
      selfUs.push(0);
      counts.push(0);
    }
    selfUs[row] = (selfUs[row] ?? 0) + (samples.weightUs[sample] ?? 0);
    counts[row] = (counts[row] ?? 0) + 1;
  }
  return {
    length: stack.length,
    stack: Int32Array.from(stack),
    thread: Int32Array.from(thread),
    selfUs: Float64Array.from(selfUs),
    samples: Int32Array.from(counts),
  };
}

/** The stacks from one up to its root, itself first; `(root)` is left out: it stands for no function. */
export function pathUp({ stacks, frames }: Profile, stack: number): number[] {
  const path: number[] = [];
  for (let at = stack; at >= 0; at = stacks.parent[at] ?? -1) {
    if (frames.kind[stacks.frame[at] ?? 0] !== FrameKind.root) path.push(at);
  }
  return path;
}
