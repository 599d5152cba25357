import * as vscode from 'vscode';
import { homedir } from 'node:os';
import type { AttachRequest } from './analysisMessages.ts';
import { workspaceFolders } from './plans.ts';
import { measureAndShow, requireTrust, startMessage, type Rooms } from './profiling.ts';

/** The scenario's name in the plan of an attachment. */
export const attachScenario = 'attached';

/** Measures a process that runs already: which one, where to send the load, how much. */
export async function attach(rooms: Rooms): Promise<void> {
  requireTrust();
  const folder = workspaceFolders()[0] ?? homedir();
  const chosen = await pickProcess(rooms);
  if (!chosen) return;
  const url = await vscode.window.showInputBox({
    title: vscode.l10n.t('Attach to Process: where does it listen?'),
    prompt: vscode.l10n.t('Requests are sent to this address, path included.'),
    value: `http://127.0.0.1:${chosen.port ?? 3000}/`,
    validateInput: (text) =>
      URL.canParse(text) && text.startsWith('http:')
        ? undefined
        : vscode.l10n.t('Write an address, as in http://127.0.0.1:3000/orders'),
  });
  if (url === undefined) return;
  const rate = await vscode.window.showInputBox({
    title: vscode.l10n.t('Attach to Process: how many requests a second?'),
    value: '50',
    validateInput: (text) => (Number(text) > 0 ? undefined : vscode.l10n.t('Write a number greater than 0.')),
  });
  if (rate === undefined) return;
  const text = await rooms.analysis.ask('attachPlan', { via: chosen.via, url, ratePerSecond: Number(rate) });
  const planFile = await storePlan(rooms.context, text);
  await measureAndShow(rooms, startMessage({ planFile, scenario: attachScenario }, folder));
}

interface Chosen {
  readonly via: AttachRequest['via'];
  readonly port: number | null;
}

async function pickProcess(rooms: Rooms): Promise<Chosen | undefined> {
  const processes = rooms.analysis.ask('findProcesses', {});
  const byUrl = {
    label: `$(link) ${vscode.l10n.t('Enter an inspector address…')}`,
    detail: 'ws://127.0.0.1:9229/…',
    chosen: null,
  };
  const items = processes.then((found) => [
    ...found.map(({ pid, label, port }) => ({
      label: `$(server-process) ${label}`,
      detail: '',
      chosen: { via: { pid }, port } satisfies Chosen,
    })),
    byUrl,
  ]);
  const item = await vscode.window.showQuickPick(items, {
    placeHolder: vscode.l10n.t('Which process shall be measured?'),
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (!item) return undefined;
  return item.chosen ?? askInspector();
}

async function askInspector(): Promise<Chosen | undefined> {
  const inspector = await vscode.window.showInputBox({
    title: vscode.l10n.t('Attach to Process: inspector address'),
    prompt: vscode.l10n.t('A process started with --inspect prints it.'),
    placeHolder: 'ws://127.0.0.1:9229/…',
    validateInput: (text) =>
      /^wss?:\/\/./.test(text) ? undefined : vscode.l10n.t('Write an address that begins with ws://'),
  });
  return inspector === undefined ? undefined : { via: { inspector }, port: null };
}

/** The plan of an attachment is ours, not the workspace's: it stands in the extension's own storage. */
async function storePlan(context: vscode.ExtensionContext, text: string): Promise<string> {
  const folder = vscode.Uri.joinPath(context.storageUri ?? context.globalStorageUri, 'attach');
  await vscode.workspace.fs.createDirectory(folder);
  const file = vscode.Uri.joinPath(folder, 'slowpath.jsonc');
  await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(text));
  return file.fsPath;
}
