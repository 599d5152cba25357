import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import type { ResultJson } from '../../../src/report/json.ts';
import { openRun, readManifest } from '../../../src/run/store.ts';
import { lingering, processesOf, slowpath, start, workspace, type Ended } from './harness.ts';

/** Answers take so long that what else the machine does cannot make the generator look late. */
const slowAnswers = { DELAY_MS: '300' };

function jsonOf({ stdout }: Ended): ResultJson {
  return JSON.parse(stdout) as ResultJson;
}

async function runDirs(dir: string): Promise<string[]> {
  const names = await readdir(join(dir, '.slowpath', 'runs')).catch(() => []);
  return names.filter((name) => !name.startsWith('.')).map((name) => join(dir, '.slowpath', 'runs', name));
}

async function onlyRunDir(dir: string): Promise<string> {
  const dirs = await runDirs(dir);
  assert.equal(dirs.length, 1, `runs: ${dirs.join(', ')}`);
  return dirs[0] ?? '';
}

/** On a machine too busy to measure, saying so is the right answer; anything else is not. */
function assertExit(ended: Ended, whenValid: number): ResultJson {
  const json = jsonOf(ended);
  assert.equal(ended.code, json.verdict.valid ? whenValid : 4, ended.stderr);
  assert.equal(json.verdict.reasons.length === 0, json.verdict.valid);
  return json;
}

test('A good run: one JSON object on stdout, a folder of standard files, exit code 0, nothing left running', async (t) => {
  const dir = await workspace(t, {
    env: { ...slowAnswers, WORK_MS: '2' },
    slo: ['p99 < 10s', 'errors < 50%', 'p75 < 10s'],
  });
  const ended = await slowpath(dir, ['run', 'orders', '--json']);
  const json = assertExit(ended, 0);
  assert.equal(json.requests.sent, 100);
  assert.equal(json.requests.ok, 100);
  assert.ok((json.ratePerSecond.achieved ?? 0) > 0);
  if (json.verdict.valid) {
    assert.ok((json.latencyUs.response.p50 ?? 0) >= 300_000);
    assert.deepEqual(
      json.slo.map(({ expr, pass }) => [expr, pass]),
      [
        ['p99 < 10s', true],
        ['errors < 50%', true],
        ['p75 < 10s', true],
      ],
    );
  }
  const runDir = await onlyRunDir(dir);
  assert.equal(json.dir, runDir);
  assert.equal(json.run, basename(runDir));
  assert.deepEqual((await readdir(runDir)).sort(), [
    'api.cpuprofile',
    'findings.json',
    'latency.hlog',
    'requests.parquet',
    'run.json',
    'runtime.jsonl',
  ]);
  const work = json.hot.find((spot) => spot.function === 'work');
  assert.equal(work?.file, join(dir, 'server.cjs'));
  const lines = (await readFile(join(dir, 'server.cjs'), 'utf8')).split('\n');
  assert.match(lines[work.line - 1] ?? '', /Math\.sqrt|performance\.now/);
  const run = await openRun(runDir);
  assert.equal(run.manifest.state, 'complete');
  assert.ok(run.requests.length >= 100);
  assert.ok(run.runtime.serverRequests.length >= 100);
  assert.ok((run.manifest.counters['Tcp.InSegs'] ?? 0) > 0);
  assert.equal(await readFile(join(dir, '.slowpath', '.gitignore'), 'utf8'), '*\n');
  assert.deepEqual(await lingering(dir), []);
});

test('A missed objective is exit code 1; the table says which', async (t) => {
  const dir = await workspace(t, { env: slowAnswers, slo: ['p99 < 10ms', 'max < 1h'] });
  const ended = await slowpath(dir, ['run', '--duration', '800ms', '--rate', '50/s']);
  const { verdict, scenario } = await readManifest(await onlyRunDir(dir));
  assert.equal(ended.code, verdict?.valid ? 1 : 4, ended.stderr);
  assert.match(ended.stdout, verdict?.valid ? /✗ p99 < 10ms +3\d\d ms\n +✓ max < 1h/ : /invalid measurement/);
  assert.equal(scenario.load.durationUs, 800_000);
  assert.deepEqual(scenario.load.arrivals, { model: 'constant', ratePerSecond: 50 });
  assert.match(ended.stderr, /^recording .*\nstarting targets\n[^]*measuring\n/);
  assert.doesNotMatch(ended.stdout + ended.stderr, /\u001b/);
});

