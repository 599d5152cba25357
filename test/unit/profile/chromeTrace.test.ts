import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { SlowpathError } from '../../../src/errors.ts';
import { importProfile } from '../../../src/profile/formats/index.ts';
import { aggregateFunctions } from '../../../src/profile/queries/functions.ts';
import { aggregateLines } from '../../../src/profile/queries/lines.ts';
import { sliceWindows } from '../../../src/profile/queries/slice.ts';
import type { Profile } from '../../../src/profile/tables.ts';
import { assertSound } from './invariants.ts';

interface Chunk {
  readonly cpuProfile?: { readonly nodes?: readonly RawNode[]; readonly samples?: readonly number[] };
  readonly timeDeltas?: readonly number[];
  readonly lines?: readonly number[];
}
interface RawNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string };
}
interface Event {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly id?: string;
  readonly args: { readonly data?: Chunk & { readonly startTime?: number }; readonly name?: string };
}

/** Recorded in Chromium: a page that renders rows, and a worker that spins. */
const file = readFileSync(join(import.meta.dirname, '../../fixtures/profiles/chrome/page-and-worker.json'));
const { traceEvents } = JSON.parse(file.toString()) as { traceEvents: Event[] };
const encode = (value: unknown): Uint8Array =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));

function selfUs(profile: Profile, name: string): number {
  const { selfUs: self } = aggregateFunctions(profile, sliceWindows(profile));
  return profile.frames.name.reduce(
    (sum, string, frame) => (profile.strings[string] === name ? sum + (self[frame] ?? 0) : sum),
    0,
  );
}

/** The same figure read directly off the events: each sample stands for the time until the next of its thread. */
function selfOfEvents(name: string): number {
  let sum = 0;
  for (const id of new Set(traceEvents.filter((event) => event.name === 'Profile').map((event) => event.id))) {
    const chunks = traceEvents.filter((event) => event.name === 'ProfileChunk' && event.id === id);
    const data = chunks.map((event) => event.args.data ?? {});
    const named = new Map(
      data.flatMap((chunk) => (chunk.cpuProfile?.nodes ?? []).map((node) => [node.id, node.callFrame.functionName])),
    );
    const samples = data.flatMap((chunk) => chunk.cpuProfile?.samples ?? []);
    const deltas = data.flatMap((chunk) => chunk.timeDeltas ?? []);
    for (const [row, sample] of samples.slice(0, -1).entries())
      if (named.get(sample) === name) sum += deltas[row + 1] ?? 0;
  }
  return sum;
}

describe('a real trace of a page and its worker', () => {
  const profile = importProfile(file);

  test('both threads by their names, with the times of their events', () => {
    assertSound(profile);
    assert.deepEqual(profile.threads.map(({ name }) => name).sort(), ['CrRendererMain', 'DedicatedWorker thread']);
    for (const name of ['hash', 'render', 'spin', '(garbage collector)']) {
      assert.ok(selfOfEvents(name) > 0, name);
      // The last sample of a thread has no next one: it stands for a usual distance.
      assert.ok(Math.abs(selfUs(profile, name) - selfOfEvents(name)) < 1000, name);
    }
    const samples = traceEvents.flatMap((event) => event.args.data?.cpuProfile?.samples ?? []);
    assert.equal(profile.samples.length, samples.length);
  });

  test('the line of each sample: the loop of hash', () => {
    const lines = aggregateLines(profile, sliceWindows(profile));
    const ofHash = [...lines.line.keys()].filter(
      (row) => profile.strings[profile.frames.name[lines.frame[row] ?? 0] ?? 0] === 'hash',
    );
    const hottest = ofHash.reduce((best, row) => ((lines.selfUs[row] ?? 0) > (lines.selfUs[best] ?? 0) ? row : best));
    assert.equal(lines.line[hottest], 3);
  });

  test('as a bare array, open at its end or cut inside an event, what is whole counts', () => {
    const array = JSON.stringify(traceEvents);
    assert.deepEqual(importProfile(encode(array)), profile);
    assert.deepEqual(importProfile(encode(`${array.slice(0, -1)},\n`)), profile);
    assert.deepEqual(importProfile(encode(array.slice(0, -1))), profile);
    const cut = importProfile(encode(array.slice(0, -200)));
    assertSound(cut);
    assert.ok(cut.samples.length > 0 && cut.samples.length < profile.samples.length);
    const object = file.toString().slice(0, -300);
    assert.ok(importProfile(encode(object)).samples.length > 0);
  });
});

