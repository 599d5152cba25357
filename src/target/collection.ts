import { readFile } from 'node:fs/promises';
import { messageOf } from '../errors.ts';
import type { Gap } from '../gaps.ts';
import { mergeProfiles } from '../profile/merge.ts';
import { monotonicUs } from './clock.ts';
import type { Rows } from './frames.ts';
import { ProbeServer, type ProbeThread } from './probeServer.ts';
import { MemoryPoller } from './memoryPoller.ts';
import { hasSchedstat, SchedPoller } from './procfs.ts';
import type { TreeRoot } from './processTree.ts';
import { discardRawProfiles, type FinishedProfile } from './profileFiles.ts';
import { RUNTIME_FILE } from './runtimeFormat.ts';
import { emptyRuntime, readRuntime } from './runtimeLog.ts';
import { RuntimeWriter, threadKey } from './runtimeWriter.ts';
import { ServerRequests } from './serverRequests.ts';
import type { RuntimeTables, RuntimeThread } from './tables.ts';
import type { SampleCounts, TargetRecord } from './target.ts';
import { ANSWER_MS, ThreadProfiles, type CollectionOwner } from './threadProfiles.ts';
import type { ClockMark, Hello } from './wire.ts';

/** Eight a thread; no honest target comes near it. */
const MOST_MARKS = 100_000;

/** With what the probes and the profiles of the inspector came to; null where there were none. */
interface CollectedRecord extends Omit<TargetRecord, 'collectors'> {
  readonly counts: { readonly probe: SampleCounts | null; readonly profile: SampleCounts | null };
}

/** What is gathered about one target while it runs: the probes' rows, the profiles, and /proc. */
export class Collection {
  private readonly owner: CollectionOwner;
  private readonly server: ProbeServer;
  private readonly writer: RuntimeWriter;
  private readonly poller: SchedPoller;
  private readonly threads = new Map<ProbeThread, ServerRequests>();
  private readonly names = new Map</* thread key */ string, string>();
  private readonly gaps = new Map</* what */ string, Gap>();
  private readonly silentWorkers = new Map</* pid and Node's thread id */ string, string>();
  private readonly profiles: ThreadProfiles;
  private readonly marks: ClockMark[] = [];
  private readonly first = Promise.withResolvers<Hello>();
  private readonly pids = new Set<number>();
  private mainPid = 0;
  private rows = 0;
  private lostRows = 0;
  private memory: MemoryPoller | null = null;

  private constructor(owner: CollectionOwner, server: ProbeServer) {
    this.owner = owner;
    this.server = server;
    this.profiles = new ThreadProfiles(owner, server, this.gaps);
    this.writer = new RuntimeWriter(owner.dir);
    this.poller = new SchedPoller(
      {
        onThread: (pid, tid, name) => this.nameThread(this.thread(pid, tid, tid === pid ? 'main' : name), false),
        onSample: (pid, tid, { timeUs, cpuUs, waitUs }) =>
          this.writer.rows('sched', this.thread(pid, tid, ''), [[timeUs], [cpuUs], [waitUs]]),
      },
      monotonicUs,
    );
    if (!hasSchedstat())
      this.gap('CPU and run-queue wait per thread', `${process.platform} has no /proc/PID/task/TID/schedstat`);
    server.listenTo({
      onThread: (thread) => this.onThread(thread),
      onRows: (thread, rows) => this.onRows(thread, rows),
      onWorkerCreated: ({ hello: { pid } }, threadId) => this.expectWorker(pid, threadId),
      onClock: ({ hello: { pid, tid, threadId, name } }, stamps) => {
        const room = MOST_MARKS - this.marks.length;
        for (const each of stamps.slice(0, room)) this.marks.push({ ...each, pid, tid, threadId, name });
      },
      onGap: (what, why) => this.gap(what, why),
      onLost: (thread, rows) => this.onLost(thread, rows),
    });
  }

  /** @throws SlowpathError INTERNAL if there is no place for the control socket. */
  static async open(owner: CollectionOwner): Promise<Collection> {
    return new Collection(owner, await ProbeServer.open());
  }

  /** Where probes report, and by which name. */
  get coordinates(): { readonly socket: string; readonly run: string; readonly folder: string } {
    return { socket: this.server.path, run: this.server.run, folder: this.server.folder };
  }

  /** The first thread that reported. */
  get firstHello(): Promise<Hello> {
    return this.first.promise;
  }

  /** Processes that carry a probe, or did. */
  get probedPids(): ReadonlySet<number> {
    return this.pids;
  }

  /** Names what could not be measured, once. */
  gap(what: string, why: string): void {
    this.gaps.set(what, { what, why });
  }

  /** The target's first process: its CPU time is read from now on. */
  watchProcess({ pid, startTime }: TreeRoot): void {
    this.mainPid = pid;
    this.poller.add(pid, startTime);
  }

  /** Reads the CPU time of a further process of the target from now on. */
  watchCpu(pid: number): void {
    this.poller.add(pid);
  }

  /** The same for the memory of a target that carries no probe, its descendants' too. */
  watchMemory(root: TreeRoot): void {
    const main = (pid: number): RuntimeThread => this.thread(pid, pid, 'main');
    this.memory ??= new MemoryPoller(
      root,
      {
        onProcess: (pid) => this.nameThread(main(pid), false),
        onSample: (pid, timeUs, rssBytes) =>
          this.writer.rows('memory', main(pid), [[timeUs], [rssBytes], [Number.NaN], [Number.NaN]]),
      },
      monotonicUs,
    );
    this.memory.start();
  }

