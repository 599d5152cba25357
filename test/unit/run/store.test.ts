import assert from 'node:assert/strict';
import { cp, mkdir, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { SlowpathError } from '../../../src/errors.ts';
import { encodeHlogHeader, encodeHlogLine } from '../../../src/latency/hlog.ts';
import { newHistogram, record } from '../../../src/latency/histogram.ts';
import { acquireLock } from '../../../src/run/lock.ts';
import type { Ready } from '../../../src/plan/scenario.ts';
import type { Manifest, Run } from '../../../src/run/model.ts';
import { isPlainName } from '../../../src/run/plainFiles.ts';
import {
  listRuns,
  openRun,
  readFindings,
  readManifest,
  readStoredFindings,
  resolveRunDir,
  writeFindings,
} from '../../../src/run/store.ts';
import { upgradeManifest } from '../../../src/run/upgrade.ts';
import { syntheticFindings, syntheticRun } from '../../fixtures/run.ts';
import { tempDir } from './fakes.ts';

const manifest = syntheticRun(1, { durationUs: 1e5 }).manifest;
const cpuprofile = {
  nodes: [
    {
      id: 1,
      callFrame: { functionName: '(root)', scriptId: '0', url: '', lineNumber: -1, columnNumber: -1 },
      hitCount: 2,
    },
  ],
  startTime: 1000,
  endTime: 3000,
  samples: [1, 1],
  timeDeltas: [0, 1000],
  slowpath: { target: 'api', pid: 12, tid: 13, name: 'worker 1', intervalUs: 500 },
};

/** Writes a run folder; `change` may be anything, hostile too. */
async function runFolder(dir: string, change: Readonly<Record<string, unknown>> = {}): Promise<string> {
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'run.json'), JSON.stringify({ ...manifest, id: basename(dir), ...change }));
  return dir;
}

function failsWith(code: string, ...words: readonly string[]): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof SlowpathError, String(error));
    assert.equal(error.code, code, error.message);
    for (const word of words) assert.ok(error.message.includes(word), `"${word}" is missing in: ${error.message}`);
    return true;
  };
}

test('A profile is opened with the target, process and thread its collector noted; one on another clock is not joined', async (t) => {
  const dir = await runFolder(join(await tempDir(t), 'run-1'), { window: null });
  await writeFile(join(dir, 'api.cpuprofile'), JSON.stringify(cpuprofile));
  await writeFile(join(dir, 'db.unaligned.cpuprofile'), JSON.stringify({ ...cpuprofile, slowpath: { target: 'db' } }));
  const { profile } = await openRun(dir);
  assert.deepEqual(profile?.threads, [{ target: 'api', pid: 12, tid: 13, name: 'worker 1' }]);
  assert.equal(profile.intervalUs, 500);
});

test('However its targets were awaited, a run opens', async (t) => {
  const ways: readonly Ready[] = [
    { kind: 'http', url: 'http://127.0.0.1:3000/health', timeoutUs: 10e6 },
    { kind: 'grpc', url: 'grpc://127.0.0.1:3000/shop.Orders', timeoutUs: 10e6 },
    { kind: 'port', port: 3000, timeoutUs: 10e6 },
    { kind: 'log', text: 'listening', timeoutUs: 10e6 },
  ];
  for (const ready of ways) {
    const { scenario } = manifest;
    const targets = scenario.targets.map((target) => (target.kind === 'launch' ? { ...target, ready } : target));
    const dir = await runFolder(join(await tempDir(t), ready.kind), { scenario: { ...scenario, targets } });
    const [opened] = (await openRun(dir)).manifest.scenario.targets;
    assert.ok(opened?.kind === 'launch');
    assert.deepEqual(opened.ready, ready);
  }
});

