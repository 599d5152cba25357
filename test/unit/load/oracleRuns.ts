import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { nowUs } from '../../../src/load/clock.ts';
import type { Load } from '../../../src/plan/scenario.ts';
import { httpLoad } from '../../fixtures/load.ts';
import { assertNear, assertOracle, assertSeen, type Noise } from './oracle.ts';
import { Sightings, type Span } from './sightings.ts';
import { codes, generatorOf, measure, temporaryFolder } from './support.ts';

/**
 * The oracles with real processes and sockets, for any protocol; simulation.test.ts holds the same formula to its bounds without a
 * machine in the way. S is taken as it really was, and so is what a busy machine did to requests: the server saw them arrive and leave
 * (sightings.ts). Response times are held against that, and, with its delays allowed for, against the formula.
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
const stallingRate = 400;
/** Longer than the busiest machine lets any of them wait. */
const timeoutUs = 60_000_000;

interface Staller {
  readonly url: string;
  readonly sightings: Sightings;
  begin(startUs: number): void;
  /** When it really stood still, once that is over. */
  readonly stall: () => Span;
}

/** Holds all answers during one stall. */
async function stallingServer(t: TestContext, protocol: Protocol): Promise<Staller> {
  const sightings = new Sightings();
  let stalled = false;
  const waiting: Reply[] = [];
  let [fromUs, untilUs] = [NaN, NaN];
  const url = await protocol.serve(t, (reply) => {
    const noted = sightings.note(reply);
    if (stalled) waiting.push(noted);
    else noted(true);
  });
  const stall = (): void => {
    stalled = true;
    fromUs = nowUs();
    setTimeout(() => {
      stalled = false;
      untilUs = nowUs();
      for (const reply of waiting.splice(0)) reply(true);
    }, S / 1000);
  };
  const begin = (startUs: number): void => void setTimeout(stall, (startUs + stallAfterUs - nowUs()) / 1000);
  return { url, sightings, begin, stall: () => [fromUs, untilUs] };
}

/** Stalling server, as many slots as it takes: response times tell what users waited. */
export async function stallFullyConcurrent(t: TestContext, protocol: Protocol): Promise<void> {
  const server = await stallingServer(t, protocol);
  const slots = 250;
  const run = await measure(
    t,
    httpLoad(server.url, {
      arrivals: { model: 'constant', ratePerSecond: stallingRate },
      durationUs: P,
      timeoutUs,
      ...protocol.slots(slots),
    }),
    { onPhase: (phase, timeUs) => phase === 'measuring' && server.begin(timeUs) },
  );
  const { result, table } = run;
  assert.equal(result.counts.ok, 1000, JSON.stringify(result.counts));
  assert.equal(table.length, 1080);
  const seen = server.sightings.seen(run, { ratePerSecond: stallingRate, slots });
  assertSeen(result.latencyUs.response, seen);
  const s = result.latencyUs.service.p50 ?? NaN;
  const [fromUs, untilUs] = server.stall();
  const slowerUs = 2 * seen.lateUs + seen.leavingUs;
  assert.ok(s < 5000 + slowerUs);
  assertOracle(result.latencyUs.response, { s, S: untilUs - fromUs, P, rho: 0 }, { slowerUs, fasterUs: s });
}

/** Stalling server, one request at a time: what queued behind it is counted from its intended time. */
export async function stallOneAtATime(t: TestContext, protocol: Protocol): Promise<void> {
  const server = await stallingServer(t, protocol);
  const run = await measure(
    t,
    httpLoad(server.url, {
      arrivals: { model: 'constant', ratePerSecond: stallingRate },
      durationUs: P,
      timeoutUs,
      ...protocol.slots(1),
    }),
    { onPhase: (phase, timeUs) => phase === 'measuring' && server.begin(timeUs) },
  );
  const { latencyUs, verdict } = run.result;
  const seen = server.sightings.seen(run, { ratePerSecond: stallingRate, slots: 1 });
  assertSeen(latencyUs.response, seen);
  const s = latencyUs.service.p50 ?? NaN;
  const [fromUs, untilUs] = server.stall();
  const { usualUs, slowerUs, fasterUs } = drained(
    seen.queued.filter(([sinceUs]) => sinceUs >= untilUs).map(([sinceUs, arrivedUs]) => arrivedUs - sinceUs),
  );
  assertOracle(
    latencyUs.response,
    { s, S: untilUs - fromUs, P, rho: (stallingRate * usualUs) / 1e6 },
    { slowerUs: slowerUs + 2 * seen.heldUs + seen.leavingUs, fasterUs: fasterUs + s },
  );
  // What a closed client would have reported: one slow request in a thousand.
  assert.ok((latencyUs.service.p99 ?? Infinity) < 150_000);
  assert.ok(codes([...verdict.warnings, ...verdict.reasons]).includes('SEND_LAG'));
}

