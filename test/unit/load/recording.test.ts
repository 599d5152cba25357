import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Worker } from 'node:worker_threads';
import { parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { findSteadyState } from '../../../src/latency/steadyState.ts';
import { newRandom } from '../../../src/load/random.ts';
import { Recording } from '../../../src/load/recording.ts';
import { readRequests } from '../../../src/load/requests.ts';
import { writeRequestsFile } from '../../../src/load/requestsFile.ts';
import { Outcome } from '../../../src/load/result.ts';
import { newRingMemory, RingReader, RingWriter, type Row } from '../../../src/load/ring.ts';
import { RowStore } from '../../../src/load/rowStore.ts';
import { addTotals, type LoadTotals } from '../../../src/load/totals.ts';
import { row } from './rows.ts';
import { temporaryFolder } from './support.ts';

const near = (actual: number | null, expected: number): void => {
  assert.ok(actual !== null && Math.abs(actual - expected) <= 0.001 * expected + 0.01, `${actual} is not ${expected}`);
};

test('the ring hands over every row in order, across many turns', () => {
  const memory = newRingMemory(8);
  const [writer, reader] = [new RingWriter(memory), new RingReader(memory)];
  const seen: number[] = [];
  for (let i = 0; i < 100; i++) {
    writer.push(row({ bytes: i, sentUs: NaN }));
    if (i % 7 === 6) {
      reader.drain((taken) => {
        assert.ok(Number.isNaN(taken.sentUs));
        assert.equal(taken.localPort, 40_000);
        seen.push(taken.bytes);
      });
    }
  }
  reader.drain((taken) => seen.push(taken.bytes));
  assert.deepEqual(
    seen,
    Array.from({ length: 100 }, (_, i) => i),
  );
  assert.equal(writer.dropped, 0);
});

test('a full ring counts what it could not take and goes on afterwards', () => {
  const memory = newRingMemory(8);
  const [writer, reader] = [new RingWriter(memory), new RingReader(memory)];
  for (let i = 0; i < 11; i++) writer.push(row());
  assert.equal(writer.dropped, 3);
  assert.equal(
    reader.drain(() => undefined),
    8,
  );
  writer.push(row());
  assert.equal(
    reader.drain(() => undefined),
    1,
  );
  assert.equal(writer.dropped, 3);
});

test('time is lent to a reader that waits, once there are rows enough or it wants more', (t) => {
  const memory = newRingMemory(64);
  const writer = new RingWriter(memory);
  const fill = (rows: number): void => {
    for (let i = 0; i < rows; i++) writer.push(row());
  };
  fill(40);
  assert.equal(writer.lend(0, 5e6), false, 'nobody waits');
  const reader = new Worker(new URL('./ringReader.ts', import.meta.url), { workerData: memory });
  t.after(() => reader.terminate());
  /** Until the reader waits for it; then it must have taken all rows when the time is given back. */
  const lend = (): boolean => {
    for (let tries = 0; tries < 10_000; tries++) {
      if (writer.lend(0, 60e6)) return true;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
    return false;
  };
  assert.equal(lend(), true);
  fill(10);
  assert.equal(writer.lend(0, 5e6), false, 'few rows');
  fill(54);
  assert.equal(writer.dropped, 0, 'the reader took the rows before');
  assert.equal(lend(), true);
  // The reader has taken 104 by now, and says that it wants more.
  assert.equal(lend(), true);
});

const startUs = 1_000_000;
const endUs = 3_000_000;

function record(rows: readonly Row[]): { summary: LoadTotals; lines: string[] } {
  const lines: string[] = [];
  const recording = new Recording(['a', 'b'], startUs, endUs, ({ startSeconds, tag, histogram }) => {
    lines.push(`${startSeconds} ${tag} ${histogram.total}`);
    return [];
  });
  for (const each of rows) recording.add(each);
  return { summary: addTotals([{ totals: recording.finish(), errorCodes: ['ECONNREFUSED'] }]), lines };
}

test('what counts where: answers, errors and censored requests', () => {
  const { summary } = record([
    row({ doneUs: startUs + 1000 }),
    row({ outcome: Outcome.badStatus, status: 500, sentUs: startUs + 2000, doneUs: startUs + 6000 }),
    row({ outcome: Outcome.connectionError, status: 0, error: 1, doneUs: startUs + 10 }),
    row({ outcome: Outcome.timeout, status: 0, sentUs: startUs + 100_000, doneUs: startUs + 300_000 }),
    row({ outcome: Outcome.inFlight, status: 0, sentUs: startUs + 50_000, doneUs: startUs + 500_000 }),
    row({ outcome: Outcome.unsent, status: 0, sentUs: NaN, connection: -1, doneUs: startUs + 900_000 }),
  ]);
  assert.equal(summary.due, 6);
  assert.deepEqual(summary.outcomes, [1, 1, 1, 1, 1, 1]);
  assert.deepEqual(summary.byStatus, { 200: 1, 500: 1 });
  assert.deepEqual(summary.byError, { ECONNREFUSED: 1 });
  // Response: 1, 6, 300, 500, 900 ms; the refused one has none.
  near(summary.response.p50, 300_000);
  near(summary.response.max, 900_000);
  near(summary.meanUs, 341_400);
  // Service: 1, 4, 200, 450 ms.
  near(summary.service.p50, 4000);
  near(summary.service.max, 450_000);
  // Send lag: 0, 2, 0, 100, 50 ms and 900 ms for what was never sent.
  near(summary.sendLag.p50, 2000);
  near(summary.sendLag.max, 900_000);
  // Finished: all but in flight and unsent; answered: two.
  assert.equal(summary.finishedInWindow, 4);
  assert.equal(summary.answeredInWindow, 2);
  assert.equal(summary.refused, 0);
});

test('warm-up is in no figure, except that throughput counts what ends in the window', () => {
  const { summary, lines } = record([
    row({ intendedUs: startUs - 500_000, doneUs: startUs - 1 }),
    row({ intendedUs: startUs - 1, doneUs: startUs + 5 }),
    row({ intendedUs: endUs, doneUs: endUs + 5 }),
    row({ intendedUs: endUs - 1, doneUs: endUs + 700_000 }),
  ]);
  assert.equal(summary.due, 1);
  assert.equal(summary.answeredInWindow, 1);
  near(summary.response.p50, 700_001);
  assert.deepEqual(lines.filter((line) => line.includes('response')).at(-1), '2 response 1');
});

test('the log has a line a second and series: by endpoint where there were requests, over all always', () => {
  const { lines } = record([
    row({ endpoint: 1 }),
    row({ endpoint: 0 }),
    row({ endpoint: 1 }),
    row({ endpoint: 1, intendedUs: startUs + 1_500_000 }),
  ]);
  assert.deepEqual(lines, [
    ...['response', 'service', 'sendLag'].flatMap((name) => [`0 ${name}/a 1`, `0 ${name}/b 2`, `0 ${name} 3`]),
    ...['response', 'service', 'sendLag'].flatMap((name) => [`1 ${name}/b 1`, `1 ${name} 1`]),
  ]);
});

test('a second that is over is summed up in steps, the next one recorded meanwhile; what is left is done when that one ends', () => {
  const lines: string[] = [];
  const recording = new Recording(['a'], startUs, endUs, function* ({ startSeconds, tag, histogram }) {
    yield;
    lines.push(`${startSeconds} ${tag} ${histogram.total}`);
  });
  recording.add(row());
  assert.equal(recording.work(), false);
  recording.tick(startUs + 1_200_000);
  assert.deepEqual(lines, []);
  let steps = 0;
  for (; lines.length < 2; steps++) assert.equal(recording.work(), true);
  assert.ok(steps >= 4, `${steps} steps for two lines`);
  recording.add(row({ intendedUs: startUs + 1_500_000 }));
  recording.add(row({ intendedUs: startUs + 1_500_000 }));
  recording.finish();
  assert.deepEqual(
    lines,
    [1, 2].flatMap((requests, second) =>
      ['response', 'service', 'sendLag'].flatMap((name) => [
        `${second} ${name}/a ${requests}`,
        `${second} ${name} ${requests}`,
      ]),
    ),
  );
});

test('times that are no numbers or run backwards are counted, not swallowed', () => {
  const { summary } = record([row({ doneUs: NaN }), row({ sentUs: startUs - 5 }), row()]);
  assert.equal(summary.refused, 2);
});

test('the live view covers the last second', () => {
  const recording = new Recording(['a'], Infinity, Infinity, () => []);
  for (let i = 0; i < 200; i++)
    recording.add(row({ intendedUs: 10_000_000 + i * 10_000, doneUs: 10_000_000 + i * 10_000 + 2000 }));
  const live = recording.liveFigures(12_000_000);
  assert.equal(live.ratePerSecond, 100);
  near(live.p50Us, 2000);
  assert.deepEqual(recording.liveFigures(20_000_000), { ratePerSecond: 0, p50Us: null, p99Us: null, errors: 0 });
});

async function written(t: TestContext, store: RowStore, endpoints: readonly string[]): Promise<ArrayBuffer> {
  const dir = await temporaryFolder(t);
  const path = join(dir, 'requests.parquet');
  writeRequestsFile(path, store, endpoints, null, null);
  assert.deepEqual(readdirSync(dir), ['requests.parquet']);
  const bytes = await readFile(path);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
}

test('requests.parquet: every column comes back, in order of intended time, over several row groups', async (t) => {
  const store = new RowStore(300_000, 1000, 1);
  const random = newRandom(3);
  for (let i = 0; i < 250_000; i++) {
    const intendedUs = 5e11 + i * 20 + (random.next() < 0.5 ? 300 : 0);
    store.add(
      row({
        intendedUs,
        endpoint: i % 3,
        bytes: i,
        outcome: i % 1000 === 0 ? Outcome.unsent : Outcome.ok,
        sentUs: i % 1000 === 0 ? NaN : intendedUs + 5,
      }),
    );
  }
  const bytes = await written(t, store, ['a', 'ü "b"', 'c']);
  const table = await readRequests(bytes);
  assert.equal(table.length, 250_000);
  assert.deepEqual(table.endpoints, ['a', 'ü "b"', 'c']);
  for (let i = 0; i < table.length; i++) {
    assert.ok(i === 0 || (table.intendedUs[i] ?? 0) >= (table.intendedUs[i - 1] ?? 0));
    const number = table.bytes[i] ?? -1;
    if (number % 97 !== 0) continue;
    assert.equal(table.endpoint[i], number % 3);
    assert.equal(table.outcome[i], number % 1000 === 0 ? Outcome.unsent : Outcome.ok);
    assert.equal(table.sentUs[i], number % 1000 === 0 ? NaN : (table.intendedUs[i] ?? 0) + 5);
    assert.equal(table.doneUs[i], (table.intendedUs[i] ?? 0) + 1000);
    assert.deepEqual([table.status[i], table.connection[i], table.localPort[i]], [200, 3, 40_000]);
  }
  const [first] = await parquetReadObjects({ file: bytes, rowEnd: 1 });
  assert.equal(first?.['endpoint'], 'a');
});

test('requests.parquet tells the warm-up from the window, and its medians where the warm-up was over', async (t) => {
  const window = { warmupStartUs: 5e6, startUs: 7e6, endUs: 11e6 };
  const store = new RowStore(300, 10, 1);
  // The first 2.6 s at 9 ms, then 2 ms; a refused one has no latency.
  for (let i = 0; i < 600; i++) {
    const intendedUs = 5e6 + i * 10_000;
    const refused = i % 7 === 0;
    const took = refused ? 10 : i < 260 ? 9000 : 2000;
    store.add(row({ intendedUs, doneUs: intendedUs + took, outcome: refused ? Outcome.connectionError : Outcome.ok }));
  }
  const path = join(await temporaryFolder(t), 'requests.parquet');
  const medians = writeRequestsFile(path, store, ['a'], null, window);
  assert.ok(medians);
  const steady = findSteadyState(medians);
  assert.deepEqual([steady?.startUs, steady?.coldP50Us, steady?.steadyP50Us], [7.6e6, 9000, 2000]);
  const bytes = await readFile(path);
  const metadata = await parquetMetadataAsync(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  const noted = metadata.key_value_metadata?.find(({ key }) => key === 'slowpath.window')?.value;
  assert.deepEqual(JSON.parse(noted ?? ''), window);
});

test('requests.parquet of a run without requests', async (t) => {
  const table = await readRequests(await written(t, new RowStore(10, 1, 1), ['a']));
  assert.equal(table.length, 0);
  assert.deepEqual(table.endpoints, ['a']);
});

test('a damaged requests.parquet is RUN_UNREADABLE, never a crash or wrong rows', async (t) => {
  const store = new RowStore(5000, 10, 1);
  for (let i = 0; i < 3000; i++) store.add(row({ intendedUs: i * 1000, bytes: i }));
  const good = new Uint8Array(await written(t, store, ['a']));
  const unreadable = { name: 'SlowpathError', code: 'RUN_UNREADABLE' };
  for (const length of [0, 3, 8, 100, good.length - 1]) {
    await assert.rejects(readRequests(good.slice(0, length).buffer), unreadable);
  }
  await assert.rejects(readRequests(new TextEncoder().encode('PAR1 not at all PAR1').buffer), unreadable);
  const random = newRandom(11);
  for (let round = 0; round < 150; round++) {
    const bad = good.slice();
    for (let i = 0; i < 4; i++) bad[Math.floor(random.next() * bad.length)] = Math.floor(random.next() * 256);
    try {
      assert.equal((await readRequests(bad.buffer)).length, 3000);
    } catch (error) {
      assert.equal((error as { code?: unknown }).code, 'RUN_UNREADABLE', String(error));
    }
  }
});

test('beyond the limit the slowest are all kept and the rest is a fair sample', () => {
  const [total, limit, slowest] = [50_000, 2000, 100];
  // Over several seeds, how often each tenth of the stream is in the sample; slow ones are spread evenly over it.
  const tenths = new Array<number>(10).fill(0);
  for (let seed = 1; seed <= 5; seed++) {
    const store = new RowStore(limit, slowest, seed);
    const random = newRandom(seed + 100);
    const responses: number[] = [];
    for (let i = 0; i < total; i++) {
      const us = 100 + random.next() * 1000 + (i % 777 === 0 ? 1e6 : 0);
      responses.push(us);
      store.add(row({ intendedUs: i, doneUs: i + us, bytes: i }));
    }
    assert.equal(store.length, limit);
    assert.deepEqual(store.sampling, { total, slowest, rest: total - slowest, restKept: limit - slowest });
    const kept = new Set<number>();
    for (const { bytes, intendedUs, doneUs } of store.sorted(300)) {
      for (const [at, number] of bytes.entries()) {
        kept.add(number);
        assert.equal(intendedUs[at], number, 'rows move whole');
        const us = responses[number] ?? NaN;
        assert.ok(Math.abs((doneUs[at] ?? NaN) - number - us) <= us * 2 ** -23, `${doneUs[at]} for ${number} + ${us}`);
      }
    }
    assert.equal(kept.size, limit, 'no row twice');
    const order = responses.map((_, i) => i).sort((a, b) => (responses[b] ?? 0) - (responses[a] ?? 0));
    for (const i of order.slice(0, slowest)) assert.ok(kept.has(i), `slow request ${i} is missing`);
    for (const i of order.slice(slowest))
      if (kept.has(i)) tenths[Math.floor((i * 10) / total)] = (tenths[Math.floor((i * 10) / total)] ?? 0) + 1;
  }
  // 9500 over ten: 950 each, standard deviation 29.
  for (const count of tenths) assert.ok(Math.abs(count - 950) < 130, tenths.join());
});
