import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { analyse } from '../../../src/trace/analyse.ts';
import { profileOf, requestTable, runOf, stallingRun, type PlainRequest } from './syntheticRun.ts';

const about = (actual: number | null | undefined, expected: number, tolerance: number): void =>
  assert.ok(
    typeof actual === 'number' && Math.abs(actual - expected) <= tolerance,
    `${String(actual)} is not ${expected} ± ${tolerance}`,
  );

describe('a culprit that runs once a second for 50 ms, at 10,000 requests a second', () => {
  // 500 slow of 50,000 (above p99): those that came in the first 10 ms of each stall, 5 of them the culprits themselves.
  const run = stallingRun({ seconds: 5, gapUs: 100, handlerUs: 20 });
  const { tail, functions, lines } = analyse(run);

  test('the slow requests are victims: about 1 % of their time is their own', () => {
    assert.equal(tail?.slow.requests, 500);
    about(tail.slow.ledger.ownCpu, (5 * 50_000) / tail.slow.totalUs, 0.002);
    about(tail.slow.ledger.ownCpu, 0.0105, 0.002);
    assert.ok(tail.slow.ledger.otherCpu > 0.98);
    assert.ok(tail.typical.ledger.ownCpu > 0.999);
  });

  test('the culprit ranks first, with its hottest line, and is not in the control set', () => {
    const [first, second] = tail?.blockers ?? [];
    const ownCpu = tail?.slow.ledger.ownCpu ?? 0;
    assert.deepEqual(
      [first?.name, first?.file, first?.episodes, first?.typicalShare],
      ['culprit', '/srv/app.js', 5, 0],
    );
    assert.ok([7, 42].includes(first?.line ?? 0));
    assert.ok((first?.slowShare ?? 0) > 0.9 && second?.name === 'handler' && second.slowShare < 0.1);
    about((first?.slowShare ?? 0) + second.slowShare + ownCpu, 1, 1e-6);
  });

  test('five stalls are five episodes, in the windows of the slow', () => {
    assert.equal(tail?.episodes, 5);
    assert.equal(tail.slowWindowsUs.length, 10);
    for (const [index, startUs] of [...tail.slowWindowsUs].filter((_, at) => at % 2 === 0).entries())
      about(startUs, index * 1e6 + 500_000, 100);
  });

  test('functions: share of the tail beside share of the whole', () => {
    const culprit = functions.find(({ name }) => name === 'culprit');
    const cpuUs = functions.reduce((sum, { selfUs }) => sum + selfUs, 0);
    assert.equal(culprit?.totalUs, 250_000);
    about(culprit.totalShare, 250_000 / cpuUs, 1e-9);
    assert.ok((culprit.tailShare ?? 0) > 0.95 && culprit.typicalShare === 0);
    assert.ok(functions.every(({ name, totalShare }) => name !== '(idle)' && name !== '(root)' && totalShare <= 1));
    assert.deepEqual(
      functions.map(({ selfUs }) => selfUs),
      functions.map(({ selfUs }) => selfUs).sort((a, b) => b - a),
    );
  });

  test('lines: the hottest ones, with their share of the tail', () => {
    const line = lines.find((row) => row.line === 42);
    assert.equal(line?.functionName, 'culprit');
    assert.ok((line.tailShare ?? 0) > 0.2 && line.selfUs > 50_000);
    assert.ok((lines.find((row) => row.line === 3)?.tailShare ?? 1) < 0.05);
  });

  test('a brushed range shows what is in it', () => {
    const quiet = analyse(run, { range: { startUs: 0, endUs: 400_000 } });
    assert.equal(
      quiet.functions.find(({ name }) => name === 'culprit'),
      undefined,
    );
    assert.ok(quiet.tail?.blockers.every(({ name }) => name === 'handler'));
    const stall = analyse(run, { range: { startUs: 490_000, endUs: 560_000 } });
    assert.equal(stall.tail?.blockers[0]?.name, 'culprit');
    assert.equal(stall.latency.response.max, 50_000);
  });
});

