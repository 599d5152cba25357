import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import * as vscode from 'vscode';
import { Command, PanelType } from '../../../src/editor/names.ts';
import { ProfileFile } from '../../../src/editor/profileFile.ts';
import { hoverAt, lensesOf } from './heatTexts.ts';
import { eventually, open, setting, slowpath, tabs, test, workspacePath } from './suite.ts';

/** 100 samples of a millisecond: the first half in `hot` (line 3), the rest in `warm` (line 6), both called by `main`. */
function profileOf(root: string): string {
  const frame = (functionName: string, file: string, lineNumber: number): object => ({
    functionName,
    scriptId: '1',
    url: file === '' ? '' : `file://${root}/${file}`,
    lineNumber,
    columnNumber: 0,
  });
  return JSON.stringify({
    nodes: [
      { id: 1, callFrame: frame('(root)', '', -1), children: [2, 5] },
      { id: 2, callFrame: frame('runAll', 'heated/work.js', 7), children: [3, 4] },
      { id: 3, callFrame: frame('hotLoop', 'heated/work.js', 0), positionTicks: [{ line: 3, ticks: 50 }] },
      { id: 4, callFrame: frame('warmLoop', 'heated/work.js', 4), positionTicks: [{ line: 6, ticks: 40 }] },
      { id: 5, callFrame: frame('elsewhere', '../secret.js', 0), positionTicks: [{ line: 1, ticks: 10 }] },
    ],
    startTime: 1_000_000,
    endTime: 1_100_000,
    samples: Array.from({ length: 100 }, (_, index) => (index < 50 ? 3 : index < 90 ? 4 : 5)),
    timeDeltas: Array.from({ length: 100 }, (_, index) => (index === 0 ? 0 : 1000)),
  });
}

const source = [
  'function hotLoop() {',
  '  let sum = 0;',
  '  for (let i = 0; i < 1e6; i++) sum += i;',
  '}',
  'function warmLoop() {',
  '  for (let i = 0; i < 1e5; i++);',
  '}',
  'function runAll() { hotLoop(); warmLoop(); }',
  'runAll();',
].join('\n');

const hotLine = 3;

/** A profile in the workspace of its own source file, which is older. */
function written(name: string, root: string): vscode.Uri {
  mkdirSync(workspacePath('heated'), { recursive: true });
  const file = workspacePath('heated', 'work.js');
  writeFileSync(file, source);
  const before = new Date(Date.now() - 3600_000);
  utimesSync(file, before, before);
  const profile = workspacePath(name);
  writeFileSync(profile, profileOf(root));
  return vscode.Uri.file(profile);
}

async function openProfile(uri: vscode.Uri, column = vscode.ViewColumn.Two): Promise<void> {
  await vscode.commands.executeCommand('vscode.openWith', uri, PanelType.cpuProfile, column);
  const { heat } = await slowpath();
  await eventually('heat', () => (heat.file?.uri.toString() === uri.toString() ? true : undefined));
}

async function closeTabs(uri: vscode.Uri, most = Infinity): Promise<void> {
  const found = vscode.window.tabGroups.all
    .flatMap((group) => group.tabs)
    .filter(({ input }) => input instanceof vscode.TabInputCustom && input.uri.toString() === uri.toString());
  await vscode.window.tabGroups.close(found.slice(0, most));
}

test('a profile file that is opened has its heat beside the code, with callers, lenses and an off switch', async () => {
  const { heat } = await slowpath();
  const uri = written('here.cpuprofile', workspacePath());
  await openProfile(uri);
  const { document } = await open('heated/work.js');
  assert.deepEqual(
    heat.heatOf(document)?.lines.map(({ line, selfShare }) => [line, selfShare]),
    [
      [3, 0.5],
      [6, 0.4],
    ],
  );
  const told = await hoverAt(document, hotLine);
  assert.match(told, /here\\?\.cpuprofile/);
  assert.match(told, /This line: 50(\.0)?% of the CPU time \(50(\.0)? ms\)/);
  assert.match(told, /`hotLoop`: self 50(\.0)?%, total 50(\.0)?%/);
  assert.match(told, /Called by, of its total:\n\n- 100(\.0)?% \[runAll]/);
  assert.doesNotMatch(told, /changed|names/);
  assert.ok(told.includes(`command:${Command.openProfile}?`), told);
  assert.equal(heat.run, undefined, 'one is shown at a time');
  assert.deepEqual(await lensesOf(document), []);
  await setting('codeLens.enabled', true);
  assert.match((await lensesOf(document)).join('\n'), /^8 .*total 90(\.0)?%/m);
  await setting('codeLens.enabled', undefined);
  await setting('heat.enabled', false);
  assert.equal(await hoverAt(document, hotLine), '');
  await setting('heat.enabled', undefined);
  await vscode.commands.executeCommand(Command.clearHeat);
  assert.equal(await hoverAt(document, hotLine), '');
  await closeTabs(uri);
});

