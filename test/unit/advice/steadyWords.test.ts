import assert from 'node:assert/strict';
import { test } from 'node:test';
import { steadyWords } from '../../../src/advice/steadyWords.ts';
import type { Manifest } from '../../../src/run/model.ts';
import { syntheticRun } from '../../fixtures/run.ts';

function words(steady: Manifest['steady'], change: Partial<Manifest> = {}): string | null {
  const { manifest } = syntheticRun();
  return steadyWords({ ...manifest, window: { warmupStartUs: 1e6, startUs: 4e6, endUs: 9e6 }, steady, ...change });
}

test('one line says where the warm-up was over, against where the plan let it end', () => {
  const late = words({ startUs: 4.5e6, coldP50Us: 9000, steadyP50Us: 2000 });
  assert.match(
    late ?? '',
    /^Warm after 3\.5\d* s, 500 ms into the measured time \(median 9\S* ms before, 2\S* ms after\): the warm-up was too short\.$/,
  );
  assert.match(
    words({ startUs: 2e6, coldP50Us: 9000, steadyP50Us: 2000 }) ?? '',
    /^Warm after 1\S* s, within the warm-up \(/,
  );
  assert.equal(words({ startUs: 1e6, coldP50Us: null, steadyP50Us: 2000 }), 'Steady from the first request on.');
  assert.match(words({ startUs: null, coldP50Us: null, steadyP50Us: 2000 }) ?? '', /^No steady state/);
});

test('nothing is said of a run without it, or one that is not believed', () => {
  assert.equal(words(undefined), null);
  assert.equal(words(null), null);
  assert.equal(words({ startUs: 1e6, coldP50Us: null, steadyP50Us: 2000 }, { verdict: null }), null);
});
