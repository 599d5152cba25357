import { cpuTimeUs, startTimeOf, type CpuPart } from './processTree.ts';

/** What processes use of the CPU from now on, by what the kernel counts for each; another one that got an id meanwhile begins at nothing. */
export class CpuMeter {
  private readonly before = new Map</* pid and start */ string, number>();
  private readonly root: number;
  private readonly part: CpuPart;

  /** @param root without it nothing is known. */
  constructor(root: number, pids: Iterable<number>, part: CpuPart = 'all') {
    this.root = root;
    this.part = part;
    for (const pid of pids) this.before.set(keyOf(pid), cpuTimeUs(pid, part) ?? 0);
  }

  /** µs since the start, of those that live now; null where the root has ended. */
  usedUs(pids: Iterable<number>): number | null {
    if (!this.before.has(keyOf(this.root)) || startTimeOf(this.root) === null) return null;
    let usedUs = 0;
    for (const pid of new Set([this.root, ...pids]))
      usedUs += (cpuTimeUs(pid, this.part) ?? 0) - (this.before.get(keyOf(pid)) ?? 0);
    return Math.max(0, usedUs);
  }
}

function keyOf(pid: number): string {
  return `${pid} ${startTimeOf(pid) ?? ''}`;
}
