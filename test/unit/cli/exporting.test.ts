import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { profileExports } from '../../../src/profile/exports/index.ts';
import { importProfile } from '../../../src/profile/formats/index.ts';
import { clipProfile } from '../../../src/profile/queries/clip.ts';
import type { Profile } from '../../../src/profile/tables.ts';
import { exportExtensions } from '../../../src/report/exportFormats.ts';
import { runsDirOf } from '../../../src/run/folder.ts';
import { syntheticRun } from '../../fixtures/run.ts';
import { differences } from '../profile/exports/totals.ts';
import { cliPath, slowpath, workspace } from './harness.ts';

const recursionFile = join(import.meta.dirname, '../../fixtures/profiles/recursion.cpuprofile');

/** A recorded run with its profile, warm-up included. */
async function recorded(dir: string, id: string): Promise<Profile> {
  const { manifest, profile } = syntheticRun(1, { durationUs: 1e6, warmupUs: 5e5 });
  assert.ok(profile && manifest.window);
  const runDir = join(runsDirOf(dir), id);
  await mkdir(runDir, { recursive: true });
  await writeFile(join(runDir, 'run.json'), JSON.stringify({ ...manifest, id, files: ['api.cpuprofile'] }));
  await writeFile(join(runDir, 'api.cpuprofile'), [...profileExports.cpuprofile.pieces(profile)].join(''));
  return clipProfile(profile, manifest.window.startUs, manifest.window.endUs);
}

async function workspaceWithProfile(t: TestContext): Promise<string> {
  const dir = await workspace(t);
  await copyFile(recursionFile, join(dir, 'recursion.cpuprofile'));
  return dir;
}

describe('slowpath diff', () => {
  test('runs and files, as a table and as JSON', async (t) => {
    const dir = await workspaceWithProfile(t);
    await recorded(dir, '20260311-141502-orders-7f3a');
    const table = await slowpath(dir, ['diff', '7f3a', 'recursion.cpuprofile']);
    assert.equal(table.code, 0, table.stderr);
    assert.match(table.stdout, /A {2}\.slowpath\/runs\/20260311-141502-orders-7f3a\n {2}B {2}recursion\.cpuprofile/);
    assert.match(table.stdout, /CPU time a second/);
    const json = await slowpath(dir, ['diff', 'recursion.cpuprofile', 'recursion.cpuprofile', '--json']);
    const { per, total, functions } = JSON.parse(json.stdout) as {
      per: string;
      total: { a: number; b: number };
      functions: { function: string }[];
    };
    assert.equal(per, 'second');
    assert.equal(total.a, total.b);
    assert.ok(functions.some((row) => row.function === 'fibonacci'));
  });

  test('needs two', async (t) => {
    const dir = await workspaceWithProfile(t);
    for (const words of [['diff'], ['diff', 'a'], ['diff', 'a', 'b', 'c']]) {
      const ended = await slowpath(dir, words);
      assert.equal(ended.code, 2);
      assert.match(ended.stderr, /two runs or profile/);
    }
  });
});

