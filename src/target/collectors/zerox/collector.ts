import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { bundlePath } from '../../../bundles.ts';
import { asSlowpathError } from '../../../errors.ts';
import type { Gap } from '../../../gaps.ts';
import type { LaunchTarget } from '../../../plan/scenario.ts';
import { probeUrl } from '../../../profile/classify.ts';
import { findExecutable } from '../../command.ts';
import { userEnvironment } from '../../environment.ts';
import { safeName } from '../../profileFiles.ts';
import { ENV_CLOCK, type ClockMark } from '../../wire.ts';
import type { Collector, ProfiledProcess, ProfileSession, TakenProfile } from '../collector.ts';
import { clockOf, type LogClock } from './clock.ts';
import { compactLog, withoutTexts } from './compact.ts';
import { convertLog, type ConvertedLog } from './conversion.ts';
import { requireZerox } from './find.ts';
import { isolateLogs, type IsolateLog } from './isolateLogs.ts';
import { inOriginalLines } from './originalLines.ts';

export const ISOLATE_SUFFIX = '.isolate.json.gz';

/** For all threads and processes of a target: 0x takes some five seconds of CPU time for each. */
const CONVERT_MS = 240_000;
const compressed = promisify(gzip);

/**
 * 0x for Node: V8's own log, which tells how each function ran (interpreted, baseline, optimised, inlined) and what the virtual
 * machine did besides. The target is started with the flags 0x starts it with, but under our own guard and with the probe: so
 * worker threads and clusters, which 0x loses or refuses, are there, its output stays its own, and the times get a clock.
 */
export const zeroxCollector: Collector = {
  type: '0x',
  label: '0x',
  blindSpots: [
    'the kernel and what native libraries do inside (their time stands at the library)',
    'threads without JavaScript (the pool of libuv for files, DNS, zlib and crypto)',
  ],
  canApplyTo: async ({ spec }) => {
    if (spec.runtime !== 'node') return `it looks into Node only, and this is a ${spec.runtime} target`;
    if (spec.kind !== 'launch') return 'it has to start the process itself; write "command" in the plan';
    await requireZerox(placesFor(spec));
    return null;
  },
  async prepared(spec, { collect }, dir) {
    const folder = logFolder(dir, spec.name);
    await mkdir(folder);
    const flags = ['--prof', `--logfile=${join(folder, '%p-v8.log')}`];
    const interval = `--prof-sampling-interval=${Math.round(collect.cpuIntervalUs ?? 1000)}`;
    return {
      ...spec,
      runtimeArgs: [...flags, interval, ...spec.runtimeArgs],
      env: { ...spec.env, [ENV_CLOCK]: '1' },
    };
  },
  start: (target) => Promise.resolve(new ZeroxSession(target)),
};

class ZeroxSession implements ProfileSession {
  private readonly target: ProfiledProcess;
  private readonly folder: string;
  private readonly gaps: Gap[] = [];
  private readonly files: string[] = [];
  private stopped = false;
  private samples = 0;
  private lost = 0;

  constructor(target: ProfiledProcess) {
    this.target = target;
    this.folder = logFolder(target.dir, target.spec.name);
  }

  status(): 'recording' | 'stopped' {
    return this.stopped ? 'stopped' : 'recording';
  }

  measuring(): void {
    // V8 samples from the process' first moment, and every sample has its time: the window is cut out afterwards.
  }

  /** V8 ends no line without writing it through, so that the log is whole though the process lives, or was killed. */
  async stop(): Promise<TakenProfile> {
    this.stopped = true;
    const marks = await this.target.collection.clockMarks();
    const logs = await isolateLogs(this.folder);
    const untilMs = performance.now() + CONVERT_MS;
    if (logs.length === 0)
      this.gap('', 'V8 wrote no log: the command starts no Node of its own with the flags it is given');
    for (const log of logs) {
      try {
        await this.finish(log, marks, untilMs - performance.now());
      } catch (error) {
        this.gap(`, process ${log.pid}`, asSlowpathError(error).message);
      }
    }
    const { files, gaps, samples, lost } = this;
    return { files, gaps, counts: { samples, lost } };
  }

