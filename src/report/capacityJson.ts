import type { Level } from '../capacity/level.ts';
import type { Knee, SearchResult } from '../capacity/search.ts';

export interface CapacityJson {
  readonly scenario: string;
  readonly knee: Knee | null;
  readonly cancelled: boolean;
  /** In the order they were measured. */
  readonly levels: readonly LevelJson[];
}

interface LevelJson extends Pick<
  Level,
  'ratePerSecond' | 'achieved' | 'latencyUs' | 'errors' | 'run' | 'reasons' | 'outcome' | 'floorUs'
> {
  readonly good: boolean;
  readonly repeated: boolean;
  readonly targetCores: number | null;
  readonly generatorShare: number | null;
}

/** The search as one object for scripts. Times in µs, rates per second, errors and shares 0…1. */
export function capacityJson(scenario: string, { knee, levels, cancelled }: SearchResult<Level>): CapacityJson {
  return {
    scenario,
    knee,
    cancelled,
    levels: levels.map((level) => ({
      ratePerSecond: level.ratePerSecond,
      achieved: level.achieved,
      latencyUs: level.latencyUs,
      errors: level.errors,
      good: level.outcome === 'good',
      outcome: level.outcome,
      repeated: level.isRepeat,
      targetCores: level.targetCores,
      generatorShare: level.generatorShare,
      floorUs: level.floorUs,
      run: level.run,
      reasons: level.reasons,
    })),
  };
}
