import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Arrivals } from '../../../src/plan/scenario.ts';
import { newRandom } from '../../../src/load/random.ts';
import { expectedRequests, newEndpointPicker, newSchedule } from '../../../src/load/schedule.ts';

const take = (count: number, next: () => number): number[] => Array.from({ length: count }, next);

function poisson(seed: number, count: number, ratePerSecond = 500): number[] {
  const schedule = newSchedule({ model: 'poisson', ratePerSecond, seed }, 0, 1e6);
  assert.ok(schedule);
  return take(count, () => schedule.next());
}

test('constant arrivals stand exactly on their grid, also after millions', () => {
  const schedule = newSchedule({ model: 'constant', ratePerSecond: 3 }, 0, 1e6);
  assert.ok(schedule);
  assert.deepEqual(
    take(4, () => schedule.next()),
    [0, 1e6 / 3, 2e6 / 3, 1e6],
  );
  for (let i = 4; i < 3_000_000; i++) schedule.next();
  assert.equal(schedule.next(), 1e12);
});

test('Poisson arrivals: the same seed gives the same times, another seed others', () => {
  assert.deepEqual(poisson(1, 1000), poisson(1, 1000));
  assert.notDeepEqual(poisson(1, 1000), poisson(2, 1000));
});

test('Poisson arrivals have the rate, the spread and the independence of a Poisson process', () => {
  const n = 100_000;
  const times = poisson(7, n);
  const gaps = times.map((time, i) => time - (times[i - 1] ?? 0));
  const meanGap = (times.at(-1) ?? 0) / n;
  // Mean 2000 µs; its standard error is 2000/√n = 6.3 µs.
  assert.ok(Math.abs(meanGap - 2000) < 25, String(meanGap));
  const variance = gaps.reduce((sum, gap) => sum + (gap - meanGap) ** 2, 0) / n;
  assert.ok(Math.abs(Math.sqrt(variance) / meanGap - 1) < 0.02);
  // P(gap > mean) = 1/e.
  const longer = gaps.filter((gap) => gap > 2000).length / n;
  assert.ok(Math.abs(longer - Math.exp(-1)) < 0.006, String(longer));
  const lagged =
    gaps.slice(1).reduce((sum, gap, i) => sum + (gap - meanGap) * ((gaps[i] ?? 0) - meanGap), 0) / n / variance;
  assert.ok(Math.abs(lagged) < 0.015, String(lagged));
});

test('a closed loop has no schedule', () => {
  assert.equal(newSchedule({ model: 'closed', concurrency: 4 }, 0, 1e6), null);
});

test('endpoints are chosen by their weights, the same for the same seed', () => {
  const counts = [0, 0, 0];
  const pick = newEndpointPicker([3, 0, 1], newRandom(5));
  for (let i = 0; i < 40_000; i++) {
    const index = pick();
    counts[index] = (counts[index] ?? 0) + 1;
  }
  // Standard deviation √(40000·¾·¼) = 87.
  assert.ok(Math.abs((counts[0] ?? 0) - 30_000) < 350);
  assert.equal(counts[1], 0);
  const [a, b] = [newEndpointPicker([1, 1], newRandom(9)), newEndpointPicker([1, 1], newRandom(9))];
  assert.deepEqual(take(50, a), take(50, b));
});

test('random numbers fill [0, 1) evenly', () => {
  const random = newRandom(0);
  const bins = new Array<number>(16).fill(0);
  for (let i = 0; i < 160_000; i++) {
    const value = random.next();
    assert.ok(value >= 0 && value < 1);
    const bin = Math.floor(value * 16);
    bins[bin] = (bins[bin] ?? 0) + 1;
  }
  // χ² with 15 degrees of freedom exceeds 37.7 once in a thousand; the seed is fixed.
  const chi2 = bins.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
  assert.ok(chi2 < 37.7, String(chi2));
});

const timesOf = (arrivals: Arrivals, warmupUs: number, durationUs: number): number[] => {
  const schedule = newSchedule(arrivals, warmupUs, durationUs);
  assert.ok(schedule);
  const times: number[] = [];
  for (let at = schedule.next(); at < warmupUs + durationUs; at = schedule.next()) times.push(at);
  return times;
};
const between = (times: readonly number[], from: number, to: number): number =>
  times.filter((time) => time >= from && time < to).length;

test('steps: each rate for its time, the warm-up at the first, the last to the end', () => {
  const arrivals = { model: 'step', ratesPerSecond: [100, 400, 50], holdUs: 2e6, seed: 1 } as const;
  const times = timesOf({ ...arrivals, spacing: 'constant' }, 1e6, 8e6);
  assert.deepEqual(
    [between(times, 0, 1e6), between(times, 1e6, 3e6), between(times, 3e6, 5e6), between(times, 5e6, 9e6)],
    [100, 200, 800, 200],
  );
  assert.equal(
    expectedRequests({ arrivals: { ...arrivals, spacing: 'constant' }, warmupUs: 1e6, durationUs: 8e6 }),
    1300,
  );
  // Inside a step they are evenly spaced.
  const second = times.filter((time) => time >= 3e6 && time < 5e6);
  for (const [i, time] of second.entries()) assert.ok(Math.abs(time - 3e6 - i * 2500) < 0.01, `${i}: ${time}`);
  const random = timesOf({ ...arrivals, spacing: 'poisson' }, 1e6, 8e6);
  // Standard deviation √800 = 28.
  assert.ok(Math.abs(between(random, 3e6, 5e6) - 800) < 120);
  assert.ok(Math.abs(between(random, 5e6, 9e6) - 200) < 60);
});

test('a ramp: the rate grows evenly, n(t) = from·t + (to − from)·t²/2T', () => {
  const arrivals = { model: 'ramp', fromPerSecond: 100, toPerSecond: 500, spacing: 'constant', seed: 1 } as const;
  const times = timesOf(arrivals, 2e6, 10e6);
  assert.equal(between(times, 0, 2e6), 200);
  for (const seconds of [1, 3, 7, 10]) {
    const count = 100 * seconds + (400 * seconds * seconds) / 20;
    assert.ok(Math.abs(between(times, 2e6, 2e6 + seconds * 1e6) - count) <= 1, `${seconds} s`);
  }
  assert.equal(Math.round(expectedRequests({ arrivals, warmupUs: 2e6, durationUs: 10e6 })), 3200);
  const falling = timesOf({ ...arrivals, fromPerSecond: 500, toPerSecond: 100, spacing: 'poisson' }, 0, 10e6);
  assert.ok(falling.every((time, i) => time >= (falling[i - 1] ?? 0)));
  // 3000 in all, standard deviation 55; the first half has (500 + 300)/2·5 = 2000.
  assert.ok(Math.abs(falling.length - 3000) < 220, String(falling.length));
  assert.ok(Math.abs(between(falling, 0, 5e6) - 2000) < 180);
});
