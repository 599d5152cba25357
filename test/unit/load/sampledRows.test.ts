import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { quantileInterval, recordedStatistics } from '../../../src/latency/quantiles.ts';
import { newRandom } from '../../../src/load/random.ts';
import { readRequests } from '../../../src/load/requests.ts';
import { writeRequestsFile } from '../../../src/load/requestsFile.ts';
import type { RequestTable } from '../../../src/load/result.ts';
import { rowWeights } from '../../../src/load/sampledRows.ts';
import { RowStore } from '../../../src/load/rowStore.ts';
import { latencyHeatmap } from '../../../src/trace/heatmap.ts';
import { responseHistogram } from '../../../src/trace/responseHistogram.ts';
import { requestSets } from '../../../src/trace/windows.ts';
import { seriesOf } from '../../../webview/model/series.ts';
import { row } from './rows.ts';
import { temporaryFolder } from './support.ts';

const [total, limit, slowest] = [120_000, 4000, 300];
const half = { startUs: 0, endUs: (total / 2) * 100 };

/** Every 100 µs a request; in the second half they take twice as long. What RowStore keeps of them, as it comes back from the file. */
async function sampled(t: TestContext): Promise<{ table: RequestTable; allUs: Float64Array }> {
  const store = new RowStore(limit, slowest, 7);
  const random = newRandom(21);
  const allUs = new Float64Array(total);
  for (let i = 0; i < total; i++) {
    const tookUs = (100 - 200 * Math.log(1 - random.next())) * (i < total / 2 ? 1 : 2);
    allUs[i] = tookUs;
    store.add(row({ intendedUs: i * 100, sentUs: i * 100 + 5, doneUs: i * 100 + tookUs }));
  }
  const path = join(await temporaryFolder(t), 'requests.parquet');
  writeRequestsFile(path, store, ['a'], null, null);
  const bytes = await readFile(path);
  const table = await readRequests(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  return { table, allUs };
}

/** @param share by which they may be apart: some three standard errors. */
function near(actual: number, expected: number, share: number, what: string): void {
  assert.ok(Math.abs(actual / expected - 1) < share, `${what}: ${actual} is not about ${expected}`);
}

test('what is told of a sample of the requests is told of all of them', async (t) => {
  const { table, allUs } = await sampled(t);
  assert.equal(table.length, limit);
  near(table.standsFor?.reduce((sum, each) => sum + each, 0) ?? NaN, total, 1e-6, 'requests that the rows stand for');
  const all = recordedStatistics(allUs.slice());
  const whole = seriesOf(table, { startUs: 0, endUs: total * 100 });
  assert.equal(whole.requests, total);
  const at = (quantile: number): readonly [number, number] => [
    quantileInterval(whole.response, quantile).value,
    quantileInterval(all, quantile).value,
  ];
  // The slowest are all there: exact, but for what a row keeps of its time.
  near(...at(0.999), 1e-3, 'p99.9');
  near(...at(0.98), 0.05, 'p98');
  near(...at(0.5), 0.06, 'p50');
  const first = recordedStatistics(allUs.slice(0, total / 2));
  const brushed = seriesOf(table, half);
  near(brushed.requests, total / 2, 0.06, 'requests of the first half');
  near(
    quantileInterval(brushed.response, 0.99).value,
    quantileInterval(first, 0.99).value,
    0.08,
    'p99 of the first half',
  );
  near(
    requestSets(table, half, 0.99)?.thresholdUs ?? NaN,
    quantileInterval(first, 0.99).value,
    0.08,
    'slower than p99',
  );
  const heatmap = latencyHeatmap(table, half, { columns: 4, rowsPerDecade: 8 });
  for (const offered of heatmap.offered) near(offered, total / 8, 0.13, 'requests in a column');
  near(
    heatmap.counts.reduce((sum, count) => sum + count, 0),
    brushed.requests,
    0.01,
    'requests in all cells',
  );
  near(
    responseHistogram(table, half).counts.reduce((sum, count) => sum + count, 0),
    brushed.requests,
    0.01,
    'requests in all bars',
  );
});

test('rows as slow as the fastest of the slowest share what is not known', () => {
  const tookUs = [10, 20, 30, 30, 30, 40];
  const table = {
    length: 6,
    intendedUs: new Float64Array(6),
    doneUs: Float64Array.from(tookUs),
  } as unknown as RequestTable;
  const weights = rowWeights(JSON.stringify({ total: 23, slowest: 2, rest: 21, restKept: 4 }), table);
  // One of the three is among the slowest, the other two stand for 5.25 each.
  const shared = (1 + 2 * 5.25) / 3;
  assert.deepEqual(weights, Float32Array.of(5.25, 5.25, shared, shared, shared, 1));
});

test('a sample that does not fit its rows is refused', () => {
  const table = { length: 2, intendedUs: new Float64Array(2), doneUs: new Float64Array(2) } as unknown as RequestTable;
  for (const sampling of [
    'null',
    '{}',
    '{"slowest":2,"rest":5,"restKept":1}',
    '{"slowest":0,"rest":5,"restKept":2}',
    '{"slowest":1,"rest":0,"restKept":1}',
    '{"slowest":1,"rest":1e999,"restKept":1}',
  ])
    assert.throws(() => rowWeights(sampling, table), RangeError, sampling);
});