describe('traces with faults', () => {
  const start = { name: 'Profile', ph: 'P', pid: 1, tid: 2, id: '0x1', ts: 5, args: { data: { startTime: 5 } } };
  const chunk = (data: unknown): object => ({
    name: 'ProfileChunk',
    ph: 'P',
    pid: 1,
    tid: 3,
    id: '0x1',
    ts: 6,
    args: { data },
  });
  const node = (id: number, parent?: number): object => ({
    id,
    parent,
    callFrame: { functionName: `f${id}`, url: '/a.js' },
  });
  const refused = (events: unknown, code: string, message: RegExp): void =>
    assert.throws(
      () => importProfile(encode(events)),
      (error: unknown) => error instanceof SlowpathError && error.code === code && message.test(error.message),
    );

  test('a trace without CPU profiles says what to record', () => {
    refused({ traceEvents: [] }, 'FORMAT_UNKNOWN', /no CPU profile/);
    refused([{ name: 'x', ph: 'X', pid: 1, tid: 1, ts: 1 }], 'FORMAT_UNKNOWN', /disabled-by-default-v8\.cpu_profiler/);
    refused([start], 'FORMAT_UNKNOWN', /no CPU profile/);
  });

  test('a profile in one event, as before 2017, opens also where callees were cut out of it', () => {
    const callFrame = { functionName: 'f', scriptId: '1', url: '/a.js', lineNumber: 0, columnNumber: 0 };
    const nodes = [
      { id: 1, callFrame: { ...callFrame, functionName: '(root)' }, children: [2, 99] },
      { id: 2, callFrame },
    ];
    const whole = (samples: readonly number[]): object => ({
      ...{ name: 'CpuProfile', ph: 'I', pid: 1, tid: 2, ts: 1 },
      args: { data: { cpuProfile: { nodes, startTime: 0, endTime: 4, samples, timeDeltas: samples.map(() => 1) } } },
    });
    const profile = importProfile(new TextEncoder().encode(JSON.stringify([whole([2, 2, 1])])));
    assert.equal(profile.samples.length, 3);
    assert.ok(profile.strings.includes('f'));
    // What was cut out had no samples in it, or the file is damaged.
    refused([whole([2, 99])], 'FORMAT_MALFORMED', /samples\[1\] is of a node that is not in the file/);
  });

  test('nodes and times that do not fit are named', () => {
    refused(
      [start, chunk({ cpuProfile: { nodes: [node(1)], samples: [1] }, timeDeltas: [] })],
      'FORMAT_MALFORMED',
      /1 samples but 0/,
    );
    refused({ traceEvents: 7 }, 'FORMAT_MALFORMED', /traceEvents/);
    refused('[{"name":"Profile","ph":"P","pid":1 "tid":2}]', 'FORMAT_MALFORMED', /byte 36/);
  });

  test('what goes on from chunks that Chrome’s ring has overwritten hangs under a node that says so', () => {
    const profile = importProfile(
      encode([
        start,
        chunk({ cpuProfile: { nodes: [node(1)], samples: [1] }, timeDeltas: [1] }),
        // Node 7, its caller, and node 8 were told in between.
        chunk({ cpuProfile: { nodes: [node(9, 7)], samples: [9, 8, 1] }, timeDeltas: [2, 3, 4] }),
      ]),
    );
    assertSound(profile);
    const selfs = ['f1', 'f9', '(lost)'].map((name) => selfUs(profile, name));
    assert.deepEqual(selfs.slice(1), [3, 4]);
    const [, of9] = profile.samples.stack;
    const caller = profile.stacks.frame[profile.stacks.parent[of9 ?? 0] ?? 0] ?? 0;
    assert.equal(profile.strings[profile.frames.name[caller] ?? 0], '(lost)');
  });

  test('chunks of another process with the same id, or whose begin is lost, are left out', () => {
    const profile = importProfile(
      encode([
        start,
        { ...chunk({ cpuProfile: { nodes: [node(9)], samples: [9] }, timeDeltas: [1] }), pid: 8 },
        chunk({ cpuProfile: { nodes: [node(1), node(2, 1)], samples: [2, 1] }, timeDeltas: [1, 2], lines: [4, 0] }),
      ]),
    );
    assert.deepEqual(
      profile.strings.filter((name) => name.startsWith('f')),
      ['f1', 'f2'],
    );
    assert.deepEqual([...profile.samples.timeUs], [6, 8]);
    assert.deepEqual([...profile.stacks.lineNumber], [4]);
    assert.deepEqual(profile.threads, [{ pid: 1, tid: 2, name: 'main', target: '' }]);
  });
});
