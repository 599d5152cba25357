import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { analyse } from '../../../src/trace/analyse.ts';
import { brushedOf } from '../../../src/trace/brushed.ts';
import { lengthOf } from '../../../src/trace/intervals.ts';
import { responseHistogram } from '../../../src/trace/responseHistogram.ts';
import { subsecondLatency } from '../../../src/trace/subsecondLatency.ts';
import { brushedWindows, requestSets } from '../../../src/trace/windows.ts';
import { syntheticRun } from '../../fixtures/run.ts';

const run = syntheticRun(1);
const { requests } = run;
const { window } = run.manifest;
assert.ok(window);
const whole = { startUs: window.startUs, endUs: window.endUs };
const response = { fromUs: 15_000, toUs: 60_000 };
const brushed = { ...whole, response };
const responseUs = (row: number): number => (requests.doneUs[row] ?? 0) - (requests.intendedUs[row] ?? 0);
const byHand = [...requests.intendedUs.keys()].filter((row) => {
  const intended = requests.intendedUs[row] ?? 0;
  const us = responseUs(row);
  return intended >= whole.startUs && intended < whole.endUs && us >= response.fromUs && us < response.toUs;
});

describe('a brushed band of response times', () => {
  test('counts the requests in it, no others', () => {
    assert.ok(byHand.length > 20);
    const { latency, tail } = analyse(run, { range: brushed });
    assert.equal(latency.response.max, Math.max(...byHand.map(responseUs)));
    assert.equal(tail?.slow.requests, byHand.length);
    assert.equal(tail.thresholdUs, response.fromUs);
  });

  test('holds them against typical requests outside of it', () => {
    const sets = requestSets(requests, brushed, 0.99);
    assert.deepEqual([...(sets?.slow ?? [])], byHand);
    assert.ok((sets?.typical.length ?? 0) > 100);
    for (const row of sets?.typical ?? []) assert.ok(responseUs(row) < response.fromUs);
    assert.equal(requestSets(requests, { ...whole, response: { fromUs: 1e9, toUs: 2e9 } }, 0.99), null);
  });

  test('counts the CPU time while they were in flight: the culprit takes most of it', () => {
    const share = (range: typeof whole): number =>
      analyse(run, { range })
        .functions.filter(({ name }) => name === 'recalculate')
        .reduce((sum, row) => sum + row.selfShare, 0);
    assert.ok(share(brushed) > 2 * share(whole), `${share(brushed)} against ${share(whole)}`);
    const windows = brushedWindows(requests, brushed);
    const covered = byHand.every((row) => {
      const at = windows.findIndex(
        (start, index) =>
          index % 2 === 0 &&
          start <= (requests.intendedUs[row] ?? 0) &&
          (windows[index + 1] ?? 0) >= (requests.doneUs[row] ?? 0),
      );
      return at >= 0;
    });
    assert.ok(covered);
    assert.ok(lengthOf(windows) < (whole.endUs - whole.startUs) / 2);
    assert.deepEqual(brushedWindows(requests, whole), Float64Array.of(whole.startUs, whole.endUs));
  });

  test('is believed from outside only if it makes sense', () => {
    assert.deepEqual(brushedOf({ ...brushed, more: 1 }), brushed);
    assert.deepEqual(brushedOf(whole), whole);
    for (const wrong of [
      null,
      1,
      {},
      { startUs: 1 },
      { startUs: 2, endUs: 1 },
      { startUs: 0, endUs: Infinity },
      { ...whole, response: null },
      { ...whole, response: { fromUs: 3, toUs: 2 } },
    ])
      assert.equal(brushedOf(wrong), null, JSON.stringify(wrong));
  });
});

describe('what a brush is drawn over', () => {
  test('the histogram counts each request of the stretch once; its bars stay where they are', () => {
    const all = responseHistogram(requests, whole);
    const intended = requests.intendedUs.filter((us) => us >= whole.startUs && us < whole.endUs).length;
    assert.equal(
      all.counts.reduce((sum, count) => sum + count, 0),
      intended,
    );
    const part = responseHistogram(requests, { startUs: whole.startUs, endUs: whole.startUs + 1e6 });
    assert.deepEqual(part.edgesUs, all.edgesUs);
    for (const [bar, count] of all.counts.entries()) {
      const from = all.edgesUs[bar] ?? 0;
      const to = all.edgesUs[bar + 1] ?? 0;
      const inside = [...requests.intendedUs.keys()].filter((row) => {
        const at = requests.intendedUs[row] ?? 0;
        return at >= whole.startUs && at < whole.endUs && responseUs(row) >= from && responseUs(row) < to;
      });
      assert.equal(count, inside.length, `bar ${bar}`);
    }
    assert.equal(responseHistogram({ ...requests, length: 0 }, whole).counts.length, 0);
  });

  test('the subsecond heatmap’s latency is the slowest request of each cell', () => {
    const grid = { startUs: whole.startUs, columnUs: 1e6, columns: 3, rows: 10 };
    const cells = subsecondLatency(requests, grid);
    for (const cell of [0, 7, 15, 29]) {
      const from = grid.startUs + cell * 1e5;
      let slowest = Number.NaN;
      for (const [row, intended] of requests.intendedUs.entries())
        if (intended >= from && intended < from + 1e5)
          slowest = Math.max(Number.isNaN(slowest) ? 0 : slowest, responseUs(row));
      assert.equal(cells[cell], slowest, `cell ${cell}`);
    }
  });
});