/**
 * How a queue went down: the usual time a request took in it, and by how much the queue was ever behind or ahead of what that time says.
 * @param takenUs by each of them, from one arrival to the next.
 */
function drained(takenUs: readonly number[]): Noise & { readonly usualUs: number } {
  assert.ok(takenUs.length > 100, String(takenUs.length));
  const usualUs = takenUs.toSorted((a, b) => a - b)[takenUs.length >> 1] ?? NaN;
  let [behindUs, slowerUs, fasterUs] = [0, 0, 0];
  for (const each of takenUs) {
    behindUs += each - usualUs;
    slowerUs = Math.max(slowerUs, behindUs);
    fasterUs = Math.max(fasterUs, -behindUs);
  }
  return { usualUs, slowerUs, fasterUs };
}

/** Stopped generator: its own standing still is in the response times, and the verdict says so. */
export async function stopGenerator(t: TestContext, protocol: Protocol): Promise<void> {
  const sightings = new Sightings();
  const url = await protocol.serve(t, (reply) => sightings.note(reply)(true));
  const dir = await temporaryFolder(t);
  const [stopUs, ratePerSecond, slots] = [1_000_000, 100, 16];
  let stoodStill: Span = [NaN, NaN];
  const stop = (): void => {
    const pid = generatorOf(dir);
    process.kill(pid, 'SIGSTOP');
    const fromUs = nowUs();
    setTimeout(() => {
      stoodStill = [fromUs, nowUs()];
      process.kill(pid, 'SIGCONT');
    }, stopUs / 1000);
  };
  const run = await measure(
    t,
    httpLoad(url, {
      arrivals: { model: 'constant', ratePerSecond },
      durationUs: P,
      timeoutUs,
      ...protocol.slots(slots),
    }),
    {
      dir,
      onPhase: (phase, timeUs) => {
        if (phase === 'measuring') setTimeout(stop, (timeUs + 1_000_000 - nowUs()) / 1000);
      },
    },
  );
  const { latencyUs, verdict } = run.result;
  const seen = sightings.seen(run, { ratePerSecond, slots, stoodStill });
  assertSeen(latencyUs.response, seen);
  const s = latencyUs.service.p50 ?? NaN;
  const noise = { slowerUs: 2 * seen.heldUs + seen.leavingUs, fasterUs: s };
  assertOracle(latencyUs.response, { s, S: stoodStill[1] - stoodStill[0], P, rho: 0 }, noise);
  assert.equal(verdict.valid, false);
  const reasons = codes(verdict.reasons);
  assert.ok(reasons.includes('SEND_LAG'), reasons.join());
  assert.ok(verdict.health.stallMaxUs > 0.95 * stopUs);
}

/** A server that takes 50 ms: every quantile is 50 ms; every fourth answer is an error, and is counted as one. */
export async function delayAndErrors(t: TestContext, protocol: Protocol): Promise<void> {
  const sightings = new Sightings();
  const delaysUs: number[] = [];
  let requests = 0;
  const url = await protocol.serve(t, (reply) => {
    const noted = sightings.note(reply);
    const fromUs = nowUs();
    const good = ++requests % 4 !== 0;
    setTimeout(() => {
      delaysUs.push(nowUs() - fromUs);
      noted(good);
    }, 50);
  });
  const [ratePerSecond, slots] = [200, 32];
  const run = await measure(
    t,
    httpLoad(url, {
      arrivals: { model: 'constant', ratePerSecond },
      durationUs: 1_500_000,
      warmupUs: 200_000,
      timeoutUs,
      ...protocol.slots(slots),
    }),
  );
  const { counts, latencyUs, verdict } = run.result;
  const seen = sightings.seen(run, { ratePerSecond, slots });
  assertSeen(latencyUs.response, seen);
  delaysUs.sort((a, b) => a - b);
  for (const [key, q] of [
    ['p50', 0.5],
    ['p90', 0.9],
  ] as const) {
    // The timers of the server are what they are: compared with what it really did.
    const delayUs = delaysUs[Math.ceil(q * delaysUs.length) - 1] ?? NaN;
    assertNear(key, latencyUs.response[key], delayUs, 2 * seen.lateUs + seen.leavingUs);
  }
  assert.deepEqual([counts.ok, counts.errors], [225, 75], JSON.stringify(counts));
  if (protocol.errorStatus !== null) assert.equal(counts.byStatus[protocol.errorStatus], counts.errors);
  // Ten are under way at any time: so many are, and no more are missed, unless the machine held up the last of them.
  const lateUs = (seen.leftUs.at(-1) ?? Infinity) + seen.heldUs;
  assert.ok(lateUs > 60_000 || !codes(verdict.reasons).includes('RATE_MISSED'), JSON.stringify(verdict.reasons));
}
