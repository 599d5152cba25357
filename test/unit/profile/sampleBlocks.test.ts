import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ProfileBuilder } from '../../../src/profile/builder.ts';
import { rowsTouching } from '../../../src/profile/queries/sampleBlocks.ts';
import { sliceWindows } from '../../../src/profile/queries/slice.ts';
import type { Profile } from '../../../src/profile/tables.ts';

const samplesPerThread = 4000;
const threads = 3;

/** Each thread's samples in order of time, the threads one after the other: rows are not in order of time. */
function threadAfterThread(): Profile {
  const builder = new ProfileBuilder();
  for (let tid = 0; tid < threads; tid++) {
    const thread = builder.thread({ pid: 1, tid, name: `t${tid}`, target: '' });
    const stack = builder.stack(-1, builder.frame(`work${tid}`, '/a.js', 1, 1));
    for (let sample = 0; sample < samplesPerThread; sample++)
      // Every seventh stands for no time.
      builder.sample(sample * 10, sample % 7 === 0 ? 0 : 10, stack, thread);
  }
  return builder.build({ intervalUs: 10, startUs: 0, endUs: samplesPerThread * 10 });
}

/** µs and number of the samples inside the windows, thread by thread, each looked at. */
function walked({ samples }: Profile, windows: Float64Array): [us: number[], count: number[]] {
  const us = new Array<number>(threads).fill(0);
  const count = new Array<number>(threads).fill(0);
  for (let row = 0; row < samples.length; row++) {
    const start = samples.timeUs[row] ?? 0;
    const end = start + (samples.weightUs[row] ?? 0);
    let touches = false;
    for (let at = 0; at < windows.length; at += 2) {
      const [from = 0, to = 0] = windows.subarray(at, at + 2);
      if (start === end ? start < from || start >= to : end <= from || start >= to) continue;
      touches = true;
      const thread = samples.thread[row] ?? 0;
      us[thread] = (us[thread] ?? 0) + Math.min(end, to) - Math.max(start, from);
    }
    if (touches) count[samples.thread[row] ?? 0] = (count[samples.thread[row] ?? 0] ?? 0) + 1;
  }
  return [us, count];
}

describe('rows that may touch windows of time', () => {
  const profile = threadAfterThread();
  const cases = {
    'a stretch in the middle': [12_000, 12_500],
    'several stretches, some within one sample': [0, 3, 4, 5, 9_995, 10_005, 30_000, 39_999],
    'the edge of a block': [10_240, 10_250],
    'everything and beyond': [-100, 1e9],
    'nothing at all': [],
    'a stretch after the end': [50_000, 60_000],
  };
  for (const [name, list] of Object.entries(cases)) {
    test(`${name}: the slice equals a look at every sample`, () => {
      const windows = Float64Array.from(list);
      const { selfUs, samples } = sliceWindows(profile, { windows });
      assert.deepEqual([[...selfUs], [...samples]], walked(profile, windows));
    });
  }

  test('a short stretch costs a few blocks of each thread, the whole all rows at once', () => {
    const rows = rowsTouching(profile.samples, Float64Array.of(12_000, 12_500));
    let looked = 0;
    for (let at = 0; at < rows.length; at += 2) looked += (rows[at + 1] ?? 0) - (rows[at] ?? 0);
    assert.ok(looked >= threads * 50 && looked <= threads * 2 * 1024, `${looked} rows`);
    assert.deepEqual(rowsTouching(profile.samples, Float64Array.of(0, 1e9)), [0, profile.samples.length]);
    assert.deepEqual(rowsTouching(profile.samples, Float64Array.of(1e9, 2e9)), []);
  });
});
