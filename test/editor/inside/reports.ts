import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import * as vscode from 'vscode';
import { Command, PanelType } from '../../../src/editor/names.ts';
import { readProfileFile } from '../../../src/editor/fileReader.ts';
import { openSource } from '../../../src/editor/openSource.ts';
import { exportExtensions } from '../../../src/report/exportFormats.ts';
import { eventually, slowpath, tabs, test, workspacePath } from './suite.ts';

const customTabs = (type: string): number => tabs().filter(({ viewType }) => viewType === type).length;

test('a source file outside the workspace opens only if the run knows it', async () => {
  const place = { file: '/etc/hosts', line: 1, column: 1 };
  await assert.rejects(
    openSource(place, () => Promise.resolve(false)),
    /outside the workspace/,
  );
  await assert.rejects(
    openSource({ ...place, file: 'node:internal/net' }, () => Promise.resolve(true)),
    /part of Node/,
  );
  await assert.rejects(
    openSource({ ...place, file: '../../etc/passwd' }, () => Promise.resolve(true)),
    /not a file on this machine/,
  );
  await assert.rejects(
    openSource({ ...place, file: workspacePath('gone.js') }, () => Promise.resolve(true)),
    /not there any more/,
  );
  await openSource({ ...place, file: workspacePath('server.js'), line: 9 }, () => Promise.resolve(false));
  assert.equal(vscode.window.activeTextEditor?.selection.start.line, 8);
  await openSource({ ...place, file: workspacePath('server.js'), line: 99_999 }, () => Promise.resolve(false));
});

test('the run knows its own sources and no others', async () => {
  const { analysis, heat } = await slowpath();
  const dir = heat.run?.dir ?? '';
  assert.equal(await analysis.ask('knowsFile', { dir, file: workspacePath('server.js') }), true);
  assert.equal(await analysis.ask('knowsFile', { dir, file: '/etc/hosts' }), false);
});

test('a report saved as HTML stands by itself', async () => {
  const { analysis, context, heat } = await slowpath();
  const file = workspacePath('saved.html');
  const pageDirectory = vscode.Uri.joinPath(context.extensionUri, 'dist', 'page').fsPath;
  await analysis.ask('saveHtml', { dir: heat.run?.dir ?? '', baseline: null, file, pageDirectory });
  assert.match(readFileSync(file, 'utf8').slice(0, 2000), /^<!doctype html>/i);
  await assert.rejects(
    analysis.ask('saveHtml', { dir: heat.run?.dir ?? '', baseline: null, file: '/proc/nowhere/x.html', pageDirectory }),
    {
      code: 'RUN_WRITE_FAILED',
    },
  );
});

test('a run is exported for other tools', async () => {
  const { analysis, heat } = await slowpath();
  const dir = heat.run?.dir ?? '';
  for (const [format, head] of [
    ['svg', /^<svg /],
    ['chrome-trace', /"traceEvents":\[/],
    ['cpuprofile', /"nodes":\[/],
  ] as const) {
    const file = workspacePath(`exported${exportExtensions[format]}`);
    await analysis.ask('exportRun', { dir, format, view: 'heavy', file });
    assert.match(readFileSync(file, 'utf8').slice(0, 2000), head);
  }
  await assert.rejects(
    analysis.ask('exportRun', { dir, format: 'pprof', view: 'heavy', file: '/proc/nowhere/x.pb.gz' }),
    { code: 'RUN_WRITE_FAILED' },
  );
});

test('profiles open by choice, latency logs by default', async () => {
  const { heat } = await slowpath();
  const dir = heat.run?.dir ?? '';
  const profile = vscode.Uri.file(`${dir}/api.cpuprofile`);
  assert.ok(existsSync(profile.fsPath), 'the run left a profile');
  await vscode.commands.executeCommand('vscode.openWith', profile, PanelType.cpuProfile);
  await eventually('profile editor', () => (customTabs(PanelType.cpuProfile) === 1 ? true : undefined));
  await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(`${dir}/latency.hlog`));
  await eventually('log editor', () => (customTabs(PanelType.hlog) === 1 ? true : undefined));
});

test('bad files are one sentence each, and the reader lives on', async () => {
  const { analysis } = await slowpath();
  const hostile: Record<string, string> = {
    empty: '',
    truncated:
      '{"nodes":[{"id":1,"callFrame":{"functionName":"a","scriptId":"0","url":"","lineNumber":0,"columnNumber":0},"hitCount":1,"chil',
    text: 'hello',
    cycle:
      '{"nodes":[{"id":1,"callFrame":{"functionName":"(root)","scriptId":"0","url":"","lineNumber":-1,"columnNumber":-1},"children":[2]},{"id":2,"callFrame":{"functionName":"b","scriptId":"0","url":"","lineNumber":0,"columnNumber":0},"children":[1]}],"startTime":0,"endTime":10,"samples":[2],"timeDeltas":[1]}',
  };
  mkdirSync(workspacePath('hostile'), { recursive: true });
  const read = (path: string): Promise<unknown> =>
    readProfileFile(
      { path },
      { sampleType: null, signal: new AbortController().signal, heapMb: 1024, timeoutMs: 60_000 },
    );
  for (const [name, text] of Object.entries(hostile)) {
    const path = workspacePath('hostile', `${name}.cpuprofile`);
    writeFileSync(path, text);
    await assert.rejects(
      read(path),
      (error: { code?: string; message?: string }) =>
        error.code?.startsWith('FORMAT_') === true && (error.message ?? '').length > 20,
      name,
    );
  }
  await assert.rejects(read(workspacePath('hostile', 'none.cpuprofile')), /it is not there/);
  await assert.rejects(analysis.ask('checkHlog', { path: workspacePath('hostile', 'text.cpuprofile') }), {
    code: /FORMAT_/,
  });
});

test('a run of a future version and a damaged one stand in the list with the reason', async () => {
  const { runs } = await slowpath();
  const write = (id: string, text: string): void => {
    mkdirSync(workspacePath('.slowpath', 'runs', id), { recursive: true });
    writeFileSync(workspacePath('.slowpath', 'runs', id, 'run.json'), text);
  };
  write('20200101-000000-future-0000', JSON.stringify({ format: 99, id: '20200101-000000-future-0000' }));
  write('20200101-000001-damaged-0000', '{ "format": 1, ');
  runs.refresh();
  const list = await runs.list();
  const errorOf = (word: string): string => list.find(({ id }) => id.includes(word))?.error ?? '';
  assert.match(errorOf('future'), /newer|version|format/i);
  assert.match(errorOf('damaged'), /damaged/);
  assert.equal(list[0]?.error, null, 'the newest comes first');
});

test('commands refuse a run that is gone in words, not in silence', async () => {
  const { runs } = await slowpath();
  assert.equal(await runs.find('/nowhere'), undefined);
  // Shown as a notification: the command itself does not fail.
  await vscode.commands.executeCommand(Command.openReport, '/nowhere');
});
