import assert from 'node:assert/strict';
import { test } from 'node:test';
import { note, noPauses, type Pauses } from '../../../src/load/health.ts';
import { judge, workShare, type VerdictInput } from '../../../src/load/verdict.ts';
import { heldUpShare } from '../../../src/load/heldUp.ts';
import { codes } from './support.ts';

const flat = (us: number) => ({ p50: us, p90: us, p95: us, p99: us, 'p99.9': us, max: us });

/** So many pauses of so many µs each. */
function pauses(...each: readonly (readonly [times: number, us: number])[]): Pauses {
  const all = noPauses();
  for (const [times, us] of each) for (let time = 0; time < times; time++) note(all, us);
  return all;
}

/** A clean run: 500/s for 10 s, service 2 ms at p50, 8 ms at p99, 20 ms at p99.9. */
function clean(overrides: Partial<VerdictInput> = {}): VerdictInput {
  return {
    closedLoop: false,
    connections: 16,
    warmupUs: 1_000_000,
    windowUs: 10_000_000,
    cancelled: false,
    due: 5000,
    finished: 5000,
    answered: 5000,
    topError: null,
    response: { ...flat(2000), p99: 8000, 'p99.9': 20_000 },
    service: { ...flat(2000), p99: 8000, 'p99.9': 20_000 },
    pacingLag: flat(2),
    connectionWait: flat(0),
    dropped: 0,
    cpuShare: 0.09,
    lost: [],
    gc: pauses([8, 400]),
    stalls: noPauses(),
    throttledPeriods: 0,
    stealShare: 0,
    floorUs: 60,
    ...overrides,
  };
}

const reasons = (overrides: Partial<VerdictInput>): string[] => codes(judge(clean(overrides)).reasons);
const warnings = (overrides: Partial<VerdictInput>): string[] => codes(judge(clean(overrides)).warnings);

test('a clean run is valid and has nothing to warn of', () => {
  const verdict = judge(clean());
  assert.deepEqual([verdict.valid, verdict.reasons, verdict.warnings], [true, [], []]);
});

test('own lateness: more than a millisecond and more than 5 % of the target’s p99', () => {
  assert.deepEqual(reasons({ pacingLag: flat(1000) }), []);
  assert.deepEqual(reasons({ pacingLag: flat(1001) }), ['SEND_LAG']);
  // 5 % of 100 ms are 5 ms.
  const service = { ...flat(50_000), p99: 100_000 };
  assert.deepEqual(reasons({ service, pacingLag: flat(5000) }), []);
  assert.deepEqual(reasons({ service, pacingLag: flat(5001) }), ['SEND_LAG']);
  assert.match(
    judge(clean({ pacingLag: flat(4200) })).reasons[0]?.text ?? '',
    /p99 of its lag is 4\.2 ms \(limit 1 ms\)/,
  );
});

test('waiting for a connection: in the tail a warning, at the median invalid', () => {
  const tail = { ...flat(0), p99: 3000 };
  assert.deepEqual(reasons({ connectionWait: tail }), []);
  assert.deepEqual(warnings({ connectionWait: tail }), ['SEND_LAG']);
  assert.deepEqual(reasons({ connectionWait: flat(1001) }), ['SEND_LAG']);
  assert.match(judge(clean({ connectionWait: flat(1500) })).reasons[0]?.text ?? '', /raise "connections" \(now 16\)/);
});

