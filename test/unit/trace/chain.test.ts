import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Outcome } from '../../../src/load/result.ts';
import type { Run } from '../../../src/run/model.ts';
import { chainOf, type Chain } from '../../../src/trace/chain.ts';
import { divideStretches, type Stretch } from '../../../src/trace/chainDivide.ts';
import { emptyRuntime } from '../../../src/target/runtimeLog.ts';
import { syntheticRun } from '../../fixtures/run.ts';

function divided(stretches: readonly Stretch[]): Record<number, number> {
  const parts: Record<number, number> = {};
  divideStretches(stretches, (part, us) => (parts[part] = (parts[part] ?? 0) + us));
  return parts;
}

const own = (target: number, startUs: number, endUs: number): Stretch => ({ kind: 'own', target, startUs, endUs });
const call = (target: number, startUs: number, endUs: number): Stretch => ({ kind: 'call', target, startUs, endUs });

test('Calls one inside the other: each moment belongs to the deepest', () => {
  // 0: 0–100, calls 10–90; 1: 20–80, calls 30–60; 2: 35–50.
  assert.deepEqual(divided([own(0, 0, 100), call(0, 10, 90), own(1, 20, 80), call(1, 30, 60), own(2, 35, 50)]), {
    0: 20,
    1: 20,
    2: 30,
    3: 15,
    4: 15,
  });
});

test('Calls side by side count once; one after the other all of them', () => {
  // Both called at 10; 1 works 12–50, 2 works 14–30: 2 began last and has it while it works.
  const sideBySide = divided([own(0, 0, 100), call(0, 10, 52), call(0, 10, 32), own(1, 12, 50), own(2, 14, 30)]);
  assert.deepEqual(sideBySide, { 0: 58, 1: 4, 2: 22, 4: 16 });
  const inTurn = divided([own(0, 0, 100), call(0, 10, 30), own(1, 12, 28), call(0, 40, 70), own(1, 45, 65)]);
  assert.deepEqual(inTurn, { 0: 50, 1: 14, 2: 36 });
});

test('A call that is stamped after the other service began is begun with it', () => {
  // 12–28 in the call that ends at 30, 40–65 in the one that ends at 70, though both were stamped some time later.
  const late = [own(0, 0, 100), own(1, 12, 28), call(0, 14, 30), own(1, 40, 65), call(0, 43, 70)];
  assert.deepEqual(divided(late), { 0: 52, 1: 7, 2: 41 });
  // Between services in the middle, too: 2 works 35–50 in the call of 1 that is stamped at 38.
  const nested = [own(0, 0, 100), own(1, 20, 80), call(0, 24, 90), own(2, 35, 50), call(1, 38, 60)];
  assert.equal(divided(nested)[4], 15);
  // Both ends late: the answer was there at 29, and the service that sent it stamped its end at 31.
  assert.deepEqual(divided([own(0, 0, 100), own(1, 10, 31), call(0, 13, 29)]), { 0: 81, 2: 19 });
  // Work for somebody else stays out: it outlasts the call by far, or there is none.
  assert.deepEqual(divided([own(0, 0, 100), own(1, 5, 50), call(0, 10, 30)]), { 0: 80, 1: 20 });
  assert.deepEqual(divided([own(0, 0, 100), own(1, 5, 50), call(0, 60, 80)]), { 0: 80, 1: 20 });
});

test('Who has the answer waits no more, and work without a call is another’s', () => {
  assert.deepEqual(divided([own(0, 0, 100), call(0, 10, 40), own(1, 20, 90)]), { 0: 70, 1: 10, 2: 20 });
  assert.deepEqual(divided([own(0, 0, 100), own(1, 20, 90)]), { 0: 100 });
  // A call that never ended is cut where the answer went out.
  assert.deepEqual(divided([own(0, 0, 100), call(0, 60, Infinity)]), { 0: 60, 1: 40 });
  assert.deepEqual(divided([]), {});
});

interface Row {
  readonly startUs: number;
  readonly endUs: number;
  readonly thread: number;
  readonly port: number;
}

