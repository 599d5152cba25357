import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newRandom } from '../../../src/load/random.ts';
import type { RequestTable } from '../../../src/load/result.ts';
import { RowStore } from '../../../src/load/rowStore.ts';
import { MergedRows, type RowPart } from '../../../src/load/shared/mergedRows.ts';
import { row } from './rows.ts';

/** What a process kept, as it is read back. */
function partOf(store: RowStore): RowPart {
  const [columns] = store.sorted(1e9);
  assert.ok(columns);
  const table: RequestTable = { ...columns, length: columns.intendedUs.length, endpoints: ['a'] };
  return { table, sampling: store.sampling };
}

function numbersOf(rows: MergedRows): number[] {
  const numbers: number[] = [];
  for (const columns of rows.sorted(700)) numbers.push(...columns.bytes);
  return numbers;
}

test('within the limit every row of every process is there, in order of intended time', () => {
  const stores = [0, 1, 2].map(() => new RowStore(1000, 10, 1));
  for (let i = 0; i < 2400; i++)
    stores[i % 3]?.add(row({ intendedUs: i * 10, bytes: i, sentUs: i % 5 ? i * 10 : NaN }));
  const merged = new MergedRows(stores.map(partOf), 3000, 30, newRandom(1));
  assert.equal(merged.sampling, null);
  assert.deepEqual(
    numbersOf(merged),
    Array.from({ length: 2400 }, (_, i) => i),
  );
});

test('beyond it the slowest of all are kept, wherever they were, and the rest is a fair sample of all processes', () => {
  // The first process is offered four fifths, and all slow ones lie in the second: a merge that treats them alike would show.
  const [total, limit, slowest, seeds] = [40_000, 2000, 100, 12];
  const shares = [0, 0];
  const tenths = new Array<number>(10).fill(0);
  for (let seed = 1; seed <= seeds; seed++) {
    const stores = [new RowStore(limit / 2, slowest, seed), new RowStore(limit / 2, slowest, seed + 50)];
    const random = newRandom(seed + 100);
    const responses: number[] = [];
    for (let i = 0; i < total; i++) {
      const which = i % 5 === 4 ? 1 : 0;
      const us = 100 + random.next() * 1000 + (i % 500 === 4 ? 1e6 : 0);
      responses.push(us);
      stores[which]?.add(row({ intendedUs: i, doneUs: i + us, bytes: i }));
    }
    const merged = new MergedRows(stores.map(partOf), limit, slowest, newRandom(seed));
    const kept = new Set(numbersOf(merged));
    const { sampling } = merged;
    assert.ok(sampling);
    assert.deepEqual([sampling.total, sampling.slowest, sampling.rest], [total, slowest, total - slowest]);
    assert.equal(kept.size, sampling.slowest + sampling.restKept, 'no row twice');
    assert.ok(kept.size <= limit && sampling.restKept > limit / 4, JSON.stringify(sampling));
    const order = responses.map((_, i) => i).sort((a, b) => (responses[b] ?? 0) - (responses[a] ?? 0));
    for (const i of order.slice(0, slowest)) assert.ok(kept.has(i), `slow request ${i} is missing`);
    for (const i of order.slice(slowest)) {
      if (!kept.has(i)) continue;
      shares[i % 5 === 4 ? 1 : 0] = (shares[i % 5 === 4 ? 1 : 0] ?? 0) + 1;
      tenths[Math.floor((i * 10) / total)] = (tenths[Math.floor((i * 10) / total)] ?? 0) + 1;
    }
  }
  const [first = 0, second = 0] = shares;
  const all = first + second;
  // A fifth of the rest (less the slow ones, 80 of 8000) is the second's: a binomial's standard deviation, five times.
  const expected = (all * (total / 5 - 80)) / (total - slowest);
  assert.ok(Math.abs(second - expected) < 5 * Math.sqrt(expected * 0.8), `${second}, expected ${expected}`);
  for (const count of tenths) assert.ok(Math.abs(count - all / 10) < 5 * Math.sqrt(all * 0.09), tenths.join());
});

test('a process that kept everything beside one that did not', () => {
  const stores = [new RowStore(500, 20, 1), new RowStore(500, 20, 2)];
  for (let i = 0; i < 4000; i++) stores[0]?.add(row({ intendedUs: i, doneUs: i + 100 + (i % 1000), bytes: i }));
  for (let i = 0; i < 60; i++) stores[1]?.add(row({ intendedUs: i, doneUs: i + 5000, bytes: 10_000 + i }));
  const merged = new MergedRows(stores.map(partOf), 1000, 40, newRandom(3));
  const kept = numbersOf(merged);
  const { sampling } = merged;
  assert.deepEqual([sampling?.total, sampling?.slowest], [4060, 40]);
  // The forty slowest are all of the second process.
  assert.ok(kept.filter((number) => number >= 10_000).length >= 40);
});
