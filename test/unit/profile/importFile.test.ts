import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { SlowpathError, type ErrorCode } from '../../../src/errors.ts';
import { importProfile } from '../../../src/profile/formats/index.ts';
import { importProfileFile } from '../../../src/profile/importFile.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/profiles');
const folder = mkdtempSync(join(tmpdir(), 'slowpath-import-'));
after(() => rmSync(folder, { recursive: true }));

function written(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function assertRefused(path: string, code: ErrorCode, message: RegExp, largestBytes?: number): Promise<void> {
  await assert.rejects(
    importProfileFile(path, largestBytes === undefined ? {} : { largestBytes }),
    (error: unknown) => error instanceof SlowpathError && error.code === code && message.test(error.message),
  );
}

describe('profiles from disk', () => {
  test('a small file and a streamed one, packed and not, give what their bytes give', async () => {
    for (const name of ['recursion.cpuprofile', 'perf/native.perf.txt', 'perf/render.perf.txt']) {
      const path = join(fixtures, name);
      const bytes = readFileSync(path);
      const expected = importProfile(bytes);
      assert.deepEqual(await importProfileFile(path), expected, name);
      assert.deepEqual(await importProfileFile(written('packed.gz', gzipSync(bytes))), expected, name);
    }
  });

  test('a streamed format may be larger than what is read whole', async () => {
    const bytes = readFileSync(join(fixtures, 'perf/native.perf.txt'));
    const many = written('many.txt', Buffer.concat(Array.from({ length: 40 }, () => bytes)));
    const profile = await importProfileFile(many, { largestBytes: 1024 * 1024 });
    assert.equal(profile.samples.length, 40 * importProfile(bytes).samples.length);
    assert.equal(profile.stacks.length, importProfile(bytes).stacks.length);
    const json = written('large.cpuprofile', JSON.stringify({ nodes: [], samples: [], pad: 'x'.repeat(2 ** 21) }));
    await assertRefused(json, 'FORMAT_TOO_LARGE', /more than 1 MB/, 1024 * 1024);
  });

  test('what is known to be another tool’s is told by its beginning, however large it is', async () => {
    const path = written('perf.data', 'PERFILE2');
    // Nothing on disk behind it: a hole.
    truncateSync(path, 3 * 2 ** 30);
    await assertRefused(path, 'FORMAT_UNKNOWN', /it is what perf record writes; "perf script -i FILE > FILE\.txt"/);
  });

  test('what cannot be read says why', async () => {
    await assertRefused(join(folder, 'none.txt'), 'FORMAT_UNKNOWN', /none\.txt can't be read: it is not there/);
    await assertRefused(folder, 'FORMAT_UNKNOWN', /it is a folder/);
    await assertRefused(written('empty', ''), 'FORMAT_MALFORMED', /empty/);
    const packed = gzipSync(readFileSync(join(fixtures, 'perf/native.perf.txt')));
    await assertRefused(written('cut.gz', packed.subarray(0, packed.length >> 1)), 'FORMAT_MALFORMED', /gzip/);
    await assertRefused(written('bad.gz', packed.fill(7, 100, 2000)), 'FORMAT_MALFORMED', /gzip/);
  });

  test('a fault deep inside closes the file and names the byte', async () => {
    const bytes = readFileSync(join(fixtures, 'perf/native.perf.txt'));
    const path = written('fault.txt', Buffer.concat([bytes, Buffer.from('nonsense here\n'), bytes]));
    await assertRefused(path, 'FORMAT_MALFORMED', new RegExp(`byte ${bytes.length} `));
  });
});
