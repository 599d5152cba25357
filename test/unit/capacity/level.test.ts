import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeLevel, levelOf } from '../../../src/capacity/level.ts';
import { rangeOf } from '../../../src/capacity/measureCapacity.ts';
import { SlowpathError } from '../../../src/errors.ts';
import type { VerdictReason } from '../../../src/load/result.ts';
import type { Arrivals } from '../../../src/plan/scenario.ts';
import type { Manifest } from '../../../src/run/model.ts';
import { syntheticRun } from '../../fixtures/run.ts';

const run = syntheticRun(1, { durationUs: 1e6 });
const { summary, verdict } = run.manifest;
assert.ok(summary && verdict);
const met = summary.slo.map((result) => ({ ...result, pass: true }));
const good: Manifest = {
  ...run.manifest,
  verdict: { ...verdict, valid: true, reasons: [] },
  summary: { ...summary, slo: met },
};

function invalid(code: VerdictReason['code'], lagP99Us = 100): Manifest {
  assert.ok(verdict);
  const sendLagUs = { ...verdict.health.sendLagUs, p99: lagP99Us };
  const health = { ...verdict.health, sendLagUs };
  return { ...good, verdict: { ...verdict, valid: false, reasons: [{ code, text: `${code}.` }], health } };
}

test('A level is good when its run is valid and every objective holds', () => {
  assert.ok(met.length > 0);
  assert.equal(judgeLevel(good).outcome, 'good');
  const missed = { ...summary, slo: met.map((result, index) => ({ ...result, pass: index > 0 })) };
  assert.deepEqual(judgeLevel({ ...good, summary: missed }), {
    outcome: 'slo',
    reasons: [`${met[0]?.expr ?? ''} was missed.`],
  });
});

test('What the generator did is its own; what was not answered in time is the service’s', () => {
  for (const code of ['CPU', 'DROPPED', 'GC', 'STALL', 'THROTTLED', 'FLOOR'] as const) {
    assert.deepEqual(judgeLevel(invalid(code)), { outcome: 'generator', reasons: [`${code}.`] });
  }
  assert.equal(judgeLevel(invalid('RATE_MISSED')).outcome, 'saturation');
  assert.equal(judgeLevel(invalid('NO_REQUESTS')).outcome, 'saturation');
  // One code for two things: the wait for a connection, and the generator's own lateness.
  assert.equal(judgeLevel(invalid('SEND_LAG', 900)).outcome, 'saturation');
  assert.equal(judgeLevel(invalid('SEND_LAG', 60e6)).outcome, 'generator');
  assert.equal(judgeLevel({ ...good, summary: null }).outcome, 'generator');
});

test('Without objectives: under 1 % of errors and 99 % answered, but for those rightly under way at the end', () => {
  const window = { warmupStartUs: 0, startUs: 0, endUs: 1e6 };
  const service = { ...summary.latencyUs.service, p50: 100_000 };
  const requests = { sent: 100, ok: 100, errors: 0, timeouts: 0, unsent: 0, inFlight: 0 };
  const at = (achieved: number, errors: number): string =>
    judgeLevel({
      ...good,
      window,
      summary: {
        ...summary,
        slo: [],
        requests: { ...requests, errors, ok: 100 - errors },
        ratePerSecond: { offered: 100, achieved },
        latencyUs: { ...summary.latencyUs, service },
      },
    }).outcome;
  assert.equal(at(100, 0), 'good');
  // 100/s × 100 ms are 10 under way.
  assert.equal(at(89, 0), 'good');
  assert.equal(at(88, 0), 'saturation');
  assert.equal(at(100, 1), 'saturation');
});

test('CPU of the targets is the growth of each thread’s time inside the window', () => {
  const window = { warmupStartUs: 0, startUs: 1e6, endUs: 2e6 };
  const rows = [
    [0.5e6, 0, 0],
    [1e6, 100e3, 0],
    [1.1e6, 0, 1],
    [1.9e6, 200e3, 1],
    [2e6, 850e3, 0],
    [2.5e6, 9e6, 0],
  ] as const;
  const sched = {
    length: rows.length,
    timeUs: Float64Array.from(rows, ([time]) => time),
    cpuUs: Float64Array.from(rows, ([, cpu]) => cpu),
    waitUs: new Float64Array(rows.length),
    thread: Int32Array.from(rows, ([, , thread]) => thread),
  };
  const threads = [
    { target: 'api', pid: 1, tid: 1, name: 'main' },
    { target: 'api', pid: 1, tid: 2, name: '' },
  ];
  const level = levelOf(
    { ...run, manifest: { ...good, window }, runtime: { ...run.runtime, sched, threads } },
    100,
    false,
  );
  // 750 ms of 1 s, and 200 ms of 0.8 s.
  assert.equal(level.targetCores, 1);
  assert.deepEqual(level.busiestThread, { name: 'api / main', share: 0.75 });
  assert.equal(level.run, run.manifest.id);
  const none = { ...sched, length: 0 };
  assert.equal(levelOf({ ...run, runtime: { ...run.runtime, sched: none } }, 100, false).targetCores, null);
});

test('The range is around the plan’s rate, and only arrivals with one rate have it', () => {
  const scenario = (arrivals: Arrivals) => ({
    ...good.scenario,
    name: 'shop',
    load: { ...good.scenario.load, arrivals },
  });
  const asked = { fromPerSecond: undefined, toPerSecond: undefined, steps: undefined };
  const constant = scenario({ model: 'constant', ratePerSecond: 100 });
  assert.deepEqual(rangeOf(constant, asked), { fromPerSecond: 10, toPerSecond: 800, steps: 8 });
  assert.deepEqual(rangeOf(scenario({ model: 'poisson', ratePerSecond: 5, seed: 1 }), { ...asked, steps: 3 }), {
    fromPerSecond: 0.5,
    toPerSecond: 40,
    steps: 3,
  });
  const usage = (message: RegExp) => (error: unknown) => {
    assert.ok(error instanceof SlowpathError && error.code === 'USAGE');
    assert.match(error.message, message);
    return true;
  };
  assert.throws(
    () => rangeOf(scenario({ model: 'closed', concurrency: 4 }), asked),
    usage(/closed arrivals don't let it; write "constant" or "poisson" arrivals with a "rate" in scenario "shop"\.$/),
  );
  assert.throws(() => rangeOf(constant, { ...asked, fromPerSecond: 900 }), usage(/give a --from below --to\.$/));
});
