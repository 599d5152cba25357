import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { encodeHlogLine, parseHlog } from '../../../src/latency/hlog.ts';
import { hlogHead } from '../../../src/load/hlogFile.ts';
import { newRandom } from '../../../src/load/random.ts';
import { Recording } from '../../../src/load/recording.ts';
import type { Row } from '../../../src/load/ring.ts';
import { newEndpointPicker, newSchedule } from '../../../src/load/schedule.ts';
import { dealt, firstConnection, shareOf } from '../../../src/load/share.ts';
import { HlogMerger } from '../../../src/load/shared/hlogMerger.ts';
import { addTotals } from '../../../src/load/totals.ts';
import { Templates } from '../../../src/load/content/template.ts';
import type { Arrivals } from '../../../src/plan/scenario.ts';
import { row } from './rows.ts';
import { load, temporaryFolder } from './support.ts';

const models: Arrivals[] = [
  { model: 'constant', ratePerSecond: 700 },
  { model: 'poisson', ratePerSecond: 700, seed: 9 },
  { model: 'step', ratesPerSecond: [100, 900, 300], holdUs: 300_000, spacing: 'poisson', seed: 4 },
  { model: 'ramp', fromPerSecond: 50, toPerSecond: 2000, spacing: 'constant', seed: 1 },
  { model: 'ramp', fromPerSecond: 2000, toPerSecond: 50, spacing: 'poisson', seed: 2 },
];

/** Time and endpoint of the first arrivals, as a session with that share takes them. */
function arrivals(model: Arrivals, index: number, count: number, length: number): [number, number][] {
  const schedule = newSchedule(model, 100_000, 1_000_000);
  assert.ok(schedule);
  const next = dealt(() => schedule.next(), { index, count });
  const pick = dealt(newEndpointPicker([1, 3, 2], newRandom(77)), { index, count });
  return Array.from({ length }, () => [next(), pick()]);
}

for (const model of models) {
  test(`${model.model}: the arrivals of all processes together are those of one, endpoints too`, () => {
    const whole = arrivals(model, 0, 1, 900);
    for (const count of [2, 3, 5]) {
      const parts = Array.from({ length: count }, (_, index) => arrivals(model, index, count, 900 / count));
      for (let i = 0; i < 900; i++) assert.deepEqual(parts[i % count]?.[Math.floor(i / count)], whole[i]);
    }
  });
}

test('connections and users are split, and no process has more users than its connections carry', () => {
  for (const [connections, streams, concurrency, count] of [
    [3, 100, 300, 2],
    [16, 1, 16, 5],
    [7, 10, 61, 3],
    [64, 1, 40, 8],
  ] as const) {
    const whole = load(1, { connections, streams, arrivals: { model: 'closed', concurrency } });
    let [opened, users] = [0, 0];
    for (let index = 0; index < count; index++) {
      const share = { index, count };
      assert.equal(firstConnection(whole, share), opened);
      const part = shareOf(whole, share);
      const own = part.arrivals.model === 'closed' ? part.arrivals.concurrency : NaN;
      assert.ok(part.connections > 0 && own > 0 && own <= part.connections * streams, JSON.stringify(part));
      opened += part.connections;
      users += own;
    }
    assert.deepEqual([opened, users], [connections, concurrency]);
  }
});

test('counters and rows of data files are given out once among all processes', () => {
  const users = { columns: ['id'], rows: Array.from({ length: 50 }, (_, i) => [`u${i}`]) };
  const seen: string[] = [];
  for (let index = 0; index < 3; index++) {
    const templates = new Templates(1, new Map([['users', users]]), { index, count: 3 });
    const text = templates.compile('{{counter}} {{users.id}}');
    for (let n = 0; n < 20; n++) {
      templates.advance();
      seen.push(text.next());
    }
  }
  const expected = Array.from({ length: 60 }, (_, i) => `${i + 1} u${i % 50}`);
  assert.deepEqual(new Set(seen), new Set(expected));
  assert.equal(new Set(seen).size, 60);
});

const startUs = 1_000_000;
const names = ['b, c', 'a'];

