import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ProfileBuilder } from '../../../src/profile/builder.ts';
import { clipProfile } from '../../../src/profile/queries/clip.ts';
import type { Run } from '../../../src/run/model.ts';
import { chromeTraceHead, profileTrace, runTrace } from '../../../src/trace/chromeTrace.ts';
import { syntheticRun } from '../../fixtures/run.ts';
import { totalsByFunction } from '../profile/exports/totals.ts';

interface TraceEvent {
  readonly ph: string;
  readonly name: string;
  readonly cat?: string;
  readonly id?: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts?: number;
  readonly dur?: number;
  readonly args?: Record<string, unknown> & { readonly data?: ProfileData; readonly name?: string };
}

interface ProfileData {
  readonly startTime?: number;
  readonly cpuProfile?: {
    readonly nodes: readonly { id: number; parent?: number; callFrame: { functionName: string; url: string } }[];
    readonly samples: readonly number[];
  };
  readonly timeDeltas?: readonly number[];
}

const eventsOf = (pieces: Iterable<string>): TraceEvent[] =>
  (JSON.parse([...pieces].join('')) as { traceEvents: TraceEvent[] }).traceEvents;

describe('a run as Chrome trace events', () => {
  const run = syntheticRun(1, { durationUs: 3e6 });
  const events = eventsOf(runTrace(run));
  const { requests, runtime } = run;

  test('every request is one async slice of its endpoint, from due to done, with status and latency', () => {
    const begins = events.filter(({ ph }) => ph === 'b');
    const ends = new Map(events.filter(({ ph }) => ph === 'e').map((event) => [event.id, event]));
    assert.equal(begins.length, requests.length);
    assert.equal(ends.size, requests.length, 'ids are unique');
    for (const [row, begin] of begins.entries()) {
      const end = ends.get(begin.id);
      assert.deepEqual([end?.name, end?.cat, end?.pid], [begin.name, begin.cat, begin.pid]);
      assert.equal(begin.name, requests.endpoints[requests.endpoint[row] ?? 0]);
      assert.equal(begin.args?.['status'], requests.status[row]);
      const latencyUs = (requests.doneUs[row] ?? 0) - (requests.intendedUs[row] ?? 0);
      assert.ok(Math.abs((end?.ts ?? 0) - (begin.ts ?? 0) - latencyUs) < 0.01);
      assert.ok(Math.abs(Number(begin.args?.['latencyUs']) - latencyUs) < 0.01);
    }
  });

  test('collections and stalls are slices in the target’s process, on lanes where nothing overlaps', () => {
    const slices = events.filter(({ ph }) => ph === 'X');
    assert.equal(slices.length, runtime.gc.length + runtime.stalls.length);
    const lanes = Map.groupBy(slices, ({ pid, tid }) => `${pid}/${tid}`);
    assert.equal(lanes.size, 2);
    for (const [lane, inside] of lanes) {
      assert.ok(lane.startsWith(`${runtime.threads[0]?.pid ?? 0}/`), lane);
      for (const [index, { ts = 0, dur = 0 }] of inside.entries())
        assert.ok(ts + dur <= (inside[index + 1]?.ts ?? Infinity));
    }
    assert.ok(slices.some(({ name }) => name === 'mark-sweep-compact'));
  });

  test('CPU samples come as V8’s own chunks: put together they are the profile', () => {
    assert.ok(run.profile);
    assert.deepEqual(selfTimes(events), selfOf(run));
  });

  test('processes and threads have names; the requests’ process is none of the targets’', () => {
    const names = events.filter(({ ph, name }) => ph === 'M' && name === 'process_name');
    const pids = new Set(events.map(({ pid }) => pid));
    assert.deepEqual(new Set(names.map(({ pid }) => pid)), pids);
    const requestsPid = names.find(({ args }) => args?.name === 'requests')?.pid;
    assert.ok(requestsPid !== undefined && runtime.threads.every(({ pid }) => pid !== requestsPid));
    assert.deepEqual(
      events.filter(({ ph }) => ph === 'i').map(({ ts }) => ts),
      [run.manifest.window?.startUs, run.manifest.window?.endUs],
    );
  });

  test('a run without requests, profile or window still opens', () => {
    const bare: Run = {
      ...run,
      profile: null,
      requests: { ...requests, length: 0 },
      manifest: { ...run.manifest, window: null },
    };
    assert.ok(eventsOf(runTrace(bare)).every(({ ph }) => ph === 'M' || ph === 'X'));
  });

  test('hostile names stay text', () => {
    const name = '"},{"ph":"X\n\u2028\ud800';
    const hostile: Run = { ...run, requests: { ...requests, endpoints: [name, name, name] } };
    assert.ok(
      eventsOf(runTrace(hostile)).every(
        ({ ph, name: found }) => ph !== 'b' || found === name.toWellFormed() || found === name,
      ),
    );
  });
});

