import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ProfileBuilder } from '../../../src/profile/builder.ts';
import type { ProfileUnit, Profile } from '../../../src/profile/tables.ts';
import { diffResult } from '../../../src/report/diff.ts';
import { diffJson } from '../../../src/report/diffJson.ts';
import { diffTable } from '../../../src/report/diffTable.ts';
import type { ExportSource } from '../../../src/report/exporting.ts';
import { cellsOf, newPaint } from '../../../src/report/paint.ts';
import type { Run } from '../../../src/run/model.ts';
import { syntheticRun } from '../../fixtures/run.ts';

const options = {
  width: 120,
  paint: newPaint(false),
  showPath: (path: string) => path.replace('/srv/shop/', ''),
  names: ['before', 'after'] as const,
};
const slow = asSource(syntheticRun(1));
const healthy = asSource(syntheticRun(2, { culpritUs: 0 }));

function asSource(run: Run): ExportSource & { readonly kind: 'run' } {
  return { kind: 'run', run };
}

function changed(run: Run, change: Partial<Run['manifest']>): ExportSource {
  return asSource({ ...run, manifest: { ...run.manifest, ...change } });
}

function profileOf(samples: number, unit: ProfileUnit = 'us', name = 'work'): Profile {
  const builder = new ProfileBuilder();
  const thread = builder.thread({ pid: 1, tid: 1, name: '', target: '' });
  const stack = builder.stack(-1, builder.frame(name, '/srv/shop/a.js', 3, 1));
  for (let row = 0; row < samples; row++) builder.sample(row * 1000, 1000, stack, thread);
  return builder.build({ unit, timeless: unit !== 'us', intervalUs: 1000, startUs: 0, endUs: samples * 2000 });
}

