/** Samples that a profiler owes by the target's CPU time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { missingOf, noSamplesOf, type Taking } from '../../../../src/target/collectors/dueSamples.ts';

const words = { cause: 'perf had no room to write them', remedy: 'profile at a longer interval' };

test('where no sample came, the target’s CPU time tells whether it was idle or all were lost', () => {
  const recording = { samples: 0, sampledUs: 0, lost: 0, cpuUs: 0, intervalUs: 1000 };
  const told = (changes: Partial<Taking>): readonly [number, string] => {
    const { why, lost } = noSamplesOf({ ...recording, ...changes }, words);
    return [lost, why];
  };
  assert.deepEqual(told({}), [0, 'no sample was taken: the target was idle, with 0 µs of CPU time by /proc']);
  assert.match(told({ cpuUs: 9000 })[1], /idle, with 9(\.00)? ms/);
  assert.deepEqual(told({ cpuUs: 412_000 }), [
    412,
    'all of some 412 samples were lost, for the target used 412 ms of CPU time: perf had no room to write them; profile at a longer interval',
  ]);
  // perf counts some of what it loses.
  assert.equal(told({ cpuUs: 412_000, lost: 7 })[0], 412);
  assert.equal(told({ cpuUs: 412_000, lost: 5000 })[0], 5000);
  assert.match(told({ cpuUs: null, lost: 7 })[1], /^all of some 7 samples were lost: perf/);
  assert.match(told({ cpuUs: null })[1], /has ended: whether it used CPU time is not known/);
});

test('where some came, those that the CPU time owes beside them are missing', () => {
  const recording = { samples: 600, sampledUs: 600_000, lost: 0, cpuUs: 1_000_000, intervalUs: 1000 };
  const told = (changes: Partial<Taking>): number | undefined =>
    missingOf('api', { ...recording, ...changes }, words)?.lost;
  assert.deepEqual(missingOf('api', recording, words), {
    gap: {
      what: 'some 400 of 1,000 samples of api',
      why: 'those taken stand for 600 ms of the 1 s of CPU time that it used by /proc: perf had no room to write them; profile at a longer interval',
    },
    lost: 400,
  });
  assert.equal(told({ lost: 100 }), 400, 'the profiler counted a part of them');
  assert.equal(told({ lost: 400 }), undefined, 'it counted them all');
  assert.equal(told({ cpuUs: 700_000 }), undefined, 'a seventh less is what clocks that begin apart make');
  assert.equal(told({ cpuUs: 500_000 }), undefined);
  assert.equal(told({ cpuUs: null }), undefined);
  // What the profiler took at a longer interval than it was asked to.
  assert.equal(told({ samples: 300, sampledUs: 600_000 }), 200);
  // Of a few samples half may be missing by chance.
  assert.equal(told({ samples: 20, sampledUs: 20_000, cpuUs: 40_000 }), undefined);
  assert.equal(told({ samples: 200, sampledUs: 200_000, cpuUs: 400_000 }), 200);
  // All are missing: another sentence. And cycles say nothing of time.
  assert.equal(told({ samples: 0, sampledUs: 0 }), undefined);
  assert.equal(told({ sampledUs: 0 }), undefined);
});
