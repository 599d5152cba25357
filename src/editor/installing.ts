import * as vscode from 'vscode';
import { ZEROX_INSTALL, ZEROX_WEIGHT } from '../target/collectors/zerox/find.ts';

/** Says what 0x weighs and, if the person wants it, runs npm in a terminal where they see what it does. */
export async function offerZerox(message: string): Promise<void> {
  const show = vscode.l10n.t('Install 0x…');
  if ((await vscode.window.showErrorMessage(message, show)) !== show) return;
  const install = vscode.l10n.t('Install');
  const chosen = await vscode.window.showInformationMessage(
    vscode.l10n.t('Add the npm package 0x to this project?'),
    {
      modal: true,
      detail: vscode.l10n.t(
        'It brings {0} as a development dependency. This runs in a terminal: {1}',
        ZEROX_WEIGHT,
        ZEROX_INSTALL,
      ),
    },
    install,
  );
  const folder = chosen === install ? await projectFolder() : undefined;
  if (!folder) return;
  const terminal = vscode.window.createTerminal({ name: vscode.l10n.t('Install 0x'), cwd: folder.uri });
  terminal.show();
  terminal.sendText(ZEROX_INSTALL);
}

/** With several folders open, the person says which. */
async function projectFolder(): Promise<vscode.WorkspaceFolder | undefined> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  return folders.length > 1 ? vscode.window.showWorkspaceFolderPick() : folders[0];
}
