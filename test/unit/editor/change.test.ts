import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changed, isBeyondNoise, signedAmount } from '../../../src/editor/change.ts';
import type { Change } from '../../../src/profile/queries/placedDiff.ts';

const change = (before: number, after: number, error = 0): Change => ({ before, after, error });
const sums = { sumBefore: 800, sumAfter: 1000 };

test('a change is told by side and by how much of a request it is, from the dearer side', () => {
  assert.deepEqual(changed(change(0, 100), sums), { side: 'more', level: 3 });
  assert.deepEqual(changed(change(100, 0), sums), { side: 'less', level: 3 });
  assert.deepEqual(changed(change(10, 30), sums), { side: 'more', level: 2 });
  assert.deepEqual(changed(change(10, 6), sums), { side: 'less', level: 1 });
});

test('a trifle has no colour, nor has what stayed the same or comes of nothing', () => {
  assert.equal(changed(change(10, 13), sums), null);
  assert.equal(changed(change(10, 10), sums), null);
  assert.equal(changed(change(0, 0), { sumBefore: 0, sumAfter: 0 }), null);
});

test('what samples alone could make has no colour', () => {
  assert.equal(changed(change(100, 200, 50), sums), null);
  assert.deepEqual(changed(change(100, 200, 49), sums), { side: 'more', level: 3 });
  assert.equal(isBeyondNoise(change(5, 5, 0)), false);
});

test('amounts bear their sign, a true minus', () => {
  assert.deepEqual(
    [1200, -400, 0].map((us) => signedAmount(us, 'us')),
    ['+1.2 ms', '−400 µs', '±0 µs'],
  );
  assert.equal(signedAmount(-2048, 'bytes'), '−2.05 KB');
});
