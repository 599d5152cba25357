import { dirname, resolve } from 'node:path';
import { checkWatched, measureOverhead, type OverheadResult } from '../overhead/measureOverhead.ts';
import { loadPlanFile } from '../plan/load.ts';
import { resolveScenario } from '../plan/resolve.ts';
import type { Scenario } from '../plan/scenario.ts';
import { formatUs } from '../plan/units.ts';
import { runsDirOf } from '../run/folder.ts';
import { overheadJson } from '../report/overheadJson.ts';
import { overheadTable, pairLine } from '../report/overheadTable.ts';
import type { Command } from './command.ts';
import { ExitCode } from './exitCodes.ts';
import { planFileOf } from './places.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * Measures what watching costs a scenario's targets, in pairs of runs with and without the probe and the profile, and prints it.
 *
 * @throws SlowpathError of the plan, the words or a target; the runs until then stay
 */
export async function overheadCommand(
  command: Extract<Command, { name: 'overhead' }>,
  { terminal, cwd, env, signal }: Surroundings,
): Promise<ExitCode> {
  const file = planFileOf(command.plan, cwd);
  const { plan } = await loadPlanFile(file);
  const workspaceFolder = dirname(file);
  const resolved = async (): Promise<Scenario> => {
    const scenario = await resolveScenario(plan, {
      name: command.scenario,
      file,
      workspaceFolder,
      env,
      ratePerSecond: command.ratePerSecond,
      durationUs: command.durationUs,
      confirmRemote: command.allowRemote,
    });
    return command.closed === undefined ? scenario : withClients(scenario, command.closed);
  };
  const scenario = await resolved();
  checkWatched(scenario);
  const say = (text: string): void => terminal.err(`${text}\n`);
  const onAbort = (): void =>
    say(terminal.paintErr.yellow('stopping; the pairs measured so far are shown (Ctrl+C again stops at once)'));
  signal.addEventListener('abort', onAbort, { once: true });
  const { warmupUs, durationUs } = scenario.load;
  say(
    terminal.paintErr.dim(
      `${command.pairs} pairs of runs, at least ${formatUs(2 * command.pairs * (warmupUs + durationUs))} in all`,
    ),
  );
  let result: OverheadResult;
  try {
    result = await measureOverhead({
      runsDir: command.out === undefined ? runsDirOf(workspaceFolder) : resolve(cwd, command.out),
      signal,
      pairs: command.pairs,
      scenario: resolved,
      onEvent: () => undefined,
      onStart: (pair, isWatched) =>
        say(`pair ${pair} of ${command.pairs}: measuring ${isWatched ? 'watched' : 'bare'}`),
      onPair: (pair) => say(terminal.paintErr.dim(`  ${pairLine(pair)}`)),
    });
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
  if (command.json) terminal.out(`${JSON.stringify(overheadJson(scenario.name, result), null, 2)}\n`);
  else terminal.out(overheadTable(scenario.name, result, { width: terminal.width, paint: terminal.paintOut }));
  return exitCodeOfOverhead(result);
}

/** Fails closed: good only with a pair that can be trusted. */
export function exitCodeOfOverhead({ overhead, cancelled }: OverheadResult): ExitCode {
  if (cancelled) return ExitCode.cancelled;
  return overhead === null ? ExitCode.invalid : ExitCode.good;
}

/** The same requests from clients that each wait for their answer: what the target can do at most. */
function withClients(scenario: Scenario, clients: number): Scenario {
  const { load } = scenario;
  const connections = Math.max(load.connections, Math.ceil(clients / load.streams));
  return { ...scenario, load: { ...load, connections, arrivals: { model: 'closed', concurrency: clients } } };
}
