import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packRun } from '../../../src/run/pack.ts';
import { comparedFloors, floorsOf, floorUsOf, lowestWithFloors } from '../../../webview/model/floor.ts';
import type { RunInfo } from '../../../webview/model/messages.ts';
import { Session } from '../../../webview/model/session.ts';
import { syntheticRun } from '../../fixtures/run.ts';

const run = syntheticRun(1, { durationUs: 1e6 });
const { verdict } = run.manifest;
assert.ok(verdict);
const withFloor = (floorUs: number | null) => ({
  ...run,
  manifest: { ...run.manifest, verdict: { ...verdict, health: { ...verdict.health, floorUs } } },
});

test('a run’s floor is what its own generator measured; an older run may have none', () => {
  assert.equal(floorUsOf(withFloor(28).manifest), 28);
  assert.equal(floorUsOf(withFloor(null).manifest), null);
  assert.equal(floorUsOf(withFloor(0).manifest), null);
  assert.equal(floorUsOf({ verdict: null }), null);
  assert.deepEqual(floorsOf(28), [{ us: 28, label: 'floor 28 µs: an empty server here' }]);
  assert.deepEqual(floorsOf(null), []);
});

test('a comparison carries both floors, and shows one where they agree within a tenth', () => {
  const answer = new Session().answer({
    type: 'openRun',
    run: packRun(withFloor(40), []),
    baseline: packRun(withFloor(28), []),
  });
  assert.deepEqual((answer as RunInfo).compare?.floorUs, { before: 28, after: 40 });
  const shown = (before: number | null, after: number | null): number[] =>
    comparedFloors(before, after).map(({ us }) => us);
  assert.deepEqual(shown(28, 40), [28, 40]);
  assert.deepEqual(shown(40, 43), [43]);
  assert.deepEqual(shown(44, 40), [44]);
  assert.deepEqual(shown(null, 40), [40]);
  assert.deepEqual(shown(28, null), [28]);
  assert.deepEqual(shown(null, null), []);
});

test('the axis reaches down to a floor that is near, and leaves out one far below', () => {
  assert.equal(lowestWithFloors(500, floorsOf(60)), 60);
  assert.equal(lowestWithFloors(500, floorsOf(50)), 50);
  assert.equal(lowestWithFloors(500, floorsOf(49)), 500);
  assert.equal(lowestWithFloors(500, floorsOf(800)), 500);
  assert.equal(lowestWithFloors(500, []), 500);
});
