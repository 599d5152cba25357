import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noiseOf } from '../../../src/latency/noise.ts';

const close = (actual: number | null | undefined, expected: number, tolerance: number): void =>
  assert.ok(typeof actual === 'number' && Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);

test('Noise of six pairs, by hand', () => {
  // ln(after / before) is ±0.1, ±0.2, ±0.3: mean 0, squares sum to 2·(0.01 + 0.04 + 0.09) = 0.28, s = √(0.28/5) = 0.23664.
  const pairs = [0.1, -0.1, 0.2, -0.2, 0.3, -0.3].map((d) => ({ before: 100, after: 100 * Math.exp(d) }));
  const noise = noiseOf(pairs);
  assert.equal(noise.pairs, 6);
  close(noise.spread, 0.23664, 1e-5);
  // Walsh averages are symmetric about zero.
  close(noise.difference, 0, 1e-12);
  // P(T⁺ = 0) = 1/64 ≤ 0.025 < 2/64: k = 1, so the extreme averages bound it: e^±0.3 − 1.
  close(noise.low, Math.exp(-0.3) - 1, 1e-12);
  close(noise.high, Math.exp(0.3) - 1, 1e-12);
  // exp(2.48647·0.23664/√(0.955·P)) − 1: 0.58840/2.76405 = 0.21288, /3.90896 = 0.15053, /5.52811 = 0.10644.
  assert.deepEqual(
    noise.detectable.map(({ pairs: look }) => look),
    [8, 16, 32],
  );
  close(noise.detectable[0]?.effect, 0.23723, 5e-5);
  close(noise.detectable[1]?.effect, 0.16245, 5e-5);
  close(noise.detectable[2]?.effect, 0.11231, 5e-5);
});

test('Pairs without a figure are left out, and too few tell nothing', () => {
  const good = { before: 10, after: 10 };
  const noise = noiseOf([good, { before: null, after: 10 }, { before: 0, after: 10 }, { before: 10, after: null }]);
  assert.equal(noise.pairs, 1);
  assert.equal(noise.difference, 0);
  assert.deepEqual([noise.low, noise.high, noise.spread], [null, null, null]);
  assert.deepEqual(
    noise.detectable.map(({ effect }) => effect),
    [null, null, null],
  );
  assert.equal(noiseOf([]).difference, null);
});
