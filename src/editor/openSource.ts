import * as vscode from 'vscode';
import { isAbsolute } from 'node:path';
import { SlowpathError } from '../errors.ts';
import { visible } from '../plan/visible.ts';

/** A place in a source file as a run or a profile names it: untrusted. */
export interface SourcePlace {
  readonly file: string;
  /** 1-based; 0 unknown. */
  readonly line: number;
  /** 1-based; 0 unknown. */
  readonly column: number;
}

/**
 * Opens a source file at a line, in another group than `report`'s, which stays in sight. Inside the workspace any file opens; elsewhere only one that the data itself names as a
 * frame (`isKnown`), so that a page can never be a way to look at other files.
 * @throws SlowpathError RUN_UNREADABLE with a sentence on why it does not open.
 */
export async function openSource(
  place: SourcePlace,
  isKnown: (file: string) => Promise<boolean>,
  report?: vscode.ViewColumn,
): Promise<void> {
  const shown = visible(place.file, 300);
  if (place.file.startsWith('node:')) {
    throw new SlowpathError(
      'RUN_UNREADABLE',
      vscode.l10n.t('{0} is a part of Node itself; there is no file to open.', shown),
    );
  }
  if (!isAbsolute(place.file)) {
    throw new SlowpathError('RUN_UNREADABLE', vscode.l10n.t('{0} is not a file on this machine.', shown));
  }
  const uri = vscode.Uri.file(place.file);
  if (!vscode.workspace.getWorkspaceFolder(uri) && !(await isKnown(place.file))) {
    throw new SlowpathError(
      'RUN_UNREADABLE',
      vscode.l10n.t('{0} is outside the workspace and not in this run; it is not opened.', shown),
    );
  }
  const isFile = await vscode.workspace.fs.stat(uri).then(
    ({ type }) => (type & vscode.FileType.File) !== 0,
    () => false,
  );
  if (!isFile) throw new SlowpathError('RUN_UNREADABLE', vscode.l10n.t('{0} is not there any more.', shown));
  const document = await vscode.workspace.openTextDocument(uri);
  const row = Math.min(Math.max(place.line, 1), document.lineCount) - 1;
  const position = new vscode.Position(row, Math.max(place.column, 1) - 1);
  await vscode.window.showTextDocument(document, {
    viewColumn: columnFor(uri, report),
    selection: new vscode.Range(position, position),
  });
}

/** Where the file is in sight already; else any group but the report's; else a new one. */
function columnFor(uri: vscode.Uri, report: vscode.ViewColumn | undefined): vscode.ViewColumn {
  const shown = vscode.window.visibleTextEditors.find(({ document }) => document.uri.toString() === uri.toString());
  if (shown?.viewColumn !== undefined) return shown.viewColumn;
  if (report === undefined) return vscode.ViewColumn.Active;
  const other = vscode.window.tabGroups.all.find(({ viewColumn }) => viewColumn !== report);
  return other?.viewColumn ?? vscode.ViewColumn.Beside;
}
