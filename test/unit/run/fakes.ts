/** Targets and loads that do exactly what a test says, in the order it says. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LoadResult } from '../../../src/load/result.ts';
import type { RunLoadOptions } from '../../../src/load/run.ts';
import type { Load, Scenario, Slo } from '../../../src/plan/scenario.ts';
import type { MeasureEvent } from '../../../src/run/measureEvent.ts';
import type { Rooms } from '../../../src/run/measurement.ts';
import { emptyRuntime } from '../../../src/target/runtimeLog.ts';
import type { RunningTarget, TargetRecord } from '../../../src/target/target.ts';
import { syntheticRun } from '../../fixtures/run.ts';

/** A folder of its own, gone after the test. */
export async function tempDir(t: { after: (clean: () => Promise<void>) => void }): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'slowpath-run-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

export function scenarioIn(
  workspaceFolder: string,
  names: readonly string[] = ['api'],
  slo: readonly Slo[] = [],
): Scenario {
  const { scenario } = syntheticRun(1, { durationUs: 1e5, warmupUs: 1e6 }).manifest;
  const [launched] = scenario.targets;
  if (launched?.kind !== 'launch') throw new Error('the synthetic run launches its target');
  return {
    ...scenario,
    workspaceFolder,
    slo,
    targets: names.map((name) => ({ ...launched, name, cwd: workspaceFolder })),
  };
}

export const goodLoad: LoadResult = {
  window: { warmupStartUs: 1e6, startUs: 2e6, endUs: 3e6 },
  verdict: {
    valid: true,
    reasons: [],
    warnings: [],
    health: {
      cpuShare: 0.2,
      sendLagUs: { p50: 5, p90: 8, p95: 9, p99: 20, 'p99.9': 30, max: 40 },
      gcPauseMaxUs: 0,
      stallMaxUs: 0,
      throttledPeriods: null,
      stealShare: null,
      floorUs: 50,
    },
  },
  counts: {
    sent: 990,
    ok: 980,
    errors: 6,
    timeouts: 2,
    unsent: 10,
    inFlight: 2,
    byStatus: {},
    byError: {},
    byProtocol: {},
  },
  ratePerSecond: { offered: 1000, achieved: 988 },
  latencyUs: {
    response: { p50: 1000, p90: 1500, p95: 1800, p99: 2500, 'p99.9': 4000, max: 9000 },
    service: { p50: 990, p90: 1490, p95: 1790, p99: 2490, 'p99.9': 3990, max: 8990 },
    sendLag: { p50: 5, p90: 8, p95: 9, p99: 20, 'p99.9': 30, max: 40 },
  },
  steady: null,
  meanUs: 1100,
  files: [],
  gaps: [],
  cancelled: false,
};

export interface FakeTarget extends RunningTarget {
  /** Ends the process on its own. */
  readonly die: (error: Error) => void;
}

/** What was done, in order: `start api`, `profile api`, `load`, `collect api`, `dispose api`. */
export class FakeRooms {
  readonly did: string[] = [];
  readonly events: MeasureEvent[] = [];
  readonly targets = new Map<string, FakeTarget>();
  /** Replaced by a test that wants another load. */
  load: (options: RunLoadOptions) => Promise<LoadResult> = (options) => {
    for (const phase of ['connecting', 'warmup', 'measuring', 'draining', 'writing'] as const)
      options.onPhase(phase, 0);
    return Promise.resolve(goodLoad);
  };
  record: (target: string) => Promise<TargetRecord> = () =>
    Promise.resolve({ files: [], profile: null, runtime: emptyRuntime(), gaps: [], collectors: [] });
  starting: (target: string, signal: AbortSignal) => Promise<void> = () => Promise.resolve();
  startProfile: (target: string) => Promise<void> = () => Promise.resolve();
  collectMs = 10_000;
  nowUs = 0;

  readonly onEvent = (event: MeasureEvent): void => void this.events.push(event);

  get rooms(): Rooms {
    return {
      startTarget: async (spec, { signal }) => {
        this.did.push(`start ${spec.name}`);
        await this.starting(spec.name, signal);
        const target = this.fakeTarget(spec);
        this.targets.set(spec.name, target);
        return target;
      },
      runLoad: (_load: Load, options) => {
        this.did.push('load');
        return this.load(options);
      },
      readCounters: () => Promise.resolve(new Map([['TcpExt.DelayedACKs', this.did.push('counters')]])),
      collectMs: this.collectMs,
      nowUs: () => this.nowUs,
    };
  }

  phases(): string[] {
    return this.events.flatMap((event) => (event.type === 'phase' ? [event.phase] : []));
  }

  gaps(): string[] {
    return this.events.flatMap((event) => (event.type === 'warning' ? [event.gap.what] : []));
  }

  private fakeTarget(spec: RunningTarget['spec']): FakeTarget {
    const { promise, reject } = Promise.withResolvers<never>();
    const { name } = spec;
    return {
      spec,
      pid: 4711,
      runtime: 'node 24.0.0',
      commandLine: ['node', 'server.js'],
      failed: promise,
      die: reject,
      measuring: () => undefined,
      startProfile: () => {
        this.did.push(`profile ${name}`);
        return this.startProfile(name);
      },
      collect: () => {
        this.did.push(`collect ${name}`);
        return this.record(name);
      },
      dispose: () => {
        this.did.push(`dispose ${name}`);
        return Promise.resolve();
      },
    };
  }
}

/** A load that goes on until it is cancelled; `measuring` resolves once it is at it. */
export function endlessLoad(): {
  readonly load: FakeRooms['load'];
  readonly measuring: Promise<void>;
} {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  return {
    measuring: promise,
    load: async (options) => {
      for (const [index, phase] of (['connecting', 'warmup', 'measuring'] as const).entries())
        options.onPhase(phase, index * 10);
      resolve(undefined);
      await new Promise((stopped) => options.signal.addEventListener('abort', stopped, { once: true }));
      return { ...goodLoad, cancelled: true };
    },
  };
}
