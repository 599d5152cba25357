import * as vscode from 'vscode';
import { SlowpathError } from '../errors.ts';
import { planFileOf, workspaceFolders } from './plans.ts';
import type { Rooms } from './profiling.ts';
import { planFileName } from './names.ts';

/** Writes a commented plan from what the folder offers to start, and opens it. A plan that is there is opened, never changed. */
export async function createPlan(rooms: Rooms): Promise<void> {
  const folder = await pickFolder();
  if (folder === undefined) return;
  const uri = vscode.Uri.file(planFileOf(folder));
  const exists = await vscode.workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
  if (exists) {
    await vscode.window.showTextDocument(uri);
    void vscode.window.showInformationMessage(
      vscode.l10n.t('There is a {0} already; it is left as it is.', planFileName),
    );
    return;
  }
  const { text, candidates } = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: vscode.l10n.t('Looking for services to start') },
    () => rooms.analysis.ask('planText', { folder }),
  );
  try {
    await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(text));
  } catch (error) {
    throw new SlowpathError(
      'RUN_WRITE_FAILED',
      vscode.l10n.t('{0} cannot be written; is the folder read-only?', uri.fsPath),
      { cause: error },
    );
  }
  await vscode.window.showTextDocument(uri);
  void vscode.window.showInformationMessage(
    candidates > 0
      ? vscode.l10n.t('Check the addresses, then press Profile above a scenario.')
      : vscode.l10n.t('Nothing to start was found here: the plan is an example to fill in.'),
  );
}

async function pickFolder(): Promise<string | undefined> {
  const folders = workspaceFolders();
  if (folders.length === 0) {
    throw new SlowpathError(
      'USAGE',
      vscode.l10n.t('Open the folder of your service first: the plan is written into it.'),
    );
  }
  if (folders.length === 1) return folders[0];
  const chosen = await vscode.window.showWorkspaceFolderPick({
    placeHolder: vscode.l10n.t('For which folder shall a plan be written?'),
  });
  return chosen?.uri.fsPath;
}
