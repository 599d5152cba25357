import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { callTree, type CallTree } from '../../../src/profile/queries/callTree.ts';
import { aggregateFunctions } from '../../../src/profile/queries/functions.ts';
import { aggregateLines } from '../../../src/profile/queries/lines.ts';
import { callees, callers } from '../../../src/profile/queries/sandwich.ts';
import { sliceWindows } from '../../../src/profile/queries/slice.ts';
import { timeOrderRows } from '../../../src/profile/queries/timeOrder.ts';
import type { Profile } from '../../../src/profile/tables.ts';
import {
  buildProfile,
  near,
  overlapSlowly,
  plainSamples,
  timed,
  windowsArbitrary,
  type PlainSample,
} from './randomProfile.ts';

const sample = (path: string, weightUs: number, more: Partial<PlainSample> = {}): PlainSample => ({
  thread: 0,
  path: path.split(' '),
  gapUs: 0,
  weightUs,
  line: 0,
  ...more,
});

const nameOf = (profile: Profile, frame: number): string => profile.strings[profile.frames.name[frame] ?? -1] ?? '?';
const frameOf = (profile: Profile, name: string): number => profile.frames.name.indexOf(profile.strings.indexOf(name));

/** `a 30/10` a row: name, total, self; indented by depth, children in order. */
function drawn(profile: Profile, tree: CallTree): string[] {
  const rows: string[] = [];
  const visit = (row: number): void => {
    rows.push(
      `${'  '.repeat(tree.depth[row] ?? 0)}${nameOf(profile, tree.frame[row] ?? 0)} ${tree.totalUs[row] ?? 0}/${tree.selfUs[row] ?? 0}`,
    );
    for (let child = 0; child < (tree.childCount[row] ?? 0); child++) visit((tree.firstChild[row] ?? 0) + child);
  };
  for (let row = 0; row < (tree.rowStart[1] ?? 0); row++) visit(row);
  return rows;
}

/** A row for each path of names, with its time, and no other. */
function assertPaths(profile: Profile, tree: CallTree, expected: ReadonlyMap<string, number>): void {
  const paths: string[] = [];
  for (let row = 0; row < tree.length; row++) {
    const parent = tree.parent[row] ?? -1;
    paths[row] = (parent < 0 ? '' : `${paths[parent] ?? ''} `) + nameOf(profile, tree.frame[row] ?? 0);
    assert.ok(near(tree.totalUs[row] ?? 0, expected.get(paths[row] ?? '') ?? -1));
  }
  assert.equal(paths.length, expected.size);
}

function assertLayout(tree: CallTree): void {
  assert.equal(tree.rowStart[tree.rowStart.length - 1], tree.length);
  for (let row = 0; row < tree.length; row++) {
    const parent = tree.parent[row] ?? -1;
    const depth = tree.depth[row] ?? 0;
    assert.ok(row >= (tree.rowStart[depth] ?? 0) && row < (tree.rowStart[depth + 1] ?? 0));
    const start = tree.startUs[row] ?? 0;
    const end = start + (tree.totalUs[row] ?? 0);
    if (parent >= 0) {
      assert.equal(depth, (tree.depth[parent] ?? 0) + 1);
      const parentStart = tree.startUs[parent] ?? 0;
      assert.ok(start >= parentStart - 1e-9 && end <= parentStart + (tree.totalUs[parent] ?? 0) + 1e-9);
      assert.ok(
        row >= (tree.firstChild[parent] ?? 0) && row < (tree.firstChild[parent] ?? 0) + (tree.childCount[parent] ?? 0),
      );
    }
    const next = row + 1;
    if (next < (tree.rowStart[depth + 1] ?? 0)) {
      assert.ok((tree.startUs[next] ?? 0) >= end - 1e-9, 'rows of a level stand side by side');
      if (tree.parent[next] === parent)
        assert.ok((tree.totalUs[next] ?? 0) <= (tree.totalUs[row] ?? 0), 'heaviest first');
    }
  }
}

