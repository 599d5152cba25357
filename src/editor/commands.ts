import * as vscode from 'vscode';
import { dirname, isAbsolute } from 'node:path';
import { SlowpathError } from '../errors.ts';
import { attach, attachScenario } from './attach.ts';
import { compareWith, endHeatDiff, showHeatDiff } from './comparing.ts';
import { createPlan } from './createPlan.ts';
import { checkMachine, findCapacity, runMatrix, type CapacityAsked } from './examining.ts';
import { exportRun } from './exporting.ts';
import { Command, PanelType, planFileName } from './names.ts';
import { guarded } from './notify.ts';
import { openSource } from './openSource.ts';
import type { ScenarioReference } from './plans.ts';
import { profileScenario, runAgain, type Rooms } from './profiling.ts';
import { deleteRun, openReport, openRunFolder, revealInReport, saveReport } from './reviewing.ts';
import { dirOf } from './reportPanels.ts';
import { showHeat } from './showingHeat.ts';
import { profileSample } from './sample.ts';

/** Registers every command; whatever one throws is shown as one sentence. */
export function registerCommands(rooms: Rooms): vscode.Disposable {
  const handlers: Readonly<Record<(typeof Command)[keyof typeof Command], (...args: unknown[]) => unknown>> = {
    [Command.profileScenario]: (argument) => profileScenario(rooms, scenarioOf(argument)),
    [Command.runAgain]: (argument) => again(rooms, dirOf(argument)),
    [Command.openReport]: (argument) => openReport(rooms, dirOf(argument)),
    [Command.compareWith]: (argument) => compareWith(rooms, dirOf(argument)),
    [Command.findCapacity]: (argument) => findCapacity(rooms, capacityOf(argument)),
    [Command.runMatrix]: (argument) => runMatrix(rooms, scenarioOf(argument)),
    [Command.checkMachine]: () => checkMachine(rooms),
    [Command.createPlan]: () => createPlan(rooms),
    [Command.attach]: () => attach(rooms),
    [Command.stop]: () => rooms.measuring.stop(),
    [Command.showHeat]: (argument) =>
      showHeat(rooms, argument instanceof vscode.Uri ? { uri: argument } : { dir: dirOf(argument) }),
    [Command.showHeatDiff]: (argument, baseline) =>
      showHeatDiff(rooms, dirOf(argument), typeof baseline === 'string' ? baseline : undefined),
    [Command.endHeatDiff]: () => endHeatDiff(rooms),
    [Command.clearHeat]: () => rooms.heat.clear(),
    [Command.saveReport]: (argument, baseline) =>
      saveReport(rooms, dirOf(argument), typeof baseline === 'string' ? baseline : null),
    [Command.exportRun]: (argument) => exportRun(rooms, dirOf(argument)),
    [Command.openRunFolder]: (argument) => openRunFolder(rooms, dirOf(argument)),
    [Command.deleteRun]: (argument) => deleteRun(rooms, dirOf(argument)),
    [Command.refreshRuns]: () => rooms.runs.refresh(),
    [Command.profileSample]: () => profileSample(rooms),
    [Command.showLog]: () => rooms.log.show(),
    [Command.openSource]: (file, line) => {
      if (typeof file !== 'string' || typeof line !== 'number')
        throw new SlowpathError('USAGE', 'This command takes a file and a line.');
      // From our own tree: the frames of a run of this workspace.
      return openSource({ file, line, column: 0 }, () => Promise.resolve(true));
    },
    [Command.openProfile]: (uri) => {
      if (typeof uri !== 'string') throw new SlowpathError('USAGE', 'This command takes a profile file.');
      return vscode.commands.executeCommand('vscode.openWith', vscode.Uri.parse(uri, true), PanelType.cpuProfile);
    },
    [Command.revealInReport]: (dir, view, finding, baseline) => revealInReport(rooms, dir, view, { finding, baseline }),
  };
  return vscode.Disposable.from(
    ...Object.entries(handlers).map(([name, handler]) =>
      vscode.commands.registerCommand(
        name,
        guarded(rooms.log, async (...args: unknown[]) => {
          await handler(...args);
        }),
      ),
    ),
  );
}

/** A run of an attached process is measured again by attaching again: the process may be another by now. */
async function again(rooms: Rooms, dir: string | undefined): Promise<void> {
  const result = await rooms.runs.findResult(dir);
  if (result?.result?.kind === 'capacity') {
    const { planFile, scenario } = result.result;
    await findCapacity(rooms, { planFile, scenario });
    return;
  }
  if (result?.result?.kind === 'matrix') {
    const { planFile, scenario } = result.result;
    await runMatrix(rooms, { planFile, scenario });
    return;
  }
  if (result) {
    await checkMachine(rooms);
    return;
  }
  const run = dir === undefined ? undefined : await rooms.runs.find(dir);
  if (run?.manifest.scenario === attachScenario) await attach(rooms);
  else await runAgain(rooms, dir);
}

/** The same of Find Capacity, which may name the range and the length of each level as well. */
function capacityOf(argument: unknown): CapacityAsked | undefined {
  const reference = scenarioOf(argument);
  if (!reference) return undefined;
  const { from, to, steps, durationUs } = argument as Record<string, unknown>;
  const given = (value: unknown): number | undefined => (typeof value === 'number' && value > 0 ? value : undefined);
  const range = { fromPerSecond: given(from), toPerSecond: given(to), steps: given(steps) };
  const duration = given(durationUs);
  return {
    ...reference,
    ...(from !== undefined && to !== undefined && { range }),
    ...(duration !== undefined && { durationUs: duration }),
  };
}

/** The argument of Profile Scenario: from a CodeLens, a key binding, or the title bar of a plan's editor. */
function scenarioOf(argument: unknown): ScenarioReference | undefined {
  if (argument instanceof vscode.Uri || typeof argument !== 'object' || argument === null) return undefined;
  const { planFile, scenario } = argument as Record<string, unknown>;
  if (typeof planFile !== 'string' || typeof scenario !== 'string') return undefined;
  if (!isAbsolute(planFile) || dirname(planFile) === planFile) {
    throw new SlowpathError('USAGE', vscode.l10n.t('Name the {0} by its absolute path.', planFileName));
  }
  return { planFile, scenario };
}
