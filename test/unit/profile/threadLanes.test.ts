import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ProfileBuilder } from '../../../src/profile/builder.ts';
import { busyByThread, noKind, threadLanes, threadsForLanes } from '../../../src/profile/queries/threadLanes.ts';
import { FrameKind, type Profile } from '../../../src/profile/tables.ts';
import { buildProfile, overlapSlowly, plainSamples, timed } from './randomProfile.ts';

/** Threads by pid, each busy for so many µs from 0 on. */
function threadsOf(threads: readonly { readonly pid: number; readonly busyUs: number }[]): Profile {
  const builder = new ProfileBuilder();
  const stack = builder.stack(-1, builder.frame('work', '/work.js', 1, 1));
  for (const [tid, { pid, busyUs }] of threads.entries()) {
    builder.sample(0, busyUs, stack, builder.thread({ pid, tid, name: `t${tid}`, target: '' }));
  }
  return builder.build({ intervalUs: 1, startUs: 0, endUs: 1000 });
}

describe('what threads did over time', () => {
  test('buckets hold what each thread’s samples took, however they lie, by looking at every pair', () => {
    fc.assert(
      fc.property(
        plainSamples,
        fc.integer({ min: 0, max: 100 }),
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 9 }),
        (plain, startUs, lengthUs, buckets) => {
          const endUs = startUs + lengthUs;
          const lanes = threadLanes(buildProfile(plain), { startUs, endUs }, Int32Array.of(2, 0), buckets);
          assert.equal(lanes.others, 1);
          const busy = timed(plain).filter(({ path }) => path.at(-1) !== '(idle)');
          for (const [lane, thread] of [2, 0, 1].entries()) {
            const own = busy.filter((sample) => sample.thread === thread);
            for (let bucket = 0; bucket < buckets; bucket++) {
              const edges = [bucket, bucket + 1].map((edge) => startUs + (edge * lengthUs) / buckets);
              const expected = own.reduce(
                (sum, sample) => sum + overlapSlowly(Float64Array.from(edges), sample.startUs, sample.endUs),
                0,
              );
              const actual = lanes.cpuUs[lane * buckets + bucket] ?? NaN;
              assert.ok(
                Math.abs(actual - expected) < 1e-6,
                `lane ${lane}, bucket ${bucket}: ${actual}, not ${expected}`,
              );
            }
            const touching = own.filter((sample) =>
              sample.weightUs > 0
                ? sample.endUs > startUs && sample.startUs < endUs
                : sample.startUs >= startUs && sample.startUs < endUs,
            );
            assert.equal(lanes.samples[thread], touching.length);
            const whole = own.reduce(
              (sum, sample) => sum + overlapSlowly(Float64Array.of(startUs, endUs), sample.startUs, sample.endUs),
              0,
            );
            assert.ok(Math.abs((lanes.busyUs[thread] ?? NaN) - whole) < 1e-6);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test('a bucket’s kind is what was on top for most of it; without CPU time there is none', () => {
    const builder = new ProfileBuilder();
    const thread = builder.thread({ pid: 1, tid: 1, name: 'main', target: '' });
    const stackOf = (name: string, kind: FrameKind): number => builder.stack(-1, builder.frame(name, '', 0, 0, kind));
    const [gc, user, idle] = [
      stackOf('gc', FrameKind.gc),
      stackOf('work', FrameKind.user),
      stackOf('idle', FrameKind.idle),
    ];
    builder.sample(0, 4, gc, thread);
    builder.sample(4, 16, user, thread);
    builder.sample(20, 10, idle, thread);
    builder.sample(30, 6, gc, thread);
    builder.sample(36, 4, user, thread);
    const profile = builder.build({ intervalUs: 1, startUs: 0, endUs: 40 });
    const { kind, cpuUs } = threadLanes(profile, { startUs: 0, endUs: 40 }, Int32Array.of(0), 4);
    assert.deepEqual([...kind], [FrameKind.user, FrameKind.user, noKind, FrameKind.gc]);
    assert.deepEqual([...cpuUs], [10, 10, 0, 10]);
  });

  test('the busiest get a lane, by process; all others share the last', () => {
    const profile = threadsOf([
      { pid: 1, busyUs: 10 },
      { pid: 2, busyUs: 30 },
      { pid: 1, busyUs: 25 },
      { pid: 2, busyUs: 1 },
      { pid: 3, busyUs: 2 },
    ]);
    assert.deepEqual([...busyByThread(profile)], [10, 30, 25, 1, 2]);
    const threads = threadsForLanes(profile, 3);
    assert.deepEqual([...threads], [2, 0, 1], 'process 1 took 35, process 2 30');
    const { others, cpuUs } = threadLanes(profile, { startUs: 0, endUs: 100 }, threads, 1);
    assert.equal(others, 2);
    assert.deepEqual([...cpuUs], [25, 10, 30, 3]);
  });

  test('no memory grows with the number of threads but a figure each', () => {
    const profile = threadsOf(Array.from({ length: 5000 }, (_, pid) => ({ pid, busyUs: 1 })));
    const threads = threadsForLanes(profile, 8);
    const { cpuUs, others } = threadLanes(profile, { startUs: 0, endUs: 1000 }, threads, 100);
    assert.equal(threads.length, 8);
    assert.equal(others, 4992);
    assert.equal(cpuUs.length, 9 * 100);
    assert.equal(Math.round(cpuUs[800] ?? 0), 4992);
  });
});
