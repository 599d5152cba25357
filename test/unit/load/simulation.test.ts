import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noPauses } from '../../../src/load/health.ts';
import { newRandom } from '../../../src/load/random.ts';
import { Outcome } from '../../../src/load/result.ts';
import { judge } from '../../../src/load/verdict.ts';
import { assertOracle } from './oracle.ts';
import { simulate, turnUs, type Simulated, type World } from './simulator.ts';
import { codes } from './support.ts';

/**
 * The oracles of coordinated omission without a machine that gets in the way, to the bounds they promise (2 % or 1 ms).
 * oracles.alone.test.ts does the same with real processes.
 */
const stalls = [
  [1_000_000, 2_000_000],
  [6_000_000, 7_000_000],
] as const;

test('stalling server, fully concurrent: 1, 501, 901, 991 ms scaled to P = 5 s', () => {
  const { summary } = simulate({
    ratePerSecond: 100,
    lanes: 120,
    serviceUs: 1000,
    seconds: 10,
    serverStalls: stalls,
  });
  assert.equal(summary.due, 1000);
  assertOracle(summary.response, { s: 1000, S: 1e6, P: 5e6, rho: 0 });
  assert.ok((summary.pacingLag.max ?? Infinity) <= turnUs);
});

test('stalling server, one connection: the backlog behind it counts from its intended times', () => {
  const { summary } = simulate({ ratePerSecond: 100, lanes: 1, serviceUs: 1000, seconds: 10, serverStalls: stalls });
  // ρ = 100/s × 1 ms.
  assertOracle(summary.response, { s: 1000, S: 1e6, P: 5e6, rho: 0.1 });
  assert.ok((summary.service.p99 ?? Infinity) < 2000, 'a closed client would have seen next to nothing');
  assert.ok((summary.pacingLag.max ?? Infinity) <= turnUs);
  assert.ok((summary.connectionWait.p99 ?? 0) > 500_000);
});

test('stopped generator: the same formula, and the lag is its own', () => {
  const { summary } = simulate({
    ratePerSecond: 100,
    lanes: 120,
    serviceUs: 1000,
    seconds: 10,
    generatorStops: stalls,
  });
  assert.equal(summary.due, 1000);
  assertOracle(summary.response, { s: 1000, S: 1e6, P: 5e6, rho: 0 });
  assertOracle(summary.pacingLag, { s: 0, S: 1e6, P: 5e6, rho: 0 });
  assert.ok((summary.connectionWait.p99 ?? Infinity) <= turnUs);
});

test('constant 50 ms: every quantile is 50 ms', () => {
  const { summary } = simulate({ ratePerSecond: 200, lanes: 32, serviceUs: 50_000, seconds: 3 });
  for (const value of Object.values(summary.response))
    assert.ok(Math.abs(Number(value) - 50_000) <= 1000, String(value));
  assert.equal(summary.outcomes[Outcome.ok], 600);
});

test('time-outs run from the send; each frees its lane; what never went out is unsent', () => {
  const { summary, rows } = simulate({
    ratePerSecond: 100,
    lanes: 10,
    serviceUs: 60e6,
    timeoutUs: 500_000,
    seconds: 2,
  });
  assert.equal(summary.due, 200);
  const [timeouts = 0, unsent = 0] = [summary.outcomes[Outcome.timeout], summary.outcomes[Outcome.unsent]];
  // Ten lanes, each good for two requests a second: 2 s of arrivals and 2 s of draining.
  assert.ok(timeouts >= 70 && timeouts <= 80, String(timeouts));
  assert.equal(timeouts + unsent + (summary.outcomes[Outcome.inFlight] ?? 0), 200);
  for (const row of rows) {
    if (row.outcome === Outcome.timeout)
      assert.ok(row.doneUs - row.sentUs >= 500_000 && row.doneUs - row.sentUs <= 502_000);
  }
  const order = rows.filter((row) => row.outcome === Outcome.timeout).map((row) => row.intendedUs);
  assert.deepEqual(
    order,
    [...order].sort((a, b) => a - b),
    'first come, first served',
  );
});

test('connections take turns: the one idle longest goes next', () => {
  const { rows } = simulate({ ratePerSecond: 100, lanes: 4, serviceUs: 1000, seconds: 0.2 });
  assert.deepEqual(rows.map((row) => row.connection).slice(0, 8), [0, 1, 2, 3, 0, 1, 2, 3]);
});

interface Service {
  readonly ratePerSecond: number;
  /** Of most requests, and of the slow ones. */
  readonly serviceUs: number;
  readonly slowUs: number;
}

/** Of the generator: how long each is, and all together of the time. */
interface OwnPauses extends Service {
  readonly pauseUs: number;
  readonly pauseShare: number;
}

