/**
 * Totals as profiler.firefox.com counts them (its call-tree.ts): one for each sample with a stack, or its weight, whatever time passed to the next
 * one; a function once a sample, however often it is on the stack; in the inverted tree a root's total is its self. Figures by hand.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { importProfile } from '../../../src/profile/formats/index.ts';
import { aggregateLines } from '../../../src/profile/queries/lines.ts';
import { callers } from '../../../src/profile/queries/sandwich.ts';
import { sliceWindows } from '../../../src/profile/queries/slice.ts';
import type { Profile } from '../../../src/profile/tables.ts';
import { figuresByName } from './figures.ts';

/** Each letter is a function, the root first; '' is a sample without a stack. */
interface Sampled {
  readonly stacks: readonly string[];
  readonly samples?: Readonly<Record<string, unknown>>;
}

/** A profile as version 70 has it, at two milliseconds, its tables shared by all threads. */
function firefoxProfile(threads: readonly Sampled[], shared: Readonly<Record<string, unknown>> = {}): Profile {
  const names: string[] = [];
  const [frame, prefixOffset]: [number[], number[]] = [[], []];
  const known = new Map<string, number>();
  const stackOf = (path: string): number | null => {
    if (path === '') return null;
    const found = known.get(path);
    if (found !== undefined) return found;
    const parent = stackOf(path.slice(0, -1));
    const letter = path.slice(-1);
    if (!names.includes(letter)) names.push(letter);
    const row = frame.push(names.indexOf(letter)) - 1;
    prefixOffset.push(parent === null ? 0 : row - parent);
    known.set(path, row);
    return row;
  };
  const rows = threads.map(({ stacks, samples }, index) => ({
    name: `thread ${index}`,
    pid: '7',
    tid: index,
    samples: { length: stacks.length, stack: stacks.map(stackOf), weight: null, weightType: 'samples', ...samples },
  }));
  const none = names.map(() => null);
  const json = {
    meta: { interval: 2, preprocessedProfileVersion: 70, categories: [{ name: 'Other', color: 'grey' }] },
    libs: [],
    shared: {
      stringArray: [...names, 'https://a.test/bundle.js', 'https://a.test/src/app.ts', 'https://a.test/src/other.ts'],
      stackTable: { length: frame.length, frame, prefixOffset },
      frameTable: { length: names.length, func: [...names.keys()], category: names.map(() => 0), line: none },
      funcTable: { length: names.length, name: [...names.keys()], source: none, lineNumber: none, columnNumber: none },
      resourceTable: { length: 0, name: [] },
      sources: { length: 3, filename: [names.length, names.length + 1, names.length + 2] },
      ...shared,
    },
    threads: rows,
  };
  return importProfile(new TextEncoder().encode(JSON.stringify(json)));
}

/** `A self total`, in what the samples are counted in. */
function figures(profile: Profile, unit: number): string[] {
  return [...figuresByName(profile)].map(([name, { self, total }]) => `${name} ${self / unit} ${total / unit}`).sort();
}

const perSample = 2000;
const uneven = { timeDeltas: [5, 2, 40, 2, 2] };

