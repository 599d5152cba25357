import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { SlowpathError } from '../../../src/errors.ts';
import type { SampleTypes } from '../../../src/profile/formats/importer.ts';
import { importProfile } from '../../../src/profile/formats/index.ts';
import { aggregateLines } from '../../../src/profile/queries/lines.ts';
import { sliceWindows } from '../../../src/profile/queries/slice.ts';
import { FrameKind, type Profile } from '../../../src/profile/tables.ts';
import { figuresByName, stackLines } from './figures.ts';
import { assertSound } from './invariants.ts';
import { packed, protobuf, type ProtoField } from './protoWriter.ts';

const folder = join(import.meta.dirname, '../../fixtures/profiles/go');
const fixture = (name: string): Uint8Array => readFileSync(join(folder, name));

/** Rows of `go tool pprof -top -nodefraction=0` (go1.26): flat and cum of each function. */
function toolFigures(name: string): { total: number; rows: Map<string, { self: number; total: number }> } {
  const text = readFileSync(join(folder, name), 'utf8');
  const total = Number(/% of (\d+)\w* total/.exec(text)?.[1]);
  const rows = new Map<string, { self: number; total: number }>();
  for (const [, flat, cum, name] of text.matchAll(
    /^ *(\d+)[a-zA-Z]* +[\d.]+% +[\d.]+% +(\d+)[a-zA-Z]* +[\d.]+% {2}(.+?)(?: \((?:partial-)?inline\))?$/gm,
  )) {
    rows.set(name ?? '', { self: Number(flat), total: Number(cum) });
  }
  return { total, rows };
}

describe('the figures are those of go tool pprof', () => {
  // What the tool says of the whole, so that a fixture that lost its rows can't pass: file, type, unit, total, functions.
  const cases = [
    ['cpu', undefined, 'us', 1_780_000_000, 72],
    ['cpu', 'samples', 'count', 178, 72],
    ['heap', 'inuse_space', 'bytes', 1_084_017, 32],
    ['heap', 'alloc_space', 'bytes', 50_266_726, 99],
    ['heap', 'inuse_objects', 'count', 124, 32],
    ['heap', 'alloc_objects', 'count', 628_144, 99],
    ['block', undefined, 'us', 2_974_521_861, 18],
    ['block', 'contentions', 'count', 84, 18],
    ['mutex', undefined, 'us', 260_260_785, 47],
    ['goroutine', undefined, 'count', 9, 13],
  ] as const;
  for (const [kind, type, unit, total, functions] of cases) {
    test(`${kind}${type === undefined ? '' : `, ${type}`}`, () => {
      const profile = importProfile(fixture(`go-${kind}.pb.gz`), { type });
      assertSound(profile);
      assert.equal(profile.unit, unit);
      assert.equal(profile.timeless, true);
      const tool = toolFigures(`go-${kind}${type === undefined ? '' : `.${type}`}.top.txt`);
      assert.deepEqual([tool.total, tool.rows.size], [total, functions]);
      const perUnit = unit === 'us' ? 1e3 : 1;
      assert.ok(near(sliceWindows(profile).sumUs * perUnit, total));
      const ours = figuresByName(profile);
      assert.deepEqual([...ours.keys()].sort(), [...tool.rows.keys()].sort());
      for (const [name, expected] of tool.rows) {
        const actual = ours.get(name);
        assert.ok(actual && near(actual.self * perUnit, expected.self), `${name}: self`);
        assert.ok(near(actual.total * perUnit, expected.total), `${name}: total`);
      }
    });
  }

  test('gzip or not, it is the same profile', () => {
    assert.deepEqual(importProfile(fixture('go-cpu.pprof')), importProfile(fixture('go-cpu.pb.gz')));
  });
});