/** A run of a gateway (thread 0) that calls orders (thread 1), from rows in any order. */
function runOf(load: readonly (readonly [number, number])[], served: readonly Row[], calls: readonly Row[]): Run {
  const run = syntheticRun(1, { durationUs: 1e6 });
  const target = run.manifest.scenario.targets[0];
  assert.ok(target);
  const requests = syntheticRequests(run, load);
  const rows = [...served].sort((a, b) => a.startUs - b.startUs);
  const outgoing = [...calls].sort((a, b) => a.startUs - b.startUs);
  return {
    ...run,
    manifest: {
      ...run.manifest,
      window: { warmupStartUs: 0, startUs: 0, endUs: 1e9 },
      scenario: { ...run.manifest.scenario, targets: ['orders', 'gateway'].map((name) => ({ ...target, name })) },
    },
    requests,
    runtime: {
      ...emptyRuntime(),
      threads: ['gateway', 'orders'].map((name, index) => ({ target: name, pid: index, tid: index, name: 'main' })),
      serverRequests: {
        length: rows.length,
        startUs: Float64Array.from(rows, ({ startUs }) => startUs),
        syncEndUs: Float64Array.from(rows, ({ startUs }) => startUs),
        finishUs: Float64Array.from(rows, ({ endUs }) => endUs),
        port: Int32Array.from(rows, ({ port }) => port),
        thread: Int32Array.from(rows, ({ thread }) => thread),
      },
      clientRequests: {
        length: outgoing.length,
        startUs: Float64Array.from(outgoing, ({ startUs }) => startUs),
        durationUs: Float64Array.from(outgoing, ({ startUs, endUs }) => endUs - startUs),
        thread: Int32Array.from(outgoing, ({ thread }) => thread),
      },
    },
  };
}

/** Requests one after the other on port 1000. */
function syntheticRequests({ requests }: Run, load: readonly (readonly [number, number])[]): Run['requests'] {
  const length = load.length;
  const times = (pick: 0 | 1): Float64Array => Float64Array.from(load, (each) => each[pick]);
  return {
    ...requests,
    length,
    intendedUs: times(0),
    sentUs: times(0),
    firstByteUs: times(1),
    doneUs: times(1),
    endpoint: new Int32Array(length),
    status: new Int32Array(length).fill(200),
    outcome: new Uint8Array(length).fill(Outcome.ok),
    connection: Int32Array.from(load, (_, index) => index),
    localPort: Int32Array.from(load, (_, index) => 1000 + index),
    bytes: new Int32Array(length),
    sequence: Int32Array.from(load, (_, index) => index + 1),
  };
}

function told(chain: Chain | string): Chain {
  if (typeof chain === 'string') assert.fail(chain);
  return chain;
}

const times = 30;
const at = (index: number): number => 10_000 * index;
const load = Array.from({ length: times }, (_, index) => [at(index), at(index) + 4000] as const);
const gateway = load.map(([from], index) => ({
  startUs: from + 500,
  endUs: from + 3500,
  thread: 0,
  port: 1000 + index,
}));
const calls = load.map(([from]) => ({ startUs: from + 1000, endUs: from + 3000, thread: 0, port: 0 }));
const orders = load.map(([from]) => ({ startUs: from + 1400, endUs: from + 2800, thread: 1, port: 7 }));

test('A chain of two: the parts add up to the whole', () => {
  const chain = told(chainOf(runOf(load, [...gateway, ...orders], calls)));
  assert.deepEqual([chain.requests, chain.alone], [times, times]);
  assert.deepEqual(chain.wholeUs, { count: times, mean: 4000, p50: 4000, p99: 4000 });
  assert.deepEqual(
    chain.parts.map(({ kind, target, us, share }) => [kind, target, us.mean, us.p50, share]),
    [
      ['outside', null, 1000, 1000, 0.25],
      ['own', 'gateway', 1000, 1000, 0.25],
      ['call', 'gateway', 600, 600, 0.15],
      ['own', 'orders', 1400, 1400, 0.35],
    ],
  );
  assert.deepEqual(
    chain.hops.map(({ target, perRequest, servedUs }) => [target, perRequest, servedUs.mean]),
    [
      ['gateway', 1, 3000],
      ['orders', 1, 1400],
    ],
  );
});

test('Requests that overlap in the first service are not divided, but counted', () => {
  const crowded = gateway.map((row, index) => (index === 4 ? { ...row, endUs: at(5) + 600 } : row));
  const chain = told(chainOf(runOf(load, [...crowded, ...orders], calls)));
  assert.deepEqual([chain.requests, chain.alone], [times, times - 2]);
  assert.equal(chain.wholeUs?.mean, 4000);
  const all = gateway.map((row) => ({ ...row, endUs: row.endUs + 20_000 }));
  const none = told(chainOf(runOf(load, [...all, ...orders], calls)));
  assert.deepEqual([none.alone, none.wholeUs, none.parts], [0, null, []]);
  assert.equal(none.hops.length, 2);
});

test('What is no chain says why', () => {
  const run = runOf(load, [...gateway, ...orders], calls);
  const targets = run.manifest.scenario.targets.slice(0, 1);
  const alone = { ...run, manifest: { ...run.manifest, scenario: { ...run.manifest.scenario, targets } } };
  const refused = (what: Run, why: RegExp): void => {
    const chain = chainOf(what);
    assert.ok(typeof chain === 'string');
    assert.match(chain, why);
  };
  refused(alone, /^The scenario has one target/);
  refused(runOf(load, [], []), /^No request of the load was seen inside a target/);
  refused(runOf(load, gateway, calls), /^Only gateway served requests/);
  refused({ ...run, manifest: { ...run.manifest, window: null } }, /no measured window/);
});