/** Three and a half seconds of requests with a long tail, in the order in which they end. */
function manyRows(): Row[] {
  const random = newRandom(5);
  const rows = Array.from({ length: 6000 }, (_, i) => {
    const intendedUs = startUs + i * 500;
    const took = 80 / (1 - random.next()) + (i % 500 === 0 ? 400_000 : 0);
    const sentUs = intendedUs + random.next() * 20;
    return row({
      intendedUs,
      dispatchedUs: intendedUs + 1,
      sentUs,
      doneUs: sentUs + took,
      endpoint: i % 7 === 0 ? 1 : 0,
    });
  });
  return rows.sort((a, b) => a.doneUs - b.doneUs);
}

test('merged figures and the merged log are those of one process that recorded the same rows, count by count', async (t) => {
  const dir = await temporaryFolder(t);
  const recordTo = (name: string, rows: readonly Row[]) => {
    const path = join(dir, name);
    writeFileSync(path, hlogHead(startUs));
    const recording = new Recording(names, startUs, startUs + 3_000_000, (line) => {
      appendFileSync(path, encodeHlogLine(line, deflateSync));
      return [];
    });
    for (const each of rows) recording.add(each);
    return { path, totals: recording.finish() };
  };
  const rows = manyRows();
  const whole = recordTo('whole', rows);
  const parts = [0, 1, 2].map((index) =>
    recordTo(
      `part${index}`,
      rows.filter((_, i) => i % 3 === index),
    ),
  );

  const sum = (all: readonly (typeof whole)[]) => addTotals(all.map(({ totals }) => ({ totals, errorCodes: [] })));
  assert.deepEqual(sum(parts), { ...sum([whole]), meanUs: sum(parts).meanUs });
  assert.ok(Math.abs((sum(parts).meanUs ?? 0) / (sum([whole]).meanUs ?? 1) - 1) < 1e-9);

  let text = hlogHead(startUs);
  const merger = new HlogMerger(
    parts.map(({ path }) => path),
    names,
    (lines) => (text += lines),
  );
  merger.poll();
  for (let index = 0; index < 3; index++) merger.ended(index);
  merger.poll();
  merger.poll();
  const lines = (log: string) => parseHlog(log).lines.map(({ histogram, ...rest }) => ({ ...rest, histogram }));
  assert.deepEqual(lines(text), lines(readFileSync(whole.path, 'utf8')));
  assert.ok(lines(text).length >= 3 * 9);
});

test('the log is merged while it grows: a second is written when all have it, or those that lack it have ended', async (t) => {
  const dir = await temporaryFolder(t);
  const paths = [join(dir, 'one'), join(dir, 'two')];
  const [one = '', two = ''] = paths;
  const written: string[] = [];
  const merger = new HlogMerger(paths, ['a'], (lines) => {
    for (const { startSeconds, tag, histogram } of parseHlog(`#[MaxValueDivisor: 1000000.0]\n${lines}`).lines)
      if (tag === 'response') written.push(`${startSeconds}: ${histogram.total}`);
  });
  const second = (startSeconds: number): string => {
    const series: string[] = [];
    const recording = new Recording(['a'], 0, 1e6, (line) => {
      series.push(encodeHlogLine({ ...line, startSeconds }, deflateSync));
      return [];
    });
    recording.add(row({ intendedUs: 10, doneUs: 500 }));
    recording.finish();
    return series.join('');
  };
  merger.poll();
  appendFileSync(one, hlogHead(0) + second(0) + second(1).slice(0, -5));
  merger.poll();
  assert.deepEqual(written, []);
  appendFileSync(two, hlogHead(0) + second(0));
  merger.poll();
  assert.deepEqual(written, ['0: 2']);
  appendFileSync(one, second(1).slice(-5) + second(2));
  merger.poll();
  assert.deepEqual(written, ['0: 2']);
  merger.ended(1);
  merger.poll();
  assert.deepEqual(written, ['0: 2', '1: 1', '2: 1']);
  merger.ended(0);
  merger.poll();
  assert.deepEqual(written, ['0: 2', '1: 1', '2: 1']);
});