describe('what a pprof file says', () => {
  test('without a wish, the default type is taken, else the last', () => {
    assert.deepEqual(
      importProfile(fixture('go-heap.pb.gz')),
      importProfile(fixture('go-heap.pb.gz'), { type: 'inuse_space' }),
    );
    const types = {
      types: [
        ['objects', 'count'],
        ['space', 'bytes'],
        ['time', 'milliseconds'],
      ] as const,
    };
    const samples = [{ locations: [1], values: [3, 5, 7] }];
    assert.deepEqual(stackLines(read({ ...types, samples })), ['a 7000']);
    assert.deepEqual(stackLines(read({ ...types, samples, defaultType: 'objects' })), ['a 3']);
    assert.deepEqual(stackLines(read({ ...types, samples, defaultType: 'gone' })), ['a 7000']);
    assert.deepEqual(stackLines(read({ ...types, samples }, 'inuse_space')), ['a 5']);
  });

  test('of several types one may choose: each name once, bounded in number and length', () => {
    const toldOf = (bytes: Uint8Array, type?: string): SampleTypes[] => {
      const told: SampleTypes[] = [];
      importProfile(bytes, { type, onTypes: (types) => told.push(types) });
      return told;
    };
    const heap = ['alloc_objects', 'alloc_space', 'inuse_objects', 'inuse_space'];
    assert.deepEqual(toldOf(fixture('go-heap.pb.gz')), [{ names: heap, chosen: 'inuse_space' }]);
    assert.deepEqual(toldOf(fixture('go-heap.pb.gz'), 'alloc_space'), [{ names: heap, chosen: 'alloc_space' }]);
    assert.deepEqual(toldOf(fixture('go-goroutine.pb.gz')), [], 'one type is no choice');
    const named = (names: readonly string[]): Uint8Array =>
      bytesOf({
        types: names.map((name) => [name, 'count'] as const),
        samples: [{ locations: [1], values: names.map(() => 1) }],
      });
    assert.deepEqual(toldOf(named(['a', 'a'])), []);
    assert.deepEqual(toldOf(named(['a', 'x'.repeat(300), 'b'])), [{ names: ['a', 'b'], chosen: 'b' }]);
    assert.deepEqual(toldOf(named(['a', 'b', 'x'.repeat(300)])), [], 'what could not be asked for again');
    const [many] = toldOf(named(Array.from({ length: 1000 }, (_, index) => `t${index}`)));
    assert.equal(many?.names.length, 65);
    assert.equal(many.names.at(-1), 't999', 'what is shown can be chosen');
  });

  test('a type with negative values is not shown: the default gives way, asked for it is refused', () => {
    const growth = {
      types: [
        ['alloc_space', 'bytes'],
        ['inuse_space', 'bytes'],
      ] as const,
      defaultType: 'inuse_space',
      samples: [
        { locations: [1], values: [4, 4] },
        { locations: [2], values: [9, -2] },
      ],
    };
    const told: SampleTypes[] = [];
    importProfile(bytesOf(growth), { onTypes: (types) => told.push(types) });
    assert.deepEqual(told, [], 'one is left: no choice');
    assert.deepEqual(stackLines(read(growth)), ['a 4', 'b 9']);
    assert.throws(
      () => read(growth, 'inuse_space'),
      failure(
        'FORMAT_UNKNOWN',
        /type inuse_space hold negative values, which can't be drawn; the others are alloc_space\.$/,
      ),
    );
    assert.throws(
      () => read({ samples: [{ locations: [1], values: [-1] }] }),
      failure('FORMAT_UNKNOWN', /negative values, as the difference of two profiles does/),
    );
  });

  test('a type that is not there is refused with those that are', () => {
    assert.throws(
      () => importProfile(fixture('go-heap.pb.gz'), { type: 'cpu' }),
      failure('FORMAT_UNKNOWN', /cpu; it has alloc_objects, alloc_space, inuse_objects, inuse_space/),
    );
  });

  test('the time it covers is told in µs of the wall clock, and samples are spread over it', () => {
    const profile = importProfile(fixture('go-cpu.pb.gz'));
    assert.equal(Math.floor(profile.startUs / 1e6), Date.UTC(2026, 10, 21, 9, 19, 44) / 1000);
    // The tool says "Duration: 2.63s".
    assert.ok(Math.abs(profile.endUs - profile.startUs - 2.63e6) < 5e3);
    assert.equal(profile.intervalUs, 10_000);
    assert.ok((profile.samples.timeUs.at(-1) ?? 0) > profile.startUs + 2.6e6);
  });

  test('a timeless profile is not cut to windows', () => {
    const profile = importProfile(fixture('go-cpu.pb.gz'));
    const windows = Float64Array.of(profile.startUs, profile.startUs + 1);
    assert.equal(sliceWindows(profile, { windows }).sumUs, 1_780_000);
  });

  test('functions inlined into one location become calls, the outermost first', () => {
    const lines = stackLines(read({ samples: [{ locations: [3, 1], values: [4] }] }));
    assert.deepEqual(lines, ['a;c;b 4']);
  });

  test('lines on top are told, the rest of a stack by its functions', () => {
    const profile = read({
      samples: [
        { locations: [2, 1], values: [3] },
        { locations: [4, 1], values: [1] },
      ],
    });
    assert.equal(profile.stacks.length, 2);
    const times = aggregateLines(profile, sliceWindows(profile));
    const rows = Array.from(times.line, (line, row) => [line, times.selfUs[row]]);
    assert.deepEqual(rows, [
      [22, 3],
      [24, 1],
    ]);
  });

  test('code without symbols is called by its binary and address, exact beyond 2^53', () => {
    const profile = read({ samples: [{ locations: [6, 5], values: [1] }] });
    assert.deepEqual(stackLines(profile), ['[libx.so] 0x1f00;[kernel.kallsyms] 0xffffffff81000123 1']);
    assert.deepEqual([...profile.frames.kind], [FrameKind.native, FrameKind.kernel]);
  });

  test('ids are exact beyond 2^53', () => {
    const big = 2n ** 63n;
    const location = (id: bigint, callee: number): ProtoField => [
      4,
      [
        [1, id],
        [
          4,
          [
            [1, callee],
            [2, 1],
          ],
        ],
      ],
    ];
    const bytes = protobuf([
      ...texts(['count', 'count']),
      [
        1,
        [
          [1, 1],
          [2, 2],
        ],
      ],
      [
        2,
        [
          [1, packed([big + 1n])],
          [2, packed([1])],
        ],
      ],
      [
        2,
        [
          [1, packed([big + 2n])],
          [2, packed([2])],
        ],
      ],
      location(big + 1n, 1),
      location(big + 2n, 2),
      [
        5,
        [
          [1, 1],
          [2, 3],
        ],
      ],
      [
        5,
        [
          [1, 2],
          [2, 4],
        ],
      ],
      [6, 'one'],
      [6, 'two'],
    ]);
    assert.deepEqual(stackLines(importProfile(bytes)), ['one 1', 'two 2']);
  });

  test('threads come from labels, in numbers or in words; other labels are left out', () => {
    const profile = read({
      samples: [
        {
          locations: [1],
          values: [1],
          labels: [
            ['thread id', 7],
            ['thread name', 'worker'],
          ],
        },
        {
          locations: [1],
          values: [2],
          labels: [
            ['thread_id', '7'],
            ['thread_name', 'worker'],
          ],
        },
        {
          locations: [1],
          values: [4],
          labels: [
            ['pid', 3],
            ['endpoint', '/prices'],
          ],
        },
        { locations: [1], values: [8] },
      ],
    });
    assert.deepEqual(profile.threads, [
      { pid: 0, tid: 7, name: 'worker', target: '' },
      { pid: 3, tid: 0, name: '', target: '' },
      { pid: 0, tid: 0, name: 'main', target: '' },
    ]);
    assert.deepEqual([...profile.samples.thread], [0, 0, 1, 2]);
  });

  test('without end of its labels, the threads beyond the 4,096th are one', () => {
    const samples = Array.from({ length: 5000 }, (_, tid) => ({
      locations: [1],
      values: [1],
      labels: [['tid', tid + 1]] as const,
    }));
    const profile = read({ samples });
    assert.equal(profile.threads.length, 4097);
    assert.equal(profile.threads.at(-1)?.name, 'other threads');
    assert.equal(profile.samples.thread.filter((thread) => thread === 4096).length, 904);
  });

  test('Go’s own code, its collector and the person’s are told apart', () => {
    const profile = importProfile(fixture('go-heap.pb.gz'), { type: 'alloc_space' });
    const kinds = new Map(
      Array.from(profile.frames.name, (name, frame) => [profile.strings[name] ?? '', profile.frames.kind[frame]]),
    );
    assert.equal(kinds.get('main.sortWords'), FrameKind.user);
    assert.equal(kinds.get('fmt.Sprint'), FrameKind.runtime);
    const mutex = importProfile(fixture('go-mutex.pb.gz'));
    const collector = mutex.strings.indexOf('runtime.gcBgMarkWorker');
    assert.equal(mutex.frames.kind[mutex.frames.name.indexOf(collector)], FrameKind.gc);
  });

  test('fields unpacked, unknown or empty are read as the format asks', () => {
    const bytes = protobuf([
      ...texts(['cpu', 'seconds']),
      [
        1,
        [
          [1, 1],
          [2, 2],
        ],
      ],
      [
        2,
        [
          [1, 1],
          [1, 1],
          [2, 2],
          [99, 'later'],
        ],
      ],
      [
        4,
        [
          [1, 1],
          [3, 16],
          [4, [[1, 9]]],
        ],
      ],
      [13, packed([1, 2])],
      [77, 5],
    ]);
    assert.deepEqual(stackLines(importProfile(bytes)), ['[unknown] 0x10;[unknown] 0x10 2000000']);
    const none = importProfile(
      protobuf([
        ...texts(['cpu', 'seconds']),
        [
          1,
          [
            [1, 1],
            [2, 2],
          ],
        ],
      ]),
    );
    assert.equal(none.samples.length, 0);
    assertSound(none);
  });
});

