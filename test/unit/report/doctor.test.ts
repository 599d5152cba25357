import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MachineFigures } from '../../../src/load/doctor/figures.ts';
import { diagnose, p99BudgetUs, type Diagnosis } from '../../../src/report/doctor.ts';
import { doctorJson, doctorTable } from '../../../src/report/doctorTable.ts';
import { newPaint } from '../../../src/report/paint.ts';
import type { Examination } from '../../../src/run/doctor.ts';
import type { MachineFacts } from '../../../src/run/machineFacts.ts';
import { host } from '../../fixtures/results.ts';

const pair = (before: number, after: number): MachineFigures['pairs'][number] => ({
  before: { p50: 40, p99: before },
  after: { p50: 40, p99: after },
});
const figures: MachineFigures = {
  tcp: { count: 20_000, p50: 30, p99: 60, 'p99.9': 200, max: 900, lost: 0 },
  udp: { count: 18_000, p50: 40, p99: 70, 'p99.9': 250, max: 800, lost: 0 },
  timerLag: { count: 900, p50: 100, p99: 1100, 'p99.9': 1500, max: 1800 },
  pacerLag: { count: 1000, p50: 0.1, p99: 5, 'p99.9': 50, max: 80 },
  gaps: { windowUs: 1e6, count: 3, totalUs: 800, longestUs: 400 },
  pairs: Array.from({ length: 8 }, (_, i) => (i % 2 === 0 ? pair(100, 101) : pair(101, 100))),
  throttledPeriods: 0,
  stealShare: 0.001,
};
const facts: MachineFacts = {
  host: { ...host, kernel: '6.1\u001b[2J' },
  usableCores: 4,
  governor: 'performance',
  cpuLimit: null,
  loadAverage: 0.5,
  clockSource: 'tsc',
  perfRefusal: null,
};

function examined(
  changedFigures: Partial<MachineFigures> = {},
  changedFacts: Partial<MachineFacts> = {},
  swappedPages: number | null = 0,
): Examination {
  return { figures: { ...figures, ...changedFigures }, facts: { ...facts, ...changedFacts }, swappedPages };
}

const marksOf = ({ lines }: Diagnosis): Record<string, string> =>
  Object.fromEntries(lines.filter(({ mark }) => mark !== 'good').map(({ id, mark }) => [id, mark]));
const meaningOf = (diagnosis: Diagnosis, id: string): string =>
  diagnosis.lines.find((line) => line.id === id)?.meaning ?? '';

test('A quiet machine: every line is good, and the verdict says from where on', () => {
  const diagnosis = diagnose(examined());
  assert.deepEqual(marksOf(diagnosis), {});
  assert.equal(diagnosis.valid, true);
  // The median p99 of the null server is 101: five times it is 505, the pacer's 20 · 5 is 100, gaps take 0.08 %.
  assert.equal(diagnosis.p99BudgetUs, 1000);
  // d = ±ln 1.01 = ±0.0099503, s = 0.0099503·√(8/7) = 0.010637: exp(2.48647·0.010637/√15.28) − 1 = 0.00679.
  assert.equal(
    diagnosis.verdict,
    'good enough for p99 budgets of ≥ 1 ms, and for changes of p99 of ≥ 0.679% in 16 pairs',
  );
  // 1.1 · 30 and the slowest.
  assert.equal(
    meaningOf(diagnosis, 'tcp'),
    'A median below 33 µs cannot be told from the floor; the slowest of 20000 round trips took 900 µs without any service.',
  );
  assert.equal(meaningOf(diagnosis, 'gaps'), 'The machine has a tail of its own: 400 µs once in 1 s.');
  assert.equal(meaningOf(diagnosis, 'noise-p99'), 'A change of p99 below 0.679% cannot be seen in 16 pairs.');
});

test('The budget is the greatest of what it must stand clear of, rounded up to 1, 2 or 5', () => {
  const cases: readonly (readonly [Partial<MachineFigures>, number | null])[] = [
    [{ pairs: [pair(40, 40)] }, 200],
    [{ pairs: [pair(40.1, 40.1)] }, 500],
    [{ pairs: [pair(101, 101)] }, 1000],
    [{ pacerLag: { ...figures.pacerLag, p99: 90 } }, 2000],
    [{ gaps: { windowUs: 1e6, count: 1, totalUs: 1000, longestUs: 7000 } }, 1000],
    [{ gaps: { windowUs: 1e6, count: 1, totalUs: 1001, longestUs: 7000 } }, 10_000],
    [{ pairs: [] }, null],
    [{ pairs: [{ before: { p50: null, p99: null }, after: { p50: null, p99: null } }] }, null],
    [{ pacerLag: { ...figures.pacerLag, p99: null } }, null],
  ];
  for (const [changed, budget] of cases) assert.equal(p99BudgetUs(examined(changed)), budget, JSON.stringify(changed));
});