test('many requests are written in pieces', () => {
  const { manifest, runtime, requests } = syntheticRun(1, { durationUs: 1e6 });
  const length = 200_000;
  const many = Float64Array.from({ length }, (_, row) => row * 10);
  const grown: Run = {
    manifest,
    runtime,
    profile: null,
    requests: {
      ...requests,
      length,
      intendedUs: many,
      sentUs: many,
      doneUs: many.map((us) => us + 500),
      endpoint: new Int32Array(length),
      status: new Int32Array(length),
      outcome: new Uint8Array(length),
      connection: new Int32Array(length),
      bytes: new Int32Array(length),
    },
  };
  let longest = 0;
  let begins = 0;
  for (const piece of runTrace(grown)) {
    longest = Math.max(longest, piece.length);
    begins += piece.split('"ph":"b"').length - 1;
  }
  assert.equal(begins, length);
  assert.ok(longest < 100_000, `${longest} characters at once`);
});

test('threads of an imported file that share a number have lanes of their own', () => {
  const builder = new ProfileBuilder();
  const stack = builder.stack(-1, builder.frame('work', '/a.js', 1, 1));
  for (let each = 0; each < 2; each++) {
    const thread = builder.thread({ pid: 0, tid: 0, name: `t${each}`, target: '' });
    builder.sample(100, 50, stack, thread);
    builder.sample(400, 50, stack, thread);
  }
  const events = eventsOf(profileTrace('x', builder.build({ intervalUs: 50, startUs: 0, endUs: 450 })));
  const starts = events.filter(({ name }) => name === 'Profile');
  assert.equal(new Set(starts.map(({ pid, tid }) => `${pid}/${tid}`)).size, 2);
  assert.equal(new Set(starts.map(({ id }) => id)).size, 2);
  assert.deepEqual(Object.fromEntries(selfTimes(events)), { 'work /a.js': 200 });
  assert.ok(
    [...profileTrace('x', builder.build({ intervalUs: 0, startUs: 0, endUs: 0 }))].join('').startsWith(chromeTraceHead),
  );
});

/** Self times by function, the way DevTools puts chunks together: a sample lasts until the next. Rounded to a µs. */
function selfTimes(events: readonly TraceEvent[]): Map<string, number> {
  const self = new Map<string, number>();
  for (const profile of events.filter(({ name }) => name === 'Profile')) {
    const names = new Map<number, string>();
    let last: number | undefined;
    for (const chunk of events.filter(({ name, id }) => name === 'ProfileChunk' && id === profile.id)) {
      const { cpuProfile, timeDeltas = [] } = chunk.args?.data ?? {};
      for (const { id, parent, callFrame } of cpuProfile?.nodes ?? []) {
        assert.ok(parent === undefined ? id === 1 : names.has(parent), 'callers come first');
        names.set(
          id,
          `${callFrame.functionName === '' ? '(anonymous)' : callFrame.functionName} ${callFrame.url.replace('file://', '')}`,
        );
      }
      for (const [index, node] of (cpuProfile?.samples ?? []).entries()) {
        assert.ok(names.has(node), 'nodes come before their samples');
        if (last !== undefined)
          self.set(names.get(last) ?? '', (self.get(names.get(last) ?? '') ?? 0) + (timeDeltas[index] ?? 0));
        last = node;
      }
    }
  }
  return new Map(
    [...self]
      .filter(([name, us]) => !/^\((?:root|idle)\) $/.test(name) && us > 0)
      .map(([name, us]): [string, number] => [name, Math.round(us)])
      .sort(),
  );
}

function selfOf({ profile }: Run): Map<string, number> {
  assert.ok(profile);
  const all = totalsByFunction(clipProfile(profile, -Infinity, Infinity));
  return new Map(
    [...all]
      .filter(([, { selfUs }]) => selfUs > 0)
      .map(([name, { selfUs }]): [string, number] => [name, Math.round(selfUs)])
      .sort(),
  );
}
