import * as vscode from 'vscode';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SlowpathError } from '../errors.ts';
import type { AskedRange } from '../capacity/measureCapacity.ts';
import type { DoctorTimes } from '../load/doctor/figures.ts';
import type { AskedMatrix } from '../plan/resolveMatrix.ts';
import { parseRate } from '../plan/units.ts';
import { runsDirOf } from '../run/folder.ts';
import type { CapacityMessage, DoctorMessage } from '../runnerMessages.ts';
import type { Measured } from './measuring.ts';
import { workspaceFolders, type ScenarioReference } from './plans.ts';
import { measureConfirmed, requireTrust, saveDirtyFiles, type Rooms } from './profiling.ts';
import { settingsFor } from './settings.ts';

/** A search as a command or a test asks for it. */
export interface CapacityAsked extends ScenarioReference {
  /** undefined: the person is asked. */
  readonly range?: AskedRange;
  readonly durationUs?: number;
}

/** Finds the knee of a scenario and shows its load curve. Undefined if the person turned away. */
export async function findCapacity(rooms: Rooms, asked?: CapacityAsked): Promise<Measured | undefined> {
  requireTrust();
  const chosen: CapacityAsked | undefined =
    asked ?? (await rooms.plans.pick(vscode.l10n.t('Of which scenario shall the capacity be found?')));
  if (!chosen) return undefined;
  const range = chosen.range ?? (await askRange());
  if (!range) return undefined;
  const { planFile, scenario, durationUs } = chosen;
  await saveDirtyFiles(planFile);
  const workspaceFolder = dirname(planFile);
  const job: CapacityMessage = {
    type: 'capacity',
    planFile,
    scenario,
    workspaceFolder,
    runsDir: runsDirOf(workspaceFolder),
    confirmRemote: false,
    range,
    ...(durationUs !== undefined && { durationUs }),
  };
  const measured = await measureConfirmed(rooms, job);
  if (measured && settingsFor(vscode.Uri.file(planFile)).openReportAfterRun)
    rooms.reports.show(measured.dir, vscode.l10n.t('Capacity of {0}', scenario));
  return measured;
}

/** A matrix as a command or a test asks for it. */
export interface MatrixAsked extends ScenarioReference {
  /** undefined: as the plan says. */
  readonly shapes?: AskedMatrix;
}

const asPlanned: AskedMatrix = { shapes: undefined, clients: undefined, durationUs: undefined, soakUs: undefined };

/** Measures a scenario in the shapes of load that its plan asks for, and shows them side by side. */
export async function runMatrix(rooms: Rooms, asked?: MatrixAsked): Promise<Measured | undefined> {
  requireTrust();
  const chosen: MatrixAsked | undefined =
    asked ?? (await rooms.plans.pick(vscode.l10n.t('Of which scenario shall all shapes of load be measured?')));
  if (!chosen) return undefined;
  const { planFile, scenario } = chosen;
  await saveDirtyFiles(planFile);
  const workspaceFolder = dirname(planFile);
  const runsDir = runsDirOf(workspaceFolder);
  const about = { planFile, scenario, workspaceFolder, runsDir, confirmRemote: false };
  const measured = await measureConfirmed(rooms, { type: 'matrix', ...about, asked: chosen.shapes ?? asPlanned });
  if (measured && settingsFor(vscode.Uri.file(planFile)).openReportAfterRun)
    rooms.reports.show(measured.dir, vscode.l10n.t('Matrix of {0}', scenario));
  return measured;
}

/** Examines the machine and shows what can be measured on it. Results stand beside the runs of the first folder. */
export async function checkMachine(rooms: Rooms, times?: DoctorTimes): Promise<Measured> {
  requireTrust();
  const workspaceFolder = workspaceFolders()[0] ?? (await ownFolder(rooms));
  const runsDir = runsDirOf(workspaceFolder);
  const job: DoctorMessage = { type: 'doctor', workspaceFolder, runsDir, ...(times && { times }) };
  const measured = await rooms.measuring.measure(job);
  rooms.runs.refresh();
  rooms.reports.show(measured.dir, vscode.l10n.t('This Machine'));
  return measured;
}

/** Without a folder open the result is kept in the extension's own. */
async function ownFolder({ context, plans }: Rooms): Promise<string> {
  const folder = vscode.Uri.joinPath(context.globalStorageUri, 'machine').fsPath;
  await mkdir(folder, { recursive: true });
  plans.addFolder(folder);
  return folder;
}

/** A number alone is a second's. */
const isPlain = /^\d+(?:\.\d+)?$/;
const range = /^\s*(\S+)\s*(?:to|-|–|…)\s*(\S+)\s*$/;

/** The rates between which is searched; the plan's own surroundings where nothing is written. Undefined: turned away. */
async function askRange(): Promise<AskedRange | undefined> {
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t('Find Capacity'),
    prompt: vscode.l10n.t('Between which rates? Empty: from a tenth of the plan’s rate to eight times it.'),
    placeHolder: vscode.l10n.t('e.g. 100 to 5000, requests a second'),
    validateInput: (written) => {
      try {
        rangeOf(written);
        return undefined;
      } catch (error) {
        return error instanceof SlowpathError ? error.message : String(error);
      }
    },
  });
  return text === undefined ? undefined : rangeOf(text);
}

/** @throws SlowpathError USAGE */
function rangeOf(text: string): AskedRange {
  if (text.trim() === '') return { fromPerSecond: undefined, toPerSecond: undefined, steps: undefined };
  const [, from = '', to = ''] = range.exec(text) ?? [];
  const [fromPerSecond, toPerSecond] = [from, to].map((rate) => (isPlain.test(rate) ? Number(rate) : parseRate(rate)));
  if (!fromPerSecond || !toPerSecond || fromPerSecond >= toPerSecond)
    throw new SlowpathError('USAGE', vscode.l10n.t('Write two rates, the lower one first: 100 to 5000.'));
  return { fromPerSecond, toPerSecond, steps: undefined };
}
