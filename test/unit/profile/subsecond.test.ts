import assert from 'node:assert/strict';
import { test } from 'node:test';
import { subsecondCpu, subsecondGrid } from '../../../src/profile/queries/subsecond.ts';
import { idleStacks } from '../../../src/profile/queries/slice.ts';
import { syntheticRun } from '../../fixtures/run.ts';

const { profile } = syntheticRun(1);
assert.ok(profile);

test('the cells hold all CPU time, and each what its samples took by hand', () => {
  const grid = subsecondGrid(profile.startUs, profile.endUs);
  const cells = subsecondCpu(profile, grid, null);
  const idle = idleStacks(profile);
  const { samples } = profile;
  const cellUs = grid.columnUs / grid.rows;
  const byHand = new Float64Array(cells.length);
  for (let row = 0; row < samples.length; row++) {
    if (idle[samples.stack[row] ?? 0] === 1) continue;
    const from = (samples.timeUs[row] ?? 0) - grid.startUs;
    const to = from + (samples.weightUs[row] ?? 0);
    for (let cell = 0; cell < cells.length; cell++) {
      const inside = Math.min(to, (cell + 1) * cellUs) - Math.max(from, cell * cellUs);
      if (inside > 0) byHand[cell] = (byHand[cell] ?? 0) + inside;
    }
  }
  for (const [cell, us] of cells.entries()) assert.ok(Math.abs(us - (byHand[cell] ?? 0)) < 1e-6, `cell ${cell}`);
  assert.ok(cells.some((us) => us > 0));
});

test('a thread’s cells are its own; a timeless profile has none', () => {
  const grid = subsecondGrid(profile.startUs, profile.endUs);
  const sum = (cells: Float64Array): number => cells.reduce((total, us) => total + us, 0);
  const ofThreads = profile.threads.map((_, thread) => sum(subsecondCpu(profile, grid, [thread])));
  assert.ok(Math.abs(ofThreads.reduce((a, b) => a + b, 0) - sum(subsecondCpu(profile, grid, null))) < 1e-3);
  assert.equal(sum(subsecondCpu(profile, grid, [])), 0);
  assert.equal(sum(subsecondCpu({ ...profile, timeless: true }, grid, null)), 0);
});
