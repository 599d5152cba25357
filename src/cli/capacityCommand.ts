import { dirname, resolve } from 'node:path';
import type { Level } from '../capacity/level.ts';
import { measureCapacity, rangeOf } from '../capacity/measureCapacity.ts';
import { finalLevels, type SearchResult } from '../capacity/search.ts';
import { loadPlanFile } from '../plan/load.ts';
import { resolveScenario } from '../plan/resolve.ts';
import type { Scenario } from '../plan/scenario.ts';
import { formatRate, formatUs } from '../plan/units.ts';
import { runsDirOf } from '../run/folder.ts';
import { capacityJson } from '../report/capacityJson.ts';
import { capacityTable } from '../report/capacityTable.ts';
import type { Command } from './arguments.ts';
import { ExitCode } from './exitCodes.ts';
import { planFileOf } from './places.ts';
import type { Terminal } from './terminal.ts';

interface Surroundings {
  readonly terminal: Terminal;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/**
 * Finds the highest rate at which a scenario is still good, and prints the load curve.
 *
 * @throws SlowpathError of the plan, the words or a target; the levels until then stay as runs
 */
export async function capacityCommand(
  command: Extract<Command, { name: 'capacity' }>,
  { terminal, cwd, env, signal }: Surroundings,
): Promise<ExitCode> {
  const file = planFileOf(command.plan, cwd);
  const { plan } = await loadPlanFile(file);
  const workspaceFolder = dirname(file);
  const scenarioAt = (ratePerSecond?: number): Promise<Scenario> =>
    resolveScenario(plan, {
      name: command.scenario,
      file,
      workspaceFolder,
      env,
      ratePerSecond,
      durationUs: command.durationUs,
      confirmRemote: command.allowRemote,
    });
  const scenario = await scenarioAt();
  const range = rangeOf(scenario, command);
  const say = (text: string): void => terminal.err(`${text}\n`);
  const onAbort = (): void =>
    say(terminal.paintErr.yellow('stopping; what was found is kept (Ctrl+C again stops at once)'));
  signal.addEventListener('abort', onAbort, { once: true });
  let result: SearchResult<Level>;
  try {
    result = await measureCapacity(range, {
      runsDir: command.out === undefined ? runsDirOf(workspaceFolder) : resolve(cwd, command.out),
      signal,
      scenarioAt,
      onEvent: () => undefined,
      onStart: (rate, isRepeat) => say(`measuring ${formatRate(rate)}${isRepeat ? ' once more' : ''}`),
      onLevel: (level) => say(terminal.paintErr.dim(levelLine(level))),
    });
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
  if (command.json) terminal.out(`${JSON.stringify(capacityJson(scenario.name, result), null, 2)}\n`);
  else terminal.out(capacityTable(scenario.name, result, { width: terminal.width, paint: terminal.paintOut }));
  return exitCodeOfSearch(result);
}

/** Fails closed: good only with a rate that was good. */
export function exitCodeOfSearch({ knee, levels, cancelled }: SearchResult<Level>): ExitCode {
  if (cancelled) return ExitCode.cancelled;
  if (knee !== null) return ExitCode.good;
  const lowest = finalLevels(levels)[0];
  return lowest === undefined || lowest.outcome === 'generator' ? ExitCode.invalid : ExitCode.sloMissed;
}

function levelLine({ outcome, achieved, latencyUs }: Level): string {
  const verdict = { good: 'good', slo: 'an objective missed', saturation: 'saturated', generator: 'not to be trusted' };
  return `  ${verdict[outcome]}: achieved ${formatRate(achieved)}, p50 ${formatUs(latencyUs.p50)}, p99 ${formatUs(latencyUs.p99)}`;
}
