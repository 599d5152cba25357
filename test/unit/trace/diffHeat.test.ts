import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProfileBuilder } from '../../../src/profile/builder.ts';
import type { Profile } from '../../../src/profile/tables.ts';
import { diffHeat, type HeatDiff } from '../../../src/trace/compareRuns.ts';
import type { Run } from '../../../src/run/model.ts';
import type { Brushed } from '../../../src/trace/analysis.ts';
import { requestTable, runOf } from './syntheticRun.ts';

/** A call path of `name:start` in one file, the line that ran, and for how many µs in samples of 1000. */
type Ran = readonly [path: string, line: number, us: number];

function profileOf(rows: readonly Ran[], unit: 'us' | 'bytes' = 'us'): Profile {
  const builder = new ProfileBuilder();
  const thread = builder.thread({ pid: 1, tid: 1, name: '', target: 'api' });
  let now = 0;
  for (const [path, line, us] of rows) {
    let stack = -1;
    for (const step of path.split(' ')) {
      const [name = '', start = '0'] = step.split(':');
      stack = builder.stack(stack, builder.frame(name, '/srv/app.js', Number(start), 1));
    }
    for (let at = 0; at < us; at += 1000) {
      builder.ticks(stack, line, 1);
      builder.sample(now + at, 1000, stack, thread);
    }
    now += us;
  }
  return builder.build({ intervalUs: 1000, startUs: 0, endUs: now, unit });
}

/** A run of as many requests as asked, over the whole profile. */
function run(requests: number, rows: readonly Ran[], unit: 'us' | 'bytes' = 'us'): Run {
  return runOf({
    requests: requestTable(Array.from({ length: requests }, (_, row) => ({ intended: row, done: row + 10 }))),
    profile: profileOf(rows, unit),
    window: { startUs: 0, endUs: 1e9 },
  });
}

function compared(baseline: Run, now: Run): HeatDiff {
  const diff = diffHeat(baseline, now);
  assert.ok(diff);
  return diff;
}

const lines = ({ lines: rows }: HeatDiff): Record<string, [number, number]> =>
  Object.fromEntries(rows.map(({ name, line, self }) => [`${name}:${line}`, [self.before, self.after]]));
const totals = ({ functions }: HeatDiff): Record<string, [number, number]> =>
  Object.fromEntries(functions.map(({ name, line, total }) => [`${name}:${line}`, [total.before, total.after]]));

test('times are those of one request, so that runs of different length compare', () => {
  const diff = compared(run(10, [['f:3', 4, 20_000]]), run(40, [['f:3', 4, 120_000]]));
  assert.equal(diff.per, 'request');
  assert.deepEqual(lines(diff), { 'f:4': [2000, 3000] });
  assert.deepEqual(totals(diff), { 'f:3': [2000, 3000] });
  assert.deepEqual([diff.sumBefore, diff.sumAfter], [2000, 3000]);
  // 20 samples of 100 µs a request, and 120 of 25.
  assert.equal(diff.lines[0]?.self.error, Math.sqrt(20 * 100 ** 2 + 120 * 25 ** 2));
});

test('of a run only what is brushed counts, each request of it against each of the whole baseline', () => {
  const baseline = run(10, [['f:3', 4, 20_000]]);
  // 10 ms of f, then 30 ms of g; requests are due at 0…39 µs, and the last at 20 ms.
  const now: Run = {
    ...run(0, [
      ['f:3', 4, 10_000],
      ['g:8', 9, 30_000],
    ]),
    requests: requestTable([
      ...Array.from({ length: 40 }, (_, row) => ({ intended: row, done: row + 10 })),
      { intended: 20_000, done: 24_000 },
    ]),
  };
  const of = (brushed: Brushed): HeatDiff | null => diffHeat(baseline, now, brushed);
  const early = of({ startUs: 0, endUs: 8000 });
  assert.deepEqual(early && lines(early), { 'f:4': [2000, 200] });
  const late = of({ startUs: 15_000, endUs: 25_000 });
  assert.deepEqual(late && lines(late), { 'f:4': [2000, 0], 'g:9': [0, 10_000] });
  const slow = of({ startUs: 0, endUs: 25_000, response: { fromUs: 1000, toUs: 9000 } });
  const g = slow?.lines.find(({ name }) => name === 'g')?.self.after ?? 0;
  assert.ok(Math.abs(g - 4000) < 1e-6, `${g} µs ran while it was in flight`);
  const unasked = of({ startUs: 30_000, endUs: 40_000 });
  assert.equal(unasked?.per, 'second', 'no request was due then');
  assert.deepEqual(of({ startUs: 50_000, endUs: 60_000 })?.lines, [], 'nothing ran then, so nothing is cheaper');
});

