import * as vscode from 'vscode';
import { join } from 'node:path';
import { SlowpathError } from '../errors.ts';
import type { ViewName } from '../protocol.ts';
import type { ResultItem, RunItem } from './analysisMessages.ts';
import { pageRoot } from './pageHtml.ts';
import type { Rooms } from './profiling.ts';
import { resultTitle, runsOf } from './resultLabel.ts';
import { runDescription, tabTitle, titleOf } from './runLabel.ts';

const views: readonly ViewName[] = ['overview', 'compare', 'timeline', 'flamegraph', 'functions', 'findings'];

/** Opens a run's report and shows its heat; asks which one if not told. */
export async function openReport(rooms: Rooms, dir: string | undefined): Promise<void> {
  const result = await rooms.runs.findResult(dir);
  if (result) {
    rooms.reports.show(result.dir, resultTitle(result));
    return;
  }
  const run = await theRun(rooms, dir, vscode.l10n.t('Which run’s report shall be opened?'));
  if (!run) return;
  rooms.reports.show(run.dir, tabTitle(run));
  await rooms.heat.show(run.dir);
}

export async function revealInReport(
  rooms: Rooms,
  dir: unknown,
  view: unknown,
  at: { readonly finding: unknown; readonly baseline: unknown },
): Promise<void> {
  const name = views.find((each) => each === view);
  if (typeof dir !== 'string' || name === undefined)
    throw new SlowpathError('USAGE', vscode.l10n.t('This command takes a run and a view.'));
  const run = await rooms.runs.find(dir);
  const finding = typeof at.finding === 'number' ? at.finding : null;
  const baseline = typeof at.baseline === 'string' ? at.baseline : null;
  rooms.reports.reveal(dir, run ? tabTitle(run) : 'Slowpath', name, { finding, baseline });
  // What is compared stays so: this is asked from within it.
  if (!rooms.heat.isComparing(dir)) await rooms.heat.show(dir);
}

/** Writes a run's report as one file; with a baseline, against it as the page showed it. */
export async function saveReport(rooms: Rooms, dir: string | undefined, baseline: string | null): Promise<void> {
  const wanted = dir ?? rooms.reports.active?.dir;
  const run =
    (await rooms.runs.findResult(wanted)) ??
    (await theRun(rooms, wanted, vscode.l10n.t('Which run’s report shall be saved?')));
  if (!run) return;
  const target = await vscode.window.showSaveDialog({
    title: vscode.l10n.t('Save the Report as HTML'),
    defaultUri: vscode.Uri.file(join(run.dir, '..', '..', '..', `${run.id}.html`)),
    filters: { HTML: ['html'] },
  });
  if (!target) return;
  const pageDirectory = pageRoot(rooms.context.extensionUri).fsPath;
  await rooms.analysis.ask('saveHtml', { dir: run.dir, baseline, file: target.fsPath, pageDirectory });
  const open = vscode.l10n.t('Open in Browser');
  const chosen = await vscode.window.showInformationMessage(
    vscode.l10n.t('The report stands in {0}.', target.fsPath),
    open,
  );
  if (chosen === open) await vscode.env.openExternal(target);
}

export async function openRunFolder(rooms: Rooms, dir: string | undefined): Promise<void> {
  const result = await rooms.runs.findResult(dir);
  const run = result ?? (await theRun(rooms, dir, vscode.l10n.t('Which run’s folder shall be shown?')));
  if (!run) return;
  const file = result?.result ? `${result.result.kind}.json` : 'run.json';
  await vscode.commands.executeCommand('revealInExplorer', vscode.Uri.file(join(run.dir, file)));
}

/** Moves a run to the trash, or deletes it where there is none, after asking. */
export async function deleteRun(rooms: Rooms, dir: string | undefined): Promise<void> {
  const result = await rooms.runs.findResult(dir);
  if (result) return deleteResult(rooms, result);
  const run = await theRun(rooms, dir, vscode.l10n.t('Which run shall be deleted?'));
  if (!run) return;
  if (run.manifest.state === 'running')
    throw new SlowpathError('RUN_BUSY', vscode.l10n.t('This run is still being measured: stop it first.'));
  const question = vscode.l10n.t('Delete the run {0}?', run.id);
  const detail = vscode.l10n.t(
    'Its folder with all records goes to the trash, or for good where there is none: {0}',
    run.dir,
  );
  if (await isConfirmed(question, detail)) await deleteFolders(rooms, [run.dir]);
}

/** A result goes with its runs. */
async function deleteResult(rooms: Rooms, item: ResultItem): Promise<void> {
  const { id, dir, result } = item;
  if (rooms.measuring.running && result !== null && result.kind !== 'doctor' && result.ended === null)
    throw new SlowpathError('RUN_BUSY', vscode.l10n.t('This may still be going on: stop it first.'));
  const runs = runsOf(item);
  const known = (await rooms.runs.list()).map((run) => run.dir).filter((run) => runs.includes(run));
  const question =
    known.length > 0
      ? vscode.l10n.t('Delete {0} and its {1} runs?', id, known.length)
      : vscode.l10n.t('Delete {0}?', id);
  const detail = vscode.l10n.t('What is deleted goes to the trash, or for good where there is none: {0}', dir);
  if (await isConfirmed(question, detail)) await deleteFolders(rooms, [...known, dir]);
}

async function isConfirmed(question: string, detail: string): Promise<boolean> {
  const remove = vscode.l10n.t('Delete');
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, remove)) === remove;
}

async function deleteFolders(rooms: Rooms, dirs: readonly string[]): Promise<void> {
  for (const dir of dirs) {
    rooms.reports.close(dir);
    const { shown } = rooms.heat;
    if (shown?.dir === dir || shown?.baseline === dir) rooms.heat.clear();
    await deleteFolder(vscode.Uri.file(dir));
  }
  rooms.runs.refresh();
}

async function deleteFolder(uri: vscode.Uri): Promise<void> {
  await vscode.workspace.fs.delete(uri, { recursive: true, useTrash: true }).then(undefined, async () => {
    // A remote machine or a container has no trash; the person has said yes.
    await vscode.workspace.fs.delete(uri, { recursive: true, useTrash: false });
  });
}

/** A run by its folder, or the one the person picks. */
export async function theRun(rooms: Rooms, dir: string | undefined, placeHolder: string): Promise<RunItem | undefined> {
  const runs = await rooms.runs.list();
  if (dir !== undefined) {
    const found = runs.find((run) => run.dir === dir);
    if (!found) throw new SlowpathError('RUN_NOT_FOUND', vscode.l10n.t('There is no run in {0} any more.', dir));
    return found;
  }
  const whole = runs.filter((run) => run.error === null);
  if (whole.length === 0)
    throw new SlowpathError(
      'RUN_NOT_FOUND',
      vscode.l10n.t('There is no run yet: Slowpath: Profile Scenario makes one.'),
    );
  return pickRun(whole, placeHolder);
}

export async function pickRun(runs: readonly RunItem[], placeHolder: string): Promise<RunItem | undefined> {
  const items = runs.map((run) => ({ label: titleOf(run), description: runDescription(run), detail: run.id, run }));
  return (await vscode.window.showQuickPick(items, { placeHolder, matchOnDescription: true, matchOnDetail: true }))
    ?.run;
}