describe('damaged and hostile files', () => {
  const bytes = gunzipSync(fixture('go-cpu.pb.gz'));

  test('cut anywhere: one error with the byte', () => {
    for (const length of [20, 40, 1000, bytes.length - 1]) {
      assert.throws(
        () => importProfile(bytes.subarray(0, length)),
        failure('FORMAT_MALFORMED', new RegExp(`byte ${length}\\b`)),
      );
    }
  });

  test('what refers to nothing, or has another number of values, is refused', () => {
    const of = (samples: Sample[]) => () => read({ samples });
    assert.throws(of([{ locations: [99], values: [1] }]), failure('FORMAT_MALFORMED', /location 99, which is not/));
    assert.throws(
      of([{ locations: [1], values: [1, 2] }]),
      failure('FORMAT_MALFORMED', /at byte \d+ has 2 values for 1/),
    );
    assert.throws(of([{ locations: [1], values: [-1] }]), failure('FORMAT_UNKNOWN', /difference of two profiles/));
    const text = protobuf([
      [
        1,
        [
          [1, 7],
          [2, 0],
        ],
      ],
      [6, ''],
    ]);
    assert.throws(() => importProfile(text), failure('FORMAT_MALFORMED', /names text 7 of 1/));
    const wire = protobuf([
      ...texts(['cpu', 'ns']),
      [
        1,
        [
          [1, 1],
          [2, 2],
        ],
      ],
      [2, 5],
    ]);
    assert.throws(() => importProfile(wire), failure('FORMAT_UNKNOWN', /no known format/));
  });

  test('a wide location named often is stopped before it fills the memory', () => {
    const lines: ProtoField[] = Array.from({ length: 20_000 }, () => [4, [[1, 1]]]);
    const bomb = protobuf([
      ...texts(['count', 'count', 'f']),
      [
        1,
        [
          [1, 1],
          [2, 2],
        ],
      ],
      [
        2,
        [
          [1, packed(Array<number>(20_000).fill(1))],
          [2, packed([1])],
        ],
      ],
      [4, [[1, 1], ...lines]],
      [
        5,
        [
          [1, 1],
          [2, 3],
        ],
      ],
    ]);
    assert.throws(() => importProfile(bomb), failure('FORMAT_TOO_LARGE', /more calls than its size allows/));
  });
});

