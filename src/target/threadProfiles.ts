import { messageOf } from '../errors.ts';
import type { Gap } from '../gaps.ts';
import type { ProbeServer, ProbeThread } from './probeServer.ts';
import { finishProfiles, type FinishedProfile } from './profileFiles.ts';
import { threadKey } from './runtimeWriter.ts';

/** A thread's event loop may be held up by the work of one request; after this long it is not going to answer. */
export const ANSWER_MS = 5000;

export interface CollectionOwner {
  /** The plan's name. */
  readonly target: string;
  /** The run's folder. */
  readonly dir: string;
  /** Where bundlers' relative source names are looked up. */
  readonly cwd: string;
}

/** The inspector's CPU profile of each thread that carries a probe: begun, ended, and the reason where there is none. */
export class ThreadProfiles {
  private readonly owner: CollectionOwner;
  private readonly server: ProbeServer;
  private readonly gaps: Map</* what */ string, Gap>;
  private readonly profiled = new Map</* thread key */ string, ProbeThread>();
  private intervalUs: number | null = null;

  /** @param gaps those of the target: what has no profile is named among them. */
  constructor(owner: CollectionOwner, server: ProbeServer, gaps: Map<string, Gap>) {
    this.owner = owner;
    this.server = server;
    this.gaps = gaps;
  }

  /** Starts it in the threads there are; later ones start it themselves. */
  async start(threads: Iterable<ProbeThread>, intervalUs: number): Promise<void> {
    this.intervalUs = intervalUs;
    try {
      await this.server.setProfileState({ intervalUs, dir: this.owner.dir });
    } catch (error) {
      this.gap('CPU profile of threads that start later', messageOf(error));
    }
    await Promise.all(Array.from(threads, (thread) => this.startThread(thread, intervalUs)));
  }

  /** It has started by itself if it came up after the state was written; asking again does no harm. */
  joined(thread: ProbeThread): void {
    if (this.intervalUs !== null) void this.startThread(thread, this.intervalUs);
  }

  /** Ends it in the threads there are; those without one send the rows they hold. */
  async stop(threads: Iterable<ProbeThread>): Promise<void> {
    await this.server.setProfileState(null);
    this.intervalUs = null;
    await Promise.all(Array.from(threads, (thread) => this.stopThread(thread)));
  }

  /** Makes what the threads have left into profiles. @param pid of the target's first process. */
  async finish(pid: number): Promise<readonly FinishedProfile[]> {
    const { target, dir, cwd } = this.owner;
    const gaps: Gap[] = [];
    const finished = await finishProfiles({ target, dir, cwd, run: this.server.run, pid }, gaps);
    for (const { what, why } of gaps) this.gap(what, why);
    for (const each of finished) this.profiled.delete(threadKey({ target, pid: each.pid, tid: each.tid }));
    for (const thread of this.profiled.values()) {
      const what = this.profileOf(thread);
      if (!this.gaps.has(what)) this.gap(what, 'the thread was ended by a signal or terminated while it was profiled');
    }
    return finished;
  }

  private async startThread(thread: ProbeThread, intervalUs: number): Promise<void> {
    this.profiled.set(this.keyOf(thread), thread);
    try {
      await thread.ask({ method: 'startProfile', intervalUs, dir: this.owner.dir }, ANSWER_MS);
    } catch (error) {
      // A thread that ended has written its profile, or `finish` misses it.
      if (thread.isConnected()) this.gap(this.profileOf(thread), `it could not be started: ${messageOf(error)}`);
    }
  }

  private async stopThread(thread: ProbeThread): Promise<void> {
    if (!thread.isConnected()) return;
    try {
      await thread.ask({ method: this.profiled.has(this.keyOf(thread)) ? 'stopProfile' : 'flush' }, ANSWER_MS);
    } catch (error) {
      if (thread.isConnected()) this.gap(this.profileOf(thread), `it could not be ended: ${messageOf(error)}`);
    }
  }

  private gap(what: string, why: string): void {
    this.gaps.set(what, { what, why });
  }

  private keyOf({ hello }: ProbeThread): string {
    return threadKey({ target: this.owner.target, pid: hello.pid, tid: hello.tid });
  }

  private profileOf({ hello }: ProbeThread): string {
    return `CPU profile of ${this.owner.target}, ${hello.name} (pid ${hello.pid})`;
  }
}
