import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Gap } from '../../gaps.ts';
import { sanitizeLine } from '../output.ts';
import { safeName } from '../profileFiles.ts';
import type { Collector, ProfiledProcess, ProfileSession, TakenProfile } from './collector.ts';

/** Files with this ending hold pprof: samples of the measured window, without times. */
export const PPROF_SUFFIX = '.pb.gz';

/** Go answers a moment after the time asked for. */
const PATIENCE_MS = 10_000;
const MAX_BYTES = 256 * 1024 * 1024;
const MAX_MESSAGE = 200;

/** Go's own profile over HTTP (net/http/pprof): needs no rights and no perf, knows goroutines, but gives samples no times. */
export const pprofCollector: Collector = {
  type: 'pprof',
  label: 'pprof over HTTP',
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

class PprofSession implements ProfileSession {
  private readonly target: ProfiledProcess;
  private readonly address: string;
  private readonly stopping = new AbortController();
  private taking: Promise<Buffer | string> | null = null;
  private readyAt = 0;

  constructor(target: ProfiledProcess, address: string) {
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
    this.taking ??= fetchProfile(`${this.address}/profile?seconds=${seconds}`, this.stopping.signal);
  }

  async stop(): Promise<TakenProfile> {
    const { spec, dir } = this.target;
    const missing = (why: string): TakenProfile => ({
      files: [],
      gaps: [{ what: `CPU profile of ${spec.name}`, why }],
    });
    if (!this.taking) return missing('the measured window never opened');
    // Go can't be asked to end early.
    if (performance.now() < this.readyAt - PATIENCE_MS / 10) this.stopping.abort();
    const waiting = new AbortController();
    const late = sleep(Math.max(0, this.readyAt - performance.now()) + PATIENCE_MS, 'it did not come in time', {
      signal: waiting.signal,
    });
    late.catch(() => undefined);
    const answer = await Promise.race([this.taking, late]);
    waiting.abort();
    this.stopping.abort();
    if (typeof answer === 'string') return missing(answer);
    const file = `${safeName(spec.name)}${PPROF_SUFFIX}`;
    await writeFile(join(dir, file), answer);
    return { files: [file], gaps: [timelessGap(spec.name, 'pprof')] };
  }

  dispose(): Promise<void> {
    this.stopping.abort();
    return Promise.resolve();
  }
}

/** The profile, or why there is none. */
async function fetchProfile(url: string, signal: AbortSignal): Promise<Buffer | string> {
  try {
    // A redirect could lead to another machine.
    const response = await fetch(url, { signal, redirect: 'error' });
    const bytes = await bounded(response);
    if (bytes === null) return `${url} answered more than ${MAX_BYTES / 2 ** 20} MB`;
    if (response.ok) return bytes;
    return `${url} answered ${response.status}: ${sanitizeLine(bytes.toString('utf8', 0, MAX_MESSAGE).split('\n')[0] ?? '')}`;
  } catch (error) {
    if (signal.aborted) return 'the run ended before the profile was there';
    const reason = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    return `${url} did not answer (${reason}); correct "pprof" in the plan, and import net/http/pprof in the service`;
  }
}

async function bounded(response: Response): Promise<Buffer | null> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > MAX_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
