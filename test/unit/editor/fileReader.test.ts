import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readProfileFile, type ReadFile } from '../../../src/editor/fileReader.ts';
import { importProfile } from '../../../src/profile/formats/index.ts';
import { unpackProfile } from '../../../src/run/pack.ts';

const folder = mkdtempSync(join(tmpdir(), 'slowpath-reader-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const script = join(import.meta.dirname, '../../../src/editor/fileReaderMain.ts');
const fixture = join(import.meta.dirname, '../../fixtures/profiles/recursion.cpuprofile');

function written(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function read(
  path: string,
  options: { signal?: AbortSignal; script?: string; timeoutMs?: number; heapMb?: number } = {},
): Promise<ReadFile> {
  const own = new AbortController();
  after(() => own.abort());
  return readProfileFile(
    { path },
    { sampleType: null, signal: own.signal, script, timeoutMs: 120_000, heapMb: 1024, ...options },
  );
}

test('a profile is read elsewhere and comes slice by slice', async () => {
  const { profile, types } = await read(fixture);
  assert.equal(types, null);
  const whole = new Uint8Array(profile.byteLength);
  // Several at a time, the last one shorter than asked for.
  const starts = Array.from({ length: Math.ceil(profile.byteLength / 10_000) }, (_, index) => index * 10_000);
  await Promise.all(
    starts.map(async (from) => whole.set(new Uint8Array(await profile.slice(from, from + 10_000)), from)),
  );
  assert.deepEqual(unpackProfile(whole.buffer), importProfile(readFileSync(fixture)));
});

/** A root, `main` (line 1), and below it `hot` whose line 3 ran for three of four milliseconds; `other` has no file. */
const small = JSON.stringify({
  nodes: [
    ['(root)', '', -1, [2, 4]],
    ['main', 'file:///app/a.js', 0, [3]],
    ['hot', 'file:///app/a.js', 1, []],
    ['other', '', -1, []],
  ].map(([functionName, url, lineNumber, children], index) => ({
    id: index + 1,
    callFrame: { functionName, scriptId: '1', url, lineNumber, columnNumber: 0 },
    children,
    positionTicks: index === 2 ? [{ line: 3, ticks: 3 }] : [],
  })),
  startTime: 1000,
  endTime: 5000,
  samples: [3, 3, 3, 4],
  timeDeltas: [0, 1000, 1000, 1000],
});

test('what was read answers what its lines cost, who called a function and where its sources are', async () => {
  const { ask } = await read(written('small.cpuprofile', small));
  const heat = await ask('heat', { range: null });
  assert.deepEqual(
    heat.lines.map(({ file, line, selfUs, selfShare }) => [file, line, selfUs, selfShare]),
    [['/app/a.js', 3, 3000, 0.75]],
  );
  assert.deepEqual(
    heat.functions.map(({ name, line, selfUs, totalUs }) => [name, line, selfUs, totalUs]),
    [
      ['hot', 2, 3000, 3000],
      ['main', 1, 0, 3000],
    ],
  );
  assert.deepEqual([heat.unit, heat.durationUs], ['us', 4000]);
  const range = { startUs: 1500, endUs: 2000 };
  assert.deepEqual(
    (await ask('heat', { range })).lines.map(({ selfUs, selfShare }) => [selfUs, selfShare]),
    [[500, 1]],
  );
  const frame = heat.functions[0]?.frame ?? -1;
  const callers = await ask('callers', { range, frame });
  assert.deepEqual(
    callers?.callers.map(({ name, share, us }) => [name, share, us]),
    [['main', 1, 500]],
  );
  assert.equal(await ask('callers', { range: null, frame: 1e9 }), null);
  assert.deepEqual(await ask('sources', {}), [{ file: '/app/a.js', functions: ['main', 'hot'] }]);
});

test('what it refuses keeps its code and sentence', async () => {
  await assert.rejects(read(join(folder, 'none')), { code: 'FORMAT_UNKNOWN', message: /it is not there/ });
  await assert.rejects(read(written('text', 'hello')), { code: 'FORMAT_UNKNOWN', message: /What opens/ });
});

test('a file that would unfold to more than the reader may have is refused before it ends it', async () => {
  const path = written('hostile.json', `{"nodes":[{}${',{}'.repeat(7_000_000)}],"startTime":0,"samples":[]}`);
  await assert.rejects(read(path, { heapMb: 256 }), { code: 'FORMAT_TOO_LARGE', message: /more values than fit/ });
});

test('a reader that runs out of memory, ends or hangs is one sentence each', async () => {
  const swell = 'const all = []; for (;;) all.push(Array.from({ length: 1000 }, () => ({})));';
  const answers = (code: string): { script: string; heapMb: number } => ({
    script: written('fake.cjs', `process.on('message', () => { ${code} });`),
    heapMb: 32,
  });
  await assert.rejects(read(fixture, answers(swell)), { code: 'FORMAT_TOO_LARGE', message: /more memory/ });
  await assert.rejects(read(fixture, answers('process.exit(3);')), { code: 'INTERNAL', message: /exit code 3/ });
  await assert.rejects(read(fixture, { ...answers('for (;;);'), timeoutMs: 300 }), {
    code: 'FORMAT_TOO_LARGE',
    message: /longer than/,
  });
});

test('closing the file ends its reader, also while it reads and after it has', async () => {
  const closed = new AbortController();
  const hanging = written('hang.cjs', "process.on('message', () => { for (;;); });");
  const reading = read(fixture, { signal: closed.signal, script: hanging });
  closed.abort();
  await assert.rejects(reading, { code: 'CANCELLED' });
  const later = new AbortController();
  const { profile, ask } = await read(fixture, { signal: later.signal });
  later.abort();
  await assert.rejects(Promise.resolve(profile.slice(0, 10)), { code: 'CANCELLED' });
  await assert.rejects(ask('sources', {}), { code: 'CANCELLED' });
});
