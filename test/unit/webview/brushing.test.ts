import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { subsecondGrid } from '../../../src/profile/queries/subsecond.ts';
import { bandOf, barsOf, timeOf, wholeBars, withBand, withTime } from '../../../webview/brushing.ts';
import {
  cellAfterKey,
  cellAt,
  cellsOfRange,
  outlineOfCells,
  rangeOfCells,
} from '../../../webview/charts/subsecondCells.ts';
import { restoreState } from '../../../webview/pageState.ts';

const whole = { startUs: 1000, endUs: 9000 };
const part = { startUs: 2000, endUs: 3000 };
const band = { fromUs: 10, toUs: 100 };

describe('brushes together', () => {
  test('each keeps what the other chose, and clearing one leaves the other', () => {
    const both = withBand(withTime(null, part, whole), band, whole);
    assert.deepEqual(both, { ...part, response: band });
    assert.deepEqual(withBand(both, null, whole), part);
    assert.deepEqual(withTime(both, null, whole), { ...whole, response: band });
    assert.equal(withBand(withTime(both, null, whole), null, whole), null);
    assert.equal(withTime(part, null, whole), null);
  });

  test('a band alone is no stretch of time', () => {
    assert.equal(timeOf(withBand(null, band, whole), whole), null);
    assert.deepEqual(timeOf(withBand(part, band, whole), whole), part);
    assert.equal(timeOf(null, whole), null);
  });

  test('bars and bands lead to each other', () => {
    const histogram = { edgesUs: Float64Array.of(1, 10, 100, 1000), counts: Uint32Array.of(5, 0, 2) };
    assert.deepEqual(barsOf(histogram, band), { startUs: 1, endUs: 2 });
    assert.deepEqual(bandOf(histogram, { startUs: 1.2, endUs: 1.9 }), band);
    assert.deepEqual(bandOf(histogram, barsOf(histogram, { fromUs: 1, toUs: 1000 })), { fromUs: 1, toUs: 1000 });
    assert.equal(barsOf(histogram, undefined), null);
    assert.equal(bandOf(histogram, null), null);
    assert.deepEqual(wholeBars({ startUs: 2, endUs: 2.1 }), { startUs: 2, endUs: 3 });
  });

  test('what was saved comes back with its band; what makes no sense does not', () => {
    const saved = { range: { ...part, response: band } };
    assert.deepEqual(restoreState(JSON.parse(JSON.stringify(saved))).range, saved.range);
    for (const range of [
      { startUs: 3, endUs: 2 },
      { startUs: 'x', endUs: 2 },
      { ...part, response: { fromUs: 5, toUs: 5 } },
      { ...part, response: 7 },
      { ...part, response: { fromUs: null, toUs: 5 } },
    ])
      assert.equal(restoreState({ range }).range, null, JSON.stringify(range));
  });
});

describe('the subsecond heatmap’s cells', () => {
  const grid = subsecondGrid(5e6, 25e6);

  test('a column is a second of fifty rows, read upwards', () => {
    assert.deepEqual(grid, { startUs: 5e6, columnUs: 1e6, columns: 20, rows: 50 });
    assert.equal(cellAt(grid, 0, 1), 0);
    assert.equal(cellAt(grid, 0, 0), 49);
    assert.equal(cellAt(grid, 0.999, 0), 999);
    assert.equal(cellAt(grid, 0.06, 0.99), 50);
  });

  test('short and long recordings get round columns of another length', () => {
    assert.equal(subsecondGrid(0, 2e6).columnUs, 100e3);
    assert.equal(subsecondGrid(0, 12e6).columnUs, 1e6);
    assert.equal(subsecondGrid(0, 600e6).columnUs, 1e6);
    assert.equal(subsecondGrid(0, 3600e6).columnUs, 10e6);
    for (const length of [0, 1, 1000, 5e5, 1e15]) {
      const { columns, columnUs } = subsecondGrid(0, length);
      assert.ok(columns >= 1 && columns * columnUs >= length, `${length}`);
    }
  });

  test('two cells and the stretch between them are the same, in any order', () => {
    const range = rangeOfCells(grid, 260, 75);
    assert.deepEqual(range, { startUs: 6.5e6, endUs: 10.22e6 });
    assert.deepEqual(cellsOfRange(grid, range), [75, 260]);
    assert.equal(cellsOfRange(grid, { startUs: 0, endUs: 1e6 }), null);
    assert.deepEqual(cellsOfRange(grid, { startUs: 0, endUs: 99e6 }), [0, 999]);
  });

  test('the outline encloses exactly the cells between', () => {
    for (const [first, last] of [
      [0, 0],
      [75, 260],
      [10, 49],
      [40, 55],
      [0, 999],
    ] as const) {
      const corners = outlineOfCells(grid, [first, last]);
      let twice = 0;
      for (const [index, [x, y]] of corners.entries()) {
        const [nextX, nextY] = corners[(index + 1) % corners.length] ?? [0, 0];
        twice += x * nextY - nextX * y;
      }
      assert.ok(Math.abs(Math.abs(twice) / 2 - (last - first + 1) / 1000) < 1e-9, `${first}–${last}`);
    }
  });

  test('keys walk along the second and from second to second, and stay inside', () => {
    assert.equal(cellAfterKey(grid, 0, 'ArrowUp'), 1);
    assert.equal(cellAfterKey(grid, 0, 'ArrowDown'), 0);
    assert.equal(cellAfterKey(grid, 0, 'ArrowRight'), 50);
    assert.equal(cellAfterKey(grid, 980, 'ArrowRight'), 999);
    assert.equal(cellAfterKey(grid, 7, 'End'), 999);
    assert.equal(cellAfterKey(grid, 7, 'x'), null);
  });
});
