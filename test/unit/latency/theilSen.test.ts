import assert from 'node:assert/strict';
import { test } from 'node:test';
import { theilSen } from '../../../src/latency/theilSen.ts';
import { seededRandom } from '../../../src/trace/random.ts';

/** Annual flow of the Nile at Aswan, 1871 to 1970, 10^8 m³ (Cobb 1978): known to have fallen at once about 1898. */
const nile = [
  1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140, 995, 935, 1110, 994, 1020, 960, 1180, 799, 958, 1140, 1100,
  1210, 1150, 1250, 1260, 1220, 1030, 1100, 774, 840, 874, 694, 940, 833, 701, 916, 692, 1020, 1050, 969, 831, 726, 456,
  824, 702, 1120, 1100, 832, 764, 821, 768, 845, 864, 862, 698, 845, 744, 796, 1040, 759, 781, 865, 845, 944, 984, 897,
  822, 1010, 771, 676, 649, 846, 812, 742, 801, 1040, 860, 874, 848, 890, 744, 749, 838, 1050, 918, 986, 797, 923, 975,
  815, 1020, 906, 901, 1170, 912, 746, 919, 718, 714, 740,
];

test('Sen’s own example: the median of 21 slopes, and the interval between the third from either end', () => {
  // Sen 1968, §6. Var K = 7·6·19/18 = 44.33; C = 1.96·6.66 = 13.05; (21 − 13.05)/2 = 3.97.
  const trend = theilSen([1, 2, 3, 4, 10, 12, 18], [9, 15, 19, 20, 45, 55, 78]);
  assert.equal(trend.slope, 4);
  assert.equal(trend.inflation, 1);
  // Ascending: 1 (3→4), 63/18…: 11/3 is the third, 5 the third from the end.
  assert.equal(trend.low, 11 / 3);
  assert.equal(trend.high, 5);
  // Residuals from slope 4 have the median 6; the middle of x is 9.5.
  assert.equal(trend.level, 6 + 4 * 9.5);
});

test('A known series: slope as SciPy’s theilslopes, variance factor as pyMannKendall’s Hamed–Rao over 25 lags', () => {
  const years = nile.map((_, index) => 1871 + index);
  const trend = theilSen(years, nile);
  assert.equal(trend.slope, -2.6);
  // 282111.428… ÷ 112728.333…
  assert.ok(Math.abs(trend.inflation - 282111.428078166 / 112728.33333333333) < 1e-9, String(trend.inflation));
  // Wider than for independent years, which is −3.628 to −1.429.
  assert.ok(trend.low !== null && trend.low < -3.628 && trend.high !== null && trend.high > -1.429 && trend.high < 0);
});

test('Wild points don’t move it, equal points have no slope, few points no interval', () => {
  const x = Array.from({ length: 30 }, (_, index) => index);
  const wild = x.map((at) => (at % 5 === 2 ? 1e6 : 3 * at + (at % 2)));
  assert.ok(Math.abs(theilSen(x, wild).slope - 3) < 0.2);
  assert.deepEqual(theilSen([1, 2, 3, 4, 5, 6], [7, 7, 7, 7, 7, 7]), {
    points: 6,
    slope: 0,
    low: 0,
    high: 0,
    level: 7,
    inflation: 1,
  });
  const few = theilSen([1, 2, 3], [1, 2, 4]);
  assert.deepEqual([few.slope, few.low, few.high], [1.5, null, null]);
  assert.ok(Number.isNaN(theilSen([], []).slope));
  assert.throws(() => theilSen(new Float64Array(1001), new Float64Array(1001)), RangeError);
});

test('The interval holds the true slope about as often as it says, also where neighbours are alike', () => {
  const random = seededRandom(7);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const x = Array.from({ length: 60 }, (_, index) => index);
  const held = (phi: number): number => {
    let count = 0;
    for (let trial = 0; trial < 400; trial++) {
      let error = normal();
      const y = x.map((at) => 0.02 * at + (error = phi * error + normal()));
      const { low, high } = theilSen(x, y);
      if (low !== null && high !== null && low <= 0.02 && high >= 0.02) count++;
    }
    return count / 400;
  };
  // Of 400 with 95 % each, fewer than 92 % come with probability 0.005.
  assert.ok(held(0) >= 0.92, String(held(0)));
  const alike = held(0.5);
  assert.ok(alike >= 0.9, String(alike));
});
