import type { TraceLane } from '../profile/exports/chromeSamples.ts';
import type { ProfileThread } from '../profile/tables.ts';

/** Linux numbers no process and no thread higher (PID_MAX_LIMIT): what we make up begins here. */
const firstOwnId = 2 ** 22 + 1;

type ThreadIds = Pick<ProfileThread, 'pid' | 'tid'>;

/**
 * Which process and thread of the trace things stand under. The targets' real numbers are kept; threads that have none
 * (imported files), that share one, and lanes that are no threads get numbers no real one has.
 */
export class TraceLanes {
  private readonly pids = new Set<number>();
  private readonly taken = new Set<string>();
  private nextId = firstOwnId;
  private unknownPid = 0;

  /** @param known every thread the trace will show. */
  constructor(known: readonly ThreadIds[]) {
    for (const { pid } of known) this.pids.add(pid);
  }

  /** A process of our own, with the lowest number that is free: it is listed before the targets. */
  newProcess(): number {
    let pid = 1;
    while (this.pids.has(pid)) pid++;
    this.pids.add(pid);
    return pid;
  }

  /** Where a thread's samples stand. */
  samples({ pid, tid }: ThreadIds): TraceLane {
    const process = this.process(pid);
    const key = `${process}/${tid}`;
    if (tid <= 0 || this.taken.has(key)) return { pid: process, tid: this.nextId++ };
    this.taken.add(key);
    return { pid: process, tid };
  }

  /** A lane of its own in a thread's process: slices that overlap others would be drawn wrongly on the same one. */
  beside({ pid }: ThreadIds): TraceLane {
    return { pid: this.process(pid), tid: this.nextId++ };
  }

  /** The process a thread stands in; those that have no number share one of our own. */
  process(pid: number): number {
    if (pid > 0) return pid;
    this.unknownPid ||= this.newProcess();
    return this.unknownPid;
  }
}
