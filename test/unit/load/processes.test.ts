import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { addHistogram, newHistogram } from '../../../src/latency/histogram.ts';
import { parseHlog } from '../../../src/latency/hlog.ts';
import { newSchedule } from '../../../src/load/schedule.ts';
import { runLoad } from '../../../src/load/run.ts';
import {
  childrenOf,
  codes,
  isAlive,
  listen,
  listenSlowly,
  load,
  measure,
  ok,
  quiet,
  request,
  temporaryFolder,
} from './support.ts';

/** The generator processes that the load process has started: those of them that are not the load process itself. */
function senders(): number[] {
  return childrenOf(process.pid).flatMap((pid) => childrenOf(pid));
}

test('two processes offer the one load, and leave the files of one', async (t) => {
  const heads: string[] = [];
  const port = await listen(t, (socket, head) => {
    // The generator looks whether anything listens, and says nothing then.
    heads.push(head);
    socket.write(ok);
  });
  const arrivals = { model: 'poisson', ratePerSecond: 300, seed: 42 } as const;
  let seen: number[] = [];
  const { result, table, hlog, dir, phases } = await measure(
    t,
    load(port, {
      requests: [request({ name: 'a', path: '/{{counter}}', weight: 3 }), request({ name: 'b', path: '/{{counter}}' })],
      arrivals,
      connections: 5,
      processes: 2,
      traceparent: true,
      warmupUs: 500_000,
      durationUs: 2_000_000,
    }),
    { onPhase: (phase) => (phase === 'measuring' ? (seen = senders()) : seen) },
  );
  assert.equal(seen.length, 2);
  assert.deepEqual(phases, ['connecting', 'warmup', 'measuring', 'draining', 'writing']);

  // Every arrival of the one schedule, in warm-up and window, once.
  const schedule = newSchedule(arrivals, 500_000, 2_000_000);
  const due: number[] = [];
  for (let at = schedule?.next() ?? NaN; at < 2_500_000; at = schedule?.next() ?? NaN) due.push(at);
  assert.equal(table.length, due.length);
  for (const [i, at] of due.entries())
    assert.ok(Math.abs((table.intendedUs[i] ?? 0) - result.window.warmupStartUs - at) < 1e-3, `arrival ${i}`);

  const { counts, verdict } = result;
  assert.equal(counts.sent + counts.unsent, due.filter((at) => at >= 500_000).length);
  assert.equal(verdict.health.processes?.length, 2);
  assert.equal(
    verdict.health.processes.reduce((sum, { requests }) => sum + requests, 0),
    counts.sent + counts.unsent,
  );
  assert.ok(verdict.health.processes.every(({ cpuShare }) => cpuShare <= verdict.health.cpuShare));

  // Sent once each: connections, sequence numbers, trace contexts and counters are one process' own.
  const sent = Array.from(table.sequence).filter((sequence) => sequence > 0);
  assert.equal(new Set(sent).size, sent.length);
  assert.ok(new Set(table.connection.filter((ordinal) => ordinal >= 0)).size <= 5);
  assert.equal(heads.length, sent.length);
  assert.equal(new Set(heads.map((head) => /traceparent: (\S+)/.exec(head)?.[1])).size, sent.length);
  assert.equal(new Set(heads.map((head) => /^GET \/(\d+) /.exec(head)?.[1])).size, sent.length);

  const total = newHistogram();
  for (const line of parseHlog(hlog).lines) if (line.tag === 'response') addHistogram(total, line.histogram);
  assert.equal(total.total, counts.sent + counts.unsent);
  assert.deepEqual(readdirSync(dir).sort(), ['latency.hlog', 'requests.parquet']);
  assert.ok(!seen.some(isAlive));
});

