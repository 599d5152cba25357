import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { HeatMemory } from '../../../src/editor/heatMemory.ts';
import { HeatStore } from '../../../src/editor/heatStore.ts';
import { Command } from '../../../src/editor/names.ts';
import { hoverAt, lensesOf } from './heatTexts.ts';
import { eventually, middleOf, open, setting, slowpath, test } from './suite.ts';

/** The planted loop: its head and its body, 1-based. V8 may charge either. */
const loopLines = [8, 9];
const hotLine = 9;
/** `function hashOfOrder(id) {`, 1-based. */
const headLine = 6;

test('the hot line is known with its cost, and a hover tells it', async () => {
  const { heat } = await slowpath();
  const { document } = await open('server.js');
  const file = heat.heatOf(document);
  assert.ok(file, 'the file has heat');
  const hottest = [...file.lines].sort((a, b) => b.selfUs - a.selfUs)[0];
  assert.ok(hottest && loopLines.includes(hottest.line), `line ${hottest?.line ?? 'none'}`);
  assert.ok(file.lines.some(({ line }) => line === hotLine));
  assert.match(await hoverAt(document, hotLine), /This line: \d+(\.\d+)?% of the CPU time/);
  assert.match(await hoverAt(document, headLine), /hashOfOrder.*total/);
  assert.equal(await hoverAt(document, 1), '');
});

test('the hover names the callers with their share, and each leads to its line as it stands now', async () => {
  const { heat } = await slowpath();
  const { document } = await open('server.js');
  const editor = vscode.window.activeTextEditor;
  assert.ok(editor);
  const handlerLine =
    document
      .getText()
      .split('\n')
      .findIndex((text) => text.includes('createServer((')) + 1;
  const linkTo = (line: number): string =>
    `command:${Command.openSource}?${encodeURIComponent(JSON.stringify([document.uri.fsPath, line]))}`;
  const told = await hoverAt(document, headLine);
  assert.match(told, /Called by, of its total:\n\n- \d+(\.\d+)?% /);
  assert.ok(told.includes(linkTo(handlerLine)), told);
  assert.ok((await hoverAt(document, hotLine)).includes(linkTo(handlerLine)), 'over a hot line too');
  await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), '// one\n'));
  assert.ok((await hoverAt(document, headLine + 1)).includes(linkTo(handlerLine + 1)), 'it follows edits');
  await vscode.commands.executeCommand('undo');
  await eventually('fresh again', () => (heat.drift.isStale(document) ? undefined : true));
  const row = heat.heatOf(document)?.functions.find(({ name }) => name === 'hashOfOrder');
  assert.ok(row);
  const callers = await heat.callersOf(row.frame);
  const shares = [...(callers?.callers ?? []), ...(callers ? [callers.others] : [])].map(({ share }) => share);
  assert.ok(Math.abs(shares.reduce((sum, share) => sum + share, 0) - 1) < 1e-9, 'nothing is lost');
  assert.equal(heat.callersOf(row.frame), heat.callersOf(row.frame), 'asked once');
});

test('CodeLens on hot functions is off until asked for', async () => {
  const { document } = await open('server.js');
  assert.deepEqual(await lensesOf(document), []);
  await setting('codeLens.enabled', true);
  const lens = (await lensesOf(document)).find((text) => text.startsWith(`${headLine} `));
  assert.match(lens ?? '', /self .*total /);
});

test('heat moves with the text, says that the file has changed, and comes back when that is undone', async () => {
  const { heat } = await slowpath();
  const { document } = await open('server.js');
  const editor = vscode.window.activeTextEditor;
  assert.ok(editor);
  assert.equal(heat.drift.isStale(document), false);
  await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), '// one\n// two\n'));
  assert.equal(heat.drift.isStale(document), true);
  assert.equal(heat.drift.currentLine(document, hotLine), hotLine + 2);
  assert.match(await hoverAt(document, hotLine + 2), /changed since the run/);
  assert.ok(
    (await lensesOf(document)).some(
      (text) => text.startsWith(`${headLine + 2} `) && text.includes('before your edits'),
    ),
  );
  await vscode.commands.executeCommand('undo');
  await eventually('undone', () => (document.isDirty ? undefined : true));
  await eventually('fresh again', () => (heat.drift.isStale(document) ? undefined : true));
  assert.equal(heat.drift.currentLine(document, hotLine), hotLine);
  await setting('codeLens.enabled', undefined);
});

test('a range brushed in the report narrows the heat; clearing it takes all away', async () => {
  const { heat, analysis } = await slowpath();
  const { document } = await open('server.js');
  const run = heat.run;
  assert.ok(run);
  const sum = (): number => (heat.heatOf(document)?.lines ?? []).reduce((total, line) => total + line.selfUs, 0);
  const whole = sum();
  const item = await analysis.ask('packRun', { dir: run.dir });
  assert.ok(item.run.byteLength > 1000);
  const middle = await middleOf(run.dir);
  await heat.show(run.dir, middle);
  assert.ok(sum() < whole * 0.8, `${sum()} of ${whole}`);
  assert.match(await hoverAt(document, headLine), /Only what is brushed in the report counts/);
  await heat.show(run.dir, { ...middle, response: { fromUs: 0, toUs: Number.MAX_SAFE_INTEGER } });
  assert.ok(sum() > 0, 'the hot line ran while requests were in flight');
  await heat.show(run.dir, { ...middle, response: { fromUs: 0, toUs: 1 } });
  assert.equal(sum(), 0, 'no request is that fast, so nothing ran meanwhile');
  await heat.show(run.dir, null);
  assert.equal(sum(), whole);
  await vscode.commands.executeCommand(Command.clearHeat);
  assert.equal(heat.heatOf(document), undefined);
  assert.equal(await hoverAt(document, hotLine), '');
  await heat.show(run.dir);
});

