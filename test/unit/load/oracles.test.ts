import assert from 'node:assert/strict';
import { type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { nowUs } from '../../../src/load/clock.ts';
import type { RequestTable } from '../../../src/load/result.ts';
import { assertNear, assertOracle } from './oracle.ts';
import { childrenOf, codes, listen, load, measure, ok, watchNoise } from './support.ts';

/**
 * The three oracles with real processes and sockets; simulation.test.ts holds the same formula to its bounds without a machine in
 * the way. S is taken as it really was. A busy machine makes requests slower than the formula, never faster: so the lower bound
 * always holds, and the upper one gets what a process of its own saw the machine do meanwhile (several times over: a request passes
 * through the scheduler four times).
 */
const S = 500_000;
const P = 2_500_000;
const stallsAt = [800_000, 800_000 + P];

/** Holds all answers during two stalls of the measured window; `lengths` tells how long they really were. */
async function stallingServer(
  t: TestContext,
): Promise<{ port: number; begin: (startUs: number) => void; lengths: number[] }> {
  let stalled = false;
  const waiting: Socket[] = [];
  const lengths: number[] = [];
  const port = await listen(t, (socket) => {
    if (stalled) waiting.push(socket);
    else socket.write(ok);
  });
  const stall = (): void => {
    stalled = true;
    const fromUs = nowUs();
    setTimeout(() => {
      stalled = false;
      lengths.push(nowUs() - fromUs);
      for (const socket of waiting.splice(0)) socket.write(ok);
    }, S / 1000);
  };
  const begin = (startUs: number): void => {
    for (const at of stallsAt) setTimeout(stall, (startUs + at - nowUs()) / 1000);
  };
  return { port, begin, lengths };
}

/** What a request took that had queued behind a stall: those follow each other closely, and are quicker than the paced ones. */
function drainedServiceUs(table: RequestTable): number {
  const times: number[] = [];
  for (let i = 0; i < table.length; i++) {
    const sentUs = table.sentUs[i] ?? NaN;
    const serviceUs = (table.doneUs[i] ?? NaN) - sentUs;
    if (sentUs - (table.intendedUs[i] ?? NaN) > 1000 && serviceUs < S / 2) times.push(serviceUs);
  }
  assert.ok(times.length > 100, String(times.length));
  return mean(times);
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

test('stalling server, as many connections as it takes: response times tell what users waited', async (t) => {
  const server = await stallingServer(t);
  const noise = await watchNoise(t);
  const { result, table } = await measure(
    t,
    load(server.port, { arrivals: { model: 'constant', ratePerSecond: 400 }, connections: 250, durationUs: 2 * P }),
    { onPhase: (phase, timeUs) => phase === 'measuring' && server.begin(timeUs) },
  );
  assert.equal(result.counts.ok, 2000, JSON.stringify(result.counts));
  assert.equal(table.length, 2000 + 80);
  assert.equal(server.lengths.length, 2);
  const s = result.latencyUs.service.p50 ?? NaN;
  const noiseUs = await noise();
  assert.ok(s < 5000 + noiseUs);
  assertOracle(result.latencyUs.response, { s, S: mean(server.lengths), P, rho: 0 }, noiseUs);
});

test('stalling server, one connection: what queued behind it is counted from its intended time', async (t) => {
  const server = await stallingServer(t);
  const noise = await watchNoise(t);
  const { result, table } = await measure(
    t,
    load(server.port, { arrivals: { model: 'constant', ratePerSecond: 400 }, connections: 1, durationUs: 2 * P }),
    { onPhase: (phase, timeUs) => phase === 'measuring' && server.begin(timeUs) },
  );
  const s = result.latencyUs.service.p50 ?? NaN;
  const rho = (400 * drainedServiceUs(table)) / 1e6;
  assertOracle(result.latencyUs.response, { s, S: mean(server.lengths), P, rho }, await noise());
  // What a closed client would have reported: two slow requests in two thousand.
  assert.ok((result.latencyUs.service.p99 ?? Infinity) < 150_000);
  const { warnings, reasons } = result.verdict;
  assert.ok(codes([...warnings, ...reasons]).includes('SEND_LAG'));
});

test('stopped generator: its own standing still is in the response times, and the verdict says so', async (t) => {
  const port = await listen(t, (socket) => socket.write(ok));
  const noise = await watchNoise(t);
  const [stopUs, everyUs] = [1_000_000, 4_000_000];
  const lengths: number[] = [];
  const stop = (): void => {
    const pid = childrenOf(process.pid).find((child) => child !== noise.pid);
    assert.ok(pid);
    process.kill(pid, 'SIGSTOP');
    const fromUs = nowUs();
    setTimeout(() => {
      process.kill(pid, 'SIGCONT');
      lengths.push(nowUs() - fromUs);
    }, stopUs / 1000);
  };
  const { result } = await measure(
    t,
    load(port, { arrivals: { model: 'constant', ratePerSecond: 100 }, connections: 16, durationUs: 2 * everyUs }),
    {
      onPhase: (phase, timeUs) => {
        if (phase !== 'measuring') return;
        for (const at of [1_000_000, 1_000_000 + everyUs]) setTimeout(stop, (timeUs + at - nowUs()) / 1000);
      },
    },
  );
  assert.equal(lengths.length, 2);
  const s = result.latencyUs.service.p50 ?? NaN;
  assertOracle(result.latencyUs.response, { s, S: mean(lengths), P: everyUs, rho: 0 }, await noise());
  assert.equal(result.verdict.valid, false);
  const reasons = codes(result.verdict.reasons);
  assert.ok(reasons.includes('SEND_LAG'), reasons.join());
  assert.ok(result.verdict.health.stallMaxUs > 0.95 * stopUs);
});

test('constant 50 ms server: every quantile is 50 ms', async (t) => {
  const noise = await watchNoise(t);
  const delays: number[] = [];
  const port = await listen(t, (socket) => {
    const fromUs = nowUs();
    setTimeout(() => {
      delays.push(nowUs() - fromUs);
      socket.write(ok);
    }, 50);
  });
  const { result } = await measure(
    t,
    load(port, { arrivals: { model: 'constant', ratePerSecond: 200 }, connections: 32, durationUs: 3_000_000 }),
  );
  delays.sort((a, b) => a - b);
  const noiseUs = await noise();
  for (const [key, q] of [
    ['p50', 0.5],
    ['p90', 0.9],
  ] as const) {
    // The timers of the server are what they are: compared with what it really did.
    assertNear(key, result.latencyUs.response[key], delays[Math.ceil(q * delays.length) - 1] ?? NaN, noiseUs);
  }
  assert.equal(result.counts.ok, 600);
  assert.ok(!codes(result.verdict.reasons).includes('RATE_MISSED'));
});