test('closed loop: as many users as asked for, and no more rows than one process would keep', async (t) => {
  const { port, most } = await listenSlowly(t, 5);
  const { result, table } = await measure(
    t,
    load(port, { arrivals: { model: 'closed', concurrency: 3 }, connections: 8, processes: 2 }),
    { rowLimit: 40 },
  );
  assert.equal(most(), 3);
  const { ok: answered, sent } = result.counts;
  assert.ok(answered > 50 && answered <= 603, String(answered));
  assert.ok(table.length <= 40 && table.length > 1, String(table.length));
  const said = /of (\d+) requests the table keeps the slowest (\d+) /.exec(result.gaps.map(({ why }) => why).join());
  assert.ok(Number(said?.[1]) >= sent && Number(said?.[2]) >= 1, JSON.stringify(result.gaps));
});

test('one process is killed: the others end, the run is invalid and what they recorded opens', async (t) => {
  const port = await listen(t, (socket) => socket.write(ok));
  let killed: number[] = [];
  const { result, table, hlog } = await measure(
    t,
    load(port, { arrivals: { model: 'constant', ratePerSecond: 400 }, processes: 3, durationUs: 60_000_000 }),
    {
      onPhase: (phase) => {
        if (phase !== 'measuring') return;
        killed = senders();
        setTimeout(() => process.kill(killed[1] ?? 0, 'SIGKILL'), 1500);
      },
    },
  );
  assert.equal(killed.length, 3);
  assert.ok(!killed.some(isAlive));
  assert.equal(result.verdict.valid, false);
  assert.ok(codes(result.verdict.reasons).includes('PROCESS_LOST'));
  assert.match(result.verdict.reasons.map(({ text }) => text).join(' '), /\(\d of 3\) was killed by SIGKILL/);
  assert.equal(result.cancelled, false);
  assert.equal(result.verdict.health.processes?.length, 2);
  assert.ok(table.length > 100 && result.counts.ok > 50, `${table.length} rows, ${result.counts.ok} answered`);
  assert.ok(result.window.endUs - result.window.startUs < 50_000_000);
  assert.ok(parseHlog(hlog).lines.length >= 3);
});

test('one process is killed before the load began: an error, and nothing is left running', async (t) => {
  const port = await listen(t, (socket) => socket.write(ok));
  const dir = await temporaryFolder(t);
  const killer = setInterval(() => {
    const [first] = senders();
    if (first === undefined) return;
    clearInterval(killer);
    process.kill(first, 'SIGKILL');
  }, 5);
  t.after(() => clearInterval(killer));
  await assert.rejects(
    runLoad(load(port, { processes: 2, warmupUs: 30_000_000 }), {
      dir,
      signal: new AbortController().signal,
      ...quiet,
    }),
    /was killed by SIGKILL before it was done/,
  );
  assert.deepEqual(childrenOf(process.pid), []);
  assert.ok(!readdirSync(dir).some((name) => name.startsWith('.')));
});

test('several processes cancelled: all end with a partial result', async (t) => {
  const port = await listen(t, (socket) => socket.write(ok));
  const cancel = new AbortController();
  const { result, table } = await measure(t, load(port, { processes: 2, durationUs: 60_000_000 }), {
    signal: cancel.signal,
    onPhase: (entered) => {
      if (entered === 'measuring') setTimeout(() => cancel.abort(), 200);
    },
  });
  assert.equal(result.cancelled, true);
  assert.deepEqual(childrenOf(process.pid), []);
  assert.ok(codes([...result.verdict.reasons, ...result.verdict.warnings]).includes('INCOMPLETE'));
  const measured = Array.from(table.intendedUs).filter((time) => time >= result.window.startUs).length;
  assert.equal(measured, result.counts.sent + result.counts.unsent);
});

test('nothing listens: said by the processes at once', async (t) => {
  const dir = await temporaryFolder(t);
  await assert.rejects(
    runLoad(load(1, { processes: 2 }), { dir, signal: new AbortController().signal, ...quiet }),
    /Nothing accepts connections at http:\/\/127\.0\.0\.1:1 \(ECONNREFUSED\)/,
  );
  assert.deepEqual(childrenOf(process.pid), []);
});
