import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { inflateGzip, isGzip } from '../../src/inflate.ts';

const limit = 1 << 20;
const text = (length: number): Uint8Array => Buffer.from('main;parse;read 12\n'.repeat(length));

test('what gzip packed is unpacked, at every level and strategy', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 5000 }),
    fc.array(fc.constantFrom(0, 1, 7), { maxLength: 9000 }).map((list) => Uint8Array.from(list)),
    // Wide alphabets of uneven use make codes longer than the first-level table.
    fc
      .array(fc.nat(40), { maxLength: 3000 })
      .map((list) => Uint8Array.from(list.flatMap((n) => Array<number>(n).fill(n * n)))),
  );
  fc.assert(
    fc.property(bytes, fc.constantFrom(0, 1, 6, 9), fc.constantFrom(0, 2, 4), (data, level, strategy) => {
      assert.deepEqual(inflateGzip(gzipSync(data, { level, strategy }), limit), Uint8Array.from(data));
    }),
  );
});

test('several members are read as one file, and zeros behind them are padding', () => {
  const [first, second] = [text(3), text(500)];
  const file = Buffer.concat([gzipSync(first), gzipSync(second), Buffer.alloc(9)]);
  assert.deepEqual(Buffer.from(inflateGzip(file, limit)), Buffer.concat([first, second]));
});

test('all optional parts of the header are passed over', () => {
  const plain = gzipSync(text(3));
  const extra = Buffer.from([3, 0, 1, 2, 3]);
  const names = Buffer.from('profile.pb\0a comment\0');
  const header = Buffer.from(plain.subarray(0, 10));
  header[3] = 4 | 8 | 16 | 2;
  const file = Buffer.concat([header, extra, names, Buffer.alloc(2), plain.subarray(10)]);
  assert.deepEqual(Buffer.from(inflateGzip(file, limit)), Buffer.from(text(3)));
});

test('damage is told with its byte', () => {
  const file = gzipSync(text(400));
  for (const length of [2, 9, 12, 20, file.length - 9, file.length - 1]) {
    assert.throws(
      () => inflateGzip(file.subarray(0, length), limit),
      (error: unknown) => error instanceof RangeError && error.message === `truncated at byte ${length}`,
      `cut at ${length}`,
    );
  }
  const flipped = Buffer.from(file);
  flipped.writeUInt8(flipped.readUInt8(file.length - 6) ^ 1, file.length - 6);
  assert.throws(() => inflateGzip(flipped, limit), new RegExp(`wrong checksum at byte ${file.length - 8}`));
  assert.throws(() => inflateGzip(Buffer.concat([file, text(1)]), limit), /no gzip header at byte \d+/);
});

test('one bit changed anywhere never gives other content', () => {
  const file = gzipSync(text(40));
  const whole = Buffer.from(text(40));
  // Time stamp, flags for the level and the operating system carry no content.
  const free = new Set([4, 5, 6, 7, 8, 9]);
  for (let bit = 0; bit < file.length * 8; bit++) {
    if (free.has(bit >> 3)) continue;
    const changed = Buffer.from(file);
    changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    try {
      assert.deepEqual(Buffer.from(inflateGzip(changed, limit)), whole, `bit ${bit}`);
    } catch (error) {
      assert.ok(error instanceof RangeError, String(error));
    }
  }
});

test('a bomb is stopped at the limit', () => {
  const bomb = gzipSync(Buffer.alloc(50_000_000));
  const before = process.memoryUsage().arrayBuffers;
  assert.throws(() => inflateGzip(bomb, 1_000_000), /unfolds to more than 1000000 bytes/);
  assert.ok(process.memoryUsage().arrayBuffers - before < 20_000_000);
  assert.equal(isGzip(bomb), true);
});
