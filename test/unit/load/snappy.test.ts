import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { snappyUncompressed } from '../../../src/load/snappy.ts';

test('by hand, from the format: literal, copies with one, two and four bytes of offset, one that copies itself', () => {
  const literal = [5 << 2, ...Buffer.from('abcdef')];
  for (const [element, expected] of [
    [[((4 - 4) << 2) | 1, 6], 'abcdefabcd'],
    [[((3 - 1) << 2) | 2, 4, 0], 'abcdefcde'],
    [[((3 - 1) << 2) | 3, 4, 0, 0, 0], 'abcdefcde'],
    [[((5 - 1) << 2) | 2, 1, 0], 'abcdeffffff'],
    [[60 << 2, 1, ...Buffer.from('gh')], 'abcdefgh'],
  ] as const) {
    const block = Uint8Array.from([expected.length, ...literal, ...element]);
    assert.equal(Buffer.from(snappyUncompressed(block, expected.length)).toString(), expected);
  }
});

test('damaged: a length with its highest bit set, beyond either end, cut off, another size than told', () => {
  for (const block of [
    [6, 63 << 2, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4, 5, 6],
    [6, 63 << 2, 0, 0, 0, 0x80, 1, 2, 3, 4, 5, 6],
    [6, 9 << 2, 1, 2, 3, 4, 5, 6],
    [6, 0, 1, (4 << 2) | 2, 2, 0],
    [6, 0, 1, (4 << 2) | 2, 0, 0],
    [6, 0, 1, (4 << 2) | 2, 1],
    [6, 0, 1, (63 << 2) | 2, 1, 0],
    [6, 0, 1],
    [0x80, 0x80],
    [],
  ])
    assert.throws(() => snappyUncompressed(Uint8Array.from(block), 6), RangeError, block.join(' '));
  assert.throws(() => snappyUncompressed(Uint8Array.of(1, 0, 1), 2 ** 31), RangeError);
});

test('any literals and copies: what the obvious reading of them gives; any bytes at all: read or refused', () => {
  const literal = fc.array(fc.nat(255), { minLength: 1, maxLength: 300 });
  const copy = fc.record({ back: fc.nat(5000), size: fc.integer({ min: 1, max: 64 }), wide: fc.boolean() });
  fc.assert(
    fc.property(fc.array(fc.oneof(literal, copy), { maxLength: 30 }), (elements) => {
      const expected: number[] = [];
      const block: number[] = [];
      for (const element of elements) {
        if (Array.isArray(element)) {
          block.push(61 << 2, (element.length - 1) & 255, (element.length - 1) >> 8, ...element);
          expected.push(...element);
        } else if (expected.length > 0) {
          const offset = (element.back % expected.length) + 1;
          const bytes = [offset & 255, offset >> 8, ...(element.wide ? [0, 0] : [])];
          block.push(((element.size - 1) << 2) | (element.wide ? 3 : 2), ...bytes);
          for (let i = 0; i < element.size; i++) expected.push(expected.at(-offset) ?? NaN);
        }
      }
      const { length } = expected;
      const told = [(length & 127) | 128, ((length >> 7) & 127) | 128, length >> 14];
      const whole = Uint8Array.from([...told, ...block]);
      assert.deepEqual([...snappyUncompressed(whole, length)], expected);
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(500), (block, length) => {
      try {
        assert.equal(snappyUncompressed(block, length).length, length);
      } catch (error) {
        assert.ok(error instanceof RangeError);
      }
    }),
    { numRuns: 2000 },
  );
});
