import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exitCodeOfOverhead } from '../../../src/cli/overheadCommand.ts';
import type { OverheadResult } from '../../../src/overhead/measureOverhead.ts';
import type { Trial } from '../../../src/overhead/trial.ts';
import { collectorLines, overheadSentence } from '../../../src/report/collectorWords.ts';
import { overheadJson } from '../../../src/report/overheadJson.ts';
import { overheadTable } from '../../../src/report/overheadTable.ts';
import { newPaint } from '../../../src/report/paint.ts';

const options = { width: 110, paint: newPaint(false) };

function trial(run: string, change: Partial<Trial> = {}): Trial {
  return { run, achieved: 200, cpuUs: 50, p50Us: 1000, p99Us: 4000, reasons: [], ...change };
}

const measured: OverheadResult = {
  cancelled: false,
  pairs: [
    { watched: trial('run-1', { cpuUs: 53 }), bare: trial('run-2') },
    { watched: trial('run-4', { reasons: ['The generator sent late.'] }), bare: trial('run-3') },
  ],
  collectors: [
    {
      target: 'api',
      collector: 'inspector',
      label: 'the inspector of Node',
      intervalUs: 1000,
      samples: 9990,
      lost: 10,
      blindSpots: ['the kernel', 'other threads'],
    },
  ],
  overhead: {
    measuredAt: '2026-03-01T10:00:00.000Z',
    pairs: 8,
    cpu: { ratio: 1.06, low: 1.04, high: 1.081 },
    throughput: { ratio: 1, low: 0.999, high: 1.001 },
    p50: { ratio: 1.02, low: 1.01, high: 1.03 },
    p99: { ratio: 1.1, low: null, high: null },
  },
};

test('The table: the sentence, the figures with their intervals, what was left out, what watched', () => {
  assert.equal(
    overheadTable('orders', measured, options),
    `
  orders
  Watched, the targets use 1.060× the CPU time a request, 6% more, over 8 pairs of runs (95% interval 1.040×
  to 1.081×).

                    watched       bare      ratio        95% interval
  CPU a request       53 µs      50 µs     1.060×    1.040× to 1.081×
  throughput          200/s      200/s     1.000×    0.999× to 1.001×
  p50                  1 ms       1 ms     1.020×    1.010× to 1.030×
  p99                  4 ms       4 ms     1.100×                   –

  left out: The generator sent late. (run-4)

  api: the inspector of Node, every 1 ms: 9,990 samples, 10 lost (0.1%). Blind to the kernel; to other
  threads.
`,
  );
});

test('JSON: every pair with its runs, and whether it is trusted', () => {
  const json = overheadJson('orders', measured);
  assert.deepEqual(
    json.pairs.map(({ trusted, watched, bare }) => [trusted, watched.run, bare.run]),
    [
      [true, 'run-1', 'run-2'],
      [false, 'run-4', 'run-3'],
    ],
  );
  assert.deepEqual(json.overhead, measured.overhead);
  assert.deepEqual(json.collectors, measured.collectors);
});

test('Every way it can end has its sentence and its exit code', () => {
  const cases = [
    [measured, /Watched, the targets use 1\.060×/, 0],
    [{ ...measured, cancelled: true }, /Cancelled\. Watched/, 130],
    [{ ...measured, overhead: null }, /None of the 2 pairs can be trusted/, 4],
    [{ ...measured, overhead: null, pairs: [], cancelled: true }, /Cancelled\. No pair was measured/, 130],
  ] as const;
  for (const [result, sentence, code] of cases) {
    assert.match(overheadTable('orders', result, options), sentence);
    assert.equal(exitCodeOfOverhead(result), code);
  }
});

test('Without CPU time the sentence is of throughput; few pairs say what is missing; what isn’t told isn’t zero', () => {
  const facts = measured.overhead;
  assert.ok(facts);
  const few = { ...facts, pairs: 1, cpu: null, throughput: { ratio: 0.9, low: null, high: null } };
  assert.equal(
    overheadSentence(few),
    'Watched, the targets give 0.900× the throughput, 10% less, over 1 pair of runs; six pairs or more tell how sure that is.',
  );
  const [inspector] = measured.collectors;
  assert.ok(inspector);
  assert.deepEqual(collectorLines([{ ...inspector, samples: null, lost: null, blindSpots: [] }]), [
    'api: the inspector of Node, every 1 ms: samples and losses not told',
  ]);
  assert.ok(!overheadTable('a\u001b[2Jb', measured, options).includes('\u001b'), 'hostile names stay text');
});