test('Missing and damaged files become gaps, and the rest opens', async (t) => {
  const dir = await runFolder(join(await tempDir(t), 'run-1'), {
    gaps: [],
    files: ['api.cpuprofile', 'db.cpuprofile'],
  });
  await writeFile(join(dir, 'api.cpuprofile'), JSON.stringify(cpuprofile).slice(0, 60));
  await writeFile(join(dir, 'worker.cpuprofile'), JSON.stringify(cpuprofile));
  await writeFile(join(dir, 'requests.parquet'), 'PAR1 not really PAR1');
  const run = await openRun(dir);
  assert.deepEqual(run.manifest.gaps.map(({ what }) => what).sort(), [
    'api.cpuprofile',
    'db.cpuprofile',
    'latency.hlog',
    'requests.parquet',
    'runtime.jsonl',
  ]);
  assert.equal(run.requests.length, 0);
  assert.equal(run.runtime.gc.length, 0);
  assert.equal(run.profile?.samples.length, 2, 'the profile a crash left unlisted is there');
});

test('A file that was cut or damaged after the run is named with what is missing, and nothing else is lost', async (t) => {
  const histogram = newHistogram();
  record(histogram, 1500);
  const hlog =
    encodeHlogHeader({ startTimeMs: 0, comments: [] }) +
    [0, 1]
      .map((startSeconds) => encodeHlogLine({ tag: 'response', startSeconds, lengthSeconds: 1, histogram }))
      .join('');
  const thread = { thread: 'api/12/12', target: 'api', pid: 12, tid: 12, name: 'main' };
  const stall = (at: number): object => ({ table: 'stalls', thread: 'api/12/12', startUs: [at], durationUs: [2000] });
  const runtime = [{ format: 1, kind: 'slowpath-runtime' }, thread, stall(1e6), stall(2e6)]
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('');
  const whole = { 'latency.hlog': hlog, 'runtime.jsonl': runtime, 'api.cpuprofile': JSON.stringify(cpuprofile) };
  const sizes = Object.fromEntries(Object.entries(whole).map(([name, text]) => [name, Buffer.byteLength(text)]));
  const lastLine = (text: string): string => text.slice(0, text.lastIndexOf('\n', text.length - 2) + 1);
  const opened = async (change: Readonly<Record<string, string>>, manifestChange = {}): Promise<Run> => {
    const dir = await runFolder(join(await tempDir(t), 'run-1'), { gaps: [], files: [], sizes, ...manifestChange });
    for (const [name, text] of Object.entries({ ...whole, ...change })) await writeFile(join(dir, name), text);
    const run = await openRun(dir);
    assert.equal(run.profile?.samples.length, 2);
    return run;
  };
  const told = ({ manifest: { gaps } }: Run): string[] =>
    gaps.filter(({ what, lost }) => lost && what !== 'requests.parquet').map(({ what, why }) => `${what}: ${why}`);
  assert.deepEqual(told(await opened({})), []);

  const cases: readonly [name: string, text: string, manifestChange: object, fault: RegExp, stalls: number][] = [
    ['runtime.jsonl', lastLine(runtime), {}, /it has \d+ B and was written with \d+ B; garbage/, 1],
    ['runtime.jsonl', runtime.slice(0, -9), { sizes: undefined }, /1 of its 4 lines can’t be read; garbage/, 1],
    ['runtime.jsonl', runtime.replace('"stalls"', 'stalls'), {}, /written with .* and 1 of its 4 lines can’t/, 1],
    ['runtime.jsonl', runtime.replace('[2000]', '[2000,7]'), { sizes: undefined }, /1 of its 4 lines/, 1],
    ['runtime.jsonl', '', {}, /it has 0 B and was written with/, 0],
    ['latency.hlog', lastLine(hlog), {}, /it has .* and was written with .*; only other tools read it/, 2],
    ['latency.hlog', hlog.slice(0, -9), { sizes: undefined }, /cut in the middle of a line; only other/, 2],
    ['latency.hlog', `\0\0\0${hlog}`, { sizes: undefined }, /its first line is not that of an interval log; only/, 2],
    [
      'latency.hlog',
      hlog.replace('0.000,1.000', 'x'),
      { sizes: undefined },
      /1 of its \d+ lines can’t be read; only/,
      2,
    ],
  ];
  for (const [name, text, manifestChange, fault, stalls] of cases) {
    const run = await opened({ [name]: text }, manifestChange);
    const [sentence, ...others] = told(run);
    assert.match(sentence ?? '', new RegExp(`^${name}: the file is damaged: .*${fault.source}`));
    assert.deepEqual(others, []);
    assert.equal(run.runtime.stalls.length, stalls, fault.source);
  }
  // What a crash cut short is as it was written.
  assert.deepEqual(told(await opened({ 'runtime.jsonl': runtime.slice(0, -9) }, { state: 'running', sizes: {} })), []);
});

