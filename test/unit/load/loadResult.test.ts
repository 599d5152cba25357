import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newLoadResult } from '../../../src/load/loadResult.ts';
import { Recording } from '../../../src/load/recording.ts';
import { Outcome, type LoadResult } from '../../../src/load/result.ts';
import { httpLoad } from '../../fixtures/load.ts';
import { row } from './rows.ts';
import { codes } from './support.ts';

const startUs = 10_000_000.4;
const durationUs = 1_000_000;

/** Until `endUs`: forty requests of the warm-up answered in the window's first 80 ms, and of its own 200 a second every other one. */
function resultUntil(endUs: number, cancelled: boolean): LoadResult {
  const recording = new Recording(['get'], startUs, startUs + durationUs, () => []);
  for (let i = 0; i < 40; i++) recording.add(row({ intendedUs: startUs - 200_000, doneUs: startUs + 2000 * i }));
  for (let i = 0; startUs + 5000 * i < endUs; i++) {
    const intendedUs = startUs + 5000 * i;
    const isAnswered = i % 2 === 0;
    recording.add(
      row({
        intendedUs,
        doneUs: isAnswered ? Math.min(intendedUs + 1000, endUs) : endUs,
        outcome: isAnswered ? Outcome.ok : Outcome.inFlight,
      }),
    );
  }
  const session = {
    window: { warmupStartUs: startUs - 200_000, startUs, endUs },
    recorded: { totals: recording.finish(), sampling: null, medians: null, files: [] },
    errorCodes: [],
    openErrors: {},
    byProtocol: {},
    health: null,
    spunUs: 0,
    dropped: 0,
    abandoned: 0,
    cancelled,
  };
  const load = httpLoad('http://127.0.0.1:1', { durationUs });
  return newLoadResult({
    load,
    floorUs: null,
    sessions: [session],
    lost: [],
    sampling: null,
    medians: null,
    files: [],
    cancelled,
  });
}

const rates = ({ ratePerSecond: { offered, achieved } }: LoadResult): readonly (number | null)[] =>
  [offered, achieved].map((rate) => rate && Math.round(rate));

test('a window cut short achieved what it answered of its own requests, and never more than was offered', () => {
  const cut = resultUntil(startUs + 100_000, true);
  assert.deepEqual(rates(cut), [200, 100]);
  assert.equal(cut.counts.ok, 10);
});

test('in a whole window every answer is throughput, also of what the warm-up left', () => {
  // What was planned and what the clock's fractions add up to differ in the last bit.
  for (const cancelled of [false, true])
    assert.deepEqual(rates(resultUntil(startUs + durationUs - 2 ** -10, cancelled)), [200, 140]);
});

test('what the warm-up left does not hide that a window cut short missed its rate', () => {
  // Every other one of its own was never answered; as many answers of the warm-up fell into it.
  const { verdict } = resultUntil(startUs + 100_000, true);
  assert.ok(codes(verdict.reasons).includes('RATE_MISSED'), codes(verdict.reasons).join());
  const text = verdict.reasons.find(({ code }) => code === 'RATE_MISSED')?.text;
  assert.match(text ?? '', /^Of 200\/s offered only 100\/s \(50%\) were finished/);
});
