import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exitCodeOfSearch } from '../../../src/cli/capacityCommand.ts';
import { capacityJson } from '../../../src/report/capacityJson.ts';
import { capacityTable } from '../../../src/report/capacityTable.ts';
import { kneeSentence } from '../../../src/report/capacityWords.ts';
import { newPaint } from '../../../src/report/paint.ts';
import { level } from '../capacity/levels.ts';

const options = { width: 110, paint: newPaint(false) };
const full = level(200, {
  achieved: 150,
  latencyUs: { p50: 50_000, p99: 100_000, 'p99.9': 120_000 },
  outcome: 'slo',
  reasons: ['p99 < 20ms was missed.'],
  targetCores: 1.02,
  busiestThread: { name: 'api / main', share: 0.97 },
});
const found = {
  knee: { ratePerSecond: 190, firstBad: 200, limitedBy: 'slo' },
  levels: [
    level(100, { outcome: 'slo', reasons: ['p99 < 20ms was missed.'] }),
    full,
    level(190, { latencyUs: { p50: 900, p99: 10_000, 'p99.9': 12_000 } }),
    level(100, { isRepeat: true, run: 'run-100-again' }),
  ],
  cancelled: false,
} as const;

test('The table: the knee, the load curve from the lowest rate, why what is bad is bad', () => {
  assert.equal(
    capacityTable('orders', found, options),
    `
  orders
  The knee is at 190/s: last good 190/s, first bad 200/s; an objective was missed there.

   offered  achieved       p50       p99     p99.9    errors       CPU generator  p99, log scale    verdict
     100/s     100/s    800 µs      1 ms      2 ms        0%       25%        5%  ━                 good
     190/s     190/s    900 µs     10 ms     12 ms        0%       25%        5%  ━━━━━━━━━         good
     200/s     150/s     50 ms    100 ms    120 ms        0%      102%        5%  ━━━━━━━━━━━━━━━━  SLO missed

  200/s: p99 < 20ms was missed. (run-200)

  At 200/s the thread api / main used 97% of a core: it has no room left.
  100/s was measured twice, for it was bad while a higher rate was good; the second time it was good.
`,
  );
});

test('JSON: one object with every level in the order it was measured', () => {
  const json = capacityJson('orders', found);
  assert.deepEqual(json.knee, { ratePerSecond: 190, firstBad: 200, limitedBy: 'slo' });
  assert.deepEqual(
    json.levels.map(({ ratePerSecond, good, repeated }) => [ratePerSecond, good, repeated]),
    [
      [100, false, false],
      [200, false, false],
      [190, true, false],
      [100, true, true],
    ],
  );
  assert.deepEqual(json.levels[1], {
    ratePerSecond: 200,
    achieved: 150,
    latencyUs: { p50: 50_000, p99: 100_000, 'p99.9': 120_000 },
    errors: 0,
    good: false,
    outcome: 'slo',
    repeated: false,
    targetCores: 1.02,
    generatorShare: 0.05,
    floorUs: 40,
    run: 'run-200',
    reasons: ['p99 < 20ms was missed.'],
  });
});

test('Every way a search can end has its sentence and its exit code', () => {
  const lost = level(50, { outcome: 'generator' });
  const knee = (limitedBy: 'saturation' | 'generator', firstBad = 60) => ({ ratePerSecond: 50, firstBad, limitedBy });
  const range = { ratePerSecond: 50, firstBad: null, limitedBy: 'range' } as const;
  const cases = [
    [{ knee: knee('saturation'), levels: [level(50)], cancelled: false }, /^The knee is at 50\/s.*did not keep up/, 0],
    [{ knee: knee('generator'), levels: [level(50)], cancelled: false }, /60\/s can't be told.*not the service\.$/, 0],
    [{ knee: range, levels: [level(50)], cancelled: false }, /^The whole range is good, up to 50\/s/, 0],
    [{ knee: null, levels: [full], cancelled: false }, /^No knee: even the lowest rate, 200\/s, is too much/, 1],
    [{ knee: null, levels: [lost], cancelled: false }, /generator is the limit, not the service\.$/, 4],
    [{ knee: range, levels: [level(50)], cancelled: true }, /^Cancelled\. Every level up to 50\/s is good/, 130],
    [{ knee: null, levels: [], cancelled: true }, /^Cancelled before a level/, 130],
  ] as const;
  for (const [result, sentence, code] of cases) {
    assert.match(kneeSentence(result), sentence);
    assert.equal(exitCodeOfSearch(result), code);
  }
});

test('What is short is told from measured time only, and hostile names stay text', () => {
  const waiting = { ...full, busiestThread: { name: 'api / \u001b[2Jmain', share: 0.1 } };
  const text = (change: Partial<typeof full>): string =>
    capacityTable('a\u001b[2Jb', { ...found, levels: [level(190), { ...waiting, ...change }] }, options);
  assert.match(text({}), /no thread of the targets used more than 10% of a core/);
  assert.ok(!text({ busiestThread: waiting.busiestThread }).includes('\u001b'));
  assert.doesNotMatch(text({ busiestThread: null }), /of a core/);
  assert.doesNotMatch(text({ busiestThread: { name: 'x', share: 0.7 } }), /of a core/);
});
