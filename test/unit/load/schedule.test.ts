import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newRandom } from '../../../src/load/random.ts';
import { newEndpointPicker, newSchedule } from '../../../src/load/schedule.ts';

const take = (count: number, next: () => number): number[] => Array.from({ length: count }, next);

function poisson(seed: number, count: number, ratePerSecond = 500): number[] {
  const schedule = newSchedule({ model: 'poisson', ratePerSecond, seed });
  assert.ok(schedule);
  return take(count, () => schedule.next());
}

test('constant arrivals stand exactly on their grid, also after millions', () => {
  const schedule = newSchedule({ model: 'constant', ratePerSecond: 3 });
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
  assert.equal(newSchedule({ model: 'closed', concurrency: 4 }), null);
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