test('rate missed: under 99 % finished, beyond what is naturally in flight at the end', () => {
  // 1 % of 5000 are 50; 500/s × 2 ms = 1 in flight on average, 1 + 3 √1 at most.
  assert.deepEqual(reasons({ finished: 4946 }), []);
  assert.deepEqual(reasons({ finished: 4945 }), ['RATE_MISSED']);
  // At 200 ms a request 100 are in flight, 100 + 3 √100 at most.
  assert.deepEqual(reasons({ service: flat(200_000), finished: 4820 }), []);
  assert.deepEqual(reasons({ service: flat(200_000), finished: 4819 }), ['RATE_MISSED']);
  // Of fifty requests in a second, 1 ms each, one is under way at the end now and then; two are no chance any more.
  const few = { due: 50, windowUs: 1_000_000, service: flat(1000) };
  assert.deepEqual(reasons({ ...few, finished: 49 }), []);
  assert.deepEqual(reasons({ ...few, finished: 48 }), ['RATE_MISSED']);
  assert.deepEqual(reasons({ closedLoop: true, finished: 100 }), []);
  assert.match(judge(clean({ finished: 2500 })).reasons[0]?.text ?? '', /Of 500\/s offered only 250\/s \(50%\)/);
});

test('nothing lost is tolerated', () => {
  assert.deepEqual(reasons({ dropped: 1 }), ['DROPPED']);
  assert.deepEqual(reasons({ lost: ['(2 of 2) was killed by SIGKILL'] }), ['PROCESS_LOST']);
});

test('CPU: work is what is left of CPU time when the waiting is taken off', () => {
  assert.deepEqual(reasons({ cpuShare: 0.8 }), []);
  assert.deepEqual(reasons({ cpuShare: 0.81 }), ['CPU']);
  assert.equal(judge(clean({ cpuShare: 0.1 })).health.cpuShare, 0.1);
  // (9.9 − 1.9) / 10 = 0.8.
  assert.equal(workShare(9_900_000 - 1_900_000, 10_000_000), 0.8);
  assert.equal(workShare(9_900_000 - 99_000_000, 10_000_000), 0);
  assert.equal(workShare(1, 0), 0);
});

test('own pauses: half a percent of the requests held up by half of p99 − p50', () => {
  // (8 − 2)/2 = 3 ms; 0.5 % of 10 s = 50 ms; (20 − 2)/2 = 9 ms; 0.05 % = 5 ms.
  assert.deepEqual(reasons({ stalls: pauses([10, 8050]) }), ['STALL']);
  assert.deepEqual(reasons({ stalls: pauses([10, 7950]) }), []);
  assert.deepEqual(reasons({ gc: pauses([10, 8050]) }), ['GC']);
  // As long together, and one of them as long as half the tail: but what they held up is not the tail.
  assert.deepEqual(reasons({ stalls: pauses([100, 1500], [1, 3000]) }), []);
  assert.deepEqual(reasons({ stalls: pauses([100, 1500], [1, 53_100]) }), ['STALL']);
  assert.deepEqual(warnings({ stalls: pauses([1, 14_050]) }), ['STALL']);
  assert.deepEqual(warnings({ stalls: pauses([1, 13_950]) }), []);
  assert.match(
    judge(clean({ stalls: pauses([10, 13_000]) })).reasons[0]?.text ?? '',
    /\(event-loop stalls\), the longest 13 ms, held up 1% of the requests by 3 ms or more/,
  );
  assert.equal(heldUpShare(noPauses(), 0, 1e6), 0);
});

test('where a service takes the same time always, any tail that pauses made condemns them', () => {
  // A request of 2 ms every 0.1 ms for 10 s. Held up is what comes in a pause and, at worst, as many whose answers come in one.
  const shapes = [
    [1, 60_000],
    [3, 20_000],
    [10, 6000],
    [50, 1200],
  ] as const;
  for (const [times, us] of shapes) {
    const heldUs: number[] = [];
    for (let time = 0; time < 2 * times; time++) for (let at = 0; at < us; at += 100) heldUs.push(us - at);
    const p99 = 2000 + (heldUs.sort((one, other) => other - one)[1000] ?? 0);
    const service = { ...flat(2000), p99, 'p99.9': p99 };
    assert.ok(p99 > 2000, 'the pauses lifted p99');
    assert.deepEqual(reasons({ service, stalls: pauses([times, us]) }), ['STALL'], `${times} of ${us} µs`);
  }
});

