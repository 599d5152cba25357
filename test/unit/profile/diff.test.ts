import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ProfileBuilder } from '../../../src/profile/builder.ts';
import { DiffPresence, diffProfiles, type DiffSide, type ProfileDiff } from '../../../src/profile/queries/diff.ts';
import { sliceWindows } from '../../../src/profile/queries/slice.ts';
import type { Profile } from '../../../src/profile/tables.ts';
import { buildProfile, near, plainSamples } from './randomProfile.ts';

const side = (profile: Profile, per = 1): DiffSide => ({ profile, weights: sliceWindows(profile), per });

/** One call path's self time, with lines that may differ between the sides. */
function profileOf(stacks: readonly (readonly [path: string, us: number])[], line = 1): Profile {
  const builder = new ProfileBuilder();
  const thread = builder.thread({ pid: 1, tid: 1, name: '', target: '' });
  let now = 0;
  for (const [path, us] of stacks) {
    let stack = -1;
    for (const name of path.split('>')) stack = builder.stack(stack, builder.frame(name, `/${name}.js`, line, 1));
    builder.sample(now, us, stack, thread);
    now += us;
  }
  return builder.build({ intervalUs: 1000, startUs: 0, endUs: now });
}

/** `a>b` → [selfA, selfB, totalA, totalB, presence] */
function nodesOf({ nodes, functions }: ProfileDiff, a: Profile, b: Profile): Map<string, number[]> {
  const paths: string[] = [];
  const found = new Map<string, number[]>();
  for (let node = 0; node < nodes.length; node++) {
    const row = nodes.function[node] ?? 0;
    const above = nodes.parent[node] ?? -1;
    const path = `${above < 0 ? '' : `${paths[above] ?? ''}>`}${nameOf(functions, row, a, b)}`;
    paths.push(path);
    const times = [nodes.selfA, nodes.selfB, nodes.totalA, nodes.totalB].map((column) => column[node] ?? 0);
    found.set(path, [...times, nodes.presence[node] ?? 0]);
  }
  assert.equal(found.size, nodes.length, 'no path stands there twice');
  return found;
}

function nameOf({ frameA, frameB }: ProfileDiff['functions'], row: number, a: Profile, b: Profile): string {
  const [inA, inB] = [frameA[row] ?? -1, frameB[row] ?? -1];
  return inA >= 0 ? (a.strings[a.frames.name[inA] ?? -1] ?? '') : (b.strings[b.frames.name[inB] ?? -1] ?? '');
}

describe('two profiles beside each other', () => {
  test('by hand: per request, moved lines, new and gone', () => {
    const a = profileOf([
      ['main>parse', 1000],
      ['main>old', 500],
      ['main', 100],
    ]);
    const b = profileOf(
      [
        ['main>parse', 3000],
        ['main>fresh>parse', 400],
      ],
      9,
    );
    const diff = diffProfiles(side(a, 10), side(b, 20));
    assert.deepEqual(
      nodesOf(diff, a, b),
      new Map([
        ['main', [10, 0, 160, 170, DiffPresence.both]],
        ['main>parse', [100, 150, 100, 150, DiffPresence.both]],
        ['main>old', [50, 0, 50, 0, DiffPresence.gone]],
        ['main>fresh', [0, 0, 0, 20, DiffPresence.new]],
        ['main>fresh>parse', [0, 20, 0, 20, DiffPresence.new]],
      ]),
    );
    assert.deepEqual([diff.sumA, diff.sumB], [160, 170]);
    const parse = [...diff.functions.frameA.keys()].find((row) => nameOf(diff.functions, row, a, b) === 'parse') ?? -1;
    assert.deepEqual([diff.functions.totalA[parse], diff.functions.totalB[parse]], [100, 170]);
    assert.equal(b.frames.line[diff.functions.frameB[parse] ?? -1], 9);
    // Of A one sample of 100 µs a request, of B one of 150 and one of 20.
    assert.ok(near(diff.functions.selfError[parse] ?? 0, Math.hypot(100, 150, 20)));
  });

  test('recursion is counted once a stack', () => {
    const a = profileOf([['f>g>f>f', 700]]);
    const { functions } = diffProfiles(side(a), side(a));
    assert.deepEqual([...functions.totalA], [700, 700]);
    assert.deepEqual([...functions.selfB], [700, 0]);
  });

  test('the same as looking at every path, for any two profiles', () => {
    fc.assert(
      fc.property(plainSamples, plainSamples, fc.integer({ min: 1, max: 9 }), (samplesA, samplesB, per) => {
        const [a, b] = [buildProfile(samplesA), buildProfile(samplesB)];
        const diff = diffProfiles(side(a, per), side(b));
        const slow = new Map<string, number[]>();
        for (const [which, samples] of [samplesA, samplesB].entries()) {
          for (const { path, weightUs } of samples) {
            if (path.at(-1) === '(idle)') continue;
            for (let depth = 1; depth <= path.length; depth++) {
              const key = path.slice(0, depth).join('>');
              const row = slow.get(key) ?? [0, 0, 0, 0];
              const us = weightUs / (which === 0 ? per : 1);
              row[2 + which] = (row[2 + which] ?? 0) + us;
              if (depth === path.length) row[which] = (row[which] ?? 0) + us;
              slow.set(key, row);
            }
          }
        }
        for (const [path, [, , , , presence, ...none]] of nodesOf(diff, a, b)) {
          assert.deepEqual(none, []);
          const expected = slow.get(path) ?? [0, 0, 0, 0];
          const found = nodesOf(diff, a, b).get(path) ?? [];
          for (const [column, us] of expected.entries()) assert.ok(near(found[column] ?? -1, us), `${path} ${column}`);
          const bits = ((expected[2] ?? 0) > 0 ? 1 : 0) + ((expected[3] ?? 0) > 0 ? 2 : 0);
          assert.equal(presence, bits);
        }
        for (const [path, row] of slow) if ((row[2] ?? 0) + (row[3] ?? 0) > 0) assert.ok(nodesOf(diff, a, b).has(path));
      }),
    );
  });

  test('a side without anything', () => {
    const [empty, some] = [profileOf([]), profileOf([['f', 5]])];
    const diff = diffProfiles(side(empty), side(some));
    assert.deepEqual([diff.sumA, diff.sumB, diff.nodes.presence[0]], [0, 5, DiffPresence.new]);
    assert.equal(diffProfiles(side(empty), side(empty)).nodes.length, 0);
  });

  test('stacks of any depth', () => {
    const deep = profileOf([[Array.from({ length: 20_000 }, (_, level) => `f${level % 5}`).join('>'), 10]]);
    const { functions, nodes } = diffProfiles(side(deep), side(deep));
    assert.equal(nodes.length, 20_000);
    assert.deepEqual([...functions.totalA], [10, 10, 10, 10, 10]);
  });
});
