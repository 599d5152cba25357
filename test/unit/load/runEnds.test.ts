import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readRequests } from '../../../src/load/requests.ts';
import type { LoadResult } from '../../../src/load/result.ts';
import { runLoad } from '../../../src/load/run.ts';
import {
  assertSums,
  childrenOf,
  codes,
  eventually,
  isAlive,
  listen,
  load,
  measure,
  ok,
  quiet,
  temporaryFolder,
} from './support.ts';

/** Runs that end before their time, or lack what they need: what they leave, and what they say. */
const starterPath = fileURLToPath(new URL('./starter.ts', import.meta.url));

const ratePerSecond = 200;
const longUs = 60_000_000;

for (const phase of ['connecting', 'warmup', 'measuring', 'draining', 'writing'] as const) {
  test(`cancelled while ${phase}: ends at once with a valid partial result`, async (t) => {
    const cancel = new AbortController();
    let cancelledAt = Infinity;
    const cancelNow = (): void => {
      cancelledAt = performance.now();
      cancel.abort();
    };
    // While requests are sent: once so many have come.
    let awaited = Infinity;
    const port = await listen(t, (socket) => {
      setTimeout(() => socket.write(ok), 30);
      if (--awaited === 0) cancelNow();
    });
    const { result, table } = await measure(
      t,
      load(port, {
        // Far longer than a busy machine takes to end it.
        warmupUs: phase === 'warmup' ? longUs : 400_000,
        durationUs: phase === 'connecting' || phase === 'measuring' ? longUs : 800_000,
        arrivals: { model: 'constant', ratePerSecond },
        connections: 16,
      }),
      {
        signal: cancel.signal,
        onPhase: (entered) => {
          if (entered !== phase) return;
          if (phase === 'warmup' || phase === 'measuring') awaited = 40;
          else cancelNow();
        },
      },
    );
    assert.ok(performance.now() - cancelledAt < longUs / 4000);
    // In the last two phases the load may be over before the word arrives.
    if (phase !== 'draining' && phase !== 'writing') {
      assert.equal(result.cancelled, true);
      assert.ok(codes([...result.verdict.reasons, ...result.verdict.warnings]).includes('INCOMPLETE'));
    }
    const { window, counts } = result;
    const tooEarly = result.cancelled && counts.sent + counts.unsent < 10;
    assert.deepEqual(
      Object.values(result.ratePerSecond).map((rate) => rate === null),
      [tooEarly, tooEarly],
    );
    assert.ok(window.warmupStartUs <= window.startUs && window.startUs <= window.endUs);
    assertSums(result);
    const measured = Array.from(table.intendedUs).filter((time) => time >= window.startUs).length;
    assert.equal(measured, counts.sent + counts.unsent);
    if (phase === 'warmup') assert.ok(table.length > 10 && measured === 0);
    if (phase === 'measuring') {
      assert.ok(measured > 10 && measured < (ratePerSecond * longUs) / 4e6, String(measured));
      assert.ok((result.ratePerSecond.achieved ?? Infinity) <= (result.ratePerSecond.offered ?? 0));
    }
  });
}

test('cancelled before it began: still a result and files that open', async (t) => {
  const port = await listen(t, (socket) => socket.write(ok));
  const { result, table } = await measure(t, load(port), { signal: AbortSignal.abort() });
  assert.equal(result.cancelled, true);
  assert.equal(table.length, 0);
});

test('a full disk: RUN_WRITE_FAILED with what to do', async (t) => {
  const port = await listen(t, (socket) => socket.write(ok));
  const dir = await temporaryFolder(t);
  await symlink('/dev/full', join(dir, 'latency.hlog'));
  await assert.rejects(
    runLoad(load(port), { dir, signal: new AbortController().signal, ...quiet }),
    (error: Error & { code?: string }) => {
      return error.code === 'RUN_WRITE_FAILED' && /ENOSPC.*free some space/.test(error.message);
    },
  );
});

test('a folder that is not there: RUN_WRITE_FAILED', async (t) => {
  const port = await listen(t, (socket) => socket.write(ok));
  await assert.rejects(
    runLoad(load(port), { dir: '/nowhere/at/all', signal: new AbortController().signal, ...quiet }),
    {
      code: 'RUN_WRITE_FAILED',
    },
  );
});

test('SIGTERM to the load process: it finishes its files and its result', async (t) => {
  const port = await listen(t, (socket) => socket.write(ok));
  const { result, table } = await measure(t, load(port, { durationUs: 10_000_000 }), {
    onPhase: (phase) => {
      if (phase === 'measuring')
        setTimeout(() => childrenOf(process.pid).forEach((pid) => process.kill(pid, 'SIGTERM')), 500);
    },
  });
  assert.equal(result.cancelled, true);
  assert.ok(table.length > 50);
});

test('its starter killed: the load process ends by itself, its files finished', async (t) => {
  const port = await listen(t, (socket) => socket.write(ok));
  const dir = await temporaryFolder(t);
  const what = JSON.stringify(load(port, { durationUs: 60_000_000 }));
  const starter = spawn(process.execPath, [starterPath, what, dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => starter.kill('SIGKILL'));
  await new Promise((done) => starter.stdout.once('data', done));
  const [loader] = childrenOf(starter.pid ?? 0);
  assert.ok(loader && isAlive(loader));
  starter.kill('SIGKILL');
  await eventually('the load process ends', () => !isAlive(loader));
  const path = join(dir, 'requests.parquet');
  assert.ok(existsSync(path));
  const bytes = await readFile(path);
  assert.ok((await readRequests(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))).length > 0);
});

test('too few file descriptors: what can be opened is used, the rest is named', async (t) => {
  const port = await listen(t, (socket) => setTimeout(() => socket.write(ok), 20));
  const dir = await temporaryFolder(t);
  const what = JSON.stringify(load(port, { connections: 100 }));
  const script = `ulimit -n 80 && exec "$0" "$@"`;
  const starter = spawn('sh', ['-c', script, process.execPath, starterPath, what, dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  starter.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  await new Promise((done) => starter.once('close', done));
  const result = JSON.parse(out.split('\n').at(-2) ?? '') as LoadResult;
  assert.equal(result.counts.ok, 200, JSON.stringify(result.counts));
  assert.match(JSON.stringify(result.gaps), /attempts failed with EMFILE/);
});
