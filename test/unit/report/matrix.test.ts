import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exitCodeOfMatrix } from '../../../src/cli/matrixCommand.ts';
import type { Cell } from '../../../src/matrix/model.ts';
import { matrixPage } from '../../../src/report/matrixPage.ts';
import { matrixTable } from '../../../src/report/matrixTable.ts';
import { newPaint } from '../../../src/report/paint.ts';
import { cell, chain, matrix, soak } from '../matrix/cells.ts';

const options = { width: 110, paint: newPaint(false) };
const single = cell({
  shape: 'single',
  clients: 1,
  ratePerSecond: { offered: null, achieved: 1200 },
  latencyUs: { p50: 700, p90: 720, p95: 740, p99: 800, 'p99.9': null, max: 900 },
});
const invalid = cell({
  clients: 64,
  outcome: 'invalid',
  reasons: ['The generator was busy 95% of its core.'],
  latencyUs: null,
  run: 'run-64',
});

test('The table: shapes side by side, why what is bad is bad, the chain, the soak', () => {
  const cells = [single, cell(), invalid, cell({ shape: 'chain', chain }), cell({ shape: 'soak', soak: soak(50_000) })];
  assert.equal(
    matrixTable(matrix(cells), options),
    `
  orders
  1 of 5 measurements can't be trusted.

  shape  load           achieved       p50       p90       p99     p99.9    errors  verdict
  single one client       1.2k/s    700 µs    720 µs    800 µs         –        0%  good
  many   as planned        500/s    800 µs    900 µs      1 ms      2 ms*       0%  good
  many   64 clients        500/s         –         –         –         –        0%  invalid
  chain  as planned        500/s    800 µs    900 µs      1 ms      2 ms*       0%  good
  soak   as planned        500/s    800 µs    900 µs      1 ms      2 ms*       0%  good
  * few samples: fewer than 10 requests lie above it

  many, 64 clients: The generator was busy 95% of its core. (run-64)

  Under the planned load p99 is 1.3 times that of one client alone.

  The chain (chain, as planned). Where the 4 ms go: mean of the 1500 of 7500 requests that were alone in
  gateway.
  to and from gateway                    1 ms       25%  ━━━━━
  gateway itself                       600 µs       15%  ━━━
  between gateway and what it calls    400 µs       10%  ━━
  orders itself                          2 ms       50%  ━━━━━━━━━━

  service     calls       p50       p99
  gateway      1.00    2.9 ms      5 ms
  orders       2.00    900 µs    1.1 ms*
  Calls for each request that gateway served, and their time in the service; * where fewer than 10 of them
  took longer.

  The soak: 60 intervals of 10 s, slopes with 95 % intervals.
  memory of api  drifts      +3 MB/min (+3 MB to +3 MB), +25.7% in all. It grows all the time.
  p50            steady      +0 µs/min (+0 µs to +0.133 µs), +0% in all. It surely changed by less than 5 %.
  p99            can't tell  30 intervals with figures are too few; it takes 40.
`,
  );
});

test('What single requests decide is starred in the overview and in the chain alike, and not where their number is not known', () => {
  const starred = (requests: number | null, count: number | null): string[] => {
    const hops = chain.hops.map((hop) => ({ ...hop, servedUs: { ...hop.servedUs, count } }));
    const text = matrixTable(matrix([cell({ shape: 'chain', requests, chain: { ...chain, hops } })]), options);
    return text.match(/\S+ [mµ]s\*|^ +\* .*|; \* where/gm) ?? [];
  };
  const note = '  * few samples: fewer than 10 requests lie above it';
  assert.deepEqual(starred(10_000, 1000), []);
  assert.deepEqual(starred(999, 999), ['1 ms*', '2 ms*', note, '5 ms*', '1.1 ms*', '; * where']);
  assert.deepEqual(starred(9999, 1000), ['2 ms*', note]);
  assert.deepEqual(starred(null, null), []);
});

test('Hostile names stay text, and what can’t be told is said', () => {
  const hostile = '\u001b[2J';
  const hops = chain.hops.map((hop) => ({ ...hop, target: `${hop.target}${hostile}` }));
  const parts = chain.parts.map((part) => ({ ...part, target: `x${hostile}` }));
  const text = matrixTable(
    matrix(
      [
        cell({ shape: 'chain', chain: { ...chain, hops, parts }, reasons: [hostile], outcome: 'slo' }),
        cell({ shape: 'single', clients: 1, chainMissing: `Only api${hostile} served requests.` }),
        cell({ shape: 'chain', chain: { ...chain, alone: 0, wholeUs: null, parts: [] } }),
      ],
      { scenario: `a${hostile}b`, state: 'cancelled' },
    ),
    options,
  );
  assert.ok(!text.includes('\u001b'));
  assert.match(text, /Cancelled after 3 of 3 measurements\./);
  assert.match(text, /The chain \(single, one client\) can't be told\. Only api/);
  assert.match(text, /None of 7500 requests was alone in gateway/);
  assert.match(
    matrixTable(matrix([], { state: 'cancelled', planned: [single] }), options),
    /Cancelled after 0 of 1 measurement\./,
  );
  const error = { code: 'TARGET_NOT_READY', message: 'api did not answer.' };
  assert.match(
    matrixTable(matrix([], { state: 'failed', error }), options),
    /Failed after 0 of 0 .*api did not answer\./,
  );
});

test('The page’s first sentences count what is not good, and name what grows', () => {
  const first = (...cells: Cell[]): readonly string[] => {
    const { sentence, notes } = matrixPage(matrix(cells), null);
    return [sentence, ...notes];
  };
  assert.deepEqual(first(cell()), ['The one measurement is good.']);
  assert.deepEqual(first(cell({ outcome: 'slo' }), invalid, invalid, cell({ outcome: 'failed' })), [
    "1 of 4 measurements lost a target, 1 missed an objective, 2 can't be trusted.",
  ]);
  assert.deepEqual(first(cell({ shape: 'soak', soak: soak(50_000) })), [
    'The one measurement is good.',
    'In the soak memory of api grows all the time.',
  ]);
  assert.deepEqual(first(cell({ shape: 'soak', soak: soak(-50_000) })), ['The one measurement is good.']);
});

test('The exit code fails closed', () => {
  const shrinking = soak(-50_000);
  const untold = { ...shrinking, drifts: shrinking.drifts.map((drift) => ({ ...drift, verdict: 'untold' as const })) };
  const of = (...cells: Cell[]): number => exitCodeOfMatrix(matrix(cells));
  const steady = { ...shrinking, drifts: shrinking.drifts.filter(({ verdict }) => verdict !== 'untold') };
  assert.ok(steady.drifts.some(({ verdict }) => verdict === 'drifts'));
  assert.equal(of(cell(), single), 0);
  assert.equal(of(cell({ soak: steady })), 0);
  assert.equal(of(cell({ outcome: 'slo' }), invalid), 1);
  assert.equal(of(cell({ soak: soak(50_000) })), 1);
  assert.equal(of(cell({ outcome: 'failed' }), cell({ outcome: 'slo' })), 3);
  assert.equal(of(cell(), invalid), 4);
  assert.equal(of(cell({ soak: untold })), 4);
  assert.equal(of(), 4);
  assert.equal(exitCodeOfMatrix(matrix([cell()], { state: 'cancelled' })), 130);
});
