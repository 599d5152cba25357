import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findSteadyState, SlotCollector, type SteadyState } from '../../../src/latency/steadyState.ts';
import { newRandom, type Random } from '../../../src/load/random.ts';

const slotUs = 100_000;

/** The answer for slots' medians in µs from time 0 on. */
function steadyOf(length: number, medianUs: (slot: number) => number): SteadyState | null {
  return findSteadyState({ startUs: 0, slotUs, mediansUs: Float64Array.from({ length }, (_, slot) => medianUs(slot)) });
}

/** A standard normal deviate (Box and Muller). */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

/** 2 ms with 15 % of noise and, now and then, a slot twenty times as slow. */
function noise(random: Random): number {
  return 2000 * Math.exp(0.15 * normal(random)) * (random.next() < 0.02 ? 20 : 1);
}

test('a warm-up is found to the slot, over many series of noise', () => {
  let exact = 0;
  for (let seed = 1; seed <= 50; seed++) {
    const random = newRandom(seed);
    const end = 10 + (seed % 60);
    const found = steadyOf(180, (slot) => noise(random) * (slot < end ? 2.5 : 1));
    assert.ok(found?.startUs !== null && found?.coldP50Us, `seed ${seed}`);
    const off = Math.abs(found.startUs / slotUs - end);
    // A wild slot just behind the end is taken for a part of the warm-up.
    assert.ok(off <= 3, `seed ${seed}: ${found.startUs}, not ${end} slots`);
    if (off <= 1) exact++;
    assert.ok(Math.abs(found.coldP50Us / found.steadyP50Us / 2.5 - 1) < 0.25, `seed ${seed}`);
  }
  assert.ok(exact >= 45, `${exact} of 50`);
});

test('a warm-up in steps and one that fades: the end is where the last of it is over', () => {
  const random = newRandom(3);
  const steps = steadyOf(180, (slot) => noise(random) * (slot < 20 ? 6 : slot < 45 ? 2 : 1));
  assert.ok(Math.abs((steps?.startUs ?? NaN) / slotUs - 45) <= 1, String(steps?.startUs));
  const fading = steadyOf(200, (slot) => 1000 + 9000 * Math.exp(-slot / 10) + 20 * normal(random));
  // e^(−t/10)·9 = 0.25 at t = 36: there it is a quarter slower than later on.
  assert.ok((fading?.startUs ?? NaN) > 20 * slotUs && (fading?.startUs ?? NaN) < 45 * slotUs, String(fading?.startUs));
});

test('no change: of 1000 series of noise not ten are told a warm-up, nor that they were unsteady', () => {
  let wrong = 0;
  for (let seed = 1; seed <= 1000; seed++) {
    const random = newRandom(seed);
    const found = steadyOf(120, () => noise(random));
    assert.ok(found);
    if (found.startUs !== 0 || found.coldP50Us !== null) wrong++;
  }
  assert.ok(wrong < 10, `${wrong} of 1000`);
});

test('noise that hangs together is no warm-up either', () => {
  let wrong = 0;
  for (let seed = 1; seed <= 300; seed++) {
    const random = newRandom(seed);
    let drift = 0;
    const found = steadyOf(150, () => {
      drift = 0.7 * drift + 0.1 * normal(random);
      return 2000 * Math.exp(drift);
    });
    if (found?.startUs !== 0) wrong++;
  }
  assert.ok(wrong < 15, `${wrong} of 300`);
});

test('what is no warm-up: slow stretches that come again, a faster beginning, a few microseconds', () => {
  const random = newRandom(8);
  const again = steadyOf(200, (slot) => noise(random) * (slot < 20 || (slot >= 60 && slot < 80) ? 3 : 1));
  assert.deepEqual([again?.startUs, again?.coldP50Us], [0, null]);
  const faster = steadyOf(200, (slot) => noise(random) * (slot < 40 ? 0.4 : 1));
  assert.deepEqual([faster?.startUs, faster?.coldP50Us], [0, null]);
  const little = steadyOf(200, (slot) => 40 + (slot < 40 ? 30 : 0) + normal(random));
  assert.deepEqual([little?.startUs, little?.coldP50Us], [0, null]);
});

test('a run that gets slower or faster in its second half was never steady', () => {
  for (const factor of [3, 1 / 3]) {
    const random = newRandom(5);
    const found = steadyOf(200, (slot) => noise(random) * (slot >= 130 ? factor : 1));
    assert.ok(found);
    assert.deepEqual([found.startUs, found.coldP50Us], [null, null]);
  }
});

test('medians by slot: of what lies in it, none where nothing was due, longer slots for longer runs', () => {
  const collector = new SlotCollector(5e6, 1e6);
  for (let i = 0; i < 300; i++) collector.add(5e6 + (i < 150 ? i * 1000 : 500_000 + i), i % 10 === 0 ? 1e6 : 700 + i);
  collector.add(4e6, 1);
  collector.add(7e6, 1);
  const medians = collector.finish();
  assert.ok(medians);
  assert.deepEqual([medians.startUs, medians.slotUs, medians.mediansUs.length], [5e6, slotUs, 10]);
  assert.deepEqual(
    [...medians.mediansUs].map(Number.isNaN),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => ![0, 1, 5].includes(n)),
  );
  // The first slot has 700…799, each tenth of them wild: the median is 755 or next to it.
  assert.ok(Math.abs((medians.mediansUs[0] ?? NaN) - 755) < 5, String(medians.mediansUs[0]));
  const hour = new SlotCollector(0, 3.6e9);
  for (let i = 0; i < 3600; i++) hour.add(i * 1e6, 500);
  assert.equal(hour.finish()?.mediansUs.length, 1000);
  assert.equal(new SlotCollector(0, 1e6).finish(), null);
});
