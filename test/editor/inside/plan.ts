import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as vscode from 'vscode';
import { Command } from '../../../src/editor/names.ts';
import { eventually, open, setting, slowpath, test, workspacePath } from './suite.ts';

test('every command of package.json is there once the extension runs', async () => {
  await slowpath();
  const there = new Set(await vscode.commands.getCommands(true));
  assert.deepEqual(
    Object.values(Command).filter((command) => !there.has(command)),
    [],
  );
});

test('a plan is JSON with comments: no squiggle under them', async () => {
  const { document } = await open('slowpath.jsonc');
  assert.equal(document.languageId, 'jsonc');
});

test('each scenario has a Profile lens, which can be turned off', async () => {
  const { document } = await open('slowpath.jsonc');
  const lenses = async (): Promise<vscode.CodeLens[]> =>
    (await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', document.uri)).filter(
      ({ command }) => command?.command === Command.profileScenario,
    );
  const found = await eventually('lenses', async () => {
    const list = await lenses();
    return list.length > 0 ? list : undefined;
  });
  assert.deepEqual(
    found.map(({ range, command }) => [
      document.lineAt(range.start.line).text.trim(),
      (command?.arguments?.[0] as { scenario: string }).scenario,
    ]),
    [
      ['"hot": {', 'hot'],
      ['"long": {', 'long'],
      ['"broken": {', 'broken'],
    ],
  );
  await setting('planCodeLens.enabled', false);
  assert.deepEqual(await lenses(), []);
  await setting('planCodeLens.enabled', undefined);
});

test('a mistake in a plan is underlined where it stands, and goes when it is mended', async () => {
  const file = workspacePath('bad', 'slowpath.jsonc');
  await vscode.workspace.fs.createDirectory(vscode.Uri.file(workspacePath('bad')));
  const good = readFileSync(workspacePath('slowpath.jsonc'), 'utf8');
  writeFileSync(file, good.replace('"p99 < 1s"', '"p99 < oops"'));
  const uri = vscode.Uri.file(file);
  const document = await vscode.workspace.openTextDocument(uri);
  const editor = await vscode.window.showTextDocument(document);
  const ours = (): vscode.Diagnostic[] =>
    vscode.languages.getDiagnostics(uri).filter(({ source }) => source === 'Slowpath');
  const [diagnostic] = await eventually('squiggle', () => (ours().length > 0 ? ours() : undefined));
  assert.ok(diagnostic);
  assert.match(document.lineAt(diagnostic.range.start.line).text, /oops/);
  const at = document.getText().indexOf('oops');
  await editor.edit((edit) =>
    edit.replace(new vscode.Range(document.positionAt(at), document.positionAt(at + 4)), '5ms'),
  );
  await eventually('no squiggle', () => (ours().length === 0 ? true : undefined));
  await document.save();
  await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
  rmSync(workspacePath('bad'), { recursive: true });
});

test('the JSON Schema completes and explains the plan', async () => {
  const { document } = await open('slowpath.jsonc');
  const at = document.positionAt(document.getText().indexOf('"connections"') + 3);
  const hovers = await eventually('hover', async () => {
    const list = await vscode.commands.executeCommand<vscode.Hover[]>('vscode.executeHoverProvider', document.uri, at);
    return list.length > 0 ? list : undefined;
  });
  const text = hovers
    .flatMap(({ contents }) => contents.map((part) => (part as vscode.MarkdownString).value))
    .join('\n');
  assert.match(text, /[Cc]onnection/);
});

test('Create Plan leaves a plan that is there as it is', async () => {
  const before = readFileSync(workspacePath('slowpath.jsonc'), 'utf8');
  await vscode.commands.executeCommand(Command.createPlan);
  assert.equal(readFileSync(workspacePath('slowpath.jsonc'), 'utf8'), before);
  assert.equal(vscode.window.activeTextEditor?.document.uri.fsPath, workspacePath('slowpath.jsonc'));
});
