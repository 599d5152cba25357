import * as vscode from 'vscode';
import { dirname } from 'node:path';
import { SlowpathError } from '../errors.ts';
import { runsDirOf } from '../run/folder.ts';
import type { CapacityMessage, MatrixMessage, StartMessage } from '../runnerMessages.ts';
import type { AnalysisThread } from './analysisThread.ts';
import type { FileEditors } from './fileEditors.ts';
import type { HeatStore } from './heatStore.ts';
import type { Measured, Measuring } from './measuring.ts';
import { planFileOf, type Plans, type ScenarioReference } from './plans.ts';
import type { ReportPanels } from './reportPanels.ts';
import { tabTitle } from './runLabel.ts';
import type { RunStore } from './runStore.ts';
import { settingsFor } from './settings.ts';

/** What starting a measurement needs. */
export interface Rooms {
  readonly context: vscode.ExtensionContext;
  readonly log: vscode.LogOutputChannel;
  readonly analysis: AnalysisThread;
  readonly plans: Plans;
  readonly runs: RunStore;
  readonly heat: HeatStore;
  readonly measuring: Measuring;
  readonly reports: ReportPanels;
  readonly files: FileEditors;
}

const lastScenarioKey = 'slowpath.lastScenario';

/** Measures a scenario and shows what came out: report, heat, the run in the tree. Undefined if the person turned away. */
export async function profileScenario(rooms: Rooms, reference?: ScenarioReference): Promise<Measured | undefined> {
  requireTrust();
  const chosen = reference ?? (await rooms.plans.pick(vscode.l10n.t('Which scenario shall be measured?')));
  if (!chosen) return undefined;
  await saveDirtyFiles(chosen.planFile);
  await rooms.context.workspaceState.update(lastScenarioKey, chosen);
  return measureAndShow(rooms, startMessage(chosen, dirname(chosen.planFile)));
}

/** The scenario of a run, or the one measured last in this workspace. */
export async function runAgain(rooms: Rooms, dir: string | undefined): Promise<Measured | undefined> {
  requireTrust();
  if (dir !== undefined) {
    const { workspaceFolder, scenario } = await rooms.analysis.ask('readRun', { dir, range: null });
    return profileScenario(rooms, { planFile: planFileOf(workspaceFolder), scenario });
  }
  return profileScenario(rooms, rooms.context.workspaceState.get<ScenarioReference>(lastScenarioKey));
}

/** Measures and shows what came out. */
export async function measureAndShow(rooms: Rooms, start: StartMessage): Promise<Measured | undefined> {
  const measured = await measureConfirmed(rooms, start);
  if (!measured) return undefined;
  // As it is now that it is over: the report says at once what the list knows of it, while the rest is read.
  rooms.runs.refresh();
  if (settingsFor(vscode.Uri.file(start.planFile)).openReportAfterRun) {
    const run = await rooms.runs.find(measured.dir);
    rooms.reports.show(measured.dir, run ? tabTitle(run) : start.scenario);
  }
  await rooms.heat.show(measured.dir);
  return measured;
}

/** Measures, asking first where the load would leave this machine. Undefined if the person said no to that. */
export async function measureConfirmed(
  rooms: Rooms,
  job: StartMessage | CapacityMessage | MatrixMessage,
): Promise<Measured | undefined> {
  try {
    return await rooms.measuring.measure(job);
  } catch (error) {
    if (!(error instanceof SlowpathError) || error.code !== 'PLAN_REMOTE_REFUSED' || job.confirmRemote) throw error;
    if (!(await confirmRemote(error.message))) return undefined;
    return await rooms.measuring.measure({ ...job, confirmRemote: true });
  } finally {
    rooms.runs.refresh();
  }
}

export function startMessage({ planFile, scenario }: ScenarioReference, workspaceFolder: string): StartMessage {
  return {
    type: 'start',
    planFile,
    scenario,
    workspaceFolder,
    runsDir: runsDirOf(workspaceFolder),
    overrides: {},
    confirmRemote: false,
  };
}

/** @throws SlowpathError USAGE in Restricted Mode: a plan starts programs. */
export function requireTrust(): void {
  if (vscode.workspace.isTrusted) return;
  throw new SlowpathError(
    'USAGE',
    vscode.l10n.t(
      'This workspace is in Restricted Mode: runs and profiles can be looked at, but nothing is started. Trust the workspace to measure.',
    ),
  );
}

/** What is measured is what is on the disk: unsaved text in the plan's folder is written first. */
export async function saveDirtyFiles(planFile: string): Promise<void> {
  const folder = vscode.Uri.file(dirname(planFile)).path;
  const dirty = vscode.workspace.textDocuments.filter(
    (document) => document.isDirty && document.uri.scheme === 'file' && document.uri.path.startsWith(`${folder}/`),
  );
  await Promise.all(dirty.map((document) => document.save()));
}

async function confirmRemote(message: string): Promise<boolean> {
  const send = vscode.l10n.t('Send Load');
  const chosen = await vscode.window.showWarningMessage(
    vscode.l10n.t('This load would leave this machine.'),
    { modal: true, detail: message },
    send,
  );
  return chosen === send;
}
