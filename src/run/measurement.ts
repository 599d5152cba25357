import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { DisposableStore } from '../disposables.ts';
import { asSlowpathError, SlowpathError } from '../errors.ts';
import type { Gap } from '../gaps.ts';
import type { LoadProgress, LoadResult } from '../load/result.ts';
import { runLoad, type RunLoadOptions } from '../load/run.ts';
import type { Load, Scenario } from '../plan/scenario.ts';
import { monotonicUs } from '../target/clock.ts';
import { startTarget } from '../target/start.ts';
import type { CollectorFacts, RunningTarget, TargetContext, TargetRecord } from '../target/target.ts';
import { counterGrowth, readCounters, type Counters } from './counters.ts';
import { hostFacts } from './host.ts';
import { lateProfile } from './lateProfile.ts';
import type { ManifestFile } from './manifestFile.ts';
import type { MeasureEvent, MeasurePhase } from './measureEvent.ts';
import type { Manifest } from './model.ts';
import { judged } from './outcome.ts';

/** How a measurement reaches the rooms it starts things in. */
export interface Rooms {
  readonly startTarget: (spec: Scenario['targets'][number], context: TargetContext) => Promise<RunningTarget>;
  readonly runLoad: (load: Load, options: RunLoadOptions) => Promise<LoadResult>;
  readonly readCounters: () => Promise<Counters | null>;
  /** How long a target may take to hand over what it collected, ms. */
  readonly collectMs: number;
  /** µs on the monotonic clock. */
  readonly nowUs: () => number;
}

const realRooms: Rooms = { startTarget, runLoad, readCounters, collectMs: 60_000, nowUs: monotonicUs };

/** What 0x collects is converted after the run: seconds of CPU time for each isolate. */
const conversionPatience = 5;

/** Starting the profiler stops the target for some 10 ms (facts: hooks and their price): a warm-up shorter than this can't hide it. */
const SHORT_WARMUP_US = 500_000;

/** A dying process is reported within milliseconds; on a busy machine within this. */
const HEAR_MS = 500;

interface Options {
  readonly signal: AbortSignal;
  readonly onEvent: (event: MeasureEvent) => void;
  readonly rooms?: Partial<Rooms>;
}

/** One measurement as it goes on: launches the targets, offers the load, collects. Owns what it started until disposed. */
export class Measurement {
  /** What the load came to, once it has ended. */
  load: LoadResult | null = null;
  private readonly scenario: Scenario;
  private readonly dir: string;
  private readonly manifest: ManifestFile;
  private readonly options: Options;
  private readonly rooms: Rooms;
  private readonly owned = new DisposableStore();
  private readonly targets: RunningTarget[] = [];
  private readonly gaps: Gap[] = [];
  private readonly collectors: CollectorFacts[] = [];
  /** Aborted by the person, or because a target failed. */
  private readonly stop = new AbortController();
  private readonly signal: AbortSignal;
  private failure: SlowpathError | null = null;
  private watching = true;
  private phase: MeasurePhase | null = null;
  private before: Promise<Counters | null> | null = null;
  private after: Promise<Counters | null> | null = null;
  private profiling: Promise<void> | null = null;
  private warmupStartUs: number | null = null;
  private measuringStartUs: number | null = null;
  /** The process that ended by itself, and how. */
  private ended: { readonly name: string; readonly exitCode: number | null; readonly signal: string | null } | null =
    null;

  constructor(scenario: Scenario, dir: string, manifest: ManifestFile, options: Options) {
    this.scenario = scenario;
    this.dir = dir;
    this.manifest = manifest;
    this.options = options;
    this.rooms = { ...realRooms, ...options.rooms };
    this.signal = AbortSignal.any([options.signal, this.stop.signal]);
  }

  /** @throws SlowpathError the first thing that failed; what was recorded until then has been collected all the same. */
  async run(): Promise<void> {
    let failure: unknown = null;
    try {
      await this.launch();
      await this.offerLoad();
    } catch (error) {
      failure = error;
      await this.hearTargets();
    }
    // From here on the measurement is made: a target that ends now has nothing left to spoil.
    this.watching = false;
    await this.collect();
    if (this.failure ?? failure) throw asSlowpathError(this.failure ?? failure);
  }

  gap(what: string, why: string): void {
    if (this.gaps.some((known) => known.what === what && known.why === why)) return;
    this.gaps.push({ what, why });
    this.options.onEvent({ type: 'warning', gap: { what, why } });
  }

  /** The manifest's part that the measurement decides. */
  async outcome(): Promise<Partial<Manifest> & Pick<Manifest, 'collectors'>> {
    const counters = await this.counters();
    return {
      window: this.load?.window ?? this.manifest.current.window,
      steady: this.load?.steady ?? null,
      targets: this.manifest.current.targets.map((facts) =>
        facts.name === this.ended?.name ? { ...facts, ...this.ended } : facts,
      ),
      ...(this.load && (await judged(this.load, this.scenario, this.dir, this.failure !== null))),
      counters,
      gaps: this.gaps,
      collectors: this.collectors,
    };
  }

  async dispose(): Promise<void> {
    this.stop.abort();
    this.watching = false;
    try {
      await this.owned.dispose();
    } catch (error) {
      this.gap('clean-up', asSlowpathError(error).message);
    }
  }

