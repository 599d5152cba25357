import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { nowUs } from '../../../src/load/clock.ts';
import type { RequestTable } from '../../../src/load/result.ts';
import type { Load } from '../../../src/plan/scenario.ts';
import { httpLoad } from '../../fixtures/load.ts';
import { assertNear, assertOracle } from './oracle.ts';
import { childrenOf, codes, measure, watchNoise } from './support.ts';

/**
 * The oracles with real processes and sockets, for any protocol; simulation.test.ts holds the same formula to its bounds without a
 * machine in the way. S is taken as it really was. A busy machine makes requests slower than the formula, never faster: so the
 * lower bound always holds, and the upper one gets what a process of its own saw the machine do meanwhile (several times over: a
 * request passes through the scheduler four times).
 */
export interface Protocol {
  /** Starts a server that calls back for each request; `reply` answers it, well or with an error. @returns its address. */
  readonly serve: (t: TestContext, onRequest: (reply: Reply) => void) => Promise<string>;
  /** What a plan says for so many requests at once. */
  readonly slots: (atOnce: number) => Partial<Load>;
  /** The key of an error's status among the counts; null where answers have none. */
  readonly errorStatus: string | null;
}

type Reply = (good: boolean) => void;

const S = 500_000;
const P = 2_500_000;
const stallAfterUs = 800_000;

interface Stall {
  /** How long it really was. */
  readonly lengthUs: number;
  /** How long it took the server to answer all that had waited: a library may send none before it has made all. */
  readonly drainUs: number;
}

interface Staller {
  readonly url: string;
  begin(startUs: number): void;
  /** What there is to know of the stall once it is over. */
  readonly stall: () => Stall;
}

/** Holds all answers during one stall. */
async function stallingServer(t: TestContext, protocol: Protocol): Promise<Staller> {
  let stalled = false;
  const waiting: Reply[] = [];
  let [lengthUs, drainUs] = [NaN, NaN];
  const url = await protocol.serve(t, (reply) => {
    if (stalled) waiting.push(reply);
    else reply(true);
  });
  const stall = (): void => {
    stalled = true;
    const fromUs = nowUs();
    setTimeout(() => {
      stalled = false;
      const overUs = nowUs();
      lengthUs = overUs - fromUs;
      for (const reply of waiting.splice(0)) reply(true);
      setImmediate(() => (drainUs = nowUs() - overUs));
    }, S / 1000);
  };
  const begin = (startUs: number): void => void setTimeout(stall, (startUs + stallAfterUs - nowUs()) / 1000);
  return { url, begin, stall: () => ({ lengthUs, drainUs }) };
}