test('What the generator cannot offer is exit code 4, with the reason and without percentiles', async (t) => {
  const dir = await workspace(t, { rate: 1e6, duration: '500ms', warmup: '0s', slo: ['p99 < 1h'] });
  const ended = await slowpath(dir, ['run', '--json']);
  assert.equal(ended.code, 4, ended.stderr);
  const json = jsonOf(ended);
  assert.equal(json.verdict.valid, false);
  assert.ok(json.verdict.reasons.length > 0);
  assert.equal(json.latencyUs.response.p99, null);
  assert.equal(json.slo[0]?.pass, false);
});

test('A target that dies mid-run is exit code 3 with its exit code and last words; the run opens', async (t) => {
  const dir = await workspace(t, { env: { EXIT_AFTER: '80' }, duration: '20s' });
  const ended = await slowpath(dir, ['run', '--json']);
  assert.equal(ended.code, 3, ended.stderr);
  assert.equal(ended.stdout, '');
  assert.match(ended.stderr, /Target "api" exited with code 7 during the run/);
  assert.match(ended.stderr, /out of stock: giving up/);
  const run = await openRun(await onlyRunDir(dir));
  assert.equal(run.manifest.state, 'failed');
  assert.ok(run.requests.length > 0, 'the requests until then are kept');
  const shown = await slowpath(dir, ['show', 'latest']);
  assert.equal(shown.code, 0);
  assert.match(shown.stdout, /✗ failed[^]*exited with code 7/);
  assert.deepEqual(await lingering(dir), []);
});

test('Targets that cannot start are exit code 3, each with what to do', async (t) => {
  const missing = await slowpath(await workspace(t, { command: 'nowhere.cjs' }), ['run']);
  assert.equal(missing.code, 3, missing.stderr);
  assert.match(missing.stderr, /nowhere\.cjs/);
  const silent = await slowpath(await workspace(t, { env: { LISTEN: 'no' }, readyTimeout: '300ms' }), ['run']);
  assert.equal(silent.code, 3, silent.stderr);
  assert.match(silent.stderr, /did not become ready within 0\.3 s/);
});

test('Ctrl+C ends the run early: exit code 130, a partial run that opens, nothing left', async (t) => {
  const dir = await workspace(t, { env: slowAnswers, duration: '60s' });
  const run = start(dir, ['run', '--json']);
  await run.says(/^measuring$/m);
  // As a terminal does it: to the whole group.
  process.kill(-run.pid, 'SIGINT');
  const ended = await run.ended;
  assert.equal(ended.code, 130, ended.stderr);
  assert.match(ended.stderr, /stopping; what was recorded is kept/);
  assert.equal(jsonOf(ended).run, basename(await onlyRunDir(dir)));
  const opened = await openRun(await onlyRunDir(dir));
  assert.equal(opened.manifest.state, 'cancelled');
  assert.ok(opened.requests.length > 0);
  assert.deepEqual(await lingering(dir), []);
});

test('A second Ctrl+C ends it at once; the run opens as cut short', async (t) => {
  const dir = await workspace(t, { duration: '60s' });
  const run = start(dir, ['run']);
  await run.says(/^measuring$/m);
  process.kill(run.pid, 'SIGINT');
  await run.says(/stopping/);
  process.kill(run.pid, 'SIGINT');
  assert.equal((await run.ended).code, 130);
  assert.deepEqual(await lingering(dir), []);
  const { state } = await readManifest(await onlyRunDir(dir));
  assert.ok(state === 'incomplete' || state === 'cancelled', state);
});

test('SIGKILL of the command leaves no process, and a folder that opens as incomplete; the next run is not refused', async (t) => {
  const dir = await workspace(t, { duration: '60s' });
  const run = start(dir, ['run']);
  await run.says(/^measuring$/m);
  assert.ok(processesOf(dir).length >= 4, 'command, guard, target and load are there');
  process.kill(run.pid, 'SIGKILL');
  assert.equal((await run.ended).signal, 'SIGKILL');
  assert.deepEqual(await lingering(dir), []);
  const crashed = await onlyRunDir(dir);
  // What is there only while a run goes on: what the kill left, and what one while collecting would have left.
  assert.ok(existsSync(join(crashed, '.reserve')));
  await writeFile(join(crashed, '.raw-2f7c-4d-12-0.json'), '{"pid":12,');
  await mkdir(join(crashed, '.perf-Ab12Cd'));
  await writeFile(join(crashed, '.perf-Ab12Cd', 'perf.data'), 'PERFILE2');
  await writeFile(join(crashed, '.mine'), 'not Slowpath’s');
  assert.equal((await openRun(crashed)).manifest.state, 'incomplete');
  const hidden = (await readdir(crashed)).filter((name) => name.startsWith('.'));
  assert.deepEqual(hidden, ['.mine']);
  const next = await slowpath(dir, ['run', '--json', '--duration', '300ms']);
  assert.ok(next.code === 0 || next.code === 4, next.stderr);
  assert.equal((await runDirs(dir)).length, 2);
  const listed = await slowpath(dir, ['list']);
  assert.match(listed.stdout, new RegExp(`${basename(crashed)} .* incomplete`));
});

