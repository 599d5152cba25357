import { SlowpathError } from '../errors.ts';
import type { Scenario } from '../plan/scenario.ts';
import { quoted } from '../plan/visible.ts';
import { measure, type MeasureOptions } from '../run/measure.ts';
import type { OverheadFacts } from '../run/overheadFacts.ts';
import { rememberOverhead } from '../run/overheadFile.ts';
import { openRun } from '../run/store.ts';
import type { Manifest, Run } from '../run/model.ts';
import { estimateOverhead, type Pair } from './estimate.ts';
import { trialOf, type Trial } from './trial.ts';

export interface OverheadOptions extends MeasureOptions {
  /** How many pairs, at least 1; six or more give an interval. */
  readonly pairs: number;
  /** Asked anew for each run, so that each gets free ports of its own. */
  readonly scenario: () => Promise<Scenario>;
  readonly onStart: (pair: number, isWatched: boolean) => void;
  readonly onPair: (pair: Pair) => void;
}

export interface OverheadResult {
  readonly pairs: readonly Pair[];
  /** What watched; empty if no watched run came to its end. */
  readonly collectors: Manifest['collectors'];
  /** Null without a pair to be trusted. */
  readonly overhead: OverheadFacts | null;
  readonly cancelled: boolean;
}

/** @throws SlowpathError USAGE for a scenario in which nothing is watched */
export function checkWatched({ name, targets, collect }: Scenario): void {
  if (targets.length === 0) {
    throw new SlowpathError(
      'USAGE',
      `Scenario ${quoted(name)} has no targets, so nothing is watched; give it "targets".`,
    );
  }
  if (collect.with === 'none') {
    throw new SlowpathError(
      'USAGE',
      `Scenario ${quoted(name)} is not watched: "with" in its "collect" is "none"; write what is to be measured, or "auto".`,
    );
  }
}

/**
 * Measures what watching costs a scenario: pairs of runs, one as the plan has it and one with nothing inside the targets, in turn
 * and each pair the other way round than the one before, so that a drift of the machine weighs on both. Every run is kept in the runs
 * folder; the result is kept beside them for the manifests of later runs.
 *
 * @throws SlowpathError what `measure` throws
 */
export async function measureOverhead(options: OverheadOptions): Promise<OverheadResult> {
  const pairs: Pair[] = [];
  let watchedRun: Manifest | null = null;
  let cancelled = false;
  for (let index = 0; index < options.pairs && !cancelled; index++) {
    const trials = new Map</* watched */ boolean, Trial>();
    for (const isWatched of index % 2 === 0 ? [true, false] : [false, true]) {
      if (cancelled) break;
      options.onStart(index + 1, isWatched);
      const run = await measured(isWatched, options);
      if (run === null) {
        cancelled = true;
      } else {
        trials.set(isWatched, trialOf(run));
        if (isWatched) watchedRun = run.manifest;
      }
    }
    const [watched, bare] = [trials.get(true), trials.get(false)];
    if (!watched || !bare) continue;
    const pair = { watched, bare };
    pairs.push(pair);
    options.onPair(pair);
  }
  const overhead = estimateOverhead(pairs, new Date().toISOString());
  if (overhead && watchedRun && !cancelled) await rememberOverhead(options.runsDir, watchedRun, overhead);
  return { pairs, collectors: watchedRun?.collectors ?? [], overhead, cancelled };
}

/** Null if it was cancelled. */
async function measured(isWatched: boolean, options: OverheadOptions): Promise<Run | null> {
  try {
    const scenario = await options.scenario();
    const bare = { ...scenario.collect, with: 'none', cpuIntervalUs: null } as const;
    const run = await openRun(await measure(isWatched ? scenario : { ...scenario, collect: bare }, options));
    return run.manifest.state === 'cancelled' ? null : run;
  } catch (error) {
    if (options.signal.aborted) return null;
    throw error;
  }
}