test('What a crash left behind opens as incomplete; a run that is being measured stays running', async (t) => {
  const runsDir = await tempDir(t);
  const dir = await runFolder(join(runsDir, 'crashed'), {
    state: 'running',
    verdict: null,
    summary: null,
    window: null,
  });
  assert.equal((await readManifest(dir)).state, 'incomplete');
  const lock = await acquireLock(runsDir, 'crashed');
  assert.equal((await readManifest(dir)).state, 'running');
  await lock.dispose();
  assert.equal((await openRun(dir)).manifest.state, 'incomplete');
});

test('What only a run that goes on needs is cleared once nobody holds it, and never before', async (t) => {
  const base = await tempDir(t);
  const runsDir = join(base, 'runs');
  const dir = await runFolder(join(runsDir, 'crashed'), { state: 'running', verdict: null, summary: null });
  const passing = ['.raw-2f7c-4d-12-0.json', '.reserve', 'requests.parquet.partial', 'run.json.tmp'];
  const kept = ['.mine', '.raw-notes.txt', 'findings.json.tmp', 'latency.hlog'];
  for (const name of [...passing, ...kept]) await writeFile(join(dir, name), 'x');
  for (const name of ['.generator-2', '.0x-größe', '.py-spy-a1B2c3'])
    await mkdir(join(dir, name, 'deep'), { recursive: true });
  await writeFile(join(base, 'outside'), 'x');
  await symlink(join(base, 'outside'), join(dir, '.raw-link.json'));
  await symlink(dir, join(base, 'another-name'));
  const all = (await readdir(dir)).sort();

  const lock = await acquireLock(runsDir, 'crashed');
  await listRuns(runsDir);
  assert.equal((await openRun(join(base, 'another-name'))).manifest.state, 'running', 'by another name too');
  assert.deepEqual((await readdir(dir)).sort(), all);
  await lock.dispose();
  assert.equal((await listRuns(runsDir))[0]?.manifest?.state, 'incomplete');
  assert.deepEqual((await readdir(dir)).sort(), [...kept, 'run.json'].sort());
  assert.equal(await readFile(join(base, 'outside'), 'utf8'), 'x');
});

test('A run of a later format says what to do; later findings too', async (t) => {
  const dir = await runFolder(join(await tempDir(t), 'run-1'), { format: 3, scenario: 'quite another thing' });
  await assert.rejects(openRun(dir), failsWith('RUN_FUTURE_FORMAT', 'newer Slowpath', 'format 3', 'update'));
  await writeFile(join(dir, 'findings.json'), JSON.stringify({ format: 2, insights: [] }));
  await assert.rejects(readFindings(dir), failsWith('RUN_FUTURE_FORMAT', 'newer Slowpath'));
});

test('Older formats are upgraded step by step', () => {
  const known = {
    format: 3,
    upgraders: new Map<number, (old: Readonly<Record<string, unknown>>) => Record<string, unknown>>([
      [1, (old) => ({ ...old, two: [old['one']] })],
      [2, (old) => ({ ...old, three: [old['two']] })],
    ]),
  };
  assert.deepEqual(upgradeManifest({ format: 1, one: 'a' }, '/run', known), {
    format: 3,
    one: 'a',
    two: ['a'],
    three: [['a']],
  });
  assert.deepEqual(upgradeManifest({ format: 3 }, '/run', known), { format: 3 });
});

