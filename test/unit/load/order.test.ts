import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { orderOf } from '../../../src/load/order.ts';

test('the order of any keys is that of the slow way, equal ones in their given order', () => {
  const keys = fc.oneof(
    fc.array(fc.double({ noNaN: true }), { maxLength: 200 }),
    fc.array(fc.nat(5), { maxLength: 200 }),
  );
  fc.assert(
    fc.property(keys, (list) => {
      const slow = list.map((_, i) => i).sort((a, b) => (list[a] ?? 0) - (list[b] ?? 0) || a - b);
      // −0 and 0 compare equal both ways.
      assert.deepEqual([...orderOf(Float64Array.from(list))], slow);
    }),
    { examples: [[[Infinity, -Infinity, Infinity]], [[]]] },
  );
});
