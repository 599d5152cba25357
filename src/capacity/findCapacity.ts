import { rm } from 'node:fs/promises';
import { asSlowpathError } from '../errors.ts';
import { loadPlanFile } from '../plan/load.ts';
import { resolveScenario } from '../plan/resolve.ts';
import type { Scenario } from '../plan/scenario.ts';
import type { MeasureOptions } from '../run/measure.ts';
import type { Level } from './level.ts';
import { measureCapacity, rangeOf, type AskedRange } from './measureCapacity.ts';
import { newCapacity, writeCapacity, type CapacityRecord } from './record.ts';

/** Which scenario to search, and how far. */
export interface CapacityRequest {
  readonly planFile: string;
  /** undefined: the plan's only one. */
  readonly scenario: string | undefined;
  readonly workspaceFolder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly range: AskedRange;
  /** Measured time of each level instead of the plan's. */
  readonly durationUs: number | undefined;
  /** The person said yes to load on a machine that is not this one. */
  readonly confirmRemote: boolean;
}

export interface FindOptions extends MeasureOptions {
  /** Where what is measured stands: the run of the first level, then the folder of the search, which stays from its first level on. */
  readonly onKept: (dir: string) => void;
  readonly onStart: (ratePerSecond: number, isRepeat: boolean) => void;
  readonly onLevel: (level: Level) => void;
}

/**
 * Finds the highest rate at which a scenario is still good, and keeps what it finds in `capacity.json` beside the runs of its
 * levels, level by level. Shared by the command line and the editor's runner.
 *
 * @returns the folder is null if nothing was found before it was cancelled
 * @throws SlowpathError of the plan or a target; the record then says why, and keeps the levels until then
 */
export async function findCapacity(
  request: CapacityRequest,
  options: FindOptions,
): Promise<{ readonly dir: string | null; readonly record: CapacityRecord }> {
  const { planFile, workspaceFolder, env, durationUs, confirmRemote } = request;
  const { plan } = await loadPlanFile(planFile);
  const scenarioAt = (ratePerSecond?: number): Promise<Scenario> =>
    resolveScenario(plan, {
      name: request.scenario,
      file: planFile,
      workspaceFolder,
      env,
      ratePerSecond,
      durationUs,
      confirmRemote,
    });
  const scenario = await scenarioAt();
  const range = rangeOf(scenario, request.range);
  const about = { scenario: scenario.name, workspaceFolder, planFile, range };
  const { dir, record } = await newCapacity(options.runsDir, about);
  const levels: Level[] = [];
  // One write after the other: a later one must not lose to an earlier one.
  let written: Promise<void> = Promise.resolve();
  const keep = (change: Partial<CapacityRecord>): Promise<void> =>
    (written = written.then(() => writeCapacity(dir, { ...record, levels: [...levels], ...change })));
  const onEvent: FindOptions['onEvent'] = (event) => {
    if (event.type === 'created' && levels.length === 0) options.onKept(event.dir);
    options.onEvent(event);
  };
  const onLevel = (level: Level): void => {
    levels.push(level);
    // What fails here fails again at the end, where it is told.
    keep({}).catch(() => undefined);
    options.onKept(dir);
    options.onLevel(level);
  };
  try {
    const { cancelled } = await measureCapacity(range, { ...options, scenarioAt, onEvent, onLevel });
    const ended = cancelled ? 'cancelled' : 'complete';
    await keep({ ended });
    if (levels.length === 0) await rm(dir, { recursive: true, force: true });
    return { dir: levels.length === 0 ? null : dir, record: { ...record, levels, ended } };
  } catch (error) {
    const { code, message } = asSlowpathError(error);
    // Nothing was found: what went wrong is told, and an empty result would only be in the way.
    if (levels.length === 0) await rm(dir, { recursive: true, force: true });
    else await keep({ ended: 'failed', error: { code, message } }).catch(() => undefined);
    throw error;
  }
}
