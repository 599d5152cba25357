import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Outcome } from '../../../src/load/result.ts';
import { laneOf, latencyHeatmap } from '../../../src/trace/heatmap.ts';
import { requestTable, runtimeTables } from './syntheticRun.ts';

const requests = requestTable(
  [
    { intended: 0, done: 10 },
    { intended: 100, done: 115 },
    { intended: 1000, done: 2000 },
    { intended: 1100, done: 1300, outcome: Outcome.timeout, endpoint: 1 },
    { intended: 5000, done: 5010 },
  ],
  ['a', 'b'],
);

test('counts by time and by decade of latency', () => {
  const map = latencyHeatmap(requests, { startUs: 0, endUs: 2000 }, { columns: 2, rowsPerDecade: 1 });
  assert.deepEqual([map.columns, map.rows, map.startUs, map.columnUs], [2, 3, 0, 1000]);
  assert.deepEqual([...map.edgesUs], [10, 100, 1000, 10_000]);
  assert.deepEqual([...map.counts], [2, 0, 0, 0, 1, 1]);
  assert.equal(map.maxCount, 2);
  assert.deepEqual([...map.offered], [2, 2]);
  assert.deepEqual([...map.errors], [0, 1]);
  assert.deepEqual([...map.completed], [2, 0]);
  assert.deepEqual([...map.maxUs], [15, 1000]);
});

test('one endpoint, a finer axis, and a column without requests', () => {
  const map = latencyHeatmap(requests, { startUs: 0, endUs: 3000 }, { columns: 3, rowsPerDecade: 4, endpoint: 1 });
  assert.equal(map.rows, 1);
  assert.deepEqual([...map.counts], [0, 1, 0]);
  assert.ok((map.edgesUs[0] ?? 0) <= 200 && 200 < (map.edgesUs[1] ?? 0));
  assert.ok(Number.isNaN(map.maxUs[2]));
});

test('no requests at all', () => {
  const map = latencyHeatmap(requestTable([]), { startUs: 0, endUs: 0 }, { columns: 4, rowsPerDecade: 8 });
  assert.equal(map.maxCount, 0);
  assert.equal(map.counts.length, map.columns * map.rows);
});

test('a lane holds what touches the range, in order', () => {
  const { gc } = runtimeTables({
    gc: [
      [900, 50],
      [100, 50],
      [990, 100],
      [2000, 10],
    ],
  });
  const lane = laneOf(gc, { startUs: 120, endUs: 1000 });
  assert.deepEqual(
    [[...lane.startUs], [...lane.durationUs], [...lane.row]],
    [
      [100, 900, 990],
      [50, 50, 100],
      [1, 0, 2],
    ],
  );
});
