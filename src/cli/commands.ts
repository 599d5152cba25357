import { basename, dirname, resolve } from 'node:path';
import { loadPlanFile } from '../plan/load.ts';
import { resolveScenario } from '../plan/resolve.ts';
import { visible } from '../plan/visible.ts';
import { openProfiled, profileScenario, type Profiled } from '../profileScenario.ts';
import { runsDirOf } from '../run/folder.ts';
import type { MeasureEvent } from '../run/measureEvent.ts';
import { packResult } from '../run/pack.ts';
import { listRuns, resolveRunDir } from '../run/store.ts';
import { slowpathVersion } from '../run/version.ts';
import { resultJson } from '../report/json.ts';
import { findResultPage } from '../results.ts';
import { resultTable } from '../report/table.ts';
import type { Command } from './command.ts';
import { capacityCommand } from './capacityCommand.ts';
import { diffCommand } from './diffCommand.ts';
import { doctorCommand } from './doctorCommand.ts';
import { exportCommand } from './exportCommand.ts';
import { ExitCode, exitCodeOfRun } from './exitCodes.ts';
import { helpText } from './help.ts';
import { checkHtmlFile, writeHtml, writePage } from './htmlFile.ts';
import { importCommand } from './importCommand.ts';
import { listJson, listTable } from './listing.ts';
import { overheadCommand } from './overheadCommand.ts';
import { tellKept } from './kept.ts';
import { planFileOf, runsDirFor, shownPath } from './places.ts';
import { matrixCommand } from './matrixCommand.ts';
import { Progress } from './progress.ts';
import type { Surroundings } from './surroundings.ts';

/** @throws SlowpathError whatever the command failed with. */
export async function execute(command: Command, around: Surroundings): Promise<ExitCode> {
  const { terminal, cwd } = around;
  switch (command.name) {
    case 'help':
      terminal.out(helpText(command.topic));
      return ExitCode.good;
    case 'version':
      terminal.out(`${slowpathVersion}\n`);
      return ExitCode.good;
    case 'run':
      return run(command, around);
    case 'capacity':
      return capacityCommand(command, around);
    case 'matrix':
      return matrixCommand(command, around);
    case 'overhead':
      return overheadCommand(command, around);
    case 'show': {
      const profiled = await openProfiled(await resolveRunDir(runsDirFor(command.runs, cwd), command.run));
      print(profiled, command.json, around);
      return ExitCode.good;
    }
    case 'report': {
      const file = resolve(cwd, command.html);
      const runsDir = runsDirFor(command.runs, cwd);
      const result = await findResultPage(runsDir, command.run);
      if (result) await writePage(file, result.title, packResult(result));
      else await writeHtml(file, await openProfiled(await resolveRunDir(runsDir, command.run)));
      terminal.err(`wrote ${visible(shownPath(file, cwd), 500)}\n`);
      return ExitCode.good;
    }
    case 'import':
      await importCommand(command, around);
      return ExitCode.good;
    case 'export':
      await exportCommand(command, around);
      return ExitCode.good;
    case 'diff':
      await diffCommand(command, around);
      return ExitCode.good;
    case 'doctor':
      return doctorCommand(command, around);
    case 'list': {
      const runsDir = runsDirFor(command.runs, cwd);
      const entries = await listRuns(runsDir);
      if (command.json) terminal.out(`${JSON.stringify(listJson(entries))}\n`);
      else if (entries.length > 0) terminal.out(listTable(entries, terminal.paintOut));
      else
        terminal.err(`There are no runs in ${visible(shownPath(runsDir, cwd), 500)}; record one with: slowpath run\n`);
      return ExitCode.good;
    }
  }
}

async function run(command: Extract<Command, { name: 'run' }>, around: Surroundings): Promise<ExitCode> {
  const { terminal, cwd, env, signal } = around;
  const html = command.html === undefined ? null : resolve(cwd, command.html);
  if (html !== null) await checkHtmlFile(html);
  const file = planFileOf(command.plan, cwd);
  const { plan } = await loadPlanFile(file);
  const workspaceFolder = dirname(file);
  const scenario = await resolveScenario(plan, {
    name: command.scenario,
    file,
    workspaceFolder,
    env,
    ratePerSecond: command.ratePerSecond,
    durationUs: command.durationUs,
    confirmRemote: command.allowRemote,
  });
  const runsDir = command.out === undefined ? runsDirOf(workspaceFolder) : resolve(cwd, command.out);
  const progress = new Progress(terminal, { verbose: command.verbose });
  const seen: { dir: string | null } = { dir: null };
  const onEvent = (event: MeasureEvent): void => {
    if (event.type === 'created') seen.dir = event.dir;
    progress.onEvent(event);
  };
  const onAbort = (): void =>
    progress.line(terminal.paintErr.yellow('stopping; what was recorded is kept (Ctrl+C again stops at once)'));
  signal.addEventListener('abort', onAbort, { once: true });
  let profiled: Profiled;
  try {
    profiled = await profileScenario(scenario, { runsDir, signal, onEvent });
  } catch (error) {
    progress.end();
    tellKept(seen.dir, error, terminal, cwd);
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
    progress.end();
  }
  print(profiled, command.json, around);
  if (html !== null) {
    await writeHtml(html, profiled);
    terminal.err(`wrote ${visible(shownPath(html, cwd), 500)}\n`);
  }
  return exitCodeOfRun(profiled.run.manifest);
}

function print(
  { dir, run: recorded, analysis, findings }: Profiled,
  json: boolean,
  { terminal, cwd }: Surroundings,
): void {
  if (json) {
    terminal.out(`${JSON.stringify(resultJson(dir, recorded, analysis, findings), null, 2)}\n`);
    return;
  }
  const showPath = (path: string): string => shownPath(path, cwd);
  // The last letters find it only among the runs that are looked through from here.
  const isNear = dirname(dir) === runsDirFor({ plan: undefined, out: undefined }, cwd);
  const reference = isNear ? (basename(dir).split('-').at(-1) ?? dir) : shownPath(dir, cwd);
  const options = { width: terminal.width, paint: terminal.paintOut, showPath, reference };
  terminal.out(resultTable({ dir, run: recorded, analysis, findings }, options));
}