test('Two at once in one workspace: the second is refused at once and names the first', async (t) => {
  const dir = await workspace(t, { duration: '60s' });
  const first = start(dir, ['run']);
  await first.says(/^measuring$/m);
  const id = basename(await onlyRunDir(dir));
  const second = await slowpath(dir, ['run']);
  assert.equal(second.code, 2);
  assert.match(second.stderr, new RegExp(`Another run, ${id}, is being measured`));
  assert.match((await slowpath(dir, ['list'])).stdout, new RegExp(`${id} .* running`));
  process.kill(first.pid, 'SIGINT');
  assert.equal((await first.ended).code, 130);
  await onlyRunDir(dir);
});

test('A workspace that cannot be written to is exit code 2 and says where else; --out goes there', async (t) => {
  const dir = await workspace(t, { env: slowAnswers });
  await writeFile(join(dir, '.slowpath'), 'a file in the way');
  const refused = await slowpath(dir, ['run']);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /\.slowpath[^]*--out DIR/);
  assert.deepEqual(processesOf(dir), []);
  const elsewhere = await slowpath(dir, ['run', '--json', '--duration', '300ms', '--out', 'records']);
  assert.ok(elsewhere.code === 0 || elsewhere.code === 4, elsewhere.stderr);
  assert.equal(jsonOf(elsewhere).dir, join(dir, 'records', jsonOf(elsewhere).run));
  assert.match((await slowpath(dir, ['list', '--out', 'records'])).stdout, new RegExp(jsonOf(elsewhere).run));
});

test('A full disk is exit code 2 with what was kept; the run opens', async (t) => {
  const dir = await workspace(t, { duration: '2s', rate: 1000 });
  const full = join(dir, 'full');
  const script = `set -e; mkdir ${full}; mount -t tmpfs -o size=160k tmpfs ${full}; "$@" && code=0 || code=$?; cp -r ${full}/. ${dir}/kept; exit $code`;
  const mounted = await slowpath(dir, ['run', '--out', 'full'], {
    through: ['unshare', '-rm', 'sh', '-c', script, 'sh'],
  });
  // Where no file system may be mounted, files that may not grow fail the same way.
  const limited = ['sh', '-c', 'trap "" XFSZ; ulimit -f 20; exec "$@"', 'sh'];
  const isMounted = existsSync(join(dir, 'kept'));
  const ended = isMounted ? mounted : await slowpath(dir, ['run', '--out', 'kept'], { through: limited });
  assert.equal(ended.code, 2, ended.stderr);
  assert.match(ended.stderr, isMounted ? /ENOSPC|disk is full/ : /EFBIG|size limit/);
  assert.match(ended.stderr, /Kept in .*run\.json/);
  const [name = ''] = (await readdir(join(dir, 'kept'))).filter((each) => !each.startsWith('.'));
  const { manifest } = await openRun(join(dir, 'kept', name));
  assert.equal(manifest.state, 'failed');
  assert.equal(manifest.error?.code, 'RUN_WRITE_FAILED');
  assert.deepEqual(await lingering(dir), []);
});

test('A failing target’s words cannot act on the terminal', async (t) => {
  const dir = await workspace(t, { env: { LAST_WORDS: 'one\u001b]0;title\u0007two\u001b[2Jthree\u202e\rfour' } });
  const ended = await slowpath(dir, ['run', '--verbose']);
  assert.equal(ended.code, 3);
  assert.match(ended.stderr, /one[^]*two[^]*three[^]*four/);
  assert.doesNotMatch(ended.stderr, /[\u0000-\u0009\u000b-\u001f\u202e]/);
});
