import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asSlowpathError } from '../../errors.ts';
import type { Gap } from '../../gaps.ts';
import { CpuMeter } from '../cpuMeter.ts';
import { safeName } from '../profileFiles.ts';
import type { Collector, ProfiledProcess, ProfileSession, TakenProfile } from './collector.ts';
import { missingOf, noSamplesOf, type Missing } from './dueSamples.ts';
import { goSamples } from './goSamples.ts';
import { fetchMoment, fetchWindow, goProfileGap, type GoProfile } from './goProfiles.ts';
import { fetchPprof } from './pprofHttp.ts';

/** Files with this ending hold pprof: samples of the measured window, without times. */
export const PPROF_SUFFIX = '.pb.gz';

/** Go answers a moment after the time asked for. */
const PATIENCE_MS = 10_000;

/** Why a profile was given up, as a clause. */
const runEnded = new Error('the run ended before the profile was there');
const tooLate = new Error(`it did not come in time: not within ${PATIENCE_MS / 1000} s after the measured window`);

/** Go's own profile over HTTP (net/http/pprof): needs no rights and no perf, knows goroutines, but gives samples no times. */
export const pprofCollector: Collector = {
  type: 'pprof',
  label: 'pprof over HTTP',
  blindSpots: [
    'the time of a sample (none can be given to a request)',
    'what runs outside Go (C code stands at its call, the kernel at the system call)',
  ],
  canApplyTo: ({ spec }) =>
    Promise.resolve(spec.pprof === null ? 'the plan gives the target no "pprof" address' : null),
  start: (target) => Promise.resolve(new PprofSession(target, target.spec.pprof ?? '')),
};

/** What every profile without times leaves unsaid. */
export function timelessGap(target: string, label: string): Gap {
  return {
    what: `functions of ${target} in slow requests`,
    why: `${label} gives its samples no times, so that they can't be joined with requests; "with": "perf" in "collect" can`,
  };
}

type PprofTarget = Pick<ProfiledProcess, 'spec' | 'dir' | 'pid' | 'pids'>;

const outsideGo: Missing = {
  cause: 'Go could not take the others, or code ran outside it',
  remedy: '"with": "perf" in "collect" sees all threads',
};

export class PprofSession implements ProfileSession {
  private readonly target: PprofTarget;
  private readonly address: string;
  private readonly stopping = new AbortController();
  private taking: Promise<Buffer | string> | null = null;
  private takingOthers: Promise<readonly GoProfile[]> | null = null;
  private readyAt = 0;
  private cpuUs: number | null = null;

  constructor(target: PprofTarget, address: string) {
    this.target = target;
    this.address = address;
  }

  status(): 'recording' | 'stopped' {
    return performance.now() < this.readyAt ? 'recording' : 'stopped';
  }

  /** Whole seconds are all it takes: the nearest number of them, at least one. */
  measuring(durationUs: number): void {
    const seconds = Math.max(1, Math.round(durationUs / 1e6));
    this.readyAt = performance.now() + seconds * 1000;
    this.taking ??= this.takeCpu(seconds);
    this.takingOthers ??= fetchWindow(this.address, seconds, this.stopping.signal);
  }

  async stop(): Promise<TakenProfile> {
    if (!this.taking) return this.missing('the measured window never opened');
    // Go can't be asked to end early.
    if (performance.now() < this.readyAt - PATIENCE_MS / 10) this.stopping.abort(runEnded);
    const late = Math.max(0, this.readyAt - performance.now()) + PATIENCE_MS;
    const patience = setTimeout(() => this.stopping.abort(tooLate), late);
    const moment = fetchMoment(this.address, this.stopping.signal);
    const [answer, ...others] = await Promise.all([this.taking, this.takingOthers ?? [], moment]);
    clearTimeout(patience);
    if (typeof answer === 'string') return this.missing(answer);
    const rest = await this.written(others.flat());
    const own = await this.writtenCpu(answer);
    return { ...own, files: [...own.files, ...rest.files], gaps: [...own.gaps, ...rest.gaps] };
  }

  /** With what the service uses of the CPU meanwhile. */
  private async takeCpu(seconds: number): Promise<Buffer | string> {
    const { pid, pids } = this.target;
    const cpu = new CpuMeter(pid, [pid, ...pids()]);
    const answer = await fetchPprof(`${this.address}/profile?seconds=${seconds}`, this.stopping.signal);
    this.cpuUs = cpu.usedUs(pids());
    return answer;
  }

  private async writtenCpu(answer: Buffer): Promise<TakenProfile> {
    const { name } = this.target.spec;
    let taking;
    try {
      taking = { ...goSamples(answer), cpuUs: this.cpuUs };
    } catch (error) {
      return this.missing(asSlowpathError(error).message);
    }
    if (taking.samples === 0) {
      const { why, lost } = noSamplesOf(taking, outsideGo);
      return { ...this.missing(why), counts: { samples: 0, lost } };
    }
    const file = `${safeName(name)}${PPROF_SUFFIX}`;
    await writeFile(join(this.target.dir, file), answer);
    const owed = missingOf(name, taking, outsideGo);
    const gaps = [timelessGap(name, 'pprof'), ...(owed ? [owed.gap] : [])];
    return { files: [file], gaps, counts: { samples: taking.samples, lost: owed?.lost ?? taking.lost } };
  }

  private missing(why: string): TakenProfile {
    return { files: [], gaps: [{ what: `CPU profile of ${this.target.spec.name}`, why }] };
  }

  private async written(profiles: readonly GoProfile[]): Promise<TakenProfile> {
    const { spec, dir } = this.target;
    const files: string[] = [];
    const gaps: Gap[] = [];
    for (const profile of profiles) {
      const gap = goProfileGap(spec.name, profile);
      if (gap) gaps.push(gap);
      if (gap || typeof profile.answer === 'string') continue;
      const file = `${safeName(spec.name)}.${profile.kind}${PPROF_SUFFIX}`;
      await writeFile(join(dir, file), profile.answer);
      files.push(file);
    }
    return { files, gaps };
  }

  dispose(): Promise<void> {
    this.stopping.abort(runEnded);
    return Promise.resolve();
  }
}
