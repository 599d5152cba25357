import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Run } from '../../../src/run/model.ts';
import { joinRequests } from '../../../src/trace/join.ts';
import { ledgerOf, threadDoings } from '../../../src/trace/ledger.ts';
import { servingThreads } from '../../../src/trace/serving.ts';
import { waitedTimes, type WaitedTimes } from '../../../src/trace/waiting.ts';
import type { Ledger } from '../../../src/trace/analysis.ts';
import { profileOf, requestTable, runOf, type PlainRequest } from './syntheticRun.ts';

function traced(run: Run): { waited: WaitedTimes; ledger: Ledger } {
  const join = joinRequests(run.requests, run.runtime.serverRequests);
  const serving = servingThreads(run, join);
  const rows = Int32Array.from(run.requests.intendedUs.keys());
  return {
    waited: waitedTimes(run, serving, join, rows),
    ledger: ledgerOf(run, serving, join, rows, threadDoings(run, serving.lanes)),
  };
}

describe('one request by hand, 1,000 µs long', () => {
  // Sent at 100; server from 300, own part until 400, finished 900. A pause of 100 at 500; idle from 600 to 1000 with a
  // request to another service from 700 to 850; the profile knows nothing before 200.
  const run = runOf({
    requests: requestTable([{ intended: 0, sent: 100, done: 1000, port: 9 }]),
    runtime: {
      served: [{ port: 9, start: 300, syncEnd: 400, finish: 900 }],
      gc: [[500, 100]],
      downstream: [[700, 150]],
    },
    profile: profileOf(200, [
      ['/a.js:other', 100],
      ['/a.js:own', 100],
      ['/a.js:other', 200],
      ['(idle)', 400],
    ]),
  });

  test('every moment stands in one column of the ledger', () => {
    assert.deepEqual(traced(run).ledger, {
      client: 0.1,
      ownCpu: 0.1,
      otherCpu: 0.2,
      gc: 0.1,
      runnable: 0,
      downstream: 0.15,
      idle: 0.25,
      unknown: 1 - (0.1 + 0.2 + 0.1 + 0.15 + 0.25 + 0.1),
    });
  });

  test('what the kernel says it waited for a CPU is taken from what looked busy, in proportion', () => {
    // 100 µs between readings 0…2000 is 45 µs in [100, 1000]; busy are 400 µs.
    const wait = runOf({
      ...run,
      runtime: {
        served: [{ port: 9, start: 300, syncEnd: 400, finish: 900 }],
        gc: [[500, 100]],
        downstream: [[700, 150]],
        wait: [
          [0, 50],
          [2000, 150],
        ],
      },
    });
    const { ledger } = traced(wait);
    const kept = 1 - 45 / 400;
    const about = (share: number, expected: number): void =>
      assert.ok(Math.abs(share - expected) < 1e-12, `${share} is not ${expected}`);
    about(ledger.runnable, 0.045);
    about(ledger.ownCpu, 0.1 * kept);
    about(ledger.otherCpu, 0.2 * kept);
    about(ledger.gc, 0.1 * kept);
    about(ledger.idle, 0.25);
  });

  test('it waited for others from intended to done, but not for itself', () => {
    const { waited } = traced(run);
    assert.deepEqual([...waited.sampleUs], [100, 0, 100, 0]);
    assert.equal(waited.gcUs, 100);
  });

  test('never sent: all of it is the client', () => {
    const { ledger } = traced(
      runOf({
        requests: requestTable([{ intended: 0, sent: Number.NaN, done: 1000, port: 9 }]),
        profile: profileOf(0, [['/a.js:x', 1000]]),
      }),
    );
    assert.deepEqual([ledger.client, ledger.unknown], [1, 0]);
  });

  test('without a profile the own part is known and the rest is not', () => {
    const { ledger } = traced(
      runOf({
        requests: requestTable([{ intended: 0, done: 1000, port: 9 }]),
        runtime: { served: [{ port: 9, start: 0, syncEnd: 250, finish: 900 }] },
      }),
    );
    assert.deepEqual([ledger.ownCpu, ledger.unknown], [0.25, 0.75]);
  });

  test('no requests: nothing is known', () =>
    assert.equal(traced(runOf({ requests: requestTable([]) })).ledger.unknown, 1));
});

describe('garbage collection counts once', () => {
  const requests = requestTable([{ intended: 0, done: 1000, port: 9 }]);
  const profile = profileOf(0, [
    ['/a.js:x', 400],
    ['(garbage collector)', 200],
    ['/a.js:x', 400],
  ]);

  test('from the profile where no pauses were listed', () => {
    const { waited, ledger } = traced(runOf({ requests, profile }));
    assert.equal(waited.gcUs, 200);
    assert.equal(ledger.gc, 0.2);
  });

  test('from the list of pauses where there is one; what they cover is nobody else’s', () => {
    const run = runOf({
      requests,
      profile,
      runtime: { served: [{ port: 9, start: 999, syncEnd: 999, finish: 1000 }], gc: [[350, 200]] },
    });
    const { waited, ledger } = traced(run);
    assert.equal(waited.gcUs, 200);
    assert.deepEqual([...waited.sampleUs], [350, 0, 400]);
    assert.equal(ledger.gc, 0.2);
  });
});