describe('by hand', () => {
  const profile = buildProfile([
    sample('m a', 10),
    sample('m b a b', 30),
    sample('(idle)', 100),
    sample('m b', 5),
    sample('m a', 15, { thread: 1 }),
  ]);

  test('slice: weights are clipped to windows, threads chosen, idle kept apart', () => {
    const all = sliceWindows(profile);
    assert.deepEqual([all.cpuUs, all.idleUs, all.sumUs], [60, 100, 60]);
    const window = sliceWindows(profile, { windows: Float64Array.of(5, 12, 39, 50), threads: [0] });
    assert.deepEqual([window.cpuUs, window.idleUs], [5 + 2 + 1, 10]);
    const withIdle = sliceWindows(profile, { idle: true, threads: [0] });
    assert.equal(withIdle.sumUs, 145);
    assert.equal(sliceWindows(profile, { windows: new Float64Array() }).cpuUs, 0);
  });

  test('functions: a total counts a frame once a stack', () => {
    const { selfUs, totalUs } = aggregateFunctions(profile, sliceWindows(profile));
    const of = (name: string): number[] => [selfUs[frameOf(profile, name)] ?? 0, totalUs[frameOf(profile, name)] ?? 0];
    assert.deepEqual(of('a'), [25, 55]);
    assert.deepEqual(of('b'), [35, 35]);
    assert.deepEqual(of('m'), [0, 60]);
    assert.deepEqual(of('(idle)'), [0, 0]);
  });

  test('call tree: heaviest first', () => {
    const tree = callTree(profile, sliceWindows(profile));
    assertLayout(tree);
    assert.deepEqual(drawn(profile, tree), ['m 60/0', '  b 35/5', '    a 30/0', '      b 30/30', '  a 25/25']);
    assert.equal(tree.sumUs, 60);
  });

  test('callers of a: from its outermost occurrence, upside down', () => {
    const tree = callers(profile, sliceWindows(profile), frameOf(profile, 'a'));
    assertLayout(tree);
    assert.deepEqual(drawn(profile, tree), ['a 55/0', '  b 30/0', '    m 30/30', '  m 25/25']);
  });

  test('callees of b: its own recursion below it', () => {
    const tree = callees(profile, sliceWindows(profile), frameOf(profile, 'b'));
    assertLayout(tree);
    assert.deepEqual(drawn(profile, tree), ['b 35/5', '  a 30/0', '    b 30/30']);
  });

  test('time order: neighbours share the boxes of their common prefix, idle is a gap', () => {
    const rows = timeOrderRows(profile, { thread: 0 });
    const boxes = [...rows.stack.keys()].map(
      (box) =>
        `${rows.depth[box] ?? 0} ${nameOf(profile, rows.frame[box] ?? 0)} ${rows.startUs[box] ?? 0}-${rows.endUs[box] ?? 0}`,
    );
    assert.deepEqual(boxes, [
      '0 m 0-40',
      '0 m 140-145',
      '1 a 0-10',
      '1 b 10-40',
      '1 b 140-145',
      '2 a 10-40',
      '3 b 10-40',
    ]);
    assert.deepEqual([...rows.rowStart], [0, 2, 5, 6, 7]);
  });

  test('time order: clipped to a range, and without what is too narrow', () => {
    const rows = timeOrderRows(profile, { thread: 0, range: { startUs: 5, endUs: 20 }, minUs: 6 });
    const boxes = [...rows.stack.keys()].map(
      (box) => `${nameOf(profile, rows.frame[box] ?? 0)} ${rows.startUs[box] ?? 0}-${rows.endUs[box] ?? 0}`,
    );
    assert.deepEqual(boxes, ['m 5-20', 'b 10-20', 'a 10-20', 'b 10-20']);
  });

  test('time order: too many boxes thin out and say so', () => {
    const many = buildProfile(
      Array.from({ length: 2000 }, (_, index) => sample(index % 2 ? 'm a' : 'm b', index % 100 === 0 ? 64 : 1)),
    );
    const rows = timeOrderRows(many, { thread: 0, maxBoxes: 100 });
    assert.ok(rows.length <= 100 && rows.minUs > 1 && rows.minUs <= 64);
    assert.equal(
      [...rows.stack.keys()].filter((box) => (rows.endUs[box] ?? 0) - (rows.startUs[box] ?? 0) === 64).length,
      20,
    );
  });

  test('lines: a stack without ticks gives its time to the line it starts at', () => {
    const plain = buildProfile([
      sample('a', 12, { line: 3 }),
      sample('a', 4, { line: 4 }),
      sample('a b', 5),
      sample('(idle)', 9),
    ]);
    const lines = aggregateLines(plain, sliceWindows(plain));
    const rows = [...lines.line.keys()].map(
      (row) => `${plain.strings[lines.file[row] ?? 0] ?? ''}:${lines.line[row] ?? 0} ${lines.selfUs[row] ?? 0}`,
    );
    assert.deepEqual(rows, ['/a.js:3 8', '/a.js:4 8', '/b.js:1 5']);
  });
});