describe('two runs beside each other', () => {
  test('the culprit’s time a request is gone, beyond what chance does', () => {
    const diff = diffResult(slow, healthy);
    assert.equal(diff.per, 'request');
    const [first] = diff.functions;
    assert.equal(first?.function, 'recalculate');
    assert.equal(first.presence, 'gone');
    assert.ok(first.beyondNoise && first.selfB === 0);
    // One create in 200 of 60 % of the requests re-prices for 38 ms, about seven tenths of it in this function itself.
    assert.ok(first.totalA > 60 && first.totalA < 170, `${first.totalA} µs a request`);
    const steady = diff.functions.find((row) => row.function === 'validate');
    assert.ok(steady && !steady.beyondNoise, 'what did not change is within chance');
  });

  test('a run against itself has changed nowhere', () => {
    const diff = diffResult(slow, slow);
    assert.ok(diff.functions.every(({ selfA, selfB, beyondNoise }) => selfA === selfB && !beyondNoise));
    assert.match(diffTable(diff, options), /No function changed\./);
  });

  test('the table tells both sides, quantiles and functions, and fits its terminal', () => {
    const diff = diffResult(slow, healthy);
    const text = diffTable(diff, options);
    assert.match(text, /A {2}before\n {2}B {2}after/);
    assert.match(text, /response time +p50 +p90 +p95 +p99 +p99\.9/);
    assert.match(text, /B ÷ A +×\d\.\d\d/);
    assert.match(text, /CPU time a request {2}A \d+ µs, B \d+ µs \(-\d+\.\d%\)/);
    assert.match(text, /\d+(?:\.\d+)? µs +0 µs +-\d+(?:\.\d+)? µs +gone {2}recalculate {2}src\/prices\.js:\d+/);
    assert.match(text, /by chance/);
    for (const width of [60, 80, 100, 200]) {
      const widest = Math.max(
        ...diffTable(diff, { ...options, width })
          .split('\n')
          .map(cellsOf),
      );
      assert.ok(widest <= Math.min(140, Math.max(80, width)), `${widest} cells at width ${width}`);
    }
    assert.equal(diffTable(diff, { ...options, paint: newPaint(true) }).replace(/\u001b\[\d+m/g, ''), text);
  });

  test('other machines and invalid measurements are objected to, and invalid figures not shown', () => {
    const { host, verdict } = healthy.run.manifest;
    assert.ok(verdict);
    const elsewhere = diffResult(slow, changed(healthy.run, { host: { ...host, fingerprint: 'other' } }));
    assert.match(diffTable(elsewhere, options), /! The runs come from machines that differ/);
    const invalid = diffResult(slow, changed(healthy.run, { verdict: { ...verdict, valid: false } }));
    const text = diffTable(invalid, options);
    assert.match(text, /! The generator could not keep up in the later run/);
    assert.match(text, /Response times are not shown/);
    assert.doesNotMatch(text, /p99/);
    assert.deepEqual(diffJson('a', 'b', invalid).latencyUs, []);
    assert.equal(diffJson('a', 'b', invalid).trusted, false);
  });

  for (const [unjudged, before, after] of [
    ['earlier', changed(slow.run, { verdict: null, state: 'cancelled' }), healthy],
    ['later', slow, changed(healthy.run, { verdict: null, state: 'incomplete' })],
  ] as const) {
    test(`a run that nobody judged is said to be one, and its figures are not shown: the ${unjudged} one`, () => {
      const diff = diffResult(before, after);
      const text = diffTable(diff, options);
      assert.match(text, new RegExp(`! The ${unjudged} run was not judged: its measurement did not come to its end`));
      assert.match(text, /Response times are not shown/);
      assert.doesNotMatch(text, /p99/);
      const json = diffJson('a', 'b', diff);
      assert.deepEqual([json.trusted, json.latencyUs], [false, []]);
    });
  }

  test('beside a profile alone it is said, too', () => {
    const { profile } = slow.run;
    assert.ok(profile);
    const alone = diffResult({ kind: 'profile', name: 'a', profile }, changed(healthy.run, { verdict: null }));
    assert.equal(alone.trusted, false);
    assert.match(alone.objections.join(), /^B was not judged/);
  });

  test('as JSON: changes with percent, null where there is nothing to divide by', () => {
    const json = diffJson('a', 'b', diffResult(healthy, slow));
    const culprit = json.functions.find((row) => row.function === 'recalculate');
    assert.equal(culprit?.presence, 'new');
    assert.equal(culprit.self.changePct, null);
    assert.equal(culprit.self.change, culprit.self.b);
    assert.ok(json.latencyUs.some(({ quantile, ratio }) => quantile === 0.99 && (ratio ?? 0) > 5));
    assert.deepEqual(JSON.parse(JSON.stringify(json)), json);
  });
});

describe('profiles without requests', () => {
  const source = (profile: Profile): ExportSource => ({ kind: 'profile', name: 'x', profile });

  test('are divided by seconds', () => {
    // Both were busy half of their time, whatever its length.
    const diff = diffResult(source(profileOf(100)), source(profileOf(400)));
    assert.equal(diff.per, 'second');
    assert.deepEqual([diff.sumA, diff.sumB], [500_000, 500_000]);
    assert.equal(diff.latency, null);
    const mixed = diffResult(slow, source(profileOf(100)));
    assert.equal(mixed.per, 'second');
  });

  test('sizes compare with sizes, as they are; not with times', () => {
    const diff = diffResult(source(profileOf(1, 'bytes')), source(profileOf(3, 'bytes')));
    assert.equal(diff.per, 'whole');
    assert.match(diffTable(diff, options), /memory {2}A 1 KB, B 3 KB \(\+200\.0%\)/);
    assert.throws(
      () => diffResult(source(profileOf(1)), source(profileOf(1, 'bytes'))),
      /One profile holds times, the other bytes/,
    );
  });

  test('hostile names neither move the cursor nor break the line', () => {
    const hostile = profileOf(50, 'us', '\u001b[2J\u202e\nname');
    const text = diffTable(diffResult(source(hostile), source(profileOf(10))), options);
    assert.ok(text.includes('\\u{1b}[2J\\u{202e}\\u{a}name'));
    assert.doesNotMatch(text, /\u001b|\u202e/);
  });

  test('a run without a profile has nothing to compare', () => {
    assert.throws(() => diffResult(slow, asSource({ ...healthy.run, profile: null })), /no CPU profile to compare/);
  });
});