test('A run of format 1 opens: what it did not know has the value it had then', async (t) => {
  const known = await readManifest(await runFolder(join(await tempDir(t), 'run-2'), {}));
  const { protocol, url, arrivals, connections, timeoutUs, warmupUs, durationUs, allowRemote, requests } =
    known.scenario.load;
  const load = {
    ...{ protocol, url, arrivals, connections, timeoutUs, warmupUs, durationUs, allowRemote },
    requests: requests.map((each) => ({
      ...{ name: each.name, method: each.method, path: each.path },
      ...{ headers: each.headers, body: each.body, weight: each.weight },
    })),
  };
  const old = { format: 1, scenario: { ...known.scenario, load } };
  const opened = await readManifest(await runFolder(join(await tempDir(t), 'run-1'), old));
  assert.equal(opened.scenario.name, known.scenario.name);
  assert.deepEqual(opened.scenario.load, { ...known.scenario.load, traceparent: false });
});

test('Hostile manifests are refused in one sentence', async (t) => {
  const base = await tempDir(t);
  const changes: readonly Readonly<Record<string, unknown>>[] = [
    { format: '1' },
    { format: 0 },
    { format: 1.5 },
    { state: 'splendid' },
    { id: '../../etc' },
    { scenario: null },
    { files: 'run.json' },
    { startedAt: 'yesterday' },
    { summary: { requests: 7 } },
    { targets: [{ name: 'api' }] },
    { window: { warmupStartUs: 0, startUs: null, endUs: 1 } },
    { gaps: [{ what: 'x' }] },
  ];
  for (const [index, change] of changes.entries()) {
    const dir = await runFolder(join(base, `run-${index}`), change);
    await assert.rejects(openRun(dir), failsWith('RUN_UNREADABLE', 'run.json', 'damaged'), JSON.stringify(change));
  }
  for (const text of ['', 'null', '[]', '{"format":1', '\u0000\u0001']) {
    const dir = await runFolder(join(base, 'text'));
    await writeFile(join(dir, 'run.json'), text);
    await assert.rejects(openRun(dir), failsWith('RUN_UNREADABLE', 'damaged'), text);
  }
  const huge = await runFolder(join(base, 'huge'));
  await truncate(join(huge, 'run.json'), 5e9);
  await assert.rejects(openRun(huge), failsWith('RUN_UNREADABLE', 'MB'));
});

test('Whatever one value of a manifest is turned into, opening it gives a run or one clear error', async (t) => {
  const dir = await runFolder(join(await tempDir(t), 'run-1'));
  const paths = leafPaths(manifest);
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...paths), fc.jsonValue(), async (path, value) => {
      const changed: unknown = JSON.parse(JSON.stringify(manifest));
      setAt(changed, path, value);
      await writeFile(join(dir, 'run.json'), JSON.stringify(changed));
      try {
        await openRun(dir);
      } catch (error) {
        assert.ok(error instanceof SlowpathError && error.code.startsWith('RUN_'), String(error));
      }
    }),
    { numRuns: 300 },
  );
});

test('Files outside the folder are never read, whatever the manifest or a link says', async (t) => {
  const base = await tempDir(t);
  await writeFile(join(base, 'outside.cpuprofile'), JSON.stringify(cpuprofile));
  const files = [
    '../outside.cpuprofile',
    join(base, 'outside.cpuprofile'),
    '..',
    '.',
    '',
    'a/../../outside.cpuprofile',
    'a\\b.cpuprofile',
  ];
  const dir = await runFolder(join(base, 'run-1'), { files, window: null });
  await symlink(join(base, 'outside.cpuprofile'), join(dir, 'link.cpuprofile'));
  const run = await openRun(dir);
  assert.deepEqual(run.manifest.files, []);
  assert.equal(run.profile, null);
  assert.deepEqual(run.manifest.gaps.at(-1), {
    what: 'link.cpuprofile',
    why: 'the file is damaged: it is not a plain file; its CPU samples are missing',
    lost: true,
  });
  assert.ok(!['..', '', 'a/b', 'a\\b', 'a\0', 'x'.repeat(256)].some(isPlainName));
});

test('A manifest that is a link or a device is not followed', async (t) => {
  const base = await tempDir(t);
  await mkdir(join(base, 'run-1'));
  await symlink('/dev/zero', join(base, 'run-1', 'run.json'));
  await assert.rejects(openRun(join(base, 'run-1')), failsWith('RUN_UNREADABLE', 'plain file'));
});

