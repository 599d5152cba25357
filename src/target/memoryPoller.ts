import { readFileSync } from 'node:fs';
import { rememberDescendants, startTimeOf, type TreeRoot } from './processTree.ts';

/** As often as the probe in a Node process reads its own. */
const POLL_MS = 250;

export interface MemoryEvents {
  /** A process seen for the first time. */
  onProcess(pid: number): void;
  onSample(pid: number, timeUs: number, rssBytes: number): void;
}

/**
 * Reads the resident memory (`VmRSS` of proc_pid_status(5), kB) of a process and all its descendants, for targets that carry no
 * probe. Linux; elsewhere it finds nothing.
 */
export class MemoryPoller {
  private readonly root: TreeRoot;
  private readonly known = new Map</* pid */ number, /* start time */ string>();
  private readonly seen = new Set<number>();
  private readonly events: MemoryEvents;
  private readonly nowUs: () => number;
  private timer: NodeJS.Timeout | undefined;

  constructor(root: TreeRoot, events: MemoryEvents, nowUs: () => number) {
    this.root = root;
    this.events = events;
    this.nowUs = nowUs;
  }

  start(): void {
    this.timer ??= setInterval(() => this.poll(), POLL_MS).unref();
  }

  /** One reading of every process. */
  poll(): void {
    rememberDescendants(this.root, this.known);
    const { root } = this;
    for (const [pid, startTime] of [[root.pid, root.startTime] as const, ...this.known]) {
      const rssBytes = startTimeOf(pid) === startTime ? residentBytes(pid) : null;
      if (rssBytes === null) {
        // It has gone; its id may come to another process.
        this.known.delete(pid);
        continue;
      }
      if (!this.seen.has(pid)) this.events.onProcess(pid);
      this.seen.add(pid);
      this.events.onSample(pid, this.nowUs(), rssBytes);
    }
  }

  dispose(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }
}

/** Null if there is no such process, or it has ended and waits for its parent. */
function residentBytes(pid: number): number | null {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return kilobytes === undefined ? null : Number(kilobytes) * 1024;
  } catch {
    return null;
  }
}
