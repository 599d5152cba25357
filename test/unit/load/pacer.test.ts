import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pacer } from '../../../src/load/pacer.ts';
import { newSchedule } from '../../../src/load/schedule.ts';

test('what came due while the thread stood still at the end is handed out, nothing beyond the end', (t) => {
  const schedule = newSchedule({ model: 'constant', ratePerSecond: 100 }, 0, 1_000_000);
  assert.ok(schedule);
  let now = 0;
  const delivered: (readonly [intendedUs: number, dispatchedUs: number])[] = [];
  const pacer = new Pacer({
    schedule,
    startUs: 0,
    endUs: 50_000,
    deliver: (intendedUs, dispatchedUs) => delivered.push([intendedUs, dispatchedUs]),
    work: () => 0,
    isQuiet: () => false,
    now: () => now,
  });
  t.after(() => pacer.stop());
  // Its timers have had no chance to run.
  now = 60_000;
  pacer.finish();
  assert.deepEqual(
    delivered,
    [0, 10_000, 20_000, 30_000, 40_000].map((intendedUs) => [intendedUs, 60_000]),
  );
});
