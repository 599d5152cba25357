import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { SlowpathError } from '../../../src/errors.ts';
import { importProfile } from '../../../src/profile/formats/index.ts';
import { sliceWindows } from '../../../src/profile/queries/slice.ts';
import { FrameKind, type Profile } from '../../../src/profile/tables.ts';
import { figuresByName, stackLines } from './figures.ts';
import { assertSound } from './invariants.ts';

const fixture = (name: string): Uint8Array => readFileSync(join(import.meta.dirname, '../../fixtures/profiles', name));

interface Entry {
  readonly type: string;
  readonly unit?: string;
  readonly [key: string]: unknown;
}

const $schema = 'https://www.speedscope.app/file-format-schema.json';
const shared = { frames: ['a', 'b', 'c', 'd'].map((name) => ({ name })) };
const encoded = (json: object): Uint8Array => new TextEncoder().encode(JSON.stringify(json));

/** A file over the frames a, b, c and d. */
function read(profiles: readonly unknown[], more: object = {}, type?: string): Profile {
  const profile = importProfile(encoded({ $schema, profiles, shared, ...more }), { type });
  assertSound(profile);
  return profile;
}
const sampled = (unit: string, name = 'one'): Entry => ({
  type: 'sampled',
  name,
  unit,
  startValue: 10,
  endValue: 24,
  samples: [[0, 1, 2], [0, 1, 2], [0, 1, 3], [], [0, 1]],
  weights: [1, 1, 4, 3, 5],
});
const evented = (events: readonly (readonly [string, number, number])[], more: object = {}): Entry => ({
  type: 'evented',
  unit: 'milliseconds',
  startValue: 0,
  endValue: 14,
  events: events.map(([type, frame, at]) => ({ type, frame, at })),
  ...more,
});

describe('a file of py-spy', () => {
  const profile = importProfile(fixture('python.speedscope.json'));

  test('has a thread for each of its profiles, and their sums', () => {
    assertSound(profile);
    assert.deepEqual(
      profile.threads.map(({ name }) => name),
      ['Thread 30734 ""', 'Thread 30784 "worker"'],
    );
    // 194 and 203 samples of 10 ms.
    const sum = (thread: number): number => sliceWindows(profile, { threads: [thread] }).sumUs;
    assert.ok(Math.abs(sum(0) - 1.94e6) < 1 && Math.abs(sum(1) - 2.03e6) < 1);
    assert.deepEqual([profile.unit, profile.timeless, profile.startUs], ['us', false, 0]);
    assert.ok(Math.abs(profile.endUs - 2.03e6) < 1);
  });

  test('has the figures that counting its lists gives', () => {
    const raw = JSON.parse(new TextDecoder().decode(fixture('python.speedscope.json'))) as {
      profiles: { samples: number[][]; weights: number[] }[];
      shared: { frames: { name: string }[] };
    };
    const expected = new Map<string, number>();
    for (const { samples, weights } of raw.profiles) {
      for (const [row, sample] of samples.entries()) {
        const name = raw.shared.frames[sample.at(-1) ?? -1]?.name ?? '';
        expected.set(name, (expected.get(name) ?? 0) + (weights[row] ?? 0) * 1e6);
      }
    }
    const ours = figuresByName(profile);
    for (const [name, us] of expected) assert.ok(Math.abs((ours.get(name)?.self ?? 0) - us) < 1, name);
    assert.ok((expected.get('digest') ?? 0) > 2e6);
  });

  test('knows the person’s code from the language’s', () => {
    const kindOf = (name: string): number | undefined =>
      profile.frames.kind[profile.frames.name.indexOf(profile.strings.indexOf(name))];
    assert.equal(kindOf('digest'), FrameKind.user);
    assert.equal(kindOf('dumps'), FrameKind.runtime);
  });
});

