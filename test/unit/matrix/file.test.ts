import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { MATRIX_FILE, readMatrix, writeMatrix } from '../../../src/matrix/file.ts';
import { listRuns } from '../../../src/run/store.ts';
import { cell, chain, matrix, soak } from './cells.ts';

async function folder(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'slowpath-matrix-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

const whole = matrix([
  cell({ shape: 'single', clients: 1, ratePerSecond: { offered: null, achieved: 900 } }),
  cell({ outcome: 'invalid', reasons: ['The generator was busy.'], latencyUs: null, errors: null }),
  cell({ shape: 'chain', chain }),
  cell({ shape: 'soak', soak: soak(50_000) }),
]);

test('What was written is read again, and a run list passes it by', async (t) => {
  const runs = await folder(t);
  const dir = join(runs, whole.id);
  await mkdir(dir);
  await writeMatrix(dir, whole);
  assert.deepEqual(await readMatrix(dir), whole);
  assert.deepEqual(await readdir(dir), [MATRIX_FILE]);
  assert.deepEqual(await listRuns(runs), []);
});

test('What an older release wrote, without the numbers of requests, opens', async (t) => {
  const dir = await folder(t);
  const withoutCounts = (key: string, value: unknown): unknown =>
    key === 'count' || key === 'requests' ? undefined : value;
  const old = matrix([cell(), cell({ shape: 'chain', chain: null })]);
  await writeFile(join(dir, MATRIX_FILE), JSON.stringify(old, withoutCounts));
  assert.deepEqual(await readMatrix(dir), matrix(old.cells.map((each) => ({ ...each, requests: null }))));
  const times = JSON.stringify(whole).replaceAll(/"count":\d+,/g, '');
  await writeFile(join(dir, MATRIX_FILE), times);
  assert.equal((await readMatrix(dir)).cells[2]?.chain?.hops[1]?.servedUs.count, null);
});

test('What is no matrix, a newer one, or a damaged one, is refused with its reason', async (t) => {
  const dir = await folder(t);
  await assert.rejects(readMatrix(dir), { code: 'RUN_NOT_FOUND' });
  const refused = async (text: string, code: string, message: RegExp): Promise<void> => {
    await writeFile(join(dir, MATRIX_FILE), text);
    await assert.rejects(readMatrix(dir), { code, message });
  };
  await refused('{"format":1', 'RUN_UNREADABLE', /it is not JSON/);
  await refused(JSON.stringify({ ...whole, format: 2 }), 'RUN_FUTURE_FORMAT', /newer Slowpath \(format 2/);
  await refused(
    JSON.stringify({ ...whole, cells: [{ ...whole.cells[0], run: '../up' }] }),
    'RUN_UNREADABLE',
    /cells\.0\.run/,
  );
  await refused(JSON.stringify({ ...whole, state: 'odd' }), 'RUN_UNREADABLE', /"state" is not what it should be/);
  await refused('null', 'RUN_UNREADABLE', /damaged/);
});

test('A disk that takes nothing is said, and leaves no draft', async (t) => {
  const dir = join(await folder(t), 'gone');
  await assert.rejects(writeMatrix(dir, whole), { code: 'RUN_WRITE_FAILED' });
});
