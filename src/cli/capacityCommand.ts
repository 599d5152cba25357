import { dirname, resolve } from 'node:path';
import type { Level } from '../capacity/level.ts';
import { findCapacity } from '../capacity/findCapacity.ts';
import { searchResultOf, type CapacityRecord } from '../capacity/record.ts';
import { finalLevels, type SearchResult } from '../capacity/search.ts';
import { formatRate, formatUs } from '../plan/units.ts';
import { visible } from '../plan/visible.ts';
import { runsDirOf } from '../run/folder.ts';
import { packResult } from '../run/pack.ts';
import { capacityJson } from '../report/capacityJson.ts';
import { capacityPage } from '../report/capacityPage.ts';
import { capacityTable } from '../report/capacityTable.ts';
import type { Command } from './command.ts';
import { ExitCode } from './exitCodes.ts';
import { checkHtmlFile, writePage } from './htmlFile.ts';
import { tellKept } from './kept.ts';
import { planFileOf, shownPath } from './places.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * Finds the highest rate at which a scenario is still good, and prints the load curve.
 *
 * @throws SlowpathError of the plan, the words or a target; the levels until then stay as runs
 */
export async function capacityCommand(
  command: Extract<Command, { name: 'capacity' }>,
  { terminal, cwd, env, signal }: Surroundings,
): Promise<ExitCode> {
  const html = command.html === undefined ? null : resolve(cwd, command.html);
  if (html !== null) await checkHtmlFile(html);
  const planFile = planFileOf(command.plan, cwd);
  const workspaceFolder = dirname(planFile);
  const say = (text: string): void => terminal.err(`${text}\n`);
  const onAbort = (): void =>
    say(terminal.paintErr.yellow('stopping; what was found is kept (Ctrl+C again stops at once)'));
  signal.addEventListener('abort', onAbort, { once: true });
  const { scenario, durationUs, allowRemote: confirmRemote } = command;
  const seen: { dir: string | null } = { dir: null };
  let record: CapacityRecord;
  try {
    ({ record } = await findCapacity(
      { planFile, scenario, workspaceFolder, env, range: command, durationUs, confirmRemote },
      {
        runsDir: command.out === undefined ? runsDirOf(workspaceFolder) : resolve(cwd, command.out),
        signal,
        onEvent: () => undefined,
        onKept: (dir) => (seen.dir = dir),
        onStart: (rate, isRepeat) => say(`measuring ${formatRate(rate)}${isRepeat ? ' once more' : ''}`),
        onLevel: (level) => say(terminal.paintErr.dim(levelLine(level))),
      },
    ));
  } catch (error) {
    tellKept(seen.dir, error, terminal, cwd);
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
  const result = searchResultOf(record);
  if (command.json) terminal.out(`${JSON.stringify(capacityJson(record.scenario, result), null, 2)}\n`);
  else terminal.out(capacityTable(record.scenario, result, { width: terminal.width, paint: terminal.paintOut }));
  if (html !== null) {
    const page = capacityPage(record);
    await writePage(html, page.title, packResult(page));
    say(`wrote ${visible(shownPath(html, cwd), 500)}`);
  }
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
