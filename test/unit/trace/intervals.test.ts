import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { intersect, intervalAt, IntervalMeasure, lengthOf, subtract, unionOf } from '../../../src/trace/intervals.ts';

const pairs = fc
  .array(fc.record({ start: fc.integer({ min: 0, max: 60 }), length: fc.integer({ min: 0, max: 15 }) }), {
    maxLength: 8,
  })
  .map((rows) => Float64Array.from(rows.flatMap(({ start, length }) => [start, start + length])));

/** Whether the middle of each whole µs is inside. */
const grid = (intervals: Float64Array): boolean[] =>
  Array.from({ length: 80 }, (_, us) => {
    for (let at = 0; at < intervals.length; at += 2)
      if ((intervals[at] ?? 0) <= us && us + 1 <= (intervals[at + 1] ?? 0)) return true;
    return false;
  });

const assertDisjoint = (intervals: Float64Array): void => {
  for (let at = 1; at < intervals.length; at++) assert.ok((intervals[at] ?? 0) > (intervals[at - 1] ?? 0));
};

describe('sets of time agree with a grid of microseconds', () => {
  test('union, intersection, difference, length', () => {
    fc.assert(
      fc.property(pairs, pairs, (a, b) => {
        const [left, right] = [unionOf(a), unionOf(b)];
        assertDisjoint(left);
        assert.deepEqual(grid(left), grid(a));
        const both = intersect(left, right);
        const rest = subtract(left, right);
        for (const result of [both, rest])
          for (let at = 0; at + 1 < result.length; at += 2) assert.ok((result[at] ?? 0) < (result[at + 1] ?? 0));
        assert.deepEqual(
          grid(both),
          grid(left).map((inside, us) => inside && grid(right)[us] === true),
        );
        assert.deepEqual(
          grid(rest),
          grid(left).map((inside, us) => inside && grid(right)[us] !== true),
        );
        assert.equal(lengthOf(left), grid(left).filter(Boolean).length);
      }),
      { numRuns: 500 },
    );
  });

  test('how much lies in a stretch', () => {
    fc.assert(
      fc.property(pairs, fc.integer({ min: 0, max: 79 }), fc.integer({ min: 0, max: 79 }), (a, from, to) => {
        const inside = grid(a).slice(from, Math.max(from, to)).filter(Boolean).length;
        assert.equal(new IntervalMeasure(unionOf(a)).within(from, to), inside);
      }),
      { numRuns: 500 },
    );
  });
});

test('gaps are bridged up to the bound', () => {
  assert.deepEqual([...unionOf(Float64Array.of(20, 30, 0, 10, 33, 40), 3)], [0, 10, 20, 40]);
});

test('the interval that holds a time, or the next one', () => {
  const intervals = Float64Array.of(0, 10, 20, 30);
  assert.deepEqual(
    [0, 9, 10, 15, 20, 29, 30, 99].map((time) => intervalAt(intervals, time)),
    [0, 0, 1, 1, 1, 1, 2, 2],
  );
});
