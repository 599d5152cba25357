import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { SlowpathError } from '../../errors.ts';
import { nowUs } from '../clock.ts';
import { hlogFileName, hlogHead } from '../hlogFile.ts';
import { commonWindow, newLoadResult } from '../loadResult.ts';
import type { LoadStart, MessageFromLoad } from '../messages.ts';
import { requestsFileName } from '../requestsFile.ts';
import type { LoadProgress, LoadResult } from '../result.ts';
import { writeFailure } from '../writeFailure.ts';
import { HlogMerger } from './hlogMerger.ts';
import { mergeRequests } from './requestsMerger.ts';
import { Sender, type SenderEnd } from './sender.ts';

/** Between the word that all are connected and the first arrival: the word must have reached every process by then. */
const leadUs = 100_000;
const mergeMs = 1000;

export interface SharedLoadOptions {
  readonly start: LoadStart;
  /** The load process' own entry, to be started again for each share. */
  readonly script: string;
  readonly tracePrefix: string | null;
  readonly floorUs: number | null;
  readonly signal: AbortSignal;
  readonly send: (message: MessageFromLoad) => void;
}

/**
 * Offers one load from several processes, each on its own event loop and with its own recorder, and merges what they recorded: the log
 * second by second while they run, requests and figures at their end. They connect each at its pace and begin together.
 *
 * When one fails or dies the others are stopped: a part of the load is not the load. What a dead one had not handed over is lost, and
 * the result invalid.
 * @throws SlowpathError LOAD_FAILED if nothing could be loaded or none of them is left, RUN_WRITE_FAILED.
 */
export async function runShared(options: SharedLoadOptions): Promise<LoadResult> {
  const shared = new SharedLoad(options);
  try {
    return await shared.run();
  } catch (error) {
    throw writeFailure(error, options.start.dir);
  } finally {
    shared.dispose();
  }
}

class SharedLoad {
  private readonly options: SharedLoadOptions;
  private readonly dirs: readonly string[];
  private readonly hlog: number;
  private readonly log: HlogMerger;
  private readonly progress = new Map</* index of the process */ number, LoadProgress>();
  private readonly entered = new Set<LoadProgress['phase']>();
  private merging: NodeJS.Timeout | null = null;

  constructor(options: SharedLoadOptions) {
    this.options = options;
    const { dir, load } = options.start;
    this.dirs = Array.from({ length: load.processes }, (_, index) => join(dir, `.generator-${index + 1}`));
    for (const each of this.dirs) mkdirSync(each, { recursive: true });
    this.hlog = openSync(join(dir, hlogFileName), 'w');
    this.log = new HlogMerger(
      this.dirs.map((each) => join(each, hlogFileName)),
      load.requests.map(({ name }) => name),
      (text) => void writeSync(this.hlog, text),
    );
  }

  async run(): Promise<LoadResult> {
    const { signal, start } = this.options;
    const senders = this.dirs.map((_, index) => this.newSender(index));
    const cancelAll = (): void => senders.forEach((sender) => sender.cancel());
    for (const [index, sender] of senders.entries()) {
      void sender.ended.then((end) => {
        this.log.ended(index);
        if (end.kind !== 'facts') cancelAll();
      });
    }
    signal.addEventListener('abort', cancelAll);
    if (signal.aborted) cancelAll();
    await Promise.all(senders.map(({ connected }) => connected));
    const warmupStartUs = nowUs() + leadUs;
    writeSync(this.hlog, hlogHead(warmupStartUs + start.load.warmupUs));
    for (const sender of senders) sender.go(warmupStartUs);
    const ends = this.mergeWhile(Promise.all(senders.map(({ ended }) => ended)), cancelAll);
    return this.result(await ends);
  }

  dispose(): void {
    if (this.merging) clearInterval(this.merging);
    closeSync(this.hlog);
    for (const dir of this.dirs) rmSync(dir, { recursive: true, force: true });
  }

  private newSender(index: number): Sender {
    const { start, script, tracePrefix } = this.options;
    const { processes } = start.load;
    return new Sender({
      script,
      start: {
        ...start,
        dir: this.dirs[index] ?? start.dir,
        rowLimit: Math.max(1, Math.floor(start.rowLimit / processes)),
        part: { share: { index, count: processes }, tracePrefix },
      },
      onPhase: (phase, timeUs) => this.enter(phase, timeUs),
      onProgress: (progress) => this.report(index, progress),
    });
  }

  /** The log grows while the load runs, so that a crash leaves the seconds until then. */
  private async mergeWhile(ends: Promise<SenderEnd[]>, cancelAll: () => void): Promise<SenderEnd[]> {
    let failure: unknown = null;
    const merge = (): void => {
      try {
        if (failure === null) this.log.poll();
      } catch (error) {
        failure = error;
        cancelAll();
      }
    };
    this.merging = setInterval(merge, mergeMs);
    const all = await ends;
    merge();
    if (failure !== null) throw writeFailure(failure, this.options.start.dir);
    return all;
  }

  private async result(ends: readonly SenderEnd[]): Promise<LoadResult> {
    const { start, tracePrefix, floorUs, signal } = this.options;
    for (const end of ends) if (end.kind === 'failed') throw end.error;
    const sessions = ends.flatMap((end) => (end.kind === 'facts' ? [end.facts] : []));
    const lost = ends.flatMap((end, index) =>
      end.kind === 'lost' ? [`(${index + 1} of ${ends.length}) ${end.how}`] : [],
    );
    const begun = sessions.filter(({ health }) => health !== null);
    if (lost.length > 0 && begun.length === 0) {
      const text = `A load generator ${lost[0] ?? ''} before it was done; what it had recorded is kept.`;
      throw new SlowpathError('LOAD_FAILED', text);
    }
    const { load, dir, rowLimit } = start;
    const merged = await mergeRequests(join(dir, requestsFileName), {
      parts: ends.flatMap((end, index) =>
        end.kind === 'facts'
          ? [{ path: join(this.dirs[index] ?? '', requestsFileName), sampling: end.facts.recorded.sampling }]
          : [],
      ),
      load,
      rowLimit,
      tracePrefix,
      window: commonWindow(sessions),
    });
    const files = [hlogFileName, requestsFileName];
    return newLoadResult({ load, floorUs, sessions, lost, ...merged, files, cancelled: signal.aborted });
  }

  /** A phase begins with the first process that enters it. */
  private enter(phase: LoadProgress['phase'], timeUs: number): void {
    if (this.entered.has(phase)) return;
    this.entered.add(phase);
    this.options.send({ type: 'phase', phase, timeUs });
  }

  /** Rates and errors add up; quantiles don't: the worst process' are shown while it runs. */
  private report(index: number, progress: LoadProgress): void {
    this.progress.set(index, progress);
    // One report for all of them, as often as one process reports.
    if (index > 0) return;
    const all = [...this.progress.values()];
    const largest = (key: 'p50Us' | 'p99Us'): number | null =>
      all.reduce<number | null>((most, { [key]: us }) => (us !== null && us > (most ?? -1) ? us : most), null);
    this.options.send({
      type: 'progress',
      progress: {
        ...progress,
        ratePerSecond: all.reduce((sum, { ratePerSecond }) => sum + ratePerSecond, 0),
        p50Us: largest('p50Us'),
        p99Us: largest('p99Us'),
        errors: all.reduce((sum, { errors }) => sum + errors, 0),
      },
    });
  }
}