  /** Asks the probe of the given process to do something; does nothing if there is none. */
  async askMain(method: 'closeInspector' | 'remove'): Promise<void> {
    const main = [...this.threads.keys()].find(({ hello }) => hello.pid === this.mainPid && hello.threadId === 0);
    await main?.ask({ method }, ANSWER_MS);
  }

  /** The marks each thread made in V8's log as it began, and those it makes now, if it still lives and answers. */
  async clockMarks(): Promise<readonly ClockMark[]> {
    const asked = [...this.threads.keys()].map((thread) => thread.ask({ method: 'markClock' }, ANSWER_MS));
    await Promise.allSettled(asked);
    return this.marks;
  }

  /** Starts the CPU profile in every thread there is; later ones start it themselves. */
  startProfile(intervalUs: number): Promise<void> {
    return this.profiles.start(this.threads.keys(), intervalUs);
  }

  /** Ends collection, writes the files, and tells what there is. */
  async collect(): Promise<CollectedRecord> {
    await this.profiles.stop(this.threads.keys());
    this.poller.dispose();
    this.memory?.dispose();
    for (const [thread, requests] of this.threads)
      this.writer.rows('serverRequests', this.threadOf(thread), requests.takeOpen());
    const finished = await this.profiles.finish(this.mainPid);
    for (const { pid, tid, threadId, name } of finished) {
      // A thread that ended at once may have left its profile before its first message was on the way.
      this.nameThread(this.thread(pid, tid, name), true);
      this.silentWorkers.delete(`${pid} ${threadId}`);
    }
    for (const worker of this.silentWorkers.values()) {
      this.gap(
        `everything about ${worker} of ${this.owner.target}`,
        'no probe in it reported: the thread was started without the NODE_OPTIONS of its process, or ended at once',
      );
    }
    await this.writer.flush();
    const runtime = await this.readBack();
    const profiles = finished.flatMap(({ profile }) => (profile ? [profile] : []));
    return {
      files: [...(this.writer.problem ? [] : [RUNTIME_FILE]), ...finished.map(({ file }) => file)],
      profile: profiles.length > 0 ? mergeProfiles(profiles) : null,
      runtime,
      gaps: [...this.gaps.values()],
      counts: {
        probe: this.pids.size === 0 ? null : { samples: this.rows, lost: this.lostRows },
        profile: totalOf(finished),
      },
    };
  }

  /** Lets go of everything; what was written stays. */
  async dispose(): Promise<void> {
    this.poller.dispose();
    this.memory?.dispose();
    await this.server.dispose();
    await this.writer.dispose();
    await discardRawProfiles(this.owner.dir, this.server.run);
  }

  private onThread(thread: ProbeThread): void {
    const { pid, threadId } = thread.hello;
    this.threads.set(thread, new ServerRequests());
    this.pids.add(pid);
    this.silentWorkers.delete(`${pid} ${threadId}`);
    this.nameThread(this.threadOf(thread), true);
    this.poller.add(pid);
    this.first.resolve(thread.hello);
    this.profiles.joined(thread);
  }

  private expectWorker(pid: number, threadId: number): void {
    const reported = [...this.threads.keys()].some(({ hello }) => hello.pid === pid && hello.threadId === threadId);
    if (!reported) this.silentWorkers.set(`${pid} ${threadId}`, `worker ${threadId} (pid ${pid})`);
  }

  private onRows(thread: ProbeThread, { table, columns }: Rows): void {
    const of = this.threadOf(thread);
    this.rows += columns[0]?.length ?? 0;
    const requests = this.threads.get(thread);
    if (table === 'serverStart') this.writer.rows('serverRequests', of, requests?.started(columns) ?? []);
    else if (table === 'serverFinish') this.writer.rows('serverRequests', of, requests?.finished(columns) ?? []);
    else this.writer.rows(table, of, columns);
  }

  private onLost({ hello }: ProbeThread, rows: number): void {
    this.lostRows += rows;
    this.gap(
      `runtime events in ${hello.name} (pid ${hello.pid})`,
      'Slowpath fell behind what the probe sent; the rows that were lost are counted with the collectors of the run',
    );
  }

  private async readBack(): Promise<RuntimeTables> {
    const { problem } = this.writer;
    if (problem)
      this.gap(`runtime events of ${this.owner.target}`, `${RUNTIME_FILE} could not be written: ${problem.message}`);
    try {
      return readRuntime(await readFile(this.writer.file, 'utf8'), this.owner.target);
    } catch (error) {
      this.gap(`runtime events of ${this.owner.target}`, `${RUNTIME_FILE} could not be read: ${messageOf(error)}`);
      return emptyRuntime();
    }
  }

  /** A probe knows its thread's name better than the kernel does. */
  private nameThread(thread: RuntimeThread, byProbe: boolean): void {
    const key = threadKey(thread);
    const known = this.names.get(key);
    if (known === thread.name || (known !== undefined && !byProbe)) return;
    this.names.set(key, thread.name);
    this.writer.thread(thread);
  }

  private threadOf({ hello }: ProbeThread): RuntimeThread {
    return this.thread(hello.pid, hello.tid, hello.name);
  }

  private thread(pid: number, tid: number, name: string): RuntimeThread {
    return { target: this.owner.target, pid, tid, name };
  }
}

function totalOf(finished: readonly FinishedProfile[]): SampleCounts | null {
  if (finished.length === 0) return null;
  return {
    samples: finished.reduce((sum, { counts }) => sum + counts.samples, 0),
    lost: finished.reduce((sum, { counts }) => sum + counts.lost, 0),
  };
}