  async dispose(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  private async finish(log: IsolateLog, marks: readonly ClockMark[], timeoutMs: number): Promise<void> {
    const { spec, dir, intervalUs } = this.target;
    if (timeoutMs <= 0) throw new Error(`there was no time left after ${this.files.length} other threads`);
    const { cwd, ...tools } = await this.tools();
    const converted = await convertLog(log, { ...tools, dir: this.folder, timeoutMs });
    const clock = clockOf(converted.parsed, marks);
    const file = `${this.stem(log, clock)}${ISOLATE_SUFFIX}`;
    const ownFile = bundlePath('preload');
    const compact = compactLog(converted.parsed, (name) => name.replace(ownFile, probeUrl));
    const json = withoutTexts(await inOriginalLines(compact.json, cwd));
    const origin = {
      target: spec.name,
      name: clock?.thread.name ?? `process ${log.pid}`,
      pid: log.pid,
      tid: clock?.thread.tid ?? log.pid,
      intervalUs,
      clockUs: clock?.clockUs ?? null,
    };
    this.tell(converted, {
      file,
      kept: json.ticks.length,
      cutStacks: compact.cutStacks,
      timed: origin.clockUs !== null,
    });
    // Other tools pass over a key they don't know; reopening the run needs to know whose profile it is.
    await writeFile(join(dir, file), await compressed(JSON.stringify({ ...json, slowpath: origin })));
    this.files.push(file);
  }

  private tell(
    { ticks, cut }: ConvertedLog,
    about: { readonly file: string; readonly kept: number; readonly cutStacks: number; readonly timed: boolean },
  ): void {
    const { file, kept, cutStacks, timed } = about;
    const lost = ticks - kept;
    this.samples += kept;
    this.lost += Math.max(0, lost);
    if (cut)
      this.gaps.push({ what: `end of ${file}`, why: 'the log is too long to be read whole; measure a shorter time' });
    if (lost > 0) this.gaps.push({ what: `${lost} of ${ticks} samples of ${file}`, why: '0x could not read them' });
    if (cutStacks > 0)
      this.gaps.push({
        what: `outer callers of ${cutStacks} of ${kept} samples of ${file}`,
        why: 'V8 records the innermost 255 calls of a stack',
      });
    if (!timed)
      this.gaps.push({
        what: `join of ${file} with requests`,
        why: 'no probe marked the clock in its log, or the marks contradict each other',
      });
  }

  private async tools(): Promise<{ readonly folder: string; readonly node: string; readonly cwd: string }> {
    const { spec } = this.target;
    if (spec.kind !== 'launch') throw new Error('it was not started here');
    const node = await findExecutable(
      spec.runtimeExecutable ?? 'node',
      spec.cwd,
      userEnvironment(process.env, spec.env),
    );
    const { folder } = await requireZerox(placesFor(spec));
    return { folder, node: node ?? process.execPath, cwd: spec.cwd };
  }

  /** As the inspector's files are named. A log that no probe marked has nothing but its order to tell it apart. */
  private stem({ pid }: IsolateLog, clock: LogClock | null): string {
    const target = safeName(this.target.spec.name);
    const process = pid === this.target.pid ? target : `${target}-${pid}`;
    if (clock === null) return `${process}-isolate-${this.files.length}`;
    return clock.thread.threadId === 0 ? process : `${process}-worker-${clock.thread.threadId}`;
  }

  private gap(which: string, why: string): void {
    this.gaps.push({ what: `CPU profile of ${this.target.spec.name}${which}`, why });
  }
}

function logFolder(dir: string, target: string): string {
  return join(dir, `.0x-${safeName(target)}`);
}

/** The project's own 0x first, then the one beside Slowpath. */
function placesFor({ cwd }: Pick<LaunchTarget, 'cwd'>): readonly string[] {
  return [cwd, import.meta.dirname];
}