describe('against slow and simple implementations', () => {
  const numRuns = 500;
  const selection = fc.record({
    windows: fc.option(windowsArbitrary),
    threads: fc.option(fc.uniqueArray(fc.integer({ min: 0, max: 2 }))),
  });

  interface Counted {
    readonly path: readonly string[];
    readonly us: number;
  }
  const countSlowly = (
    samples: readonly PlainSample[],
    { windows, threads }: { windows: Float64Array | null; threads: number[] | null },
  ): Counted[] =>
    timed(samples)
      .filter(({ thread, path }) => (threads?.includes(thread) ?? true) && path.at(-1) !== '(idle)')
      .map(({ path, startUs, endUs, weightUs }) => ({
        path,
        us: windows ? overlapSlowly(windows, startUs, endUs) : weightUs,
      }));

  test('functions', () => {
    fc.assert(
      fc.property(plainSamples, selection, (samples, chosen) => {
        const profile = buildProfile(samples);
        const { selfUs, totalUs } = aggregateFunctions(profile, sliceWindows(profile, chosen));
        const counted = countSlowly(samples, chosen);
        for (let frame = 0; frame < profile.frames.length; frame++) {
          const name = nameOf(profile, frame);
          const self = counted.reduce((sum, { path, us }) => sum + (path.at(-1) === name ? us : 0), 0);
          const total = counted.reduce((sum, { path, us }) => sum + (path.includes(name) ? us : 0), 0);
          assert.ok(near(selfUs[frame] ?? 0, self) && near(totalUs[frame] ?? 0, total));
        }
      }),
      { numRuns },
    );
  });

  test('call tree', () => {
    fc.assert(
      fc.property(plainSamples, selection, (samples, chosen) => {
        const profile = buildProfile(samples);
        const tree = callTree(profile, sliceWindows(profile, chosen));
        assertLayout(tree);
        const expected = new Map<string, number>();
        for (const { path, us } of countSlowly(samples, chosen)) {
          for (let depth = 1; us > 0 && depth <= path.length; depth++) {
            const key = path.slice(0, depth).join(' ');
            expected.set(key, (expected.get(key) ?? 0) + us);
          }
        }
        assertPaths(profile, tree, expected);
      }),
      { numRuns },
    );
  });

  test('callers and callees', () => {
    fc.assert(
      fc.property(plainSamples, (samples) => {
        const profile = buildProfile(samples);
        const weights = sliceWindows(profile);
        const counted = countSlowly(samples, { windows: null, threads: null });
        for (let frame = 0; frame < profile.frames.length; frame++) {
          const name = nameOf(profile, frame);
          const up = new Map<string, number>();
          const down = new Map<string, number>();
          for (const { path, us } of counted) {
            const first = path.indexOf(name);
            if (first < 0 || us === 0) continue;
            for (let at = first; at >= 0; at--)
              add(
                up,
                path
                  .slice(at, first + 1)
                  .reverse()
                  .join(' '),
                us,
              );
            for (let at = first; at < path.length; at++) add(down, path.slice(first, at + 1).join(' '), us);
          }
          for (const [tree, expected] of [
            [callers(profile, weights, frame), up],
            [callees(profile, weights, frame), down],
          ] as const) {
            assertLayout(tree);
            assertPaths(profile, tree, expected);
          }
        }
      }),
      { numRuns },
    );
  });

  test('lines: the sum is the CPU time, and each stack splits by its ticks', () => {
    fc.assert(
      fc.property(plainSamples, selection, (samples, chosen) => {
        const profile = buildProfile(samples);
        const lines = aggregateLines(profile, sliceWindows(profile, chosen));
        const ticks = new Map<string, Map<number, number>>();
        for (const { path, line } of samples) {
          if (line === 0) continue;
          const key = path.join(' ');
          const perLine = ticks.get(key) ?? new Map<number, number>();
          ticks.set(key, perLine.set(line, (perLine.get(line) ?? 0) + 1));
        }
        const expected = new Map<string, number>();
        for (const { path, us } of countSlowly(samples, chosen)) {
          const perLine = ticks.get(path.join(' ')) ?? new Map([[1, 1]]);
          const all = [...perLine.values()].reduce((sum, count) => sum + count, 0);
          for (const [line, count] of perLine) add(expected, `/${path.at(-1) ?? ''}.js:${line}`, (us * count) / all);
        }
        const found = new Map<string, number>();
        for (let row = 0; row < lines.length; row++) {
          found.set(`${profile.strings[lines.file[row] ?? 0] ?? ''}:${lines.line[row] ?? 0}`, lines.selfUs[row] ?? 0);
        }
        for (const [line, us] of expected) if (us > 0) assert.ok(near(found.get(line) ?? 0, us), line);
        for (const [line, us] of found) assert.ok(near(expected.get(line) ?? 0, us), line);
      }),
      { numRuns },
    );
  });

  test('time order: at every moment the boxes are the stack that was running', () => {
    fc.assert(
      fc.property(plainSamples, fc.integer({ min: 0, max: 2 }), (samples, thread) => {
        const profile = buildProfile(samples);
        const rows = timeOrderRows(profile, { thread });
        const mine = timed(samples).filter((entry) => entry.thread === thread && entry.weightUs > 0);
        for (const { startUs, endUs, path } of mine) {
          const middle = (startUs + endUs) / 2;
          const shown: string[] = [];
          for (let box = 0; box < rows.length; box++) {
            if ((rows.startUs[box] ?? 0) <= middle && (rows.endUs[box] ?? 0) > middle)
              shown[rows.depth[box] ?? 0] = nameOf(profile, rows.frame[box] ?? 0);
          }
          assert.deepEqual(shown, path.at(-1) === '(idle)' ? [] : path);
        }
        for (let depth = 0; depth + 1 < rows.rowStart.length; depth++) {
          for (let box = (rows.rowStart[depth] ?? 0) + 1; box < (rows.rowStart[depth + 1] ?? 0); box++) {
            assert.ok((rows.startUs[box] ?? 0) >= (rows.endUs[box - 1] ?? 0));
          }
        }
      }),
      { numRuns },
    );
  });
});

function add(sums: Map<string, number>, key: string, us: number): void {
  sums.set(key, (sums.get(key) ?? 0) + us);
}
