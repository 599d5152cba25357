import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { runsDirOf } from '../../../src/run/folder.ts';
import { writeFindings } from '../../../src/run/store.ts';
import { syntheticFindings, syntheticRun } from '../../fixtures/run.ts';
import { cliPath, planText, slowpath, workspace } from './harness.ts';

/** A recorded run without its data files: they show as gaps. */
async function recorded(dir: string, id: string, change: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const runDir = join(runsDirOf(dir), id);
  await mkdir(runDir, { recursive: true });
  const { manifest } = syntheticRun(1, { durationUs: 1e6 });
  await writeFile(join(runDir, 'run.json'), JSON.stringify({ ...manifest, id, ...change }));
  return runDir;
}

test('Usage errors are exit code 2, one sentence on stderr and nothing on stdout', async (t) => {
  const dir = await workspace(t);
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [['rnu'], /^slowpath: There is no command "rnu"; did you mean run\?\n$/],
    [['run', '--jsn'], /^slowpath: There is no option "--jsn"; did you mean --json\?\n$/],
    [['run', 'order'], /^slowpath: slowpath\.jsonc has no scenario "order"; name "orders"\.\n$/],
    [['run', '--plan', 'nowhere.jsonc'], /^slowpath: There is no plan nowhere\.jsonc/],
    [['show', 'zzzz'], /^slowpath: There are no runs in .*; record one with: slowpath run\n$/],
    [['run', '--html', 'no/such/folder/r.html'], /^slowpath: There is no folder /],
  ];
  for (const [words, message] of cases) {
    const ended = await slowpath(dir, words);
    assert.equal(ended.code, 2, words.join(' '));
    assert.match(ended.stderr, message);
    assert.equal(ended.stdout, '');
  }
});

test('A faulty plan is exit code 2 with file, line and column', async (t) => {
  const dir = await workspace(t);
  const faulty = planText().replace('"rate":100', '"rate":"fast"').replace('"load":', '\n  "load":');
  await writeFile(join(dir, 'slowpath.jsonc'), faulty);
  const ended = await slowpath(dir, ['run']);
  assert.equal(ended.code, 2);
  assert.match(ended.stderr, /^slowpath: slowpath\.jsonc:2:\d+: .*rate/);
  await writeFile(join(dir, 'slowpath.jsonc'), '{ "scenarios": {');
  assert.match((await slowpath(dir, ['run'])).stderr, /slowpath\.jsonc:1:\d+: /);
});

test('Help and version go to stdout with exit code 0', async (t) => {
  const dir = await workspace(t);
  const help = await slowpath(dir, []);
  assert.equal(help.code, 0);
  assert.match(help.stdout, /slowpath run \[scenario\]/);
  assert.match((await slowpath(dir, ['--version'])).stdout, /^\d+\.\d+\.\d+\n$/);
  assert.equal((await slowpath(dir, ['help', 'run'])).stdout, (await slowpath(dir, ['run', '-h'])).stdout);
});

test('The plan and its runs are found from folders below', async (t) => {
  const dir = await workspace(t);
  await recorded(dir, '20260311-141502-orders-7f3a');
  await mkdir(join(dir, 'src', 'deep'), { recursive: true });
  const listed = await slowpath(join(dir, 'src', 'deep'), ['list']);
  assert.match(listed.stdout, /20260311-141502-orders-7f3a/);
  const shown = await slowpath(join(dir, 'src', 'deep'), ['show', '7f3a', '--json']);
  assert.equal((JSON.parse(shown.stdout) as { run: string }).run, '20260311-141502-orders-7f3a');
});

test('A run whose data files are gone is shown with gaps; one of a later format says what to do', async (t) => {
  const dir = await workspace(t);
  await writeFindings(await recorded(dir, '20260311-141502-orders-7f3a'), syntheticFindings());
  await recorded(dir, '20270101-000000-orders-ffff', { format: 9 });
  const shown = await slowpath(dir, ['show', '7f3a']);
  assert.equal(shown.code, 0, shown.stderr);
  assert.match(shown.stdout, /FILES THAT ARE DAMAGED OR MISSING\n  ! requests\.parquet: it is missing/i);
  assert.match(shown.stdout, /NODE02/);
  const future = await slowpath(dir, ['show', 'ffff']);
  assert.equal(future.code, 2);
  assert.match(
    future.stderr,
    /recorded by a newer Slowpath \(format 9, this one knows 2\); update Slowpath to open it\.\n$/,
  );
  const listed = await slowpath(dir, ['list', '--json']);
  const { runs } = JSON.parse(listed.stdout) as { runs: { run: string; state: string; problem: string | null }[] };
  assert.deepEqual(
    runs.map(({ state }) => state),
    ['unreadable', 'complete'],
  );
  assert.match(runs[0]?.problem ?? '', /newer Slowpath/);
});

test('The report is one file; only a report is ever replaced', async (t) => {
  const dir = await workspace(t);
  await recorded(dir, '20260311-141502-orders-7f3a');
  const file = join(dir, 'report.html');
  for (const time of ['first', 'again']) {
    const ended = await slowpath(dir, ['report', 'latest', '--html', 'report.html']);
    assert.equal(ended.code, 0, `${time}: ${ended.stderr}`);
    assert.equal(ended.stderr, 'wrote report.html\n');
  }
  const html = await readFile(file, 'utf8');
  assert.match(html, /^<!doctype html>/);
  assert.match(html, /<title>orders<\/title>/);
  assert.ok(html.length > 50_000, 'the page’s bundles are inside');
  for (const text of ['precious', '<!doctype html><html><body id="slowpath-data">mine</body></html>']) {
    await writeFile(join(dir, 'mine.html'), text);
    const refused = await slowpath(dir, ['report', 'latest', '--html', 'mine.html']);
    assert.equal(refused.code, 2);
    assert.match(
      refused.stderr,
      /mine\.html exists and is not a Slowpath report, so it is not replaced; choose another name\.\n$/,
    );
    assert.equal(await readFile(join(dir, 'mine.html'), 'utf8'), text);
  }
  await symlink(join(dir, 'mine.html'), join(dir, 'link.html'));
  assert.equal((await slowpath(dir, ['report', 'latest', '--html', 'link.html'])).code, 2);
  assert.equal((await slowpath(dir, ['report', 'latest', '--html', '.'])).code, 2);
});

test('Colour is forced or forbidden by the environment', async (t) => {
  const dir = await workspace(t);
  await recorded(dir, '20260311-141502-orders-7f3a');
  const plain = await slowpath(dir, ['show', 'latest']);
  assert.ok(!plain.stdout.includes('\u001b'));
  const forced = await slowpath(dir, ['show', 'latest'], { env: { FORCE_COLOR: '1' } });
  assert.equal(forced.stdout.replace(/\u001b\[\d+m/g, ''), plain.stdout);
  assert.notEqual(forced.stdout, plain.stdout);
});

test('A reader that goes away early is no failure', async (t) => {
  const dir = await workspace(t);
  await Promise.all(Array.from({ length: 400 }, (_, index) => recorded(dir, `run-${index}-${'x'.repeat(150)}`)));
  const child = spawn(process.execPath, [cliPath, 'list', '--json'], { cwd: dir, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  assert.equal(stderr, '');
  assert.equal(code, 0);
});
