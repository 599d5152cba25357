import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { loadPlanFile } from '../../../src/plan/load.ts';
import { load, rejectionOf } from './expect.ts';

let folder = '';
before(async () => (folder = await mkdtemp(join(tmpdir(), 'slowpath-load-'))));
after(() => rm(folder, { recursive: true }));

async function planFile(content: string | Uint8Array): Promise<string> {
  const file = join(folder, 'slowpath.jsonc');
  await writeFile(file, content);
  return file;
}

const good = `{ "scenarios": { "größe": { ${load} } } }`;

test('a plan and its text', async () => {
  const { plan, text } = await loadPlanFile(await planFile(good));
  assert.equal(text, good);
  assert.deepEqual(Object.keys(plan.scenarios), ['größe']);
});

test('a byte order mark is no part of it', async () => {
  assert.deepEqual(Object.keys((await loadPlanFile(await planFile(`\uFEFF${good}`))).plan.scenarios), ['größe']);
});

test('a named pipe that nobody writes to is refused at once', async (t) => {
  const pipe = join(folder, 'pipe.jsonc');
  execFileSync('sh', ['-c', 'mkfifo "$0"', pipe]);
  // Opens the other end, so that without the refusal this test fails instead of never ending.
  const rescue = setTimeout(() => spawn('sh', ['-c', ': > "$0"', pipe], { stdio: 'ignore' }), 5000);
  t.after(() => clearTimeout(rescue));
  const start = performance.now();
  assert.match(await rejectionOf('PLAN_NOT_FOUND', () => loadPlanFile(pipe)), /pipe\.jsonc can't be read as a file/);
  assert.ok(performance.now() - start < 5000);
});

test('no file, a folder, a file in place of a folder', async () => {
  assert.equal(
    await rejectionOf('PLAN_NOT_FOUND', () => loadPlanFile(join(folder, 'none.jsonc'))),
    'There is no plan none.jsonc; run Slowpath: Create Plan, or name one with --plan.',
  );
  assert.match(
    await rejectionOf('PLAN_NOT_FOUND', () => loadPlanFile(folder)),
    /can't be read as a file; name a plan with --plan\.$/,
  );
  const file = await planFile(good);
  assert.match(
    await rejectionOf('PLAN_NOT_FOUND', () => loadPlanFile(join(file, 'slowpath.jsonc'))),
    /^There is no plan/,
  );
});

test('a device that never ends is no plan', async () => {
  await rejectionOf('PLAN_NOT_FOUND', () => loadPlanFile('/dev/zero'));
});

test('1 MiB is read, one byte more is not', async () => {
  const file = await planFile(good);
  await writeFile(file, `${good}${' '.repeat(1024 * 1024 - Buffer.byteLength(good))}`);
  await loadPlanFile(file);
  await writeFile(file, `${good}${' '.repeat(1024 * 1024 - Buffer.byteLength(good) + 1)}`);
  assert.match(
    await rejectionOf('PLAN_TOO_LARGE', () => loadPlanFile(file)),
    /^slowpath\.jsonc:1:1: the plan is larger than 1 MiB; write/,
  );
});

test('a sparse file of 100 GB is refused at once', async () => {
  const file = await planFile(good);
  await truncate(file, 100e9);
  await rejectionOf('PLAN_TOO_LARGE', () => loadPlanFile(file));
});

for (const [what, bytes, message] of [
  [
    'a Latin-1 letter',
    Buffer.from('{\n "größe": 1 }', 'latin1'),
    '2:5: the byte 0xf6 is not UTF-8; save the file as UTF-8',
  ],
  [
    'a letter cut off at the end',
    Buffer.from('{ "ä').subarray(0, 4),
    '1:4: the byte 0xc3 is not UTF-8; save the file as UTF-8',
  ],
  [
    'an encoded surrogate',
    Buffer.from([0x7b, 0xed, 0xa0, 0x80]),
    '1:2: the byte 0xa0 is not UTF-8; save the file as UTF-8',
  ],
  ['UTF-16', Buffer.from(`\uFEFF${good}`, 'utf16le'), '1:1: the file is UTF-16; save the file as UTF-8'],
  [
    'after CRLF and letters of several bytes',
    Buffer.concat([Buffer.from('{\r\n"😀ä'), Buffer.from([0xff])]),
    '2:5: the byte 0xff is not UTF-8; save the file as UTF-8',
  ],
] as const) {
  test(`bytes that are not UTF-8: ${what}`, async () => {
    assert.equal(
      await rejectionOf('PLAN_SYNTAX', () => planFile(bytes).then(loadPlanFile)),
      `slowpath.jsonc:${message}`,
    );
  });
}

test('an empty file', async () => {
  assert.match(
    await rejectionOf('PLAN_SYNTAX', () => planFile('').then(loadPlanFile)),
    /^slowpath\.jsonc:1:1: the file is empty; write/,
  );
});
