import { randomUUID } from 'node:crypto';
import { readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { SlowpathError } from '../../../errors.ts';
import type { CallGraph } from '../../../plan/scenario.ts';
import { monotonicUs } from '../../clock.ts';
import { userEnvironment, withMark } from '../../environment.ts';
import { GuardedProcess } from '../../guarded.ts';
import { endOf } from '../../life.ts';
import { foreignProcess } from './access.ts';

/** Opening events in a process with hundreds of threads takes a while, on a busy machine longer. */
const OPEN_MS = 10_000;
const POLL_MS = 10;
/** perf writes what is in its buffers and an index of build ids. */
const FINISH_MS = 20_000;
/** A profile that could fill a disk: 15 minutes of DWARF stacks of one busy thread come to this. */
const MAX_SIZE = '2G';
/** One copy of a stack for DWARF: perf's default; twice as much doubles what it writes, 8 MB a second for a busy thread. */
const DWARF_BYTES = 8192;
const MAX_MESSAGE_BYTES = 64 * 1024;

export interface RecordingOptions {
  /** Absolute path of perf. */
  readonly perf: string;
  readonly pids: readonly number[];
  readonly intervalUs: number;
  readonly callGraph: Exclude<CallGraph, 'auto'>;
  /** A folder of its own: removed by the guard if this process dies. */
  readonly folder: string;
  readonly dataFile: string;
}

/**
 * `perf record` of some processes, behind a guard of its own so that it never outlives the launcher. New threads and child processes
 * are followed by the kernel (inherited events).
 *
 * The event is the software CPU clock: each sample stands for the same stretch of CPU time, on every machine, virtual ones
 * included, where hardware counters are missing. Only branch records (LBR) need the hardware's cycles.
 */
export class PerfRecording {
  /** µs on the monotonic clock, which perf stamps too (-k CLOCK_MONOTONIC). */
  readonly startUs: number;
  private readonly guarded: GuardedProcess;
  private readonly said: () => string;
  private ended: { readonly endUs: number } | null = null;

  private constructor(guarded: GuardedProcess, startUs: number, said: () => string) {
    this.guarded = guarded;
    this.startUs = startUs;
    this.said = said;
    void guarded.exited.then(() => (this.ended ??= { endUs: monotonicUs() }));
  }

  /** Returns once samples are being taken. @throws SlowpathError TARGET_PROFILE_FAILED with what perf said. */
  static async start(options: RecordingOptions): Promise<PerfRecording> {
    let text = '';
    const run = randomUUID();
    const guarded = await GuardedProcess.start(
      {
        file: options.perf,
        args: recordArguments(options),
        cwd: options.folder,
        env: withMark({ ...userEnvironment(process.env), LC_ALL: 'C', PERF_PAGER: 'cat' }, run),
        run,
        folder: options.folder,
      },
      {
        onChunk: (_, chunk) => (text = (text + chunk.toString('latin1')).slice(-MAX_MESSAGE_BYTES)),
        onEnd: () => undefined,
      },
    );
    const recording = new PerfRecording(guarded, monotonicUs(), () => text);
    const opened = await Promise.race([guarded.exited.then(() => false), recording.opened()]);
    if (opened) return recording;
    await guarded.stop();
    throw new SlowpathError(
      'TARGET_PROFILE_FAILED',
      `perf could not start: ${firstComplaint(text)}${remedy(options)}.`,
    );
  }

  get isRunning(): boolean {
    return this.ended === null;
  }

  /** Interrupts perf, which writes its file then. @returns when the samples end, and what was wrong, if anything. */
  async finish(): Promise<{ readonly endUs: number; readonly problem: string | null }> {
    const { guarded } = this;
    const endUs = this.ended?.endUs ?? monotonicUs();
    // A target that ended has ended perf too.
    if (this.isRunning) guarded.interrupt();
    const timer = new AbortController();
    const late = sleep(FINISH_MS, null, { signal: timer.signal, ref: false }).catch(() => null);
    const exit = await Promise.race([guarded.exited, late]);
    timer.abort();
    await guarded.stop();
    if (exit === null) return { endUs, problem: `perf did not end within ${FINISH_MS / 1000} s` };
    // It ends by the signal it was sent.
    if (exit.code === 0 || exit.signal === 'SIGINT' || exit.code === 130)
      return { endUs, problem: sizeProblem(this.said()) };
    return { endUs, problem: `perf ${endOf(exit)}: ${firstComplaint(this.said())}` };
  }

  stop(): Promise<void> {
    return this.guarded.stop();
  }

  /** perf says nothing when it begins; its event files tell. */
  private async opened(): Promise<boolean> {
    const deadline = performance.now() + OPEN_MS;
    let had = 0;
    while (this.isRunning && performance.now() < deadline) {
      const events = eventFiles(this.guarded.pid);
      // All are opened one after the other, then switched on.
      if (events > 0 && events === had) return true;
      had = events;
      await sleep(POLL_MS);
    }
    return this.isRunning;
  }
}

/** What to do where the reason is plain from here; perf's own advice is about the machine as a whole. */
function remedy({ callGraph, pids }: RecordingOptions): string {
  const foreign = foreignProcess(pids);
  if (foreign !== null) return `; process ${foreign} belongs to another user: measure as that user, or as root`;
  // Virtual machines have no branch records, and few other machines do.
  return callGraph === 'lbr' ? '; write "callGraph": "fp" or "dwarf" in "collect"' : '';
}

function recordArguments({ pids, intervalUs, callGraph, dataFile }: RecordingOptions): string[] {
  const graph = callGraph === 'dwarf' ? `dwarf,${DWARF_BYTES}` : callGraph;
  const event = callGraph === 'lbr' ? 'cycles' : 'cpu-clock';
  const frequency = String(Math.max(1, Math.round(1e6 / intervalUs)));
  return [
    'record',
    ...['-e', event, '-F', frequency, '--call-graph', graph, '-k', 'CLOCK_MONOTONIC'],
    ...['--max-size', MAX_SIZE, '-o', dataFile, '-p', pids.join(',')],
  ];
}

function eventFiles(pid: number): number {
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).filter((fd) => readlinkSync(`${folder}/${fd}`) === 'anon_inode:[perf_event]').length;
  } catch {
    return 0;
  }
}

function sizeProblem(said: string): string | null {
  return said.includes('size limit')
    ? `the samples reached ${MAX_SIZE}B, and the rest was left out; profile at a longer interval`
    : null;
}

/** The first line that says something: perf underlines its errors and goes on at length. */
function firstComplaint(said: string): string {
  const lines = said
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => /[a-z]/i.test(line) && !/^(?:Error|Warning):$/.test(line));
  return (lines[0] ?? 'it said nothing').replace(/[.\s]+$/, '').slice(0, 300);
}
