import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newHistogram, addHistogram, rankOf, summarize } from '../../../src/latency/histogram.ts';
import { parseHlog } from '../../../src/latency/hlog.ts';
import { hasLatency } from '../../../src/load/latencies.ts';
import type { LoadProgress, LoadResult, RequestTable } from '../../../src/load/result.ts';
import { assertSums, codes, listen, listenSlowly, load, localPorts, measure, ok, request } from './support.ts';

/** Response times of the measured requests that count, sorted: what a reader of the table computes. */
function responses(table: RequestTable, result: LoadResult): number[] {
  const values: number[] = [];
  for (let i = 0; i < table.length; i++) {
    const intended = table.intendedUs[i] ?? 0;
    const inWindow = intended >= result.window.startUs && intended < result.window.endUs;
    if (inWindow && hasLatency(table.outcome[i] ?? 0)) values.push((table.doneUs[i] ?? 0) - intended);
  }
  return values.sort((a, b) => a - b);
}

test('log, table and summary tell the same story', async (t) => {
  const ports = new Set<number>();
  let seen = 0;
  const port = await listen(t, (socket, head) => {
    ports.add(socket.remotePort ?? 0);
    seen++;
    setTimeout(
      () => socket.write(head.startsWith('GET /bad') ? 'HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n' : ok),
      seen % 7,
    );
  });
  const progress: LoadProgress[] = [];
  const { result, table, hlog, phases } = await measure(
    t,
    load(port, {
      requests: [request({ name: 'good', weight: 4 }), request({ name: 'bad', path: '/bad' })],
      arrivals: { model: 'poisson', ratePerSecond: 300, seed: 42 },
      connections: 8,
      warmupUs: 500_000,
      durationUs: 2_000_000,
    }),
    { onProgress: (each) => progress.push(each) },
  );
  assert.deepEqual(phases, ['connecting', 'warmup', 'measuring', 'draining', 'writing']);
  assert.deepEqual(result.files, ['latency.hlog', 'requests.parquet']);
  assertSums(result);
  const { counts, window } = result;
  assert.equal(counts.ok + counts.errors, counts.sent);
  assert.deepEqual(counts.byStatus, { 200: counts.ok, 503: counts.errors });
  assert.ok(Math.abs(counts.errors / counts.sent - 0.2) < 0.08);
  assert.equal(window.endUs - window.startUs, 2_000_000);
  assert.equal(window.startUs - window.warmupStartUs, 500_000);
  assert.equal(result.ratePerSecond.offered, counts.sent / 2);

  const sorted = responses(table, result);
  assert.equal(sorted.length, counts.sent);
  for (const [key, q] of [
    ['p50', 0.5],
    ['p90', 0.9],
    ['p99', 0.99],
    ['max', 1],
  ] as const) {
    const [own, summed] = [sorted[rankOf(q, sorted.length) - 1] ?? NaN, result.latencyUs.response[key] ?? NaN];
    assert.ok(Math.abs(own / summed - 1) < 0.0015, `${key}: table ${own}, summary ${summed}`);
  }
  const file = parseHlog(hlog);
  assert.deepEqual([...file.tags].sort(), [
    'response',
    'response/bad',
    'response/good',
    'sendLag',
    'sendLag/bad',
    'sendLag/good',
    'service',
    'service/bad',
    'service/good',
  ]);
  const total = newHistogram();
  for (const line of file.lines) if (line.tag === 'response') addHistogram(total, line.histogram);
  assert.equal(total.total, counts.sent);
  assert.ok(Math.abs((summarize(total).p99 ?? 0) / (result.latencyUs.response.p99 ?? 1) - 1) < 0.002);

  // The join key with the server's side, and nothing sent twice or lost.
  const sent = localPorts(table);
  assert.ok(sent.every((local) => ports.has(local)));
  assert.equal(sent.length, seen);
  assert.ok(
    progress.some((each) => each.phase === 'measuring' && each.ratePerSecond > 200 && (each.p99Us ?? 0) > 1000),
  );
  assert.ok(progress.every((each) => each.share >= 0 && each.share <= 1));
});

