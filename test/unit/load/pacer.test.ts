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

test('while nothing is awaited the clock is looked at seldom, and yet what is due goes out in time', async (t) => {
  const schedule = newSchedule({ model: 'constant', ratePerSecond: 2000 }, 0, 10_000);
  assert.ok(schedule);
  // A clock that stands still but for what the pacer does itself: a look takes 80 ns, a pause 30.
  let now = 0;
  let looks = 0;
  t.mock.method(Atomics, 'pause', () => (now += 0.03));
  const lags: number[] = [];
  const delivered = Promise.withResolvers<undefined>();
  const pacer = new Pacer({
    schedule,
    startUs: 0,
    endUs: 10_000,
    deliver: (intendedUs, dispatchedUs) => {
      lags.push(dispatchedUs - intendedUs);
      if (lags.length === 20) delivered.resolve(undefined);
    },
    work: () => 0,
    isQuiet: () => true,
    now: () => {
      looks++;
      return (now += 0.08);
    },
  });
  t.after(() => pacer.stop());
  await delivered.promise;
  for (const lag of lags) assert.ok(lag >= 0 && lag < 1, `${lag} µs late`);
  assert.ok(looks < 100 * lags.length, `${looks} looks for ${lags.length} requests`);
});

test('a stretch without anything to do is lent, up to shortly before the next arrival; only what is given back too late is an absence', async (t) => {
  const schedule = newSchedule({ model: 'constant', ratePerSecond: 2000 }, 0, 10_000);
  assert.ok(schedule);
  let now = 0;
  t.mock.method(Atomics, 'pause', () => (now += 0.03));
  const lent: (readonly [fromUs: number, untilUs: number])[] = [];
  const away: number[] = [];
  const delivered = Promise.withResolvers<undefined>();
  let due = 0;
  const pacer = new Pacer({
    schedule,
    startUs: 0,
    endUs: 10_000,
    deliver: () => {
      if (++due === 20) delivered.resolve(undefined);
    },
    work: () => 0,
    // An answer is awaited after every other request.
    isQuiet: () => due % 2 === 0,
    now: () => (now += 0.08),
    lend: (nowUs, untilUs) => {
      lent.push([nowUs, untilUs]);
      // The last borrower is 2 ms late.
      now = untilUs + (lent.length === 5 ? 2000 : 0);
      return true;
    },
    onAway: (us) => {
      if (us >= 1000) away.push(us);
    },
  });
  t.after(() => pacer.stop());
  await delivered.promise;
  assert.ok(lent.length >= 5);
  for (const [fromUs, untilUs] of lent) {
    const nextUs = Math.ceil(fromUs / 500) * 500;
    assert.ok(untilUs - fromUs >= 200 && untilUs < nextUs - 50, `${fromUs} to ${untilUs}`);
  }
  assert.equal(away.length, 1);
  assert.ok(Math.abs((away[0] ?? 0) - 2000) < 1, String(away));
});

test('it tells how long the thread was away, also while nothing is due, and calls its own sleep no absence', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setImmediate'] });
  let now = 0;
  const away: number[] = [];
  const pacer = new Pacer({
    // Due at 0 and after the end: between them there is nothing but sleep.
    schedule: { next: () => (now === 0 ? 0 : 1e9) },
    startUs: 0,
    endUs: 100_000,
    deliver: () => undefined,
    work: () => 0,
    isQuiet: () => false,
    now: () => now,
    onAway: (us) => {
      if (us >= 1000) away.push(us);
    },
  });
  t.after(() => pacer.stop());
  const sleep = (us: number): void => {
    now += us;
    t.mock.timers.tick(10);
  };
  for (let slept = 0; slept < 4; slept++) sleep(10_000);
  assert.deepEqual(away, []);
  // It was to be woken after 10 ms, at most 1 ms late, and comes after 25.
  sleep(25_000);
  assert.deepEqual(away, [25_000 - 11_000]);
  // Whoever asks before its own timer runs hears of it too.
  now += 40_000;
  pacer.look();
  assert.deepEqual(away, [25_000 - 11_000, 40_000 - 11_000]);
});
