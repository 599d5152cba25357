import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { asSlowpathError } from '../../errors.ts';
import { formatCount, formatShare } from '../../plan/units.ts';
import { findExecutable } from '../command.ts';
import { CpuMeter } from '../cpuMeter.ts';
import { userEnvironment, withMark } from '../environment.ts';
import { GuardedProcess } from '../guarded.ts';
import { endOf } from '../life.ts';
import { sanitizeLine } from '../output.ts';
import { safeName } from '../profileFiles.ts';
import type { Collector, ProfiledProcess, ProfileSession, TakenProfile } from './collector.ts';
import { missingOf, noSamplesOf, type Missing, type Taking } from './dueSamples.ts';
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
  private rate = 0;
  /** From its first sample on: before, it looks for the interpreter's tables. */
  private cpu: CpuMeter | null = null;
  private cpuUs: number | null = null;

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
    this.rate = rate;
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
        onChunk: (_, chunk) => this.hear(chunk.toString('utf8')),
        onEnd: () => undefined,
      },
    );
    this.starting.then(
      (guarded) => {
        this.running = true;
        void guarded.exited.then(() => this.ended());
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
      if (this.running) {
        this.readCpu();
        guarded.interrupt();
      }
      const waiting = new AbortController();
      const tooLate = sleep(PATIENCE_MS, null, { signal: waiting.signal }).catch(() => null);
      const exit = await Promise.race([guarded.exited, tooLate]);
      waiting.abort();
      await guarded.stop();
      if (exit?.code !== 0) return missing(`py-spy ${exit ? endOf(exit) : 'did not end'}: ${this.lastWords()}`);
      const counts = countsIn(this.said);
      const intervalUs = 1e6 / this.rate;
      const taking = counts && { ...counts, sampledUs: counts.samples * intervalUs, cpuUs: this.cpuUs, intervalUs };
      if (taking?.samples === 0) {
        const { why, lost } = noSamplesOf(taking, late);
        return { ...missing(why), counts: { samples: 0, lost } };
      }
      const file = `${safeName(spec.name)}${SPEEDSCOPE_SUFFIX}`;
      await rename(this.output, join(dir, file));
      return { files: [file], ...(taking ? told(spec.name, taking) : { gaps: [timelessGap(spec.name, 'py-spy')] }) };
    } catch (error) {
      return missing(asSlowpathError(error).message);
    }
  }

  async dispose(): Promise<void> {
    const guarded = await this.starting?.catch(() => null);
    await guarded?.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  private hear(text: string): void {
    this.said = (this.said + text).slice(-4096);
    if (this.cpu || !this.said.includes('Sampling process')) return;
    const { pid, pids } = this.target;
    this.cpu = new CpuMeter(pid, pids());
  }

  private ended(): void {
    if (this.running) this.readCpu();
    this.running = false;
  }

  private readCpu(): void {
    this.cpuUs ??= this.cpu?.usedUs(this.target.pids()) ?? null;
  }

  private get output(): string {
    return join(this.folder, 'out.json');
  }

  private lastWords(): string {
    return sanitizeLine(this.said.trim().split('\n').at(-1) ?? '').slice(0, 300);
  }
}

/** `py-spy> Wrote speedscope file to 'out.json'. Samples: 412 Errors: 3`, its last words (py-spy, src/main.rs); null without them. */
function countsIn(said: string): { readonly samples: number; readonly lost: number } | null {
  const [, samples, errors] = /Samples: (\d+) Errors: (\d+)/.exec(said) ?? [];
  return samples === undefined ? null : { samples: Number(samples), lost: Number(errors) };
}

const late: Missing = {
  cause: 'py-spy came too late for them, or threads ran that hold no Python',
  remedy: 'profile at a longer interval',
};

function told(target: string, taking: Taking): Pick<TakenProfile, 'gaps' | 'counts'> {
  const { samples, lost } = taking;
  const gaps = [timelessGap(target, 'py-spy')];
  const missing = missingOf(target, taking, late);
  if (missing) gaps.push(missing.gap);
  else if (lost > 0) {
    const share = formatShare(lost / (samples + lost));
    const why = `py-spy could not read their stacks (${share} lost); profile at a longer interval`;
    gaps.push({ what: `${formatCount(lost)} of ${formatCount(samples + lost)} samples of ${target}`, why });
  }
  return { gaps, counts: { samples, lost: missing?.lost ?? lost } };
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
