import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { asSlowpathError } from '../../errors.ts';
import { findExecutable } from '../command.ts';
import { userEnvironment, withMark } from '../environment.ts';
import { GuardedProcess } from '../guarded.ts';
import { endOf } from '../life.ts';
import { sanitizeLine } from '../output.ts';
import { safeName } from '../profileFiles.ts';
import type { Collector, ProfiledProcess, ProfileSession, TakenProfile } from './collector.ts';
import { timelessGap } from './pprof.ts';

export const SPEEDSCOPE_SUFFIX = '.speedscope.json';

/** py-spy stops the interpreter for each sample: more often than this the service measured is not the one that runs. */
const MOST_RATE = 200;
const PATIENCE_MS = 10_000;

/** py-spy, where it is installed: any CPython from 2.3 on, with the lines that ran. */
export const pySpyCollector: Collector = {
  type: 'py-spy',
  label: 'py-spy',
  blindSpots: [
    'the time of a sample (none can be given to a request)',
    'C extensions and the kernel (their time stands at the Python line that called)',
    `what happens between samples ${1000 / MOST_RATE} ms apart (the interpreter stops for each)`,
  ],
  async canApplyTo({ spec }) {
    if (spec.runtime !== 'python') return `it looks into Python only, and this is a ${spec.runtime} target`;
    if ((await findPySpy()) === null) return 'it is not on PATH; "pip install py-spy" (3 MB) adds it';
    return ptraceRefusal();
  },
  start: async (target) => {
    const file = (await findPySpy()) ?? 'py-spy';
    return new PySpySession(target, file, await mkdtemp(join(target.dir, '.py-spy-')));
  },
};

class PySpySession implements ProfileSession {
  private readonly target: ProfiledProcess;
  private readonly pySpy: string;
  private readonly folder: string;
  private starting: Promise<GuardedProcess> | null = null;
  private said = '';
  private running = false;
  private isGone = false;

  constructor(target: ProfiledProcess, pySpy: string, folder: string) {
    this.target = target;
    this.pySpy = pySpy;
    this.folder = folder;
  }

  status(): 'recording' | 'stopped' {
    return this.running ? 'recording' : 'stopped';
  }

  /** Its samples carry no times on the run's clock, so it samples the measured window and nothing else. */
  measuring(durationUs: number): void {
    if (this.starting) return;
    const { pid, intervalUs } = this.target;
    // py-spy takes whoever has the id now.
    this.isGone = process.platform === 'linux' && !this.target.pids().includes(pid);
    if (this.isGone) return;
    const run = randomUUID();
    const rate = Math.max(1, Math.min(MOST_RATE, Math.round(1e6 / intervalUs)));
    const seconds = Math.max(1, Math.round(durationUs / 1e6));
    const args = ['record', '--pid', String(pid), '--duration', String(seconds), '--rate', String(rate)];
    this.starting = GuardedProcess.start(
      {
        file: this.pySpy,
        args: [...args, '--subprocesses', '--full-filenames', '--format', 'speedscope', '--output', this.output],
        cwd: this.folder,
        env: withMark(userEnvironment(process.env), run),
        run,
        folder: this.folder,
      },
      {
        onChunk: (_, chunk) => (this.said = (this.said + chunk.toString('utf8')).slice(-4096)),
        onEnd: () => undefined,
      },
    );
    this.starting.then(
      (guarded) => {
        this.running = true;
        void guarded.exited.then(() => (this.running = false));
      },
      () => undefined,
    );
  }

  async stop(): Promise<TakenProfile> {
    const { spec, dir } = this.target;
    const missing = (why: string): TakenProfile => ({
      files: [],
      gaps: [{ what: `CPU profile of ${spec.name}`, why }],
    });
    if (this.isGone) return missing('the process had ended when the measured window opened');
    if (!this.starting) return missing('the measured window never opened');
    try {
      const guarded = await this.starting;
      // It writes what it has when it is interrupted.
      if (this.running) guarded.interrupt();
      const waiting = new AbortController();
      const late = sleep(PATIENCE_MS, null, { signal: waiting.signal }).catch(() => null);
      const exit = await Promise.race([guarded.exited, late]);
      waiting.abort();
      await guarded.stop();
      if (exit?.code !== 0) return missing(`py-spy ${exit ? endOf(exit) : 'did not end'}: ${this.lastWords()}`);
      const file = `${safeName(spec.name)}${SPEEDSCOPE_SUFFIX}`;
      await rename(this.output, join(dir, file));
      return { files: [file], gaps: [timelessGap(spec.name, 'py-spy')] };
    } catch (error) {
      return missing(asSlowpathError(error).message);
    }
  }

  async dispose(): Promise<void> {
    const guarded = await this.starting?.catch(() => null);
    await guarded?.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  private get output(): string {
    return join(this.folder, 'out.json');
  }

  private lastWords(): string {
    return sanitizeLine(this.said.trim().split('\n').at(-1) ?? '').slice(0, 300);
  }
}

function findPySpy(): Promise<string | null> {
  return findExecutable('py-spy', process.cwd(), userEnvironment(process.env));
}

/** Reading another process's memory is what Yama's ptrace_scope restricts (Documentation/admin-guide/LSM/Yama.rst). */
function ptraceRefusal(): string | null {
  if (process.platform !== 'linux' || process.getuid?.() === 0) return null;
  try {
    const scope = Number(readFileSync('/proc/sys/kernel/yama/ptrace_scope', 'latin1'));
    if (scope === 0) return null;
    return `kernel.yama.ptrace_scope is ${scope}: a process may read its own children's memory only; "sudo sysctl kernel.yama.ptrace_scope=0" lets py-spy read it`;
  } catch {
    return null; // A kernel without Yama restricts nothing.
  }
}