describe('slowpath export', () => {
  test('a run: the measured window, in a file beside its folder', async (t) => {
    const dir = await workspace(t);
    const measured = await recorded(dir, '20260311-141502-orders-7f3a');
    const ended = await slowpath(dir, ['export', '7f3a', '--format', 'cpuprofile']);
    assert.equal(ended.code, 0, ended.stderr);
    assert.equal(ended.stderr, 'wrote .slowpath/runs/20260311-141502-orders-7f3a.cpuprofile\n');
    const file = join(runsDirOf(dir), '20260311-141502-orders-7f3a.cpuprofile');
    assert.deepEqual(differences(measured, importProfile(await readFile(file)), 1), []);
    assert.deepEqual(
      (await readdir(runsDirOf(dir))).filter((name) => name.endsWith('.tmp')),
      [],
    );
  });

  test('a profile file, in every format, to a file or to standard output', async (t) => {
    const dir = await workspaceWithProfile(t);
    for (const format of ['pprof', 'collapsed', 'speedscope', 'svg', 'chrome-trace'] as const) {
      const words = ['export', 'recursion.cpuprofile', '--format', format];
      const written = await slowpath(dir, words);
      assert.equal(written.code, 0, written.stderr);
      const file = join(dir, `recursion${exportExtensions[format]}`);
      const piped = await slowpath(dir, [...words, '--out', '-']);
      assert.equal(piped.stderr, '');
      const bytes = await readFile(file);
      if (format === 'pprof') assert.ok(gunzipSync(bytes).length > 1000);
      else assert.equal(piped.stdout, bytes.toString());
    }
  });

  test('an earlier export is replaced, anything else only by force', async (t) => {
    const dir = await workspaceWithProfile(t);
    for (const format of ['pprof', 'speedscope', 'cpuprofile', 'collapsed', 'svg', 'chrome-trace']) {
      const words = ['export', 'recursion.cpuprofile', '--format', format, '--out', `out-${format}`];
      assert.equal((await slowpath(dir, words)).code, 0);
      const again = await slowpath(dir, words);
      assert.equal(again.code, format === 'collapsed' ? 2 : 0, again.stderr);
      await writeFile(join(dir, `out-${format}`), 'precious');
      const refused = await slowpath(dir, words);
      assert.equal(refused.code, 2);
      assert.match(refused.stderr, /exists and can't be told to be an earlier [\w-]+ export, so it is not replaced/);
      assert.equal(await readFile(join(dir, `out-${format}`), 'utf8'), 'precious');
      assert.equal((await slowpath(dir, [...words, '--force'])).code, 0);
      assert.notEqual(await readFile(join(dir, `out-${format}`), 'utf8'), 'precious');
    }
  });

  test('a recorded profile is never replaced by its own export', async (t) => {
    const dir = await workspaceWithProfile(t);
    const before = await readFile(join(dir, 'recursion.cpuprofile'), 'utf8');
    for (const more of [[], ['--force'], ['--out', 'recursion.cpuprofile']]) {
      const ended = await slowpath(dir, ['export', 'recursion.cpuprofile', '--format', 'cpuprofile', ...more]);
      assert.equal(ended.code, 2);
      assert.equal(await readFile(join(dir, 'recursion.cpuprofile'), 'utf8'), before);
    }
  });

  test('what is missing or misspelt is told in a sentence', async (t) => {
    const dir = await workspaceWithProfile(t);
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [['export'], /needs a run or a profile file/],
      [['export', 'x'], /needs --format: pprof, collapsed/],
      [['export', 'x', '--format', 'pproff'], /--format can't be "pproff"; did you mean pprof\?/],
      [['export', 'nowhere', '--format', 'pprof'], /There are no runs in/],
      [['export', 'server.cjs', '--format', 'pprof'], /can't be opened as a profile/],
      [['export', 'recursion.cpuprofile', '--format', 'pprof', '--out', 'no/where'], /There is no folder/],
      [['export', 'recursion.cpuprofile', '--format', 'pprof', '--out', '.'], /is a folder/],
    ];
    for (const [words, message] of cases) {
      const ended = await slowpath(dir, words);
      assert.equal(ended.code, 2, `${words.join(' ')}: ${ended.stderr}`);
      assert.match(ended.stderr, message);
      assert.equal(ended.stdout, '');
    }
    const run = await recorded(dir, '20260311-141502-orders-7f3a');
    assert.ok(run.samples.length > 0);
    await writeFile(join(runsDirOf(dir), '20260311-141502-orders-7f3a', 'api.cpuprofile'), 'damaged');
    const bare = await slowpath(dir, ['export', 'latest', '--format', 'pprof']);
    assert.match(bare.stderr, /has no CPU profile to export/);
  });

  test('a reader that goes away early is no failure', async (t) => {
    const dir = await workspaceWithProfile(t);
    const words = [cliPath, 'export', 'recursion.cpuprofile', '--format', 'speedscope', '--out', '-'];
    const child = spawn(process.execPath, words, { cwd: dir, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number];
    assert.equal(stderr, '');
    assert.equal(code, 0);
  });

  test('a file that can’t be written leaves nothing behind', async (t) => {
    const dir = await workspaceWithProfile(t);
    const ended = await slowpath(dir, ['export', 'recursion.cpuprofile', '--format', 'speedscope', '--out', 'x'], {
      through: ['/bin/sh', '-c', 'ulimit -f 8; exec "$@"', 'sh'],
    });
    assert.notEqual(ended.code, 0);
    assert.match(ended.stderr, /The export can't be written to .*x/);
    await assert.rejects(stat(join(dir, 'x')));
    assert.deepEqual(
      (await readdir(dir)).filter((name) => name.endsWith('.tmp')),
      [],
    );
  });
});