describe('sampled profiles', () => {
  test('samples follow each other from the start; an empty one is a pause', () => {
    const profile = read([sampled('microseconds')]);
    assert.deepEqual(stackLines(profile), ['a;b;c 1', 'a;b;c 1', 'a;b;d 4', 'a;b 5']);
    assert.deepEqual([...profile.samples.timeUs], [10, 11, 12, 19]);
    assert.deepEqual([profile.startUs, profile.endUs], [10, 24]);
  });

  test('each unit becomes µs, bytes or a count', () => {
    const sums = { nanoseconds: 0.011, microseconds: 11, milliseconds: 11e3, seconds: 11e6, bytes: 11, none: 11 };
    for (const [unit, sum] of Object.entries(sums)) {
      const profile = read([sampled(unit)]);
      assert.ok(Math.abs(sliceWindows(profile).sumUs - sum) < 1e-9 * sum, unit);
      const kind = unit === 'bytes' ? 'bytes' : unit === 'none' ? 'count' : 'us';
      assert.deepEqual([profile.unit, profile.timeless], [kind, kind !== 'us']);
    }
  });

  test('of several units, the active profile’s is shown, or the one that is asked for', () => {
    const profiles = [sampled('bytes', 'heap'), sampled('seconds', 'cpu'), sampled('milliseconds', 'wall')];
    const names = (profile: Profile): string[] => profile.threads.map(({ name }) => name);
    assert.deepEqual(names(read(profiles)), ['heap']);
    assert.deepEqual(names(read(profiles, { activeProfileIndex: 2 })), ['cpu', 'wall']);
    assert.deepEqual(names(read(profiles, {}, 'wall')), ['wall']);
    assert.deepEqual(names(read(profiles, {}, 'seconds')), ['cpu']);
    assert.throws(() => read(profiles, {}, 'x'), failure('FORMAT_UNKNOWN', /no profile x; it has heap \(bytes\), cpu/));
  });
});

describe('evented profiles', () => {
  // a from 0 to 14, b inside it from 2 to 5 and from 9 on, c inside b from 3 to 4.
  const events = [
    ['O', 0, 0],
    ['O', 1, 2],
    ['O', 2, 3],
    ['C', 2, 4],
    ['C', 1, 5],
    ['O', 1, 9],
  ] as const;

  test('the function on top has the time until the next event', () => {
    const profile = read([evented([...events, ['C', 1, 13], ['C', 0, 14]])]);
    assert.deepEqual(stackLines(profile), [
      'a 2000',
      'a;b 1000',
      'a;b;c 1000',
      'a;b 1000',
      'a 4000',
      'a;b 4000',
      'a 1000',
    ]);
    assert.deepEqual(figuresByName(profile).get('b'), { self: 6000, total: 7000 });
    assert.deepEqual([profile.startUs, profile.endUs], [0, 14_000]);
  });

  test('what is never left lasts until the end; time in nothing is a gap', () => {
    assert.deepEqual(figuresByName(read([evented(events)])).get('b'), { self: 7000, total: 8000 });
    const gap = read([
      evented([
        ['O', 0, 1],
        ['C', 0, 2],
        ['O', 0, 5],
        ['C', 0, 6],
      ]),
    ]);
    assert.deepEqual([...gap.samples.timeUs], [1000, 5000]);
    assert.deepEqual(stackLines(gap), ['a 1000', 'a 1000']);
  });

  test('events that do not nest or run backwards are refused by their place', () => {
    const of =
      (...list: (readonly [string, number, number])[]) =>
      () =>
        read([evented(list)]);
    assert.throws(
      of(['O', 0, 1], ['O', 1, 2], ['C', 0, 3]),
      failure('FORMAT_MALFORMED', /profiles\[0\]\.events\[2\] leaves/),
    );
    assert.throws(of(['C', 0, 1]), failure('FORMAT_MALFORMED', /events\[0\] leaves/));
    assert.throws(of(['O', 0, 5], ['C', 0, 3]), failure('FORMAT_MALFORMED', /events\[1\] is earlier/));
    assert.throws(of(['O', 9, 5]), failure('FORMAT_MALFORMED', /events\[0\] names a frame that is not/));
    assert.throws(of(['X', 0, 5]), failure('FORMAT_MALFORMED', /neither O nor C/));
  });
});

