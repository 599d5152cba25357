/** From a plan to one scenario as it will be run: placeholders filled in, units as numbers, defaults written out. */
import { resolve } from 'node:path';
import { SlowpathError } from '../errors.ts';
import { systemLookup, type Lookup, type Reach } from './addresses.ts';
import { Filler, portNames } from './placeholders.ts';
import { holdPorts } from './ports.ts';
import { locatorOf, shownName } from './read.ts';
import { checkOverrides, resolveLoad } from './resolveLoad.ts';
import { resolveTarget } from './resolveTarget.ts';
import type { Collect, Scenario, Slo } from './scenario.ts';
import type { Plan, PlanScenario } from './schema.ts';
import { limits } from './schemaLimits.ts';
import { checkedDuration } from './schemaUnits.ts';
import { readSlo } from './slo.ts';
import { nearest } from './suggest.ts';
import { quoted } from './visible.ts';

export interface ResolveOptions {
  /** May be left out when the plan has one scenario. */
  readonly name?: string | undefined;
  /** The plan's file, for messages. */
  readonly file: string;
  readonly workspaceFolder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly ratePerSecond?: number | undefined;
  readonly durationUs?: number | undefined;
  /** The person has confirmed that load may go to another machine. */
  readonly confirmRemote?: boolean | undefined;
  /** How host names are looked up; the system's way unless given. */
  readonly lookup?: Lookup | undefined;
}

/**
 * The scenario, with a free port for each `${port:name}`: all different, held until this returns.
 * @throws SlowpathError PLAN_UNKNOWN_SCENARIO, PLAN_INVALID (at the place in the plan), PLAN_REMOTE_REFUSED, USAGE (an override
 *   that can't be), TARGET_PORT_IN_USE (no port is free).
 */
export async function resolveScenario(plan: Plan, options: ResolveOptions): Promise<Scenario> {
  checkOverrides(options);
  const [name, written] = chosenScenario(plan, options);
  const workspaceFolder = resolve(options.workspaceFolder);
  const held = await holdPorts(portNames(written));
  try {
    const fill = new Filler(locatorOf(plan, options.file), { ports: held.ports, env: options.env, workspaceFolder });
    const { allowRemote, url: loadUrl } = written.load;
    const reach: Reach = {
      allowRemote,
      confirmed: options.confirmRemote === true,
      lookup: options.lookup ?? systemLookup,
    };
    const path = ['scenarios', name];
    const load = await resolveLoad(written.load, [...path, 'load'], { fill, reach, workspaceFolder }, options);
    const entries = Object.entries(written.targets);
    const around = { workspaceFolder, fill, reach, loadUrl, count: entries.length };
    const targets = await Promise.all(
      entries.map(([key, target]) => resolveTarget(key, target, [...path, 'targets', key], around)),
    );
    const slo = written.slo.map((text, index) => resolveSlo(text, [...path, 'slo', index], fill));
    return { name, workspaceFolder, targets, load, collect: resolveCollect(written, path, fill), slo };
  } finally {
    await held.release();
  }
}

/** @throws SlowpathError PLAN_UNKNOWN_SCENARIO */
export function chosenScenario(plan: Plan, { name, file }: ResolveOptions): [string, PlanScenario] {
  const all = Object.entries(plan.scenarios);
  const found = name === undefined && all.length === 1 ? all[0] : all.find(([each]) => each === name);
  if (found) return found;
  const names = all.map(([each]) => each);
  const near = name === undefined ? null : nearest(name, names);
  const wrong = name === undefined ? `${names.length} scenarios` : `no scenario ${quoted(name)}`;
  const instead = near === null ? `one of ${listOf(names)}` : quoted(near);
  throw new SlowpathError('PLAN_UNKNOWN_SCENARIO', `${shownName(file)} has ${wrong}; name ${instead}.`);
}

function listOf(names: readonly string[]): string {
  const shown = names
    .slice(0, 10)
    .map((each) => quoted(each))
    .join(', ');
  return names.length > 10 ? `${shown} and ${names.length - 10} more` : shown;
}

function resolveCollect({ collect }: PlanScenario, path: readonly PropertyKey[], fill: Filler): Collect {
  const at = [...path, 'collect', 'cpu'];
  const cpu = fill.text(collect.cpu, at);
  const cpuIntervalUs =
    cpu === 'off' || collect.with === 'none' ? null : fill.at(at, () => checkedDuration(cpu, limits.cpu));
  return { cpuIntervalUs, with: collect.with, callGraph: collect.callGraph };
}

function resolveSlo(written: string, path: readonly PropertyKey[], fill: Filler): Slo {
  const result = readSlo(fill.text(written, path));
  if ('slo' in result) return result.slo;
  return fill.fail(path, result.fault.message, 'PLAN_INVALID', result.fault.column);
}