interface Judged extends OwnPauses {
  /** As it came out: of a short window one pause may be more. */
  readonly pausedShare: number;
  readonly reasons: readonly string[];
  /** p99 − p50 of service time, had the generator never paused. */
  readonly tailUs: number;
  /** Of the slowest 1 %, those that the pauses alone held up by half of what the slowest 1 % took beyond the median. */
  readonly heldShare: number;
}

const requestsOfEach = 1500;

function everyCase(): Judged[] {
  const judged: Judged[] = [];
  for (const ratePerSecond of [100, 1000])
    for (const serviceUs of [1000, 4000])
      for (const slowUs of [serviceUs, serviceUs + 60_000]) {
        const service = { ratePerSecond, serviceUs, slowUs };
        const alone = simulate(worldOf(service, []));
        // A sleeping pacer doesn’t see much shorter ones: timers fire on whole milliseconds.
        for (const pauseUs of [3000, 12_000, 50_000])
          for (const pauseShare of [0.003, 0.02, 0.06])
            judged.push(judgeOwn({ ...service, pauseUs, pauseShare }, alone));
      }
  return judged;
}

/** Three in a hundred requests are slow ones. */
function worldOf(
  { ratePerSecond, serviceUs, slowUs }: Service,
  generatorStops: readonly (readonly [from: number, to: number])[],
): World {
  const random = newRandom(7);
  const serviceOf = Array.from({ length: requestsOfEach }, () => (random.next() < 0.03 ? slowUs : serviceUs));
  return {
    ratePerSecond,
    lanes: 200,
    seconds: requestsOfEach / ratePerSecond,
    turnUs: 500,
    serviceUs: (request) => serviceOf[request - 1] ?? serviceUs,
    generatorStops,
  };
}

/** The same requests with the generator's pauses and without them: which are slow by its doing is then known one by one. */
function judgeOwn(own: OwnPauses, alone: Simulated): Judged {
  const { pauseUs, pauseShare } = own;
  const windowUs = (requestsOfEach / own.ratePerSecond) * 1e6;
  const random = newRandom(8);
  const times = Math.max(1, Math.round((pauseShare * windowUs) / pauseUs));
  const gapUs = windowUs / times;
  const stops = Array.from({ length: times }, (_, i) => {
    const from = gapUs * i + random.next() * (gapUs - pauseUs);
    return [from, from + pauseUs] as const;
  });
  const paused = simulate(worldOf(own, stops));
  const { p50, p99 } = paused.summary.service;
  const halfUs = ((p99 ?? NaN) - (p50 ?? NaN)) / 2;
  const without = serviceTimes(alone);
  const slowest = [...serviceTimes(paused)].sort(([, one], [, other]) => other - one).slice(0, requestsOfEach / 100);
  const held = slowest.filter(([request, us]) => us - (without.get(request) ?? NaN) >= Math.max(1000, halfUs));
  return {
    ...own,
    pausedShare: (times * pauseUs) / windowUs,
    reasons: codes(verdictOf(paused, windowUs).reasons),
    tailUs: (alone.summary.service.p99 ?? NaN) - (alone.summary.service.p50 ?? NaN),
    heldShare: held.length / slowest.length,
  };
}

function serviceTimes({ rows }: Simulated): Map</* sequence */ number, number> {
  return new Map(rows.map(({ sequence, sentUs, doneUs }) => [sequence, doneUs - sentUs]));
}

function verdictOf({ summary, stalls }: Simulated, windowUs: number) {
  return judge({
    ...summary,
    closedLoop: false,
    connections: 200,
    warmupUs: 1e6,
    windowUs,
    cancelled: false,
    lost: [],
    finished: summary.finishedInWindow,
    answered: summary.answeredInWindow,
    topError: null,
    dropped: summary.refused,
    cpuShare: 0.1,
    gc: noPauses(),
    stalls,
    throttledPeriods: 0,
    stealShare: 0,
    floorUs: null,
  });
}

test('a tail that the generator’s own pauses made is refused; with short or few ones beside the tail, it stands', () => {
  const judged = everyCase();
  const made = judged.filter(({ heldShare }) => heldShare >= 0.7);
  const short = judged.filter(({ pauseUs, tailUs }) => pauseUs <= 0.5 * tailUs);
  const few = judged.filter(({ pausedShare }) => pausedShare < 0.005);
  // Neither side is judged by a handful.
  for (const side of [made, short, few]) assert.ok(side.length >= 10, String(side.length));
  for (const each of made) assert.ok(each.reasons.includes('STALL'), JSON.stringify(each));
  for (const each of short) assert.ok(!each.reasons.includes('STALL'), JSON.stringify(each));
  for (const each of few) assert.deepEqual(each.reasons, [], JSON.stringify(each));
  // Whose lateness is within 5 % of p99 too is accepted as a whole.
  for (const each of short)
    if (each.pauseUs <= 0.05 * (each.serviceUs + each.tailUs)) assert.deepEqual(each.reasons, [], JSON.stringify(each));
});
