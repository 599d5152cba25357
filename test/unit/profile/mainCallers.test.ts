import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ProfileBuilder } from '../../../src/profile/builder.ts';
import { mainCallers } from '../../../src/profile/queries/mainCallers.ts';
import { callers } from '../../../src/profile/queries/sandwich.ts';
import { sliceWindows } from '../../../src/profile/queries/slice.ts';
import { FrameKind, FrameTier, type Profile } from '../../../src/profile/tables.ts';
import { buildProfile, near, plainSamples, windowsArbitrary, type PlainSample } from './randomProfile.ts';

const sample = (path: string, weightUs: number): PlainSample => ({
  thread: 0,
  path: path.split(' '),
  gapUs: 0,
  weightUs,
  line: 0,
});
const nameOf = (profile: Profile, frame: number): string =>
  frame < 0 ? '–' : (profile.strings[profile.frames.name[frame] ?? -1] ?? '?');
const frameOf = (profile: Profile, name: string): number => profile.frames.name.indexOf(profile.strings.indexOf(name));

function told(profile: Profile, name: string, most = 5): unknown {
  const { totalUs, callers: rows, others } = mainCallers(profile, sliceWindows(profile), frameOf(profile, name), most);
  return [totalUs, rows.map(({ frame, us }) => `${nameOf(profile, frame)} ${us}`), others];
}

test('callers come by the time through each; recursion is no caller and counts once', () => {
  const profile = buildProfile([
    sample('m a x', 10),
    sample('m b x x y', 30),
    sample('m b x a x', 5),
    sample('x', 7),
    sample('m c', 100),
  ]);
  assert.deepEqual(told(profile, 'x'), [52, ['b 35', 'a 10', '– 7'], { count: 0, us: 0 }]);
  assert.deepEqual(told(profile, 'x', 1), [52, ['b 35'], { count: 2, us: 17 }]);
  assert.deepEqual(told(profile, 'm'), [145, ['– 145'], { count: 0, us: 0 }]);
});

test('a caller in several tiers is one, its own other tiers are none, and a root frame is nobody', () => {
  const builder = new ProfileBuilder();
  builder.thread({ pid: 1, tid: 0, name: '', target: '' });
  const root = builder.frame('(root)', '', 0, 0, FrameKind.root);
  const tiers = [FrameTier.interpreted, FrameTier.optimised] as const;
  const [slowF = 0, fastF = 0] = tiers.map((tier) => builder.frame('f', '/f.js', 3, 1, FrameKind.user, tier));
  const callersOf = tiers.map((tier) => builder.frame('g', '/g.js', 9, 1, FrameKind.user, tier));
  const bottom = builder.stack(-1, root);
  let now = 0;
  const add = (frames: readonly number[], us: number): void => {
    const stack = frames.reduce((above, frame) => builder.stack(above, frame), bottom);
    builder.sample(now, us, stack, 0);
    now += us;
  };
  for (const caller of callersOf) add([caller, fastF], 10);
  add([callersOf[0] ?? 0, slowF, fastF], 4);
  add([fastF], 1);
  const profile = builder.build({ intervalUs: 1, startUs: 0, endUs: now });
  const { callers: rows, totalUs } = mainCallers(profile, sliceWindows(profile), fastF, 5);
  assert.equal(totalUs, 25);
  assert.deepEqual(
    rows.map(({ frame, us }) => [nameOf(profile, frame), us]),
    [
      ['g', 24],
      ['–', 1],
    ],
  );
});

test('as the sandwich tells it, for any profile and any windows', () => {
  fc.assert(
    fc.property(plainSamples, windowsArbitrary, (samples, windows) => {
      const profile = buildProfile(samples);
      const weights = sliceWindows(profile, { windows });
      for (let frame = 0; frame < profile.frames.length; frame++) {
        const tree = callers(profile, weights, frame);
        const expected = new Map<number, number>();
        for (let row = 0; row < tree.length; row++) {
          if (tree.depth[row] === 1) expected.set(tree.frame[row] ?? -1, tree.totalUs[row] ?? 0);
        }
        const { callers: rows, totalUs } = mainCallers(profile, weights, frame, Infinity);
        assert.ok(near(totalUs, tree.length > 0 ? (tree.totalUs[0] ?? 0) : 0));
        assert.ok(
          near(
            rows.reduce((sum, { us }) => sum + us, 0),
            totalUs,
          ),
        );
        for (const { frame: caller, us } of rows) if (caller >= 0) assert.ok(near(us, expected.get(caller) ?? 0));
        assert.equal(rows.filter(({ frame: caller }) => caller >= 0).length, expected.size);
      }
    }),
  );
});
