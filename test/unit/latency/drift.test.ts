import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeDrift, leastDriftPoints } from '../../../src/latency/drift.ts';
import { seededRandom } from '../../../src/trace/random.ts';

const count = 60;
const seconds = Array.from({ length: count }, (_, index) => 10 * index);
const megabyte = 1e6;

/** Normal noise that carries `phi` of its last value on. */
function noise(seed: number, phi = 0): () => number {
  const random = seededRandom(seed);
  let last = 0;
  return () => (last = phi * last + Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()));
}

test('A leak is found, and how fast it is', () => {
  const next = noise(1, 0.5);
  // 50 kB a second on 100 MB: 29.5 MB in 590 s.
  const { verdict, trend, change } = judgeDrift(
    seconds,
    seconds.map((at) => 100 * megabyte + 0.05 * megabyte * at + megabyte * next()),
  );
  assert.equal(verdict, 'drifts');
  assert.ok(trend && change && trend.low !== null && trend.high !== null);
  assert.ok(trend.low <= 50_000 && trend.high >= 50_000, JSON.stringify(trend));
  // 29.5 of the 114.75 in the middle.
  assert.ok(Math.abs(change.share - 29.5 / 114.75) < 0.03, JSON.stringify(change));
});

/** Resident memory, MB, each second of a load of 40/s on a busy machine, recorded: Node services called twice for each request. */
const keeper = [
  60.8, 63, 65.1, 67.6, 69.6, 71.1, 73, 75.2, 76.7, 83.4, 90, 90.5, 91.8, 93.7, 95.8, 97.9, 99.8, 101.2, 103, 104.5,
  106.2, 107.7, 109.1, 110.8, 112.6, 114.2, 115.6, 116.8, 118.4, 120, 121.7, 123.1, 124.9, 126.9, 128.6, 130.2, 131.7,
  133.4, 135.1, 136.4, 138.1, 139.8, 141.1, 142.6, 144.4,
];
const calling = [
  67.9, 68, 68.2, 68.6, 68.7, 70, 70.8, 70.8, 70.9, 70.9, 71, 71, 71.3, 71.7, 71.7, 71.7, 71.7, 71.7, 71.7, 71.8, 71.8,
  71.9, 71.9, 71.9, 71.9, 71.9, 71.9, 71.9, 71.9, 71.9, 71.9, 71.9, 71.9, 72.3, 72.3, 72.3, 72.3, 72.3, 72.3, 72.3,
  72.3, 72.3, 72.4, 72.5, 72.5,
];

test('Recorded: a service that keeps 20 kB of every request drifts, the one that calls it does not', () => {
  const each = keeper.map((_, second) => second);
  const leak = judgeDrift(each, keeper);
  assert.equal(leak.verdict, 'drifts');
  // 80 × 20 kB a second are kept.
  assert.ok(leak.trend?.low !== null && leak.trend?.high !== null);
  assert.ok((leak.trend?.low ?? 0) >= 1.4 && (leak.trend?.high ?? 9) <= 2.1, JSON.stringify(leak.trend));
  assert.equal(judgeDrift(each, calling).verdict, 'steady');
});

test('What shrinks drifts too', () => {
  const next = noise(2);
  const { verdict, change } = judgeDrift(
    seconds,
    seconds.map((at) => 900 - 0.5 * at + next()),
  );
  assert.equal(verdict, 'drifts');
  assert.ok(change && change.share < 0);
});

test('A steady series is steady, also where neighbours are alike, and a saw’s teeth are no drift', () => {
  for (const phi of [0, 0.5]) {
    const next = noise(3, phi);
    assert.equal(
      judgeDrift(
        seconds,
        seconds.map(() => 100 + next()),
      ).verdict,
      'steady',
    );
  }
  // A heap between collections: five intervals up, then down at once.
  const saw = seconds.map((_, index) => 100 + (index % 5));
  assert.equal(judgeDrift(seconds, saw).verdict, 'steady');
  assert.equal(
    judgeDrift(
      seconds,
      seconds.map(() => 5),
    ).verdict,
    'steady',
  );
});

test('A heap that grows to its working size and stays there is steady; one that then goes on is not', () => {
  const next = noise(4);
  const settling = (leak: number): number[] =>
    seconds.map((at) => 60 + 40 * (1 - Math.exp(-at / 60)) + leak * at + 0.1 * next());
  const settled = judgeDrift(seconds, settling(0));
  assert.deepEqual([settled.verdict, settled.why], ['steady', 'It changed at first, and then by less than 5 %.']);
  assert.equal(judgeDrift(seconds, settling(0.02)).verdict, 'drifts');
  // A leak that takes its memory in big steps is one too.
  const steps = seconds.map((at) => 100 + 10 * Math.floor(at / 100));
  assert.equal(judgeDrift(seconds, steps).verdict, 'drifts');
});

test('A change of less than 1 % is no drift, however sure', () => {
  const tiny = seconds.map((at) => 1000 + 0.005 * at);
  assert.equal(judgeDrift(seconds, tiny).verdict, 'steady');
});

test('Too wild or too few to tell is told so', () => {
  const next = noise(5);
  const wild = judgeDrift(
    seconds,
    seconds.map(() => 100 + 60 * next()),
  );
  assert.equal(wild.verdict, 'untold');
  assert.match(wild.why, /run longer/);
  const few = judgeDrift(
    seconds,
    seconds.map((_, index) => (index < leastDriftPoints - 1 ? index : NaN)),
  );
  assert.deepEqual([few.verdict, few.trend], ['untold', null]);
  assert.match(few.why, /^39 intervals with figures are too few; it takes 40\.$/);
  assert.equal(
    judgeDrift(
      seconds,
      seconds.map(() => 0),
    ).change,
    null,
  );
});

test('Of steady services whose neighbouring intervals are alike, few are said to drift', () => {
  let drifts = 0;
  for (let seed = 100; seed < 300; seed++) {
    const next = noise(seed, 0.5);
    if (
      judgeDrift(
        seconds,
        Float64Array.from(seconds, () => 100 + next()),
      ).verdict === 'drifts'
    )
      drifts++;
  }
  assert.ok(drifts <= 12, String(drifts));
});
