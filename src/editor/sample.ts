import * as vscode from 'vscode';
import { SlowpathError } from '../errors.ts';
import { planFileName } from './names.ts';
import { openSource } from './openSource.ts';
import { profileScenario, requireTrust, type Rooms } from './profiling.ts';

/**
 * Measures the bundled sample: a small service with one planted fault. It runs from a copy in the extension's storage, so
 * that it can be changed and measured again; a copy that is there is kept as the person left it.
 */
export async function profileSample(rooms: Rooms): Promise<void> {
  requireTrust();
  const folder = await sampleFolder(rooms.context);
  rooms.plans.addFolder(folder.fsPath);
  const plan = vscode.Uri.joinPath(folder, planFileName);
  const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(plan));
  const { scenarios } = await rooms.analysis.ask('readPlan', { text });
  const first = scenarios[0];
  if (!first)
    throw new SlowpathError(
      'PLAN_INVALID',
      vscode.l10n.t('The sample’s plan names no scenario any more; delete {0} to get a fresh copy.', folder.fsPath),
    );
  await vscode.window.showTextDocument(vscode.Uri.joinPath(folder, 'server.js'), { viewColumn: vscode.ViewColumn.One });
  if (!(await profileScenario(rooms, { planFile: plan.fsPath, scenario: first.name }))) return;
  // The line to blame, in sight beside the report.
  const place = rooms.heat.run?.findings.find(({ file, line }) => file !== null && line !== null);
  if (place && place.file !== null) {
    await openSource({ file: place.file, line: place.line ?? 1, column: 0 }, () => Promise.resolve(true));
  }
}

/** The sample's copy, if it was made before: its runs belong into the tree. */
export async function existingSample(context: vscode.ExtensionContext): Promise<string | undefined> {
  const folder = copyOf(context);
  const there = await exists(vscode.Uri.joinPath(folder, planFileName));
  return there ? folder.fsPath : undefined;
}

async function sampleFolder(context: vscode.ExtensionContext): Promise<vscode.Uri> {
  const copy = copyOf(context);
  if (await exists(copy)) return copy;
  const original = vscode.Uri.joinPath(context.extensionUri, 'media', 'sample');
  await vscode.workspace.fs.createDirectory(copy);
  for (const [name, type] of await vscode.workspace.fs.readDirectory(original)) {
    if (type !== vscode.FileType.File) continue;
    await vscode.workspace.fs.copy(vscode.Uri.joinPath(original, name), vscode.Uri.joinPath(copy, name), {
      overwrite: false,
    });
  }
  return copy;
}

function copyOf(context: vscode.ExtensionContext): vscode.Uri {
  return vscode.Uri.joinPath(context.globalStorageUri, 'sample');
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  return vscode.workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
}