describe('totals of a processed Firefox profile', () => {
  test('samples count one each, also before a pause, and none without a stack', () => {
    const profile = firefoxProfile([{ stacks: ['ABCDE', 'ABCFG', 'ABHI', '', 'AB'], samples: uneven }]);
    assert.deepEqual(figures(profile, perSample), [
      'A 0 4',
      'B 1 4',
      'C 0 2',
      'D 0 1',
      'E 1 1',
      'F 0 1',
      'G 1 1',
      'H 0 1',
      'I 1 1',
    ]);
    assert.deepEqual([...profile.samples.timeUs], [5000, 7000, 47_000, 51_000]);
  });

  test('a function counts once a sample, however often it is on the stack', () => {
    const profile = firefoxProfile([{ stacks: ['ABA', 'ABAB', 'AA'], samples: { time: [0, 2, 4] } }]);
    assert.deepEqual(figures(profile, perSample), ['A 2 3', 'B 1 2']);
  });

  test('weights: of counted samples, of traced milliseconds, of bytes', () => {
    const stacks = ['A', 'ABC', 'ADE', 'A'];
    const weighed = (weightType: string, weight: readonly number[]): Profile =>
      firefoxProfile([{ stacks, samples: { time: [0, 2, 4, 8], weight, weightType } }]);
    const expected = ['A 5 11', 'B 0 2', 'C 2 2', 'D 0 4', 'E 4 4'];
    assert.deepEqual(figures(weighed('samples', [2, 2, 4, 3]), perSample), expected);
    assert.deepEqual(figures(weighed('tracing-ms', [2, 2, 4, 3]), 1000), expected);
    // More than a 32-bit float tells apart.
    assert.deepEqual(figures(weighed('bytes', [485_407_757, 1222, 0, 0]), 1), [
      'A 485407757 485408979',
      'B 0 1222',
      'C 1222 1222',
    ]);
  });

  test('what a thread used of the CPU between samples weighs nothing', () => {
    const stacks = ['AB', 'AC', 'AB'];
    const counted = { time: [0, 2, 4], threadCPUDelta: [null, 0, 2_000_000] };
    assert.deepEqual(figures(firefoxProfile([{ stacks, samples: counted }]), perSample), ['A 0 3', 'B 2 2', 'C 1 1']);
  });

  test('each thread by itself, and the roots of the inverted tree', () => {
    const profile = firefoxProfile([
      { stacks: ['AC', 'BC', 'BC'], samples: { time: [0, 2, 4] } },
      { stacks: ['AC', 'A'], samples: { time: [0, 2] } },
    ]);
    const selfOf = (threads: number[]): number[] => {
      const { selfUs } = sliceWindows(profile, { threads });
      return [...selfUs].map((self) => self / perSample).filter((self) => self > 0);
    };
    assert.deepEqual(
      [selfOf([0]), selfOf([1])],
      [
        [1, 2],
        [1, 1],
      ],
    );
    const c = [...profile.frames.name].findIndex((name) => profile.strings[name] === 'C');
    const inverted = callers(profile, sliceWindows(profile), c);
    const rows = Array.from(inverted.frame, (frame, row) => {
      const name = profile.strings[profile.frames.name[frame] ?? 0] ?? '';
      return `${name} ${(inverted.totalUs[row] ?? 0) / perSample} at ${inverted.depth[row] ?? -1}`;
    });
    assert.deepEqual(rows.sort(), ['A 2 at 1', 'B 2 at 1', 'C 4 at 0']);
  });
});

describe('places in a processed Firefox profile', () => {
  const stacks = ['A', 'AB', 'AB', 'AB'];
  const samples = { time: [0, 2, 4, 6] };
  const linesOf = (profile: Profile): string[] => {
    const { frame, line, selfUs } = aggregateLines(profile, sliceWindows(profile));
    return Array.from(line, (each, row) => {
      const own = frame[row] ?? 0;
      const [name, file] = [profile.frames.name[own], profile.frames.file[own]].map((id) => profile.strings[id ?? -1]);
      return `${name ?? ''} ${file ?? ''}:${each} ${(selfUs[row] ?? 0) / perSample}`;
    }).sort();
  };

  test('lines are those that ran, functions stand where they begin', () => {
    const profile = firefoxProfile([{ stacks, samples }], {
      frameTable: { length: 2, func: [0, 1], category: [0, 0], line: [12, 34] },
      funcTable: { length: 2, name: [0, 1], source: [0, 0], lineNumber: [10, 30], columnNumber: [1, 5] },
    });
    assert.deepEqual([...profile.frames.line], [10, 30]);
    assert.deepEqual(linesOf(profile), ['A https://a.test/bundle.js:12 1', 'B https://a.test/bundle.js:34 3']);
  });

  test('source maps lead to the original places; what was inlined from another file has no line of this one', () => {
    const profile = firefoxProfile([{ stacks, samples }], {
      frameTable: { length: 2, func: [0, 1], category: [0, 0], line: [1, 1], originalLocation: [2, 3] },
      funcTable: {
        ...{ length: 2, name: [0, 1], source: [0, 0], lineNumber: [1, 1], columnNumber: [100, 900] },
        originalLocation: [0, 1],
      },
      sourceLocationTable: { length: 4, source: [1, 1, 1, 2], line: [5, 8, 6, 70], column: [2, 3, 4, 5] },
    });
    const files = [...profile.frames.file].map((file) => profile.strings[file]);
    assert.deepEqual(files, ['https://a.test/src/app.ts', 'https://a.test/src/app.ts']);
    assert.deepEqual(
      [[...profile.frames.line], [...profile.frames.column]],
      [
        [5, 8],
        [2, 3],
      ],
    );
    const [ofA] = linesOf(profile);
    assert.equal(ofA, 'A https://a.test/src/app.ts:6 1');
    assert.ok(linesOf(profile).every((row) => !row.includes(':70')));
  });
});
