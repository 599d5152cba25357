import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PairIndex } from '../../../src/profile/pairIndex.ts';

test('it numbers pairs like a map of texts does', () => {
  const small = fc.integer({ min: -2, max: 40 });
  const any = fc.oneof(small, fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }));
  fc.assert(
    fc.property(fc.array(fc.tuple(any, any), { maxLength: 300 }), (pairs) => {
      const index = new PairIndex();
      const slow = new Map<string, number>();
      for (const [first, second] of pairs) {
        const key = `${first} ${second}`;
        if (!slow.has(key)) slow.set(key, slow.size);
        assert.equal(index.idOf(first, second), slow.get(key));
      }
      assert.equal(index.length, slow.size);
    }),
  );
});

test('it grows, and still knows what came before', () => {
  const index = new PairIndex();
  const count = 50_000;
  for (let i = 0; i < count; i++) assert.equal(index.idOf(i - 1, i % 7), i);
  for (let i = 0; i < count; i++) assert.equal(index.idOf(i - 1, i % 7), i);
  assert.equal(index.length, count);
});