test('throttling, steal, floor', () => {
  assert.deepEqual(reasons({ throttledPeriods: 1 }), ['THROTTLED']);
  assert.deepEqual(reasons({ throttledPeriods: null }), []);
  assert.deepEqual(warnings({ stealShare: 0.021 }), ['STEAL']);
  assert.deepEqual(warnings({ stealShare: null }), []);
  assert.deepEqual(reasons({ service: flat(66), floorUs: 60 }), ['FLOOR']);
  assert.deepEqual(reasons({ service: flat(67), floorUs: 60 }), []);
  assert.deepEqual(reasons({ service: flat(66), floorUs: null }), []);
});

test('no requests, no answers', () => {
  const nothing = { p50: null, p90: null, p95: null, p99: null, 'p99.9': null, max: null };
  assert.deepEqual(reasons({ due: 0, finished: 0, answered: 0, service: nothing, response: nothing }), ['NO_REQUESTS']);
  const refused = judge(clean({ answered: 0, topError: 'ECONNREFUSED', service: nothing, response: nothing }));
  assert.deepEqual(codes(refused.reasons), ['NO_REQUESTS']);
  assert.match(refused.reasons[0]?.text ?? '', /None of the 5000 requests was answered \(most often: ECONNREFUSED\)/);
});

test('warnings that leave the numbers standing', () => {
  assert.deepEqual(warnings({ closedLoop: true }), ['CLOSED_LOOP']);
  assert.deepEqual(warnings({ warmupUs: 0 }), ['NO_WARMUP']);
  assert.deepEqual(warnings({ due: 999, finished: 999, answered: 999 }), ['FEW_SAMPLES']);
  assert.deepEqual(warnings({ cancelled: true }), ['INCOMPLETE']);
});

test('cancelled before ten requests were due: that is said, and nothing is judged by so few', () => {
  const early = (overrides: Partial<VerdictInput>): readonly { readonly code: string; readonly text: string }[] =>
    judge(clean({ cancelled: true, windowUs: 12_900, finished: 3, pacingLag: flat(9000), cpuShare: 1, ...overrides }))
      .reasons;
  assert.deepEqual(codes(early({ due: 9 })), ['INCOMPLETE']);
  assert.ok(codes(early({ due: 10 })).includes('RATE_MISSED'));
  assert.ok(!codes(early({ due: 10 })).includes('INCOMPLETE'));
  assert.match(
    early({ due: 5 })[0]?.text ?? '',
    /^Cancelled after 12\.9 ms of measuring, with 5 requests due: too early/,
  );
  assert.match(early({ due: 1 })[0]?.text ?? '', /with 1 request due:/);
  assert.match(early({ due: 0 })[0]?.text ?? '', /before any request was due:/);
  assert.match(early({ due: 0, windowUs: 0 })[0]?.text ?? '', /^Cancelled before measuring began:/);
  assert.deepEqual(
    codes(judge(clean({ due: 9, finished: 9, answered: 9 })).reasons),
    [],
    'a short run to its end is one',
  );
});

test('every sentence is one, with figures and without NaN', () => {
  const all = judge(
    clean({
      due: 900,
      finished: 10,
      answered: 10,
      dropped: 3,
      pacingLag: flat(9000),
      connectionWait: flat(9000),
      cpuShare: 0.99,
      lost: ['(1 of 3) was killed by SIGKILL', '(3 of 3) ended with exit code 7'],
      gc: pauses([2, 5e5]),
      stalls: pauses([2, 5e5]),
      throttledPeriods: 2,
      stealShare: 0.5,
      service: flat(61),
      warmupUs: 0,
      cancelled: true,
    }),
  );
  for (const { text } of [...all.reasons, ...all.warnings]) {
    assert.match(text, /^[A-Z\d].*\.$/s);
    assert.doesNotMatch(text, /NaN|undefined|null|\n/);
  }
});