test('Three things make measurements invalid, each just above its threshold', () => {
  const at = (totalUs: number): Partial<MachineFigures> => ({ gaps: { ...figures.gaps, totalUs } });
  const cases: readonly (readonly [Partial<MachineFigures>, Record<string, string>])[] = [
    [{ throttledPeriods: 1 }, { limit: 'invalid' }],
    [{ stealShare: 0.02 }, {}],
    [{ stealShare: 0.0201 }, { steal: 'invalid' }],
    [at(1000), {}],
    [at(1001), { gaps: 'limit' }],
    [at(10_000), { gaps: 'limit' }],
    [at(10_001), { gaps: 'invalid' }],
  ];
  for (const [changed, marks] of cases) {
    const diagnosis = diagnose(examined(changed));
    assert.deepEqual(marksOf(diagnosis), marks, JSON.stringify(changed));
    const isInvalid = Object.values(marks).includes('invalid');
    assert.equal(diagnosis.valid, !isInvalid);
    assert.equal(diagnosis.verdict.startsWith('not fit for measuring: '), isInvalid, diagnosis.verdict);
  }
});

test('What limits the resolution is marked at its threshold', () => {
  const { tcp, timerLag, pacerLag } = figures;
  const measured: readonly (readonly [Partial<MachineFigures>, readonly string[]])[] = [
    [{ tcp: { ...tcp, p50: 100 } }, []],
    [{ tcp: { ...tcp, p50: 101 } }, ['tcp']],
    [{ udp: { ...tcp, lost: 1 } }, ['udp']],
    [{ udp: { count: 0, p50: null, p99: null, 'p99.9': null, max: null, lost: 5 } }, ['udp']],
    [{ timerLag: { ...timerLag, p99: 2000 } }, []],
    [{ timerLag: { ...timerLag, p99: 2001 } }, ['timer']],
    [{ pacerLag: { ...pacerLag, p99: 100 } }, []],
    [{ pacerLag: { ...pacerLag, p99: 101 } }, ['pacer']],
    [{ gaps: { windowUs: 1e6, count: 0, totalUs: 0, longestUs: 0 } }, []],
    [{ stealShare: null }, ['steal']],
    [{ throttledPeriods: null }, []],
    // Always slower by 1 %: the interval leaves out zero.
    [{ pairs: Array.from({ length: 8 }, () => pair(100, 101)) }, ['noise-p99']],
    // s = ln 2 · √(8/7): no change of 5 % is found.
    [{ pairs: Array.from({ length: 8 }, (_, i) => (i % 2 === 0 ? pair(100, 200) : pair(200, 100))) }, ['noise-p99']],
  ];
  for (const [changed, ids] of measured)
    assert.deepEqual(Object.keys(marksOf(diagnose(examined(changed)))), ids, JSON.stringify(changed));
  const known: readonly (readonly [Partial<MachineFacts>, readonly string[]])[] = [
    [{ usableCores: 3 }, []],
    [{ usableCores: 2 }, ['cores']],
    [{ usableCores: 1, loadAverage: 0.25 }, ['cores']],
    [{ cpuLimit: 1.5 }, ['limit']],
    [{ loadAverage: 1 }, []],
    [{ loadAverage: 1.01 }, ['load']],
    [{ loadAverage: null }, []],
    [{ governor: 'powersave' }, ['governor']],
    [{ governor: 'none' }, []],
    [{ clockSource: 'hpet' }, ['clock']],
    [{ clockSource: null }, []],
    [{ perfRefusal: 'it is not on PATH' }, ['perf']],
  ];
  for (const [changed, ids] of known)
    assert.deepEqual(Object.keys(marksOf(diagnose(examined({}, changed)))), ids, JSON.stringify(changed));
  assert.deepEqual(marksOf(diagnose(examined({}, {}, 1))), { swap: 'limit' });
  assert.deepEqual(marksOf(diagnose(examined({}, {}, null))), {});
});

test('The table has a mark, a figure and a sentence for each fact, the verdict last, and nothing that steers a terminal', () => {
  for (const width of [40, 80, 140]) {
    const examination = examined({ throttledPeriods: 2 }, { cpuLimit: 1.5 });
    const diagnosis = diagnose(examination);
    const text = doctorTable(examination, diagnosis, { width, paint: newPaint(false) });
    const lines = text.trimEnd().split('\n');
    assert.ok(lines.every((line) => line.length <= Math.max(80, width)));
    assert.ok(!text.includes('\u001b'));
    assert.equal(lines.filter((line) => /^ {2}[✓!✗] /.test(line)).length, diagnosis.lines.length + 1);
    assert.match(text, /^ {2}✗ CPU limit {9}1\.5 cores, throttled 2 times$/m);
    assert.match(lines.at(-1) ?? '', /^ {2}✗ not fit for measuring: CPU limit \(1\.5 cores, throttled 2 times\)$/);
  }
});

test('JSON holds every figure as measured', () => {
  const examination = examined();
  const { us, machine, ...rest } = JSON.parse(JSON.stringify(doctorJson(examination, diagnose(examination)))) as {
    us: Record<string, unknown>;
    machine: unknown;
  } & Record<string, unknown>;
  const { throttledPeriods, stealShare, ...measured } = figures;
  assert.deepEqual(us, measured);
  assert.deepEqual(machine, facts);
  assert.deepEqual(
    [rest['valid'], rest['p99BudgetUs'], rest['throttledPeriods'], rest['stealShare'], rest['swappedPages']],
    [true, 1000, throttledPeriods, stealShare, 0],
  );
});