test('what is missing or of another kind is named', () => {
  const without = (key: string): Entry => ({ ...sampled('none'), [key]: undefined });
  const cases: readonly (readonly [unknown, RegExp])[] = [
    [7, /profiles\[0\] is not a profile/],
    [without('samples'), /profiles\[0\]\.samples is not a list/],
    [without('weights'), /weights is not a list/],
    [without('type'), /type is neither sampled nor evented/],
    [{ ...sampled('none'), weights: [1] }, /5 samples but 1 weights/],
    [{ ...sampled('none'), weights: [1, 1, -4, 3, 5] }, /weights\[2\] is not a weight/],
    [{ ...sampled('none'), samples: [[0], [0], [4], [], [0]] }, /samples\[2\] names a frame/],
    [{ ...sampled('none'), samples: [[0], [0], 'x', [], [0]] }, /samples\[2\] is not a list of frames/],
    [{ ...sampled('seconds'), startValue: '1' }, /startValue is not a time/],
    [{ ...sampled('seconds'), weights: [1, 1, 2 ** 53, 3, 5] }, /sum of profiles\[0\]\.weights up to 2/],
  ];
  for (const [entry, message] of cases) assert.throws(() => read([entry]), failure('FORMAT_MALFORMED', message));
  assert.throws(() => read([], { profiles: 1 }), failure('FORMAT_MALFORMED', /list of profiles is missing/));
  assert.throws(() => read([], { shared: {} }), failure('FORMAT_MALFORMED', /list of frames is missing/));
  assert.throws(() => read([], { shared: { frames: [1] } }), failure('FORMAT_MALFORMED', /shared\.frames\[0\]/));
  assert.equal(read([]).samples.length, 0);
});

test('lists that would fill the memory are read piece by piece, to the same profile', () => {
  const stacks = [[], [0], [0, 1, 2], [0, 1]];
  const samples = Array.from({ length: 20_000 }, (_, row) => stacks[row % 4] ?? []);
  const events = Array.from({ length: 10_000 }, (_, row) => ({
    type: 'OC'[row % 2],
    frame: row % 4 < 2 ? 0 : 1,
    at: row,
  }));
  const entries = [
    { ...sampled('seconds'), samples, weights: samples.map((_, row) => row % 7) },
    { type: 'evented', name: 'e', unit: 'seconds', startValue: 0, endValue: 1e5, events },
  ];
  // Their heap's weight is that of 20,000 lists and 10,000 objects: 3 MB.
  const inPieces = (json: object): Profile => importProfile(encoded(json), { heapBytes: 300_000 });
  const json = { $schema, shared, profiles: entries };
  const whole = importProfile(encoded(json));
  assert.equal(whole.samples.length, 15_000 + 5000);
  assert.deepEqual(inPieces(json), whole);
  assert.deepEqual(inPieces({ $schema, profiles: entries, shared }), whole, 'with the frames behind the profiles');
  assert.throws(
    () => inPieces({ ...json, profiles: [{ ...entries[0], weights: [1, 2] }] }),
    failure('FORMAT_MALFORMED', /20000 samples but 2 weights/),
  );
  const text = JSON.stringify(json);
  const broken = text.replace('"at":9000', '"at":9x00');
  assert.throws(
    () => importProfile(new TextEncoder().encode(broken), { heapBytes: 300_000 }),
    failure('FORMAT_MALFORMED', new RegExp(`not valid JSON at byte ${broken.indexOf('9x00')}`)),
  );
  assert.throws(
    () => importProfile(encoded({ ...json, others: samples }), { heapBytes: 300_000 }),
    failure('FORMAT_TOO_LARGE', /more values than fit/),
  );
});

function failure(code: string, words: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof SlowpathError && error.code === code && words.test(error.message);
}