/** What requests took that had queued behind a stall: those follow each other closely, and are quicker than the paced ones. */
function drainedServiceUs(table: RequestTable): number[] {
  const times: number[] = [];
  for (let i = 0; i < table.length; i++) {
    const sentUs = table.sentUs[i] ?? NaN;
    const serviceUs = (table.doneUs[i] ?? NaN) - sentUs;
    if (sentUs - (table.intendedUs[i] ?? NaN) > 1000 && serviceUs < S / 2) times.push(serviceUs);
  }
  assert.ok(times.length > 100, String(times.length));
  return times.sort((a, b) => a - b);
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Stalling server, as many slots as it takes: response times tell what users waited. */
export async function stallFullyConcurrent(t: TestContext, protocol: Protocol): Promise<void> {
  const server = await stallingServer(t, protocol);
  const noise = await watchNoise(t);
  const { result, table } = await measure(
    t,
    httpLoad(server.url, {
      arrivals: { model: 'constant', ratePerSecond: 400 },
      durationUs: P,
      ...protocol.slots(250),
    }),
    { onPhase: (phase, timeUs) => phase === 'measuring' && server.begin(timeUs) },
  );
  assert.equal(result.counts.ok, 1000, JSON.stringify(result.counts));
  assert.equal(table.length, 1080);
  const s = result.latencyUs.service.p50 ?? NaN;
  const { lengthUs, drainUs } = server.stall();
  const noiseUs = drainUs + (await noise());
  assert.ok(s < 5000 + noiseUs);
  assertOracle(result.latencyUs.response, { s, S: lengthUs, P, rho: 0 }, noiseUs);
}

/** Stalling server, one request at a time: what queued behind it is counted from its intended time. */
export async function stallOneAtATime(t: TestContext, protocol: Protocol): Promise<void> {
  const server = await stallingServer(t, protocol);
  const noise = await watchNoise(t);
  const { result, table } = await measure(
    t,
    httpLoad(server.url, {
      arrivals: { model: 'constant', ratePerSecond: 400 },
      durationUs: P,
      ...protocol.slots(1),
    }),
    { onPhase: (phase, timeUs) => phase === 'measuring' && server.begin(timeUs) },
  );
  const s = result.latencyUs.service.p50 ?? NaN;
  // What the machine does to a few of them is noise like any other: it makes the backlog last longer, never shorter.
  const times = drainedServiceUs(table);
  const usual = times[times.length >> 1] ?? NaN;
  const rho = (400 * usual) / 1e6;
  const slowerUs = Math.max(0, (0.5 * P * 400 * (mean(times) - usual)) / 1e6);
  assertOracle(result.latencyUs.response, { s, S: server.stall().lengthUs, P, rho }, slowerUs + (await noise()));
  // What a closed client would have reported: one slow request in a thousand.
  assert.ok((result.latencyUs.service.p99 ?? Infinity) < 150_000);
  const { warnings, reasons } = result.verdict;
  assert.ok(codes([...warnings, ...reasons]).includes('SEND_LAG'));
}

/** Stopped generator: its own standing still is in the response times, and the verdict says so. */
export async function stopGenerator(t: TestContext, protocol: Protocol): Promise<void> {
  const url = await protocol.serve(t, (reply) => reply(true));
  const noise = await watchNoise(t);
  const stopUs = 1_000_000;
  let lengthUs = NaN;
  const stop = (): void => {
    const pid = childrenOf(process.pid).find((child) => child !== noise.pid);
    assert.ok(pid);
    process.kill(pid, 'SIGSTOP');
    const fromUs = nowUs();
    setTimeout(() => {
      lengthUs = nowUs() - fromUs;
      process.kill(pid, 'SIGCONT');
    }, stopUs / 1000);
  };
  const { result } = await measure(
    t,
    httpLoad(url, {
      arrivals: { model: 'constant', ratePerSecond: 100 },
      durationUs: P,
      ...protocol.slots(16),
    }),
    {
      onPhase: (phase, timeUs) => {
        if (phase === 'measuring') setTimeout(stop, (timeUs + 1_000_000 - nowUs()) / 1000);
      },
    },
  );
  const s = result.latencyUs.service.p50 ?? NaN;
  assertOracle(result.latencyUs.response, { s, S: lengthUs, P, rho: 0 }, await noise());
  assert.equal(result.verdict.valid, false);
  const reasons = codes(result.verdict.reasons);
  assert.ok(reasons.includes('SEND_LAG'), reasons.join());
  assert.ok(result.verdict.health.stallMaxUs > 0.95 * stopUs);
}

/** A server that takes 50 ms: every quantile is 50 ms; every fourth answer is an error, and is counted as one. */
export async function delayAndErrors(t: TestContext, protocol: Protocol): Promise<void> {
  const noise = await watchNoise(t);
  const delays: number[] = [];
  let requests = 0;
  const url = await protocol.serve(t, (reply) => {
    const fromUs = nowUs();
    const good = ++requests % 4 !== 0;
    setTimeout(() => {
      delays.push(nowUs() - fromUs);
      reply(good);
    }, 50);
  });
  const { result } = await measure(
    t,
    httpLoad(url, {
      arrivals: { model: 'constant', ratePerSecond: 200 },
      durationUs: 1_500_000,
      warmupUs: 200_000,
      ...protocol.slots(32),
    }),
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
  const { ok, errors, byStatus } = result.counts;
  assert.deepEqual([ok, errors], [225, 75], JSON.stringify(result.counts));
  if (protocol.errorStatus !== null) assert.equal(byStatus[protocol.errorStatus], errors);
  assert.ok(!codes(result.verdict.reasons).includes('RATE_MISSED'));
}
