import type { Collect, LaunchTarget, Target } from '../../plan/scenario.ts';
import type { Collection } from '../collection.ts';
import type { CollectorFacts, SampleCounts, TargetRecord } from '../target.ts';
import type { Candidate, Collector, ProfiledProcess, ProfileSession } from './collector.ts';
import { pythonFacts } from './python.ts';
import { chooseCollector } from './registry.ts';

const probeBlindSpots = [
  'requests that node:http does not serve (HTTP/2, gRPC and bare sockets tell no start and end)',
  'stalls of the event loop below 2 ms, and part of those up to 7 ms',
  'what a thread does before it loads the probe',
] as const;

/** The CPU profile of one target, whatever takes it: chosen before the target starts, because some need it started their way. */
export class Profiling {
  private readonly candidate: Candidate;
  private readonly collector: Collector | null;
  private readonly collection: Collection;
  private session: ProfileSession | null = null;
  /** Null until it was started, and if it could not be. */
  private intervalUs: number | null = null;

  private constructor(candidate: Candidate, collector: Collector | null, collection: Collection) {
    this.candidate = candidate;
    this.collector = collector;
    this.collection = collection;
  }

  /**
   * Picks the collector. Where none applies, the run goes on without a profile and a gap says why.
   * @throws SlowpathError TARGET_PROFILER_MISSING
   */
  static async choose(spec: Target, collect: Collect, collection: Collection): Promise<Profiling> {
    const candidate = { spec, collect, python: spec.kind === 'launch' ? await pythonFacts(spec) : null };
    if (collect.cpuIntervalUs === null || collect.with === 'none') return new Profiling(candidate, null, collection);
    const chosen = await chooseCollector(candidate);
    if (typeof chosen !== 'string') return new Profiling(candidate, chosen, collection);
    collection.gap(`CPU profile of ${spec.name}`, chosen);
    return new Profiling(candidate, null, collection);
  }

  /** The target as it is to be started. @param dir the run's folder. */
  async prepared(spec: LaunchTarget, dir: string): Promise<LaunchTarget> {
    return (await this.collector?.prepared?.(spec, this.candidate, dir)) ?? spec;
  }

  /** e.g. `python 3.13.0`. */
  get runtime(): string {
    const { spec, python } = this.candidate;
    return python ? `python ${python.version}` : spec.runtime;
  }

  /** @throws SlowpathError TARGET_PROFILE_FAILED */
  async start(process: Pick<ProfiledProcess, 'pid' | 'pids' | 'dir'>, intervalUs: number): Promise<void> {
    if (!this.collector) return;
    const { collection } = this;
    this.session = await this.collector.start({ ...this.candidate, ...process, intervalUs, collection });
    this.intervalUs = intervalUs;
  }

  /** The measured window opens. */
  measuring(durationUs: number): void {
    this.session?.measuring(durationUs);
  }

  /** Ends the profile and the collection of everything else, and puts both into one record. */
  async collect(): Promise<TargetRecord> {
    const taken = await this.session?.stop();
    for (const { what, why } of taken?.gaps ?? []) this.collection.gap(what, why);
    const { counts, ...record } = await this.collection.collect();
    return {
      ...record,
      files: [...record.files, ...(taken?.files ?? [])],
      collectors: [
        ...(counts.probe ? [this.probeFacts(counts.probe)] : []),
        ...this.profileFacts(taken?.counts ?? counts.profile),
      ],
    };
  }

  private probeFacts({ samples, lost }: SampleCounts): CollectorFacts {
    const target = this.candidate.spec.name;
    return {
      target,
      collector: 'probe',
      label: 'the probe',
      intervalUs: null,
      samples,
      lost,
      blindSpots: probeBlindSpots,
    };
  }

  private profileFacts(counts: SampleCounts | null): readonly CollectorFacts[] {
    if (!this.collector || this.intervalUs === null) return [];
    const { type, label, blindSpots } = this.collector;
    const { samples, lost } = counts ?? { samples: null, lost: null };
    const target = this.candidate.spec.name;
    return [{ target, collector: type, label, intervalUs: this.intervalUs, samples, lost, blindSpots }];
  }

  async dispose(): Promise<void> {
    await this.session?.dispose();
  }
}