describe('a healthy service', () => {
  test('has slow requests, but nothing that blocks them more than the typical', () => {
    const { tail } = analyse(stallingRun({ seconds: 5, blockUs: 0 }));
    assert.ok(tail);
    assert.deepEqual(tail.blockers, []);
    about(tail.slow.ledger.ownCpu, 1, 1e-9);
  });
});

describe('who is blamed', () => {
  const victims: PlainRequest[] = Array.from({ length: 40 }, (_, row) => ({
    intended: row * 10_000,
    done: row * 10_000 + (row === 20 ? 9000 : 100 + row),
    port: 1,
  }));
  const blame = (path: string): string | undefined => {
    const profile = profileOf(0, [
      ['(idle)', 200_000],
      [path, 9000],
      ['(idle)', 200_000],
    ]);
    return analyse(runOf({ requests: requestTable(victims), profile })).tail?.blockers[0]?.name;
  };

  test('the leafmost function of the person’s own code', () =>
    assert.equal(blame('/srv/a.js:outer > /srv/a.js:inner > /srv/node_modules/x/i.js:lib > pbkdf2Sync'), 'inner'));
  test('without one, the leafmost of a library', () =>
    assert.equal(blame('node:net > /srv/node_modules/x/i.js:lib > stringify'), 'lib'));
  test('without that, what ran', () => assert.equal(blame('(program)'), '(program)'));
  test('the collector', () => assert.equal(blame('(garbage collector)'), 'Garbage collection'));
});

describe('what is missing is said, and the rest still answers', () => {
  test('no profile: latencies, tail and ledger, no functions', () => {
    const { tail, functions, lines, latency } = analyse({ ...stallingRun({ seconds: 2 }), profile: null });
    assert.deepEqual([functions, lines, tail?.blockers], [[], [], []]);
    assert.ok((tail?.slow.ledger.unknown ?? 0) > 0.5 && (latency.response.max ?? 0) >= 50_000);
  });

  test('no probe: the busiest main thread stands for all, and the join says so', () => {
    const run = stallingRun({ seconds: 5 });
    const { tail } = analyse(
      runOf({ requests: run.requests, profile: run.profile, window: { startUs: 0, endUs: 5e6 } }),
    );
    assert.equal(tail?.blockers[0]?.name, 'culprit');
    assert.equal(tail.joinedShare, 0);
    assert.match(tail.notes.join(' '), /server side is known for 0 %/);
  });

  test('too few slow requests: the quantile is lowered with a note', () => {
    const { tail } = analyse(stallingRun({ seconds: 1, gapUs: 5000 }), { quantile: 0.999 });
    assert.deepEqual([tail?.quantile, tail?.quantileAsked], [0.95, 0.999]);
    assert.match(tail?.notes[0] ?? '', /slowest 5 %/);
  });

  test('warm-up, and the profiler’s own start in it, stay out', () => {
    const run = runOf({
      requests: requestTable(
        Array.from({ length: 100 }, (_, row) => ({
          intended: row * 1000,
          done: row * 1000 + (row < 10 ? 900 : 10 + row),
          port: 1,
        })),
      ),
      profile: profileOf(0, [
        ['/srv/a.js:warmup', 10_000],
        ['/srv/a.js:measured', 90_000],
      ]),
      window: { startUs: 10_000, endUs: 100_000 },
    });
    const { functions, latency, range } = analyse(run);
    assert.deepEqual(
      functions.map(({ name }) => name),
      ['measured'],
    );
    assert.equal(latency.response.max, 109);
    assert.deepEqual(range, { startUs: 10_000, endUs: 100_000 });
  });

  test('an empty run', () => {
    const { tail, functions, latency } = analyse(runOf({ requests: requestTable([]), profile: profileOf(0, []) }));
    assert.deepEqual([tail, functions, latency.response.p50], [null, [], null]);
  });
});
