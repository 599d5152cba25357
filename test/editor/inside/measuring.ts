import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { Command } from '../../../src/editor/names.ts';
import { profileScenario } from '../../../src/editor/profiling.ts';
import type { RunNode } from '../../../src/editor/runTree.ts';
import { eventually, slowpath, tabs, test, workspacePath } from './suite.ts';

const plan = (): string => workspacePath('slowpath.jsonc');
const runFolders = (): string[] => {
  try {
    return readdirSync(workspacePath('.slowpath', 'runs')).filter((name) => !name.startsWith('.'));
  } catch {
    return [];
  }
};
const stateOf = (id: string): unknown =>
  (JSON.parse(readFileSync(workspacePath('.slowpath', 'runs', id, 'run.json'), 'utf8')) as { state: unknown }).state;

/** Processes whose command line names the service of this workspace. Linux only: elsewhere none are found. */
function servicesRunning(): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const words = readFileSync(join('/proc', pid, 'cmdline'), 'utf8');
      return words.includes('server.js') && readlinkSync(join('/proc', pid, 'cwd')) === realpathSync(workspacePath());
    } catch {
      return false;
    }
  });
}

test('Profile Scenario measures, and shows report, heat and run', async () => {
  const rooms = await slowpath();
  await vscode.commands.executeCommand(Command.profileScenario, { planFile: plan(), scenario: 'hot' });
  assert.deepEqual(runFolders().map(stateOf), ['complete']);
  assert.equal(rooms.heat.run?.scenario, 'hot');
  assert.ok(
    rooms.heat.run.functions.some(({ name }) => name === 'hashOfOrder'),
    'the hot function is found',
  );
  await eventually('report', () =>
    tabs().some(({ viewType }) => viewType?.endsWith('slowpath.report')) ? true : undefined,
  );
  assert.equal(rooms.measuring.running, false);
});

test('the run stands in the tree with its figures, its findings and its hot functions', async () => {
  const { tree } = await slowpath();
  const [node] = await eventually('run in the tree', async () => {
    const list = await tree.getChildren();
    return list.length > 0 ? list : undefined;
  });
  assert.ok(node?.kind === 'run');
  const item = tree.getTreeItem(node);
  assert.equal(item.label, 'hot');
  assert.match(String(item.description), /p99 .*SLO [012]\/2|invalid measurement/);
  const groups = await tree.getChildren(node);
  const names = (await Promise.all(groups.map((group) => tree.getChildren(group)))).flat();
  const hot = names.find(
    (each): each is Extract<RunNode, { kind: 'function' }> =>
      each.kind === 'function' && each.row.name === 'hashOfOrder',
  );
  assert.ok(hot, 'hashOfOrder is listed');
  assert.deepEqual(tree.getTreeItem(hot).command?.arguments, [workspacePath('server.js'), hot.row.line]);
});

test('a second run is refused while one is measured; stopping keeps the partial run and leaves nothing running', async () => {
  const rooms = await slowpath();
  const before = runFolders().length;
  const first = profileScenario(rooms, { planFile: plan(), scenario: 'long' });
  await eventually('a run folder', () => (runFolders().length > before ? true : undefined));
  assert.equal(rooms.measuring.running, true);
  await assert.rejects(profileScenario(rooms, { planFile: plan(), scenario: 'hot' }), {
    code: 'RUN_BUSY',
    message: /long/,
  });
  await eventually('the service', () =>
    process.platform !== 'linux' || servicesRunning().length > 0 ? true : undefined,
  );
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await vscode.commands.executeCommand(Command.stop);
  const measured = await first;
  assert.ok(measured, 'the partial run is kept');
  assert.equal(stateOf(measured.id), 'cancelled');
  assert.equal(rooms.measuring.running, false);
  assert.deepEqual(servicesRunning(), []);
});

test('a service that dies at once is one clear error, and the next run works', async () => {
  const rooms = await slowpath();
  await assert.rejects(profileScenario(rooms, { planFile: plan(), scenario: 'broken' }), { code: 'TARGET_EXITED' });
  assert.equal(rooms.measuring.running, false);
  const again = await profileScenario(rooms, { planFile: plan(), scenario: 'hot' });
  assert.ok(again);
  assert.equal(stateOf(again.id), 'complete');
});

test('what services write stands in their channel, line by line: of a flood only its beginning, and how much is left out', async () => {
  const show = await eventually('the channel', async () =>
    (await vscode.commands.getCommands()).find((command) => /output\.show.*Slowpath: Targets/.test(command)),
  );
  await vscode.commands.executeCommand(show);
  const lines = await eventually('its last line', () =>
    vscode.workspace.textDocuments
      .filter(({ uri }) => uri.scheme === 'output')
      .map((document) => document.getText().split(/\r?\n/))
      .find((each) => each.some((line) => /^\[api\] … \d+ more lines left out$/.test(line))),
  );
  assert.ok(lines.includes('[journal] the journal is open'), lines.slice(0, 5).join('\n'));
  assert.ok(lines.includes('[journal] one page is missing'), lines.slice(0, 5).join('\n'));
  const flood = lines.filter((line) => line.startsWith('[api] line '));
  assert.ok(flood.length >= 1999 && flood.length < 20_000, `${flood.length} lines`);
  assert.deepEqual(
    flood.slice(0, 1999),
    Array.from({ length: 1999 }, (_, line) => `[api] line ${line}`),
  );
  await vscode.commands.executeCommand('workbench.action.closePanel');
});

test('an unknown scenario and a plan that is gone are refused in words', async () => {
  const rooms = await slowpath();
  await assert.rejects(profileScenario(rooms, { planFile: plan(), scenario: 'nope' }), {
    code: 'PLAN_UNKNOWN_SCENARIO',
  });
  await assert.rejects(profileScenario(rooms, { planFile: workspacePath('none', 'slowpath.jsonc'), scenario: 'hot' }));
  assert.equal(rooms.measuring.running, false);
});