interface Sample {
  readonly locations: readonly number[];
  readonly values: readonly number[];
  readonly labels?: readonly (readonly [string, string | number])[];
}

function read(file: SmallFile, type?: string): Profile {
  const profile = importProfile(bytesOf(file), { type });
  assertSound(profile);
  return profile;
}

interface SmallFile {
  readonly samples: readonly Sample[];
  readonly types?: readonly (readonly [string, string])[];
  readonly defaultType?: string;
}

/** A small profile: locations 1 a, 2 b, 3 b inlined into c, 4 b on another line, 5 and 6 without symbols. */
function bytesOf(file: SmallFile): Uint8Array {
  const words = ['', 'a', 'b', 'c', '/src/x.go', '/lib/libx.so', '[kernel.kallsyms]'];
  const word = (text: string): number => {
    if (!words.includes(text)) words.push(text);
    return words.indexOf(text);
  };
  const line = (callee: number, number: number): ProtoField => [
    4,
    [
      [1, callee],
      [2, number],
    ],
  ];
  const types = file.types ?? [['hits', 'count']];
  const fields: ProtoField[] = [
    ...types.map(([name, unit]): ProtoField => [
      1,
      [
        [1, word(name)],
        [2, word(unit)],
      ],
    ]),
    ...file.samples.map(({ locations, values, labels = [] }): ProtoField => [
      2,
      [
        [1, packed(locations)],
        [2, packed(values)],
        ...labels.map(([key, value]): ProtoField => [
          3,
          [[1, word(key)], typeof value === 'string' ? [2, word(value)] : [3, value]],
        ]),
      ],
    ]),
    [
      3,
      [
        [1, 1],
        [5, 5],
      ],
    ],
    [
      3,
      [
        [1, 2],
        [5, 6],
      ],
    ],
    [4, [[1, 1], line(1, 11)]],
    [4, [[1, 2], line(2, 22)]],
    [4, [[1, 3], line(2, 23), line(3, 33)]],
    [4, [[1, 4], line(2, 24)]],
    [
      4,
      [
        [1, 5],
        [2, 1],
        [3, 0x1f00],
      ],
    ],
    [
      4,
      [
        [1, 6],
        [2, 2],
        [3, 0xffffffff81000123n],
      ],
    ],
    ...[1, 2, 3].map((id): ProtoField => [
      5,
      [
        [1, id],
        [2, id],
        [4, 4],
        [5, id * 10],
      ],
    ]),
    [14, word(file.defaultType ?? '')],
  ];
  return protobuf([...fields, ...words.map((text): ProtoField => [6, text])]);
}

/** A string table that begins with the empty text, as the format asks. */
function texts(words: readonly string[]): ProtoField[] {
  return ['', ...words].map((text): ProtoField => [6, text]);
}

function near(actual: number, expected: number): boolean {
  return Math.abs(actual - expected) <= 1e-9 * Math.max(1, Math.abs(expected));
}

function failure(code: string, words: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof SlowpathError && error.code === code && words.test(error.message);
}
