import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Run } from '../../../src/run/model.ts';
import { compareModel } from '../../../webview/model/compare.ts';
import { syntheticRun } from '../../fixtures/run.ts';

const run = syntheticRun(1);
const unjudged: Run = { ...run, manifest: { ...run.manifest, verdict: null, state: 'cancelled' } };

test('the page compares response times of two runs that were judged good', () => {
  const { trusted, objections } = compareModel(run, run);
  assert.deepEqual([trusted, objections], [true, []]);
});

test('and says of a run that nobody judged that it is one, instead', () => {
  for (const [which, model] of [
    ['earlier', compareModel(unjudged, run)],
    ['later', compareModel(run, unjudged)],
  ] as const) {
    assert.equal(model.trusted, false, which);
    assert.equal(model.objections.length, 1);
    assert.match(model.objections[0] ?? '', new RegExp(`^The ${which} run was not judged: .*Run it again`));
  }
});
