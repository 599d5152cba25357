import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { unpackedSize } from '../../../src/editor/unpackedSize.ts';

test('what a file unfolds to is told from its ends, on disk and in memory', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'slowpath-unpacked-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const text = new TextEncoder().encode('main;handle;parse 12\n'.repeat(50_000));
  const packed = new Uint8Array(gzipSync(text));
  assert.ok(packed.length * 100 < text.length);
  const path = join(dir, 'stacks.gz');
  await writeFile(path, packed);
  assert.equal(await unpackedSize({ path }, packed.length), text.length);
  assert.equal(await unpackedSize({ name: 'stacks.gz', bytes: packed }, packed.length), text.length);
  assert.equal(await unpackedSize({ name: 'stacks.txt', bytes: text }, text.length), text.length);
  // Several files in one: the last one's size is less than theirs, and never less than the file's is told.
  const both = new Uint8Array([...packed, ...gzipSync('x')]);
  assert.equal(await unpackedSize({ name: 'both.gz', bytes: both }, both.length), both.length);
  assert.equal(await unpackedSize({ name: 'cut.gz', bytes: packed.subarray(0, 5) }, 5), 5);
  assert.equal(await unpackedSize({ path: join(dir, 'gone.gz') }, 1234), 1234);
});