describe('against counting every microsecond', () => {
  const plan = fc.record({
    requests: fc.array(
      fc.record({
        intended: fc.nat(80),
        lag: fc.nat(10),
        wait: fc.nat(60),
        begin: fc.nat(20),
        own: fc.nat(15),
        span: fc.nat(30),
        sent: fc.boolean(),
      }),
      { minLength: 1, maxLength: 6 },
    ),
    samples: fc.array(fc.tuple(fc.constantFrom('/a.js:f', '/a.js:g', '(idle)'), fc.integer({ min: 1, max: 25 })), {
      maxLength: 10,
    }),
    gc: fc.array(fc.tuple(fc.nat(150), fc.nat(12)), { maxLength: 4 }),
    downstream: fc.array(fc.tuple(fc.nat(150), fc.nat(30)), { maxLength: 4 }),
  });

  test('victim time and ledger', () => {
    fc.assert(
      fc.property(plan, ({ requests: wanted, samples, gc, downstream }) => {
        const rows = wanted.map(({ intended, lag, wait, sent }, index): PlainRequest => ({
          intended,
          sent: sent ? intended + lag : Number.NaN,
          done: intended + lag + wait,
          port: 100 + index,
        }));
        const served = wanted.flatMap(({ intended, lag, wait, begin, own, span, sent }, index) => {
          const start = intended + lag + Math.min(begin, wait);
          return sent ? [{ port: 100 + index, start, syncEnd: start + own, finish: start + span }] : [];
        });
        const run = runOf({
          requests: requestTable(rows),
          profile: profileOf(0, samples),
          runtime: { gc, downstream, served },
        });
        const { waited, ledger } = traced(run);

        const inside = (list: readonly [number, number][], us: number): boolean =>
          list.some(([start, length]) => start <= us && us < start + length);
        let sampled = 0;
        const spans = samples.map(([name, length]) => ({ name, start: sampled, end: (sampled += length) }));
        const covered = (us: number): string | undefined =>
          spans.find(({ start, end }) => start <= us && us < end)?.name;
        const own = served.map((entry) => {
          const next = Math.min(
            ...served.filter((other) => other.start > entry.start).map((other) => other.start),
            Number.POSITIVE_INFINITY,
          );
          // Of those that begin together all but the last end at once.
          const last = served.findLastIndex((other) => other.start === entry.start) === served.indexOf(entry);
          return { ...entry, ownEnd: last ? Math.min(entry.syncEnd, next) : entry.start };
        });
        const sums: Record<string, number> = {};
        const victims = new Map<string, number>();
        let gcUs = 0;
        let total = 0;
        for (const [index, { intended, sent = intended, done }] of rows.entries()) {
          const side = own.find(({ port }) => port === 100 + index);
          for (let us = intended; us < done; us++) {
            total++;
            const isOwn = side !== undefined && side.start <= us && us < side.ownEnd;
            const open = side !== undefined && side.start <= us && us < side.finish;
            const name = covered(us);
            const column =
              Number.isNaN(sent) || us < sent
                ? 'client'
                : inside(gc, us)
                  ? 'gc'
                  : isOwn
                    ? 'ownCpu'
                    : name !== undefined && name !== '(idle)'
                      ? 'otherCpu'
                      : open && inside(downstream, us)
                        ? 'downstream'
                        : name === '(idle)'
                          ? 'idle'
                          : 'unknown';
            sums[column] = (sums[column] ?? 0) + 1;
            if (isOwn) continue;
            if (inside(gc, us)) gcUs++;
            else if (name !== undefined && name !== '(idle)') victims.set(name, (victims.get(name) ?? 0) + 1);
          }
        }
        assert.ok(Math.abs(waited.gcUs - gcUs) < 1e-6, `gc ${waited.gcUs} ${gcUs}`);
        for (const name of ['/a.js:f', '/a.js:g']) {
          const found = spans.reduce(
            (sum, span, row) => sum + (span.name === name ? (waited.sampleUs[row] ?? 0) : 0),
            0,
          );
          assert.ok(Math.abs(found - (victims.get(name) ?? 0)) < 1e-6, `${name} ${found} ${victims.get(name) ?? 0}`);
        }
        if (total > 0) {
          for (const [column, share] of Object.entries(ledger))
            assert.ok(Math.abs(share - (sums[column] ?? 0) / total) < 1e-9, `${column} ${String(share)}`);
        }
        const sum = Object.values<number>({ ...ledger }).reduce((all, share) => all + share, 0);
        assert.ok(Math.abs(sum - 1) < 1e-12);
      }),
      { numRuns: 1000 },
    );
  });
});