test('the same seed offers the same requests at the same times', async (t) => {
  const port = await listen(t, (socket) => socket.write(ok));
  const what = load(port, {
    requests: [request({ name: 'a' }), request({ name: 'b' })],
    arrivals: { model: 'poisson', ratePerSecond: 200, seed: 5 },
    warmupUs: 0,
  });
  const runs = [await measure(t, what), await measure(t, what)];
  const [one, two] = runs.map(({ table, result }) => ({
    times: Array.from(table.intendedUs, (time) => Math.round(time - result.window.startUs)),
    endpoints: Array.from(table.endpoint),
  }));
  assert.ok(one && one.times.length > 100);
  assert.deepEqual(one, two);
});

test('method, headers, body and base path arrive as planned', async (t) => {
  const heads: string[] = [];
  const port = await listen(t, (socket, head) => {
    if (head.includes('HTTP/1.1')) heads.push(head);
    socket.write('HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n');
  });
  await measure(t, {
    ...load(port, {
      requests: [
        request({
          method: 'POST',
          path: '/orders?q=ü',
          headers: { 'X-One': '1', Host: 'shop.test' },
          body: '{"sku":"ä"}',
        }),
      ],
      connections: 1,
      durationUs: 200_000,
      warmupUs: 0,
    }),
    url: `http://127.0.0.1:${port}/v1/`,
  });
  assert.equal(
    heads[0],
    'POST /v1/orders?q=%C3%BC HTTP/1.1\r\nX-One: 1\r\nHost: shop.test\r\nuser-agent: slowpath\r\naccept: */*\r\ncontent-length: 12',
  );
});

test('closed loop: as many at once as users, each asking again when answered', async (t) => {
  const { port, most } = await listenSlowly(t, 10);
  const { result } = await measure(t, load(port, { arrivals: { model: 'closed', concurrency: 3 }, connections: 8 }));
  assert.equal(most(), 3);
  assert.equal(result.ratePerSecond.offered, null);
  // 3 users ÷ 10 ms; timers are late, never early, and on a busy machine much.
  assert.ok(result.counts.ok > 30 && result.counts.ok <= 303, String(result.counts.ok));
  assert.ok(codes(result.verdict.warnings).includes('CLOSED_LOOP'));
  assertSums(result);
});

test('null server: the floor is measured and of the same size as the load’s own median', async (t) => {
  const port = await listen(t, (socket) => socket.write(ok));
  const { result } = await measure(t, load(port, { arrivals: { model: 'closed', concurrency: 1 }, connections: 1 }));
  const [floor, p50] = [result.verdict.health.floorUs ?? NaN, result.latencyUs.service.p50 ?? NaN];
  assert.ok(floor > 5 && floor < 2000, String(floor));
  assert.ok(p50 > floor / 4 && p50 < floor * 20, `${p50} against ${floor}`);
  assert.equal(result.counts.errors, 0);
});

test('saturation: one connection, 50 ms each, 100 a second: INVALID, unsent requests counted as censored', async (t) => {
  const port = await listen(t, (socket) => setTimeout(() => socket.write(ok), 50));
  const { result, table } = await measure(
    t,
    load(port, {
      arrivals: { model: 'constant', ratePerSecond: 100 },
      connections: 1,
      timeoutUs: 300_000,
      durationUs: 2_000_000,
    }),
  );
  assert.equal(result.verdict.valid, false);
  const reasons = codes(result.verdict.reasons);
  assert.ok(reasons.includes('RATE_MISSED') && reasons.includes('SEND_LAG'), reasons.join());
  const { counts } = result;
  assert.ok(counts.unsent > 50, JSON.stringify(counts));
  assert.equal(counts.ok + counts.timeouts + counts.inFlight + counts.unsent, 200);
  assert.equal(responses(table, result).length, 200);
  assert.ok((result.latencyUs.response.max ?? 0) > 1_000_000);
});

test('beyond the row limit: memory stays bounded, histograms whole, and the gap is named', async (t) => {
  const port = await listen(t, (socket) => socket.write(ok));
  const { result, table } = await measure(t, load(port, { arrivals: { model: 'constant', ratePerSecond: 500 } }), {
    rowLimit: 100,
  });
  assert.equal(table.length, 100);
  assert.equal(result.counts.ok, 500);
  assert.match(
    result.gaps.map(({ why }) => why).join(),
    /of 600 requests the table keeps the slowest \d+ .* all of them are in the histograms/,
  );
});
