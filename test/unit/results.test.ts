import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { before, after, test } from 'node:test';
import { newCapacity, readCapacity, writeCapacity } from '../../src/capacity/record.ts';
import { listResults, findResultPage, readStoredResult, resultPage } from '../../src/results.ts';
import { packResult, unpackResult } from '../../src/run/pack.ts';
import { keepDoctor } from '../../src/run/doctorRecord.ts';
import { listRuns } from '../../src/run/store.ts';
import { writeMatrix } from '../../src/matrix/file.ts';
import { capacityRecord, examination } from '../fixtures/results.ts';
import { cell, matrix, soak } from './matrix/cells.ts';

let runsDir: string;
before(async () => {
  runsDir = await mkdtemp(join(tmpdir(), 'slowpath-results-'));
});
after(() => rm(runsDir, { recursive: true, force: true }));

const { scenario, workspaceFolder, planFile, range, levels } = capacityRecord();

test('a search opens while it goes on, after each level, and when it has ended', async () => {
  const { dir, record } = await newCapacity(runsDir, { scenario, workspaceFolder, planFile, range });
  assert.match(basename(dir), /^\d{8}-\d{6}-capacity-orders-[0-9a-f]{4}$/);
  assert.deepEqual(await readCapacity(dir), record);
  assert.equal(record.ended, null);
  await writeCapacity(dir, { ...record, levels: levels.slice(0, 2) });
  const partial = await readStoredResult(dir);
  assert.ok(partial?.kind === 'capacity');
  const soFar = resultPage(partial);
  assert.ok(soFar.kind === 'capacity' && soFar.state === 'unfinished' && soFar.levels.length === 2);
  const whole = { ...record, levels, ended: 'complete' as const };
  await writeCapacity(dir, whole);
  assert.deepEqual(await readCapacity(dir), whole);
  const page = await findResultPage(runsDir, basename(dir));
  assert.ok(page?.kind === 'capacity');
  assert.equal(page.sentence, 'The knee is at 787/s: last good 787/s, first bad 814/s; an objective was missed there.');
  // Of the rate that was measured twice the last counts.
  assert.equal(page.levels.length, levels.length - 1);
  // No run, so no command takes it for one.
  assert.deepEqual(await listRuns(runsDir), []);
});

test('an examination is kept as it was measured, and judged when it is opened', async () => {
  const { dir } = await keepDoctor(runsDir, examination({ throttledPeriods: 3 }));
  const stored = await readStoredResult(dir);
  assert.ok(stored?.kind === 'doctor');
  assert.deepEqual(stored.record.examination, examination({ throttledPeriods: 3 }));
  const page = resultPage(stored);
  assert.ok(page.kind === 'doctor' && !page.valid);
  assert.match(page.verdict, /^not fit for measuring: CPU limit \(none seen, throttled 3 times\)$/);
});

test('a page travels packed as it is', () => {
  const page = resultPage({ kind: 'capacity', record: capacityRecord() });
  assert.deepEqual(unpackResult(packResult(page)), page);
  assert.throws(() => unpackResult(new ArrayBuffer(8)), { code: 'FORMAT_MALFORMED' });
});

test('what is damaged, of the future or no result is told apart', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'slowpath-damaged-'));
  const make = async (name: string, text: string): Promise<string> => {
    const dir = join(folder, name);
    await mkdir(dir);
    await writeFile(join(dir, 'capacity.json'), text);
    return dir;
  };
  const good = capacityRecord();
  const cases = [
    [
      'cut',
      JSON.stringify(good).slice(0, 200),
      'RUN_UNREADABLE',
      /is not JSON; restore the file or delete its folder\.$/,
    ],
    ['later', JSON.stringify({ ...good, format: 2 }), 'RUN_FUTURE_FORMAT', /newer Slowpath \(format 2\)/],
    [
      'wrong',
      JSON.stringify({ ...good, levels: [{ ...levels[0], run: '../../etc' }] }),
      'RUN_UNREADABLE',
      /"levels\.0\.run"/,
    ],
    ['other', '[]', 'RUN_UNREADABLE', /is not what it should be; restore the file or delete its folder\.$/],
  ] as const;
  for (const [name, text, code, message] of cases)
    await assert.rejects(readStoredResult(await make(name, text)), { code, message });
  await mkdir(join(folder, 'empty'));
  assert.equal(await readStoredResult(join(folder, 'empty')), null);
  const listed = await listResults(folder);
  assert.deepEqual(listed.map(({ id }) => id).sort(), ['cut', 'later', 'other', 'wrong']);
  assert.ok(listed.every(({ result, problem }) => result === null && problem !== null));
  assert.deepEqual(await listResults(join(folder, 'absent')), []);
  // Reading changes nothing.
  assert.equal(await readFile(join(folder, 'other', 'capacity.json'), 'utf8'), '[]');
  await rm(folder, { recursive: true, force: true });
});

test('a matrix opens from its folder like the others', async () => {
  const dir = join(runsDir, 'a-matrix');
  await mkdir(dir);
  const shapes = matrix([cell({ run: 'run-1' }), cell({ shape: 'soak', soak: soak(50_000), run: 'run-2' })]);
  await writeMatrix(dir, shapes);
  const page = await findResultPage(runsDir, 'a-matrix');
  assert.ok(page?.kind === 'matrix');
  assert.equal(page.title, 'Matrix of orders');
  assert.deepEqual(
    page.cells.map(({ name, run }) => [name, run]),
    [
      ['many, as planned', 'run-1'],
      ['soak, as planned', 'run-2'],
    ],
  );
  const memory = page.cells[1]?.soak?.drifts.find(({ name }) => name === 'memory of api');
  assert.equal(memory?.verdict, 'drifts');
  assert.match(memory.figures, /^\+3 MB\/min/);
});