test('turning heat off hides it', async () => {
  const { document } = await open('server.js');
  await setting('heat.enabled', false);
  assert.equal(await hoverAt(document, hotLine), '');
  await setting('heat.enabled', undefined);
  assert.notEqual(await hoverAt(document, hotLine), '');
});

test('the heat shown last comes back after a reload, once the settings leave something to show', async () => {
  const { analysis, context, heat, log } = await slowpath();
  const run = heat.run;
  assert.ok(run);
  await heat.show(run.dir, await middleOf(run.dir));
  const owned: { dispose(): void }[] = [];
  /** What the next window's extension builds from the same workspace's memory. */
  const restarted = (): HeatStore => {
    const store = new HeatStore(analysis);
    owned.push(new HeatMemory(store, context.workspaceState, log), store);
    return store;
  };
  try {
    const store = restarted();
    assert.equal(store.asked, false, 'nothing is read while the extension starts');
    await eventually('the heat', () => store.run);
    assert.deepEqual(store.shown, heat.shown);
    const { document } = await open('server.js');
    assert.deepEqual(store.heatOf(document), heat.heatOf(document));

    for (const name of ['heat.enabled', 'diagnostics.enabled']) await setting(name, false);
    const idle = restarted();
    await new Promise((done) => setTimeout(done, 100));
    assert.equal(idle.asked, false, 'there is nothing to show');
    await setting('heat.enabled', undefined);
    await eventually('the heat', () => idle.run);

    await vscode.commands.executeCommand(Command.clearHeat);
    const cleared = restarted();
    await new Promise((done) => setTimeout(done, 100));
    assert.equal(cleared.asked, false, 'what was cleared does not come back');
  } finally {
    for (const each of owned) each.dispose();
    for (const name of ['heat.enabled', 'diagnostics.enabled']) await setting(name, undefined);
    await heat.show(run.dir);
  }
});

test('a run that is gone leaves no heat behind, and nothing breaks', async () => {
  const { analysis, context, heat, log } = await slowpath();
  const { shown } = heat;
  await context.workspaceState.update('slowpath.shownRun', { dir: '/nowhere', range: null });
  const store = new HeatStore(analysis);
  const memory = new HeatMemory(store, context.workspaceState, log);
  try {
    await eventually('forgotten', () =>
      context.workspaceState.get('slowpath.shownRun') === undefined ? true : undefined,
    );
    assert.equal(store.run, undefined);
  } finally {
    memory.dispose();
    store.dispose();
    if (shown) await heat.show(shown.dir, shown.range);
  }
});

test('a finding is a problem at its line, with a link to its explanation and an off switch', async () => {
  const { heat } = await slowpath();
  const { document } = await open('server.js');
  const expected = heat.run?.findings.filter(({ file }) => file === document.uri.fsPath) ?? [];
  assert.ok(
    expected.some(({ rule }) => rule === 'NODE01'),
    'hashing on the event loop is found',
  );
  const problems = (): vscode.Diagnostic[] =>
    vscode.languages.getDiagnostics(document.uri).filter(({ source }) => source === 'Slowpath');
  assert.equal(problems().length, expected.length);
  const problem = problems().find(({ code }) => typeof code === 'object' && code.value === 'NODE01');
  assert.ok(problem && typeof problem.code === 'object');
  const explanation = await vscode.workspace.openTextDocument(problem.code.target);
  assert.match(explanation.getText(), /^# NODE01: /);
  assert.match(explanation.getText(), /## What to change/);
  assert.match(explanation.getText(), /## Evidence\n\n(- [a-z][a-z0-9 ]*: .+\n)+\n/, 'figures as people read them');
  const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
    'vscode.executeCodeActionProvider',
    document.uri,
    problem.range,
  );
  assert.ok(actions.some(({ command }) => command?.command === Command.revealInReport));
  const { line } = problem.range.start;
  const edit = new vscode.WorkspaceEdit();
  edit.insert(document.uri, new vscode.Position(0, 0), '// changed\n');
  await vscode.workspace.applyEdit(edit);
  const moved = await eventually('the problem where its line stands now', () =>
    problems().find(({ message, range }) => message.includes('Measured before') && range.start.line === line + 1),
  );
  assert.match(moved.message, /\nMeasured before this file was changed\.$/);
  await vscode.commands.executeCommand('workbench.action.files.revert');
  await eventually('as it was', () =>
    problems().every(({ message }) => !message.includes('Measured before')) ? true : undefined,
  );
  await setting('diagnostics.enabled', false);
  await eventually('no problems', () => (problems().length === 0 ? true : undefined));
  await setting('diagnostics.enabled', undefined);
});
