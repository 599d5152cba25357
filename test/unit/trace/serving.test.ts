import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ProfileBuilder } from '../../../src/profile/builder.ts';
import type { Profile } from '../../../src/profile/tables.ts';
import type { Run } from '../../../src/run/model.ts';
import { analyse } from '../../../src/trace/analyse.ts';
import { joinRequests } from '../../../src/trace/join.ts';
import { servingThreads } from '../../../src/trace/serving.ts';
import { requestTable, runOf } from './syntheticRun.ts';

/** One sample of 1 ms at each time, on threads 1, 2, … of process 1. */
function profileOn(timesUs: readonly (readonly number[])[], timeless = false): Profile {
  const builder = new ProfileBuilder();
  for (const [index, times] of timesUs.entries()) {
    const thread = builder.thread({ pid: 1, tid: index + 1, name: 'svc', target: 'api' });
    const stack = builder.stack(-1, builder.frame(`on${index + 1}`, '/srv/main.rs', 10 * (index + 1), 0));
    for (const time of times) builder.sample(time, 1000, stack, thread);
  }
  return builder.build({ timeless, intervalUs: 1000, startUs: 0, endUs: 1e7 });
}

/** 1,000 requests of 1 ms, one each 5 ms; every 50th takes 4 ms. */
const requests = requestTable(
  Array.from({ length: 1000 }, (_, row) => ({
    intended: row * 5000,
    done: row * 5000 + (row % 50 === 49 ? 4000 : 1000),
  })),
);

function native(profile: Profile): Run {
  const run = runOf({ requests, profile, window: { startUs: 0, endUs: 5e6 } });
  const target = { kind: 'attach', name: 'api', runtime: 'native', pprof: null, via: { pid: 1 } } as const;
  return { ...run, manifest: { ...run.manifest, scenario: { ...run.manifest.scenario, targets: [target] } } };
}

function lanesOf(run: Run): { threads: number[]; laneOf: number | undefined } {
  const serving = servingThreads(run, joinRequests(run.requests, run.runtime.serverRequests));
  return { threads: serving.lanes.map(({ profileThread }) => profileThread), laneOf: serving.laneOf[0] };
}

describe('who served, where no probe tells', () => {
  const busy = Array.from({ length: 100 }, (_, at) => at * 5000);

  test('a program’s one thread that does nearly all serves alone, main or not', () => {
    assert.deepEqual(lanesOf(native(profileOn([busy.slice(0, 5), busy]))), { threads: [1], laneOf: 0 });
  });

  test('of several threads any may have, and those that did nothing have not', () => {
    assert.deepEqual(lanesOf(native(profileOn([busy, [], busy]))), { threads: [0, 2], laneOf: -1 });
    assert.match(analyse(native(profileOn([busy, busy]))).tail?.notes.join(' ') ?? '', /Any of 2 threads/);
  });

  test('what runs in slow requests only is told by its share there, on any thread', () => {
    const slow = Array.from({ length: 20 }, (_, at) => (at * 50 + 49) * 5000 + 1500);
    const { functions } = analyse(native(profileOn([busy, slow])));
    const [often, seldom] = ['on1', 'on2'].map((name) => functions.find((row) => row.name === name));
    assert.ok((seldom?.tailShare ?? 0) > 0.6 && seldom?.typicalShare === 0, JSON.stringify(seldom));
    assert.ok((often?.typicalShare ?? 0) === 1, JSON.stringify(often));
  });

  test('samples without times are joined with nothing', () => {
    const run = native(profileOn([busy], true));
    assert.deepEqual(lanesOf(run), { threads: [], laneOf: -1 });
    const { functions, tail } = analyse(run);
    assert.deepEqual(
      functions.map(({ name, selfUs, tailShare }) => [name, selfUs, tailShare]),
      [['on1', 1e5, null]],
    );
    assert.match(tail?.notes.join(' ') ?? '', /carry no times/);
  });
});
