import assert from 'node:assert/strict';
import { statSync, utimesSync } from 'node:fs';
import * as vscode from 'vscode';
import { changed } from '../../../src/editor/change.ts';
import { HeatMemory } from '../../../src/editor/heatMemory.ts';
import { HeatStore } from '../../../src/editor/heatStore.ts';
import { Command } from '../../../src/editor/names.ts';
import { profileScenario } from '../../../src/editor/profiling.ts';
import { hoverAt, lensesOf } from './heatTexts.ts';
import { eventually, middleOf, open, setting, slowpath, test, workspacePath } from './suite.ts';

/** The planted loop of server.js, one line further down than it was; V8 may charge either line. */
const loopLines = [9, 10];
const headLine = 7;

test('what a change costs is marked at its lines, told on hover and lens, remembered, and taken away again', async () => {
  const rooms = await slowpath();
  const { analysis, context, heat, log } = rooms;
  const before = heat.run;
  assert.ok(before);
  const { document } = await open('server.js');
  const file = document.uri.fsPath;
  const original = document.getText();
  const { atime, mtime } = statSync(file);
  try {
    // A comment above moves every line; the loop does eight times as much: V8 may compile it late, which costs it four times as much by itself.
    await rewritten(document, `// moved\n${original.replace('150_000', '1_200_000')}`);
    const after = await profileScenario(rooms, { planFile: workspacePath('slowpath.jsonc'), scenario: 'hot' });
    assert.ok(after);
    await open('server.js');
    await vscode.commands.executeCommand(Command.showHeatDiff, after.dir, before.dir);
    const { diff } = heat;
    assert.ok(diff);
    assert.equal(diff.heat.per, 'request');
    const dearer = heat
      .diffOf(document)
      ?.lines.find(({ line, self }) => loopLines.includes(line) && changed(self, diff.heat)?.side === 'more');
    assert.ok(dearer, JSON.stringify(heat.diffOf(document)));
    assert.ok(
      heat.diffOf(document)?.lines.every(({ line, self }) => self.before === 0 || line > 1),
      'what was measured before stands where its line is now',
    );
    assert.equal(heat.drift.isStale(document), false, 'the text is the one that ran');
    const told = await eventually('both runs told', async () => {
      const text = await hoverAt(document, dearer.line);
      return text.includes('changed since the baseline') ? text : undefined;
    });
    assert.match(told, /This line: \*\*\+[^*]+ a request\*\* \(.+ → .+\)/);
    assert.match(told, /Called by/);
    assert.match(await hoverAt(document, headLine), /hashOfOrder.*self .*; total \*\*\+[^*]+ a request/);
    await setting('codeLens.enabled', true);
    const lenses = await eventually('lenses', async () => {
      const found = await lensesOf(document);
      return found.length > 0 ? found : undefined;
    });
    assert.match(
      lenses.find((text) => text.startsWith(`${headLine} `)) ?? '',
      /total ▲ \+.* a request · self /,
      JSON.stringify([lenses, heat.diffOf(document)?.functions]),
    );
    await restored(rooms);
    await brushed(after.dir, dearer.line);

    await vscode.commands.executeCommand(Command.showHeatDiff, before.dir, after.dir);
    assert.equal(heat.shown?.baseline, after.dir);
    await eventually('stale', () => (heat.drift.isStale(document) ? true : undefined));
    assert.match(await hoverAt(document, headLine - 1), /hashOfOrder.*total \*\*−[^*]+ a request/);

    await vscode.commands.executeCommand(Command.endHeatDiff);
    assert.deepEqual(heat.shown, { dir: before.dir, range: null, baseline: null });
    assert.equal(heat.diffOf(document), undefined);
    assert.match(await hoverAt(document, headLine - 1), /hashOfOrder.*: self .*, total /);

    await heat.show(after.dir, null, before.dir);
    await vscode.commands.executeCommand(Command.clearHeat);
    assert.equal(heat.diff, undefined);
    assert.equal(await hoverAt(document, headLine), '');
  } finally {
    await setting('codeLens.enabled', undefined);
    await rewritten(document, original);
    utimesSync(file, atime, mtime);
    await heat.show(before.dir);
  }

  /** What is brushed in a report narrows the difference, which says so; clearing it takes all away. */
  async function brushed(dir: string, line: number): Promise<void> {
    const whole = heat.diffOf(document);
    const before = whole?.lines.find((row) => row.line === line)?.self.before;
    const range = await middleOf(dir);
    await heat.brush(dir, range);
    assert.deepEqual(heat.shown?.range, range);
    assert.ok(heat.diff, 'the difference is still what is shown');
    const narrowed = heat.diffOf(document)?.lines.find((row) => row.line === line)?.self;
    assert.notDeepEqual(heat.diffOf(document), whole);
    assert.equal(narrowed?.before, before, 'the baseline stays whole');
    assert.match(await hoverAt(document, line), /only what is brushed in its report counts/);
    await heat.brush(dir, null);
    assert.deepEqual(heat.diffOf(document), whole);
    assert.doesNotMatch(await hoverAt(document, line), /brushed/);
  }

  /** The next window shows the same pair. */
  async function restored({ heat: shown }: { heat: HeatStore }): Promise<void> {
    const store = new HeatStore(analysis);
    const memory = new HeatMemory(store, context.workspaceState, log);
    try {
      await eventually('the difference', () => store.diff);
      assert.deepEqual(store.shown, shown.shown);
      assert.deepEqual(store.diffOf(document), shown.diffOf(document));
    } finally {
      memory.dispose();
      store.dispose();
    }
  }
});

test('runs without anything to compare are refused in words, and what was shown stays', async () => {
  const { analysis, heat } = await slowpath();
  const { shown } = heat;
  assert.ok(shown);
  await assert.rejects(heat.show(shown.dir, null, workspacePath('nowhere')), { code: 'RUN_NOT_FOUND' });
  assert.deepEqual(heat.shown, shown);
  await assert.rejects(analysis.ask('diffHeat', { dir: workspacePath('nowhere'), range: null, baseline: shown.dir }), {
    code: 'RUN_NOT_FOUND',
  });
});

async function rewritten(document: vscode.TextDocument, text: string): Promise<void> {
  const edit = new vscode.WorkspaceEdit();
  edit.replace(document.uri, new vscode.Range(0, 0, document.lineCount, 0), text);
  assert.ok(await vscode.workspace.applyEdit(edit));
  assert.ok(await document.save());
}