test('after Clear Heat a profile’s heat comes back by Show Heat: of the editor with the focus, or the one that is picked', async () => {
  const { heat, files } = await slowpath();
  // Of all that earlier tests have left open, profiles would stand in the picker too.
  const left = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  await vscode.window.tabGroups.close(left.filter(({ input }) => input instanceof vscode.TabInputCustom));
  await eventually('no profile', () => (files.open.length === 0 ? true : undefined));
  const uri = written('here.cpuprofile', workspacePath());
  await openProfile(uri);
  await eventually('the focus', () => files.active);
  const back = async (...args: unknown[]): Promise<void> => {
    await vscode.commands.executeCommand(Command.clearHeat);
    assert.equal(heat.source, undefined);
    await vscode.commands.executeCommand(Command.showHeat, ...args);
    assert.equal(heat.file?.uri.toString(), uri.toString());
  };
  await back();
  // As the button in the title of its editor has it.
  await back(uri, { groupId: 1 });
  await open('heated/work.js');
  assert.equal(files.active, undefined);
  await back(uri);
  await vscode.commands.executeCommand(Command.clearHeat);
  const shown = vscode.commands.executeCommand(Command.showHeat);
  // The profile stands before the runs: it can be seen.
  await eventually('picked', async () => {
    await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
    return heat.file ? true : undefined;
  });
  await shown;
  await closeTabs(uri);
  await eventually('no heat', () => (heat.source === undefined ? true : undefined));
  assert.deepEqual(files.open, []);
});

test('a brush narrows the heat of a profile file; text newer than the file fades it', async () => {
  const { heat } = await slowpath();
  const uri = written('here.cpuprofile', workspacePath());
  await openProfile(uri);
  const { document } = await open('heated/work.js');
  const file = new ProfileFile(uri);
  try {
    await heat.showFile(file, { startUs: 1_000_000, endUs: 1_025_000 });
    assert.deepEqual(
      heat.heatOf(document)?.lines.map(({ line, selfShare }) => [line, selfShare]),
      [[3, 1]],
    );
    assert.match(await hoverAt(document, hotLine), /100% .*\n[^]*Only what is brushed/);
  } finally {
    heat.release(file);
    file.dispose();
  }
  assert.equal(heat.source, undefined);
  writeFileSync(workspacePath('heated', 'work.js'), `${source}\n`);
  await eventually('the text of now', () => (document.getText() === `${source}\n` ? true : undefined));
  await closeTabs(uri);
  await openProfile(uri);
  await eventually('faded', () => (heat.drift.isStale(document) ? true : undefined));
  assert.match(await hoverAt(document, hotLine), /changed since the profile was taken, by the time of its file/);
  await closeTabs(uri);
  await eventually('no heat', () => (heat.source === undefined ? true : undefined));
});

test('closing a profile clears its heat unless another editor shows it; a run’s stays', async () => {
  const { heat } = await slowpath();
  const uri = written('here.cpuprofile', workspacePath());
  await openProfile(uri);
  await openProfile(uri, vscode.ViewColumn.Three);
  const editors = (): number => tabs().filter(({ label }) => label === 'here.cpuprofile').length;
  await eventually('two editors', () => (editors() === 2 ? true : undefined));
  await closeTabs(uri, 1);
  await eventually('one editor', () => (editors() === 1 ? true : undefined));
  assert.ok(heat.file, 'the other still shows it');
  await closeTabs(uri);
  await eventually('no heat', () => (heat.source === undefined ? true : undefined));
  await openProfile(uri);
  const { runs } = await slowpath();
  const run = (await runs.list()).find(({ error }) => error === null);
  assert.ok(run);
  await heat.show(run.dir);
  await closeTabs(uri);
  await eventually('closed', () => (editors() === 0 ? true : undefined));
  assert.equal(heat.run?.dir, run.dir);
});

test('another machine’s paths lead to the one file that ends like them and has their functions, and a hover says so', async () => {
  const { heat } = await slowpath();
  const uri = written('foreign.cpuprofile', '/srv/app');
  await openProfile(uri);
  const { document } = await open('heated/work.js');
  assert.match(await hoverAt(document, hotLine), /The profile names `\/srv\/app\/heated\/work\.js`/);
  assert.deepEqual([...(heat.file?.guesses.values() ?? [])], ['/srv/app/heated/work.js']);
  await closeTabs(uri);
  await eventually('no heat', () => (heat.source === undefined ? true : undefined));
  // A second file that would do: nobody knows which one it is.
  mkdirSync(workspacePath('other', 'heated'), { recursive: true });
  copyFileSync(workspacePath('heated', 'work.js'), workspacePath('other', 'heated', 'work.js'));
  await openProfile(uri);
  assert.equal(heat.heatOf(document), undefined);
  await closeTabs(uri);
  await vscode.workspace.fs.delete(vscode.Uri.file(workspacePath('other')), { recursive: true });
});
