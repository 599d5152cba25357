import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { Outcome } from '../../../src/load/result.ts';
import { runLoad } from '../../../src/load/run.ts';
import {
  assertSums,
  childrenOf,
  codes,
  listen,
  load,
  localPorts,
  measure,
  ok,
  quiet,
  temporaryFolder,
} from './support.ts';

/** Servers that answer wrongly, late, or not at all: what becomes of the requests, and of those that follow. */

for (const [name, answer, expected] of [
  ['answers 500', 'HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n', 'status'],
  ['answers garbage', 'what?\r\n\r\n', 'HPE_INVALID_CONSTANT'],
  ['closes without an answer', null, 'HPE_INVALID_EOF_STATE'],
  ['cuts its answer short', 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf', 'HPE_INVALID_EOF_STATE'],
] as const) {
  test(`a server that ${name}`, async (t) => {
    const port = await listen(t, (socket) => {
      if (answer) socket.write(answer);
      if (expected === 'HPE_INVALID_EOF_STATE') socket.end();
    });
    const { result } = await measure(t, load(port, { durationUs: 500_000, timeoutUs: 500_000 }));
    const { counts } = result;
    assert.equal(counts.ok, 0);
    assert.ok(counts.errors > 0);
    assertSums(result);
    if (expected === 'status') {
      assert.deepEqual(counts.byStatus, { 500: 100 });
      assert.ok((result.latencyUs.response.p50 ?? 0) > 0);
    } else {
      assert.deepEqual(counts.byError, { [expected]: counts.errors });
      assert.ok(codes(result.verdict.reasons).includes('NO_REQUESTS'));
      assert.ok(result.verdict.reasons.some(({ text }) => text.includes(expected)));
    }
  });
}

test('a server that resets connections mid-answer now and then: those are errors, the others go on', async (t) => {
  let n = 0;
  const port = await listen(t, (socket) => {
    if (++n % 5 > 0) socket.write(ok);
    else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n', () => socket.resetAndDestroy());
  });
  const { result } = await measure(t, load(port));
  assert.ok(result.counts.ok > 100, JSON.stringify(result.counts));
  assert.ok((result.counts.byError['ECONNRESET'] ?? 0) > 20, JSON.stringify(result.counts));
  assertSums(result);
});

test('a server that closes after each answer: all good, each on a connection of its own', async (t) => {
  const port = await listen(t, (socket) =>
    socket.end('HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok'),
  );
  const { result, table } = await measure(t, load(port));
  assert.equal(result.counts.ok, 200);
  const sent = localPorts(table);
  assert.equal(new Set(sent).size, sent.length);
});

test('slower than the time-out: counted as such, and a late answer is never taken for the next one’s', async (t) => {
  let n = 0;
  const port = await listen(t, (socket) => {
    // The late answers say 418: a 418 in the result would be one taken for another request's.
    if (++n % 4 > 0) socket.write(ok);
    else setTimeout(() => socket.write("HTTP/1.1 418 I'm a teapot\r\ncontent-length: 0\r\n\r\n"), 800);
  });
  const { result, table } = await measure(t, load(port, { timeoutUs: 100_000, connections: 16 }));
  assert.ok(result.counts.timeouts >= 40, JSON.stringify(result.counts));
  assert.deepEqual(Object.keys(result.counts.byStatus), ['200']);
  const waits = Array.from(table.outcome).flatMap((outcome, i) =>
    outcome === Outcome.timeout ? [(table.doneUs[i] ?? 0) - (table.sentUs[i] ?? 0)] : [],
  );
  assert.ok(waits.every((wait) => wait >= 100_000));
  assert.ok((result.latencyUs.response.p90 ?? 0) >= 100_000);
});

test('answers that came while the generator stood still are not called time-outs', async (t) => {
  const port = await listen(t, (socket) => setTimeout(() => socket.write(ok), 50));
  const { result, table } = await measure(
    t,
    load(port, { connections: 32, timeoutUs: 500_000, durationUs: 1_500_000 }),
    {
      onPhase: (phase) => {
        if (phase !== 'measuring') return;
        const [pid] = childrenOf(process.pid);
        assert.ok(pid);
        setTimeout(() => process.kill(pid, 'SIGSTOP'), 100);
        setTimeout(() => process.kill(pid, 'SIGCONT'), 1300);
      },
    },
  );
  const waits = Array.from(table.doneUs, (done, i) => done - (table.sentUs[i] ?? 0));
  assert.ok(waits.filter((wait) => wait > 1_000_000).length >= 5, 'some were in flight');
  assert.equal(result.counts.timeouts, 0, JSON.stringify(result.counts));
  assert.equal(result.verdict.valid, false);
});

test('unasked-for bytes: the connection is replaced, no answer is invented', async (t) => {
  const port = await listen(t, (socket) => socket.write(ok + ok));
  const { result } = await measure(t, load(port, { connections: 16 }));
  assert.equal(result.counts.ok, 200);
  assert.equal(result.counts.errors, 0);
});

test('in flight at the end: waited for, then counted as censored', async (t) => {
  const port = await listen(t, () => undefined);
  const { result } = await measure(
    t,
    load(port, { connections: 300, durationUs: 500_000, warmupUs: 0, timeoutUs: 400_000 }),
  );
  const { counts } = result;
  assert.equal(counts.timeouts + counts.inFlight, 100);
  assert.ok(counts.timeouts > 0);
  assert.ok((result.latencyUs.response.p50 ?? 0) > 300_000);
});

test('nothing listens: said at once, with what to do', async (t) => {
  const dir = await temporaryFolder(t);
  const phases: string[] = [];
  const onPhase = (phase: string): void => void phases.push(phase);
  await assert.rejects(
    runLoad(load(1), { dir, signal: new AbortController().signal, ...quiet, onPhase }),
    (error: Error & { code?: string }) =>
      error.code === 'LOAD_FAILED' &&
      error.message.includes('Nothing accepts connections at http://127.0.0.1:1 (ECONNREFUSED)'),
  );
  assert.ok(!phases.includes('warmup'), 'no load was offered first');
  assert.deepEqual(childrenOf(process.pid), []);
});

test('a target that goes away and comes back: refused requests are errors, later ones are answered', async (t) => {
  const serve = () => createServer((_request, response) => response.end('ok'));
  let server = serve();
  const own = await new Promise<number>((done) => {
    server.listen(0, '127.0.0.1', () => done((server.address() as { port: number }).port));
  });
  t.after(() => server.close());
  const { result } = await measure(t, load(own, { durationUs: 2_000_000 }), {
    onPhase: (phase) => {
      if (phase !== 'measuring') return;
      setTimeout(() => {
        server.close();
        server.closeAllConnections();
      }, 500);
      setTimeout(() => {
        server = serve();
        server.listen(own, '127.0.0.1');
      }, 1000);
    },
  });
  const { counts } = result;
  assert.ok((counts.byError['ECONNREFUSED'] ?? 0) > 5, JSON.stringify(counts));
  assert.ok(counts.ok > 150, JSON.stringify(counts));
  assertSums(result);
});
