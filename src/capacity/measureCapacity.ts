import { SlowpathError } from '../errors.ts';
import type { Scenario } from '../plan/scenario.ts';
import { quoted } from '../plan/visible.ts';
import { measure, type MeasureOptions } from '../run/measure.ts';
import { openRun } from '../run/store.ts';
import { levelOf, type Level } from './level.ts';
import { findKnee, type SearchRange, type SearchResult } from './search.ts';

export interface CapacityOptions extends MeasureOptions {
  /** The scenario at a rate; asked anew for each level, so that each gets free ports of its own. */
  readonly scenarioAt: (ratePerSecond: number) => Promise<Scenario>;
  readonly onStart: (ratePerSecond: number, isRepeat: boolean) => void;
  readonly onLevel: (level: Level) => void;
}

/** The parts of the range that a person gave. */
export interface AskedRange {
  readonly fromPerSecond: number | undefined;
  readonly toPerSecond: number | undefined;
  readonly steps: number | undefined;
}

const defaultFrom = 0.1;
const defaultTo = 8;
const defaultSteps = 8;

/**
 * The rates to search: a tenth of the plan's rate to eight times it unless asked otherwise.
 *
 * @throws SlowpathError USAGE for arrivals without one rate, or a range that is none
 */
export function rangeOf({ load, name }: Scenario, asked: AskedRange): SearchRange {
  const { arrivals } = load;
  if (arrivals.model !== 'constant' && arrivals.model !== 'poisson') {
    throw new SlowpathError(
      'USAGE',
      `slowpath capacity sets the rate itself, which ${arrivals.model} arrivals don't let it; write "constant" or "poisson" arrivals with a "rate" in scenario ${quoted(name)}.`,
    );
  }
  const fromPerSecond = asked.fromPerSecond ?? arrivals.ratePerSecond * defaultFrom;
  const toPerSecond = asked.toPerSecond ?? arrivals.ratePerSecond * defaultTo;
  if (!(fromPerSecond < toPerSecond)) {
    throw new SlowpathError(
      'USAGE',
      `The range from ${fromPerSecond}/s to ${toPerSecond}/s is empty; give a --from below --to.`,
    );
  }
  return { fromPerSecond, toPerSecond, steps: asked.steps ?? defaultSteps };
}

/**
 * Finds the highest rate at which the scenario is still good. Each level is a run of its own in the runs folder, with targets
 * started afresh and without a CPU profile, which would take its share of the capacity.
 *
 * @throws SlowpathError what `measure` throws; a target that dies under a higher load than one it stood is a bad level instead
 */
export async function measureCapacity(range: SearchRange, options: CapacityOptions): Promise<SearchResult<Level>> {
  let measured = 0;
  return findKnee(range, async (ratePerSecond, isRepeat) => {
    if (options.signal.aborted) return null;
    options.onStart(ratePerSecond, isRepeat);
    const level = await measureLevel(ratePerSecond, isRepeat, measured > 0, options);
    if (level === null) return null;
    measured += 1;
    options.onLevel(level);
    return level;
  });
}

async function measureLevel(
  ratePerSecond: number,
  isRepeat: boolean,
  mayDie: boolean,
  options: CapacityOptions,
): Promise<Level | null> {
  const seen: { dir: string | null } = { dir: null };
  const onEvent: MeasureOptions['onEvent'] = (event) => {
    if (event.type === 'created') seen.dir = event.dir;
    options.onEvent(event);
  };
  try {
    const scenario = await options.scenarioAt(ratePerSecond);
    const dir = await measure(
      { ...scenario, collect: { ...scenario.collect, cpuIntervalUs: null } },
      { ...options, onEvent },
    );
    const run = await openRun(dir);
    return run.manifest.state === 'cancelled' ? null : levelOf(run, ratePerSecond, isRepeat);
  } catch (error) {
    if (options.signal.aborted) return null;
    if (!(mayDie && seen.dir !== null && error instanceof SlowpathError && error.code === 'TARGET_EXITED')) throw error;
    const level = levelOf(await openRun(seen.dir), ratePerSecond, isRepeat);
    return { ...level, outcome: 'saturation', reasons: [error.message] };
  }
}
