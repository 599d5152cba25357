import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noPauses } from '../../../src/load/health.ts';
import { newRandom } from '../../../src/load/random.ts';
import { judge, tailLagLimitUs } from '../../../src/load/verdict.ts';
import { simulate, type Simulated, type World } from './simulator.ts';
import { codes } from './support.ts';

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
        // Shorter ones have a test of their own: a sleeping pacer doesn’t see them, as timers fire on whole milliseconds.
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
  const windowUs = windowOf(own);
  const stops = stopsOf(own);
  const paused = simulate(worldOf(own, stops));
  const { p50, p99 } = paused.summary.service;
  const halfUs = ((p99 ?? NaN) - (p50 ?? NaN)) / 2;
  const without = serviceTimes(alone);
  const slowest = [...serviceTimes(paused)].sort(([, one], [, other]) => other - one).slice(0, requestsOfEach / 100);
  const held = slowest.filter(([request, us]) => us - (without.get(request) ?? NaN) >= Math.max(1000, halfUs));
  return {
    ...own,
    pausedShare: (stops.length * own.pauseUs) / windowUs,
    reasons: codes(verdictOf(paused, windowUs).reasons),
    tailUs: (alone.summary.service.p99 ?? NaN) - (alone.summary.service.p50 ?? NaN),
    heldShare: held.length / slowest.length,
  };
}

/** Each at a random moment of its equal part of the window. */
function stopsOf(own: OwnPauses): (readonly [from: number, to: number])[] {
  const { pauseUs, pauseShare } = own;
  const windowUs = windowOf(own);
  const random = newRandom(8);
  const times = Math.max(1, Math.round((pauseShare * windowUs) / pauseUs));
  const gapUs = windowUs / times;
  return Array.from({ length: times }, (_, i) => {
    const from = gapUs * i + random.next() * (gapUs - pauseUs);
    return [from, from + pauseUs];
  });
}

function windowOf({ ratePerSecond }: Service): number {
  return (requestsOfEach / ratePerSecond) * 1e6;
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

test('of short pauses a sleeping pacer sees a part; before they falsify p99 by more than may be, the send lag tells', () => {
  const turnUs = 200;
  let falsified = 0;
  for (const serviceUs of [1000, 4000]) {
    const service = { ratePerSecond: 100, serviceUs, slowUs: serviceUs };
    const alone = simulate({ ...worldOf(service, []), turnUs }).summary.service.p99 ?? NaN;
    for (const pauseShare of [0.005, 0.04, 0.1]) {
      const own = { ...service, pauseUs: 1500, pauseShare };
      const stops = stopsOf(own);
      const paused = simulate({ ...worldOf(own, stops), turnUs });
      const what = JSON.stringify({ own, stalls: paused.stalls.totalUs });
      assert.ok(paused.stalls.totalUs < 0.5 * stops.length * own.pauseUs, what);
      // A send they hold up as often as an answer: it has the same quantiles.
      if ((paused.summary.service.p99 ?? NaN) - alone <= tailLagLimitUs(alone)) continue;
      falsified++;
      assert.ok(codes(verdictOf(paused, windowOf(own)).reasons).includes('SEND_LAG'), what);
    }
  }
  assert.ok(falsified >= 4, String(falsified));
});