test('nothing can be cut out of a profile without times', () => {
  const whole = run(10, [['f:3', 4, 20_000]]);
  assert.ok(whole.profile);
  const timeless: Run = { ...whole, profile: { ...whole.profile, timeless: true } };
  assert.deepEqual(diffHeat(whole, timeless, { startUs: 0, endUs: 5 }), diffHeat(whole, timeless));
});

test('lines move with their function: an edit above it changes nothing', () => {
  const before = run(1, [
    ['top:1', 2, 1000],
    ['top:1 work:10', 12, 8000],
  ]);
  const after = run(1, [
    ['top:1', 2, 1000],
    ['top:1 work:25', 27, 8000],
  ]);
  const diff = compared(before, after);
  assert.deepEqual(lines(diff), { 'top:2': [1000, 1000], 'work:27': [8000, 8000] });
  assert.deepEqual(totals(diff), { 'top:1': [9000, 9000], 'work:25': [8000, 8000] });
});

test('what is gone stands where its surroundings went; what is new says so by having been nothing', () => {
  const before = run(1, [
    ['work:10', 11, 2000],
    ['old:20', 22, 3000],
  ]);
  const after = run(1, [
    ['work:15', 16, 2000],
    ['fresh:40', 41, 4000],
  ]);
  const diff = compared(before, after);
  assert.deepEqual(lines(diff), { 'work:16': [2000, 2000], 'old:27': [3000, 0], 'fresh:41': [0, 4000] });
  assert.deepEqual(totals(diff), { 'work:15': [2000, 2000], 'old:25': [3000, 0], 'fresh:40': [0, 4000] });
  assert.deepEqual(
    diff.lines.map(({ name }) => name),
    ['fresh', 'old', 'work'],
    'greatest change first',
  );
});

test('functions of one name are told apart by their lines, also below an edit', () => {
  const before = run(1, [
    ['first:5', 5, 1000],
    ['(anonymous):8', 9, 2000],
    ['(anonymous):12', 13, 5000],
  ]);
  const after = run(1, [
    ['first:6', 6, 1000],
    ['(anonymous):9', 10, 2000],
    ['(anonymous):13', 14, 1000],
  ]);
  assert.deepEqual(totals(compared(before, after)), {
    'first:6': [1000, 1000],
    '(anonymous):9': [2000, 2000],
    '(anonymous):13': [5000, 1000],
  });
});

test('recursion counts once on both sides', () => {
  const diff = compared(run(1, [['f:1 g:5 f:1', 2, 4000]]), run(1, [['f:1 g:5 f:1 g:5', 6, 6000]]));
  assert.deepEqual(totals(diff), { 'f:1': [4000, 6000], 'g:5': [4000, 6000] });
});

test('without requests times are those of a second; different units do not compare', () => {
  const window = { startUs: 0, endUs: 2e6 };
  const silent = (us: number): Run => ({
    ...runOf({ requests: requestTable([]), profile: profileOf([['f:1', 1, us]]), window }),
  });
  const diff = compared(silent(1000), silent(3000));
  assert.equal(diff.per, 'second');
  assert.deepEqual(lines(diff), { 'f:1': [500, 1500] });
  assert.equal(diffHeat(run(1, [['f:1', 1, 1000]]), run(1, [['f:1', 1, 1000]], 'bytes')), null);
  assert.equal(diffHeat({ ...silent(1000), profile: null }, silent(1000)), null);
});

test('a run against itself differs in nothing', () => {
  const same = run(7, [
    ['a:1 b:5', 6, 3000],
    ['a:1 (anonymous):9', 9, 1000],
    ['a:1 (anonymous):12', 12, 2000],
  ]);
  const diff = compared(same, same);
  for (const { self, total } of diff.functions) {
    assert.equal(self.before, self.after);
    assert.equal(total.before, total.after);
  }
  for (const { self } of diff.lines) assert.equal(self.before, self.after);
  assert.equal(diff.functions.length, 4);
});