test('Runs are listed newest first, with the reason where one does not open', async (t) => {
  const runsDir = await tempDir(t);
  const at = (id: string, startedAt: string): Promise<string> => runFolder(join(runsDir, id), { startedAt });
  await at('20260101-000000-orders-aaaa', '2026-01-01T00:00:00.000Z');
  await at('20260103-000000-orders-cccc', '2026-01-03T00:00:00.000Z');
  await at('20260102-000000-orders-bbbb', '2026-01-02T00:00:00.000Z');
  await writeFile(join(await at('20260104-000000-orders-dddd', ''), 'run.json'), '{');
  await mkdir(join(runsDir, 'not-a-run'));
  const entries = await listRuns(runsDir);
  assert.deepEqual(
    entries.map(({ id }) => id.slice(-4)),
    ['dddd', 'cccc', 'bbbb', 'aaaa'],
  );
  assert.deepEqual(
    entries.map(({ problem }) => problem?.code ?? null),
    ['RUN_UNREADABLE', null, null, null],
  );
  assert.deepEqual(await listRuns(join(runsDir, 'nowhere')), []);
});

test('A run is found by name, beginning, last letters, folder, file or as the latest', async (t) => {
  const runsDir = await tempDir(t);
  const first = await runFolder(join(runsDir, '20260101-000000-orders-aaaa'), {
    startedAt: '2026-01-01T00:00:00.000Z',
  });
  const second = await runFolder(join(runsDir, '20260102-000000-orders-bbbb'), {
    startedAt: '2026-01-02T00:00:00.000Z',
  });
  for (const wanted of [basename(first), '20260101', 'aaaa', first, join(first, 'run.json')]) {
    assert.equal(await resolveRunDir(runsDir, wanted), first, wanted);
  }
  assert.equal(await resolveRunDir(runsDir, 'latest'), second);
  await assert.rejects(resolveRunDir(runsDir, '2026'), failsWith('RUN_NOT_FOUND', '2 runs', 'aaaa', 'bbbb'));
  await assert.rejects(resolveRunDir(runsDir, '../nope'), failsWith('RUN_NOT_FOUND', 'slowpath list'));
  await assert.rejects(resolveRunDir(join(runsDir, 'none'), 'latest'), failsWith('RUN_NOT_FOUND', 'slowpath run'));
});

test('Findings come back as they were written; unreadable ones are none', async (t) => {
  const dir = await runFolder(join(await tempDir(t), 'run-1'));
  assert.equal(await readStoredFindings(dir), null);
  await writeFindings(dir, syntheticFindings());
  assert.deepEqual(await readFindings(dir), syntheticFindings());
  await writeFile(join(dir, 'findings.json'), '{"format":1,"findings":[{"rule":7}]}');
  assert.deepEqual(await readFindings(dir), []);
  await rm(join(dir, 'findings.json'));
  await mkdir(join(dir, 'findings.json'));
  await assert.rejects(writeFindings(dir, []), failsWith('RUN_WRITE_FAILED', dir));
});

test('A copied run opens like the original', async (t) => {
  const base = await tempDir(t);
  const dir = await runFolder(join(base, 'run-1'), { window: null });
  await cp(dir, join(base, 'copied here'), { recursive: true });
  const copied = await openRun(join(base, 'copied here'));
  const original: Manifest = (await openRun(dir)).manifest;
  assert.deepEqual(copied.manifest, original);
  assert.ok((await readFile(join(dir, 'run.json'), 'utf8')).length > 1000);
});

type Path = readonly (string | number)[];

function leafPaths(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [
    ...(path.length > 0 ? [path] : []),
    ...Object.entries(value).flatMap(([key, inner]) => leafPaths(inner, [...path, key])),
  ];
}

function setAt(root: unknown, path: Path, value: unknown): void {
  let holder = root as Record<string | number, unknown>;
  for (const key of path.slice(0, -1)) holder = holder[key] as Record<string | number, unknown>;
  const last = path.at(-1);
  if (last !== undefined) holder[last] = value;
}
