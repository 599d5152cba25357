import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SlowpathError } from '../../../src/errors.ts';
import { importProfile } from '../../../src/profile/formats/index.ts';
import { FrameKind, FrameTier, type Profile } from '../../../src/profile/tables.ts';
import { assertSound } from './invariants.ts';

const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const strings = ['main', 'render', 'https://a.test/app.js', 'malloc', 'libc.so.6', '/usr/lib/libc.so.6'];
const meta = {
  interval: 2,
  startTime: 1.7e12,
  preprocessedProfileVersion: 48,
  categories: [
    { name: 'JavaScript', color: 'yellow', subcategories: ['Other', 'Interpreter', 'Baseline', 'IonMonkey'] },
    { name: 'Other', color: 'grey', subcategories: ['Other'] },
  ],
};
const libs = [{ name: 'libc.so.6', path: '/usr/lib/libc.so.6' }];
const func = {
  length: 3,
  name: [0, 1, 3],
  isJS: [true, true, false],
  resource: [-1, -1, 0],
  fileName: [2, 2, null],
  lineNumber: [1, 7, null],
  columnNumber: [1, 3, null],
};
const frame = {
  length: 4,
  func: [0, 1, 1, 2],
  category: [0, 0, 0, 1],
  subcategory: [1, 2, 3, 0],
  line: [1, 8, 9, null],
  address: [-1, -1, -1, 16],
};
/** main, main → render (baseline), main → render (Ion), main → render (Ion) → malloc. */
const stack = { length: 4, frame: [0, 1, 2, 3], prefix: [null, 0, 0, 2] };
const samples = { length: 4, stack: [0, 1, null, 3], time: [0, 2, 4, 6.5], weight: null, weightType: 'samples' };
const thread = { name: 'GeckoMain', processName: 'Web', pid: '12', tid: 34, samples };

const perThread = {
  meta,
  libs,
  threads: [
    {
      ...thread,
      stringArray: strings,
      stackTable: stack,
      frameTable: frame,
      funcTable: func,
      resourceTable: { length: 1, lib: [0], name: [4] },
    },
  ],
};
const shared60 = {
  meta: { ...meta, preprocessedProfileVersion: 60 },
  libs,
  shared: {
    stringArray: strings,
    stackTable: stack,
    frameTable: frame,
    funcTable: { ...func, fileName: undefined, source: [0, 0, null] },
    resourceTable: { length: 1, lib: [0], name: [4] },
    sources: { length: 1, filename: [2], uuid: [null] },
  },
  threads: [thread],
};
const shared70 = {
  ...shared60,
  meta: { ...meta, preprocessedProfileVersion: 70 },
  shared: {
    ...shared60.shared,
    stackTable: { length: 4, frame: [0, 1, 2, 3], prefixOffset: [0, 1, 2, 1] },
    frameTable: { ...frame, lib: [-1, -1, -1, 0] },
    resourceTable: { length: 1, name: [4] },
  },
  threads: [{ ...thread, samples: { ...samples, time: undefined, timeDeltas: [0, 2, 2, 2.5] } }],
};

function described(profile: Profile): { stack: string[]; at: number; weight: number }[] {
  return Array.from(profile.samples.stack, (top, row) => {
    const names: string[] = [];
    for (let at = top; at >= 0; at = profile.stacks.parent[at] ?? -1) {
      const own = profile.stacks.frame[at] ?? 0;
      names.unshift(
        `${profile.strings[profile.frames.name[own] ?? 0] ?? ''}@${profile.strings[profile.frames.file[own] ?? -1] ?? ''}:${profile.frames.line[own] ?? 0} k${profile.frames.kind[own] ?? -1} t${profile.frames.tier[own] ?? -1}`,
      );
    }
    return { stack: names, at: profile.samples.timeUs[row] ?? 0, weight: profile.samples.weightUs[row] ?? 0 };
  });
}

const main = `main@https://a.test/app.js:1 k${FrameKind.user} t${FrameTier.interpreted}`;
const baseline = `render@https://a.test/app.js:7 k${FrameKind.user} t${FrameTier.baseline}`;
const ion = `render@https://a.test/app.js:7 k${FrameKind.user} t${FrameTier.optimised}`;
const malloc = `malloc@/usr/lib/libc.so.6:0 k${FrameKind.native} t${FrameTier.unknown}`;
const expected = [
  { stack: [main], at: 0, weight: 2000 },
  { stack: [main, baseline], at: 2000, weight: 2000 },
  { stack: [main, ion, malloc], at: 6500, weight: 2000 },
];

