import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { checkMachine, runMatrix } from '../../../src/editor/examining.ts';
import { Command } from '../../../src/editor/names.ts';
import type { RunNode } from '../../../src/editor/runTree.ts';
import type { SlowpathApi } from '../../../src/extension.ts';
import { eventually, slowpath, tabs, test, testMs, workspacePath } from './suite.ts';

type ResultNode = Extract<RunNode, { kind: 'result' }>;
type CapacityItem = Extract<ResultNode['result']['result'], { kind: 'capacity' }>;

/** The result of a kind in the tree, once it has ended. */
function resultInTree({ tree }: SlowpathApi, kind: 'capacity' | 'matrix' | 'doctor'): Promise<ResultNode> {
  return eventually(`${kind} in the tree`, async () =>
    (await tree.getChildren()).find(
      (node): node is ResultNode =>
        node.kind === 'result' &&
        node.result.result?.kind === kind &&
        (node.result.result.kind === 'doctor' || node.result.result.ended !== null),
    ),
  );
}

async function reportShown(label: RegExp): Promise<void> {
  await eventually(`a report ${String(label)}`, () =>
    tabs().some((tab) => tab.viewType?.endsWith('slowpath.report') === true && label.test(tab.label))
      ? true
      : undefined,
  );
}

test('Find Capacity measures level by level, and its result stands in the tree with its levels below', async () => {
  const rooms = await slowpath();
  const planFile = workspacePath('slowpath.jsonc');
  const asked = { planFile, scenario: 'hot', from: 20, to: 60, steps: 2, durationUs: 500_000 };
  await vscode.commands.executeCommand(Command.findCapacity, asked);
  assert.equal(rooms.measuring.running, false);
  const node = await resultInTree(rooms, 'capacity');
  const { result } = node.result;
  assert.ok(result?.kind === 'capacity');
  assert.equal(result.ended, 'complete');
  assert.equal(result.scenario, 'hot');
  assert.ok(result.runs.length >= 1);
  const levels = await rooms.tree.getChildren(node);
  assert.deepEqual(
    levels.map((level) => (level.kind === 'run' ? level.run.dir : null)),
    result.runs,
  );
  // They stand below it only.
  const roots = await rooms.tree.getChildren();
  assert.ok(!roots.some((root) => root.kind === 'run' && result.runs.includes(root.run.dir)));
  const item = rooms.tree.getTreeItem(node);
  assert.equal(item.label, 'Capacity of hot');
  assert.match(String(item.description), /^(knee|good up to|no good rate)/);
  await reportShown(/^Capacity of hot$/);
});

test('a result opens again from the tree, and is saved as a page', async () => {
  const rooms = await slowpath();
  const node = await resultInTree(rooms, 'capacity');
  const { dir, result } = node.result;
  assert.ok(result?.kind === 'capacity');
  rooms.reports.close(dir);
  await eventually('the tab is closed', () =>
    tabs().some(({ label }) => label === 'Capacity of hot') ? undefined : true,
  );
  await vscode.commands.executeCommand(Command.openReport, node);
  await reportShown(/^Capacity of hot$/);
  assert.equal(rooms.reports.active?.dir ?? dir, dir);
  const page = await rooms.analysis.ask('readResult', { dir });
  assert.ok(page?.kind === 'capacity' && page.levels.length > 0);
  assert.equal(await rooms.analysis.ask('readResult', { dir: result.runs[0] ?? '' }), null);
  const file = join(dirname(planOf()), 'capacity.html');
  const pageDirectory = join(rooms.context.extensionUri.fsPath, 'dist', 'page');
  await rooms.analysis.ask('saveHtml', { dir, baseline: null, file, pageDirectory });
  assert.ok(existsSync(file));
});

test('Run Matrix measures shape by shape, and shows them side by side', async () => {
  const rooms = await slowpath();
  const shapes = { shapes: ['single', 'many'] as const, clients: [2], durationUs: 500_000, soakUs: undefined };
  await runMatrix(rooms, { planFile: planOf(), scenario: 'hot', shapes });
  assert.equal(rooms.measuring.running, false);
  const node = await resultInTree(rooms, 'matrix');
  const { result } = node.result;
  assert.ok(result?.kind === 'matrix');
  assert.equal(result.ended, 'complete');
  assert.equal(result.runs.length, 2);
  assert.equal((await rooms.tree.getChildren(node)).length, 2);
  assert.equal(rooms.tree.getTreeItem(node).label, 'Matrix of hot');
  const page = await rooms.analysis.ask('readResult', { dir: node.result.dir });
  assert.ok(page?.kind === 'matrix');
  assert.deepEqual(
    page.cells.map(({ name }) => name),
    ['single, one client', 'many, 2 clients'],
  );
  await reportShown(/^Matrix of hot$/);
});

test('Check This Machine examines it in a process of its own, and says what can be resolved', async () => {
  const rooms = await slowpath();
  const times = { pingPongMs: 100, latenessMs: 100, spinMs: 100, trialMs: 100, pairs: 2 };
  const measured = await checkMachine(rooms, times);
  assert.equal(rooms.measuring.running, false);
  const node = await resultInTree(rooms, 'doctor');
  assert.equal(node.result.dir, measured.dir);
  assert.equal(rooms.tree.getTreeItem(node).label, 'This Machine');
  assert.deepEqual(await rooms.tree.getChildren(node), []);
  const page = await rooms.analysis.ask('readResult', { dir: measured.dir });
  assert.ok(page?.kind === 'doctor');
  assert.ok((page.figures.tcp.p50 ?? 0) > 0);
  assert.equal(page.figures.pairs.length, 2);
  await reportShown(/^This Machine$/);
});

test('a search that is stopped keeps what it found and leaves nothing running', async () => {
  const rooms = await slowpath();
  let search = await searchUnderWay(rooms);
  // A machine that spoils a level twice ends a search by itself.
  for (let attempt = 1; search === null && attempt < 5; attempt++) search = await searchUnderWay(rooms);
  assert.ok(search, 'every search ended before it was stopped');
  await vscode.commands.executeCommand(Command.stop);
  await search.ended;
  assert.equal(rooms.measuring.running, false);
  const result = await newestCapacity(rooms);
  assert.equal(result?.ended, 'cancelled');
  assert.ok(result.runs.length > 0);
});

/** A search whose first level is measured and whose second is being measured; null if it ended before. */
async function searchUnderWay(rooms: SlowpathApi): Promise<{ readonly ended: Promise<unknown> } | null> {
  const before = (await rooms.runs.results()).length;
  const asked = { planFile: planOf(), scenario: 'hot', from: 20, to: 400, steps: 20, durationUs: 500_000 };
  const search = { ended: Promise.resolve(vscode.commands.executeCommand(Command.findCapacity, asked)), over: false };
  search.ended = search.ended.finally(() => (search.over = true));
  const found = await eventually(
    'a level',
    async () => {
      if (search.over) return 'over';
      rooms.runs.refresh();
      const { length } = await rooms.runs.results();
      const newest = await newestCapacity(rooms);
      return length > before && newest && newest.runs.length > 0 ? 'measured' : undefined;
    },
    testMs,
  );
  return found === 'measured' ? search : null;
}

async function newestCapacity(rooms: SlowpathApi): Promise<CapacityItem | undefined> {
  const [newest] = await rooms.runs.results();
  return newest?.result?.kind === 'capacity' ? newest.result : undefined;
}

function planOf(): string {
  return workspacePath('slowpath.jsonc');
}