  private async launch(): Promise<void> {
    if (this.scenario.targets.length > 0) this.enter('launching');
    for (const spec of this.scenario.targets) {
      const running = await this.rooms.startTarget(spec, {
        dir: this.dir,
        signal: this.signal,
        collect: this.scenario.collect,
        onOutput: (output) => this.options.onEvent({ type: 'output', output }),
      });
      this.owned.add(running);
      this.targets.push(running);
      this.options.onEvent({ type: 'log', text: `${spec.name}: ${running.runtime}, process ${running.pid}` });
      running.failed.catch((error: unknown) => this.onTargetFailed(spec.name, error));
    }
    await this.manifest.update({
      host: await hostFacts(this.targets.map(({ runtime }) => runtime)),
      targets: this.targets.map(({ spec, pid, runtime, commandLine }) => {
        return { name: spec.name, pid, runtime, commandLine, exitCode: null, signal: null };
      }),
    });
  }

  private async offerLoad(): Promise<void> {
    this.signal.throwIfAborted();
    const { load } = this.scenario;
    if (load.warmupUs < SHORT_WARMUP_US) await this.startProfile();
    try {
      this.load = await this.rooms.runLoad(load, {
        dir: this.dir,
        signal: this.signal,
        onProgress: (progress) => this.options.onEvent({ type: 'progress', progress }),
        onPhase: (phase, timeUs) => this.onLoadPhase(phase, timeUs),
      });
    } finally {
      // A load cut short never came to its draining.
      if (this.before) this.after ??= this.rooms.readCounters();
    }
    for (const { what, why } of this.load.gaps) this.gap(what, why);
    await this.manifest.update({ window: this.load.window });
  }

  private onLoadPhase(phase: LoadProgress['phase'], timeUs: number): void {
    this.enter(phase);
    this.noteWindow(phase, timeUs);
    if (phase === 'warmup') void this.startProfile();
    if (phase === 'measuring') {
      this.before ??= this.rooms.readCounters();
      for (const target of this.targets) target.measuring(this.scenario.load.durationUs);
    }
    if (phase === 'draining') this.after ??= this.rooms.readCounters();
  }

  /** Recorded as it opens, so that a run cut short from outside can still be told from its warm-up. */
  private noteWindow(phase: LoadProgress['phase'], timeUs: number): void {
    if (phase === 'warmup') this.warmupStartUs = timeUs;
    if (phase !== 'measuring') return;
    this.measuringStartUs = this.rooms.nowUs();
    const endUs = timeUs + this.scenario.load.durationUs;
    const window = { warmupStartUs: this.warmupStartUs ?? timeUs, startUs: timeUs, endUs };
    // If this can't be written, the next update says so.
    this.manifest.update({ window }).catch(() => undefined);
  }

  private startProfile(): Promise<void> {
    return (this.profiling ??= this.startProfiles(this.scenario.collect.cpuIntervalUs));
  }

  private async startProfiles(intervalUs: number | null): Promise<void> {
    if (intervalUs === null) return;
    await Promise.all(
      this.targets.map(async (target) => {
        try {
          await target.startProfile(intervalUs);
          this.noteLate(target.spec.name);
        } catch (error) {
          if (!this.signal.aborted) this.gap(`CPU profile of ${target.spec.name}`, asSlowpathError(error).message);
        }
      }),
    );
  }

  /** Profilers are started in the warm-up and not waited for: on a busy machine one may still be opening when it is over. */
  private noteLate(target: string): void {
    if (this.measuringStartUs === null) return;
    const lateUs = this.rooms.nowUs() - this.measuringStartUs;
    const late = lateProfile(target, lateUs, this.scenario.load.durationUs);
    if (late) this.gap(late.what, late.why);
  }

  /** Best effort, target by target: a failed one still left a record of the time before. */
  private async collect(): Promise<void> {
    if (this.targets.length === 0) return;
    this.enter('collecting');
    const patienceMs = this.rooms.collectMs * (this.scenario.collect.with === '0x' ? conversionPatience : 1);
    await Promise.all(
      this.targets.map(async (target) => {
        try {
          const { gaps, collectors } = await within(patienceMs, this.collectOne(target));
          for (const { what, why } of gaps) this.gap(what, why);
          this.collectors.push(...collectors);
        } catch (error) {
          this.gap(`profile and runtime events of ${target.spec.name}`, asSlowpathError(error).message);
        }
      }),
    );
  }

  private async collectOne(target: RunningTarget): Promise<TargetRecord> {
    await this.profiling;
    return target.collect();
  }

  /** What failed may have failed because a target is dying, whose own word comes a moment later and says more. */
  private async hearTargets(): Promise<void> {
    if (this.failure || this.signal.aborted || this.targets.length === 0) return;
    await Promise.race([once(this.stop.signal, 'abort'), sleep(HEAR_MS)]);
  }

  private onTargetFailed(name: string, error: unknown): void {
    if (!this.watching) return;
    this.failure ??= asSlowpathError(error, 'TARGET_EXITED');
    this.ended ??= { name, ...exitOf(error) };
    this.stop.abort(this.failure);
  }

  private enter(phase: MeasurePhase): void {
    if (this.phase === phase) return;
    this.phase = phase;
    this.options.onEvent({ type: 'phase', phase });
  }

  private async counters(): Promise<Record<string, number>> {
    if (!this.before) return {};
    const [before, after] = await Promise.all([this.before, this.after]);
    if (before && after) return counterGrowth(before, after);
    this.gap('kernel network counters', 'this system has no /proc/net/snmp and /proc/net/netstat');
    return {};
  }
}

/** The cause of a target's end is how it ended. */
function exitOf(error: unknown): { readonly exitCode: number | null; readonly signal: string | null } {
  const cause = error instanceof Error && typeof error.cause === 'object' ? error.cause : null;
  const code = cause && 'code' in cause && typeof cause.code === 'number' ? cause.code : null;
  const signal = cause && 'signal' in cause && typeof cause.signal === 'string' ? cause.signal : null;
  return { exitCode: code, signal };
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new SlowpathError('TARGET_PROFILE_FAILED', `The target did not hand them over within ${ms / 1000} s.`));
    }, ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