describe('processed Firefox profiles', () => {
  for (const [name, json] of [
    ['tables per thread (48)', perThread],
    ['shared tables and sources (60)', shared60],
    ['prefix offsets, time deltas and libraries of frames (70)', shared70],
  ] as const) {
    test(`${name}: stacks, times, tiers and kinds`, () => {
      const profile = importProfile(encode(json));
      assertSound(profile);
      assert.deepEqual(described(profile), expected);
      assert.deepEqual(profile.threads, [{ pid: 12, tid: 34, name: 'Web: GeckoMain', target: '' }]);
      assert.deepEqual([profile.intervalUs, profile.unit, profile.endUs], [2000, 'us', 8500]);
    });
  }

  test('weights: counted samples, milliseconds, bytes', () => {
    const weighted = (weight: number[], weightType: string): Profile =>
      importProfile(encode({ ...shared60, threads: [{ ...thread, samples: { ...samples, weight, weightType } }] }));
    assert.deepEqual([...weighted([1, 3, 1, 2], 'samples').samples.weightUs], [2000, 6000, 4000]);
    assert.deepEqual([...weighted([1, 3, 1, 2], 'tracing-ms').samples.weightUs], [1000, 3000, 2000]);
    const bytes = weighted([64, 128, 1, 256], 'bytes');
    assert.deepEqual([[...bytes.samples.weightUs], bytes.unit], [[64, 128, 256], 'bytes']);
  });

  test('samples out of order are sorted', () => {
    const profile = importProfile(
      encode({ ...shared60, threads: [{ ...thread, samples: { ...samples, time: [5, 3, 1, 0] } }] }),
    );
    assertSound(profile);
    assert.deepEqual([...profile.samples.timeUs], [0, 3000, 5000]);
  });

  test('broken references and times are named; a raw Gecko profile is told apart', () => {
    const refused = (json: unknown, code: string, message: RegExp): void =>
      assert.throws(
        () => importProfile(encode(json)),
        (error: unknown) => error instanceof SlowpathError && error.code === code && message.test(error.message),
      );
    const withShared = (change: object): object => ({ ...shared60, shared: { ...shared60.shared, ...change } });
    refused(
      withShared({ stackTable: { ...stack, prefix: [0, 0, 0, 2] } }),
      'FORMAT_MALFORMED',
      /stack 0 does not come before/,
    );
    refused(withShared({ stackTable: { ...stack, frame: [0, 1, 2, 99] } }), 'FORMAT_MALFORMED', /stack 3 has no frame/);
    refused(
      withShared({ frameTable: { ...frame, func: [0, 1, 1, 7] } }),
      'FORMAT_MALFORMED',
      /frame 3 has no function/,
    );
    refused(
      { ...shared60, threads: [{ ...thread, samples: { ...samples, stack: [0, 1, 2, 44] } }] },
      'FORMAT_MALFORMED',
      /stack\[3\] is no stack/,
    );
    refused(
      { ...shared60, threads: [{ ...thread, samples: { ...samples, time: [0, 1e300, 2, 3] } }] },
      'FORMAT_MALFORMED',
      /row 1 is not a time/,
    );
    refused(
      { ...shared60, threads: [{ ...thread, samples: { schema: {}, data: [] } }] },
      'FORMAT_UNKNOWN',
      /raw Gecko/,
    );
    refused(
      { ...shared60, meta: { version: 13 }, threads: [{ ...thread, samples: { schema: {}, data: [] } }] },
      'FORMAT_UNKNOWN',
      /raw Gecko profile of version 13: open it at profiler\.firefox\.com/,
    );
    refused(
      { format: 'profileJSONWithSymbolicationTable,1', meta: { version: 2 }, profileJSON: [{ frames: [] }] },
      'FORMAT_UNKNOWN',
      /Cleopatra; open it at profiler\.firefox\.com/,
    );
    refused({ meta, threads: 5 }, 'FORMAT_MALFORMED', /threads is missing/);
  });
});
