import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Gap } from '../../gaps.ts';
import { safeName } from '../profileFiles.ts';
import type { Collector, ProfiledProcess, ProfileSession, TakenProfile } from './collector.ts';
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
    'samples that Go could not take (it does not count them)',
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

export class PprofSession implements ProfileSession {
  private readonly target: Pick<ProfiledProcess, 'spec' | 'dir'>;
  private readonly address: string;
  private readonly stopping = new AbortController();
  private taking: Promise<Buffer | string> | null = null;
  private takingOthers: Promise<readonly GoProfile[]> | null = null;
  private readyAt = 0;

  constructor(target: Pick<ProfiledProcess, 'spec' | 'dir'>, address: string) {
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
    this.taking ??= fetchPprof(`${this.address}/profile?seconds=${seconds}`, this.stopping.signal);
    this.takingOthers ??= fetchWindow(this.address, seconds, this.stopping.signal);
  }

  async stop(): Promise<TakenProfile> {
    const { spec, dir } = this.target;
    const missing = (why: string): TakenProfile => ({
      files: [],
      gaps: [{ what: `CPU profile of ${spec.name}`, why }],
    });
    if (!this.taking) return missing('the measured window never opened');
    // Go can't be asked to end early.
    if (performance.now() < this.readyAt - PATIENCE_MS / 10) this.stopping.abort(runEnded);
    const late = Math.max(0, this.readyAt - performance.now()) + PATIENCE_MS;
    const patience = setTimeout(() => this.stopping.abort(tooLate), late);
    const moment = fetchMoment(this.address, this.stopping.signal);
    const [answer, ...others] = await Promise.all([this.taking, this.takingOthers ?? [], moment]);
    clearTimeout(patience);
    if (typeof answer === 'string') return missing(answer);
    const rest = await this.written(others.flat());
    const file = `${safeName(spec.name)}${PPROF_SUFFIX}`;
    await writeFile(join(dir, file), answer);
    return { files: [file, ...rest.files], gaps: [timelessGap(spec.name, 'pprof'), ...rest.gaps] };
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
