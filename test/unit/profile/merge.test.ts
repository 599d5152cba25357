import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { SlowpathError } from '../../../src/errors.ts';
import { ProfileBuilder } from '../../../src/profile/builder.ts';
import { frameKind, pathOfUrl } from '../../../src/profile/classify.ts';
import { mergeProfiles } from '../../../src/profile/merge.ts';
import { aggregateFunctions } from '../../../src/profile/queries/functions.ts';
import { aggregateLines } from '../../../src/profile/queries/lines.ts';
import { sliceWindows } from '../../../src/profile/queries/slice.ts';
import { FrameKind, type Profile, type ProfileUnit } from '../../../src/profile/tables.ts';
import { assertSound } from './invariants.ts';
import { buildProfile, near, plainSamples } from './randomProfile.ts';

function selfByName(profile: Profile): Map<string, number> {
  const { selfUs } = aggregateFunctions(profile, sliceWindows(profile));
  return new Map([...selfUs].map((us, frame) => [profile.strings[profile.frames.name[frame] ?? -1] ?? '', us]));
}

describe('merging', () => {
  test('µs and bytes have no sum; timeless stays timeless', () => {
    const build = (unit: ProfileUnit, timeless: boolean): Profile => {
      const builder = new ProfileBuilder();
      builder.thread({ pid: 0, tid: 0, name: 'main', target: '' });
      builder.sample(0, 5, builder.stack(-1, builder.frame('a', '', 0, 0)), 0);
      return builder.build({ unit, timeless, intervalUs: 0, startUs: 0, endUs: 0 });
    };
    assert.throws(
      () => mergeProfiles([build('us', false), build('bytes', true)]),
      (error: unknown) => error instanceof SlowpathError && error.message.includes('in us and in bytes'),
    );
    const heaps = mergeProfiles([build('bytes', true), build('bytes', true)]);
    assert.deepEqual([heaps.unit, heaps.timeless], ['bytes', true]);
    const mixed = mergeProfiles([build('us', false), build('us', true)]);
    assert.deepEqual([mixed.unit, mixed.timeless], ['us', true]);
  });

  test('times add up, stacks are shared, threads follow each other', () => {
    fc.assert(
      fc.property(plainSamples, plainSamples, (first, second) => {
        const parts = [buildProfile(first), buildProfile(second)];
        const merged = mergeProfiles(parts);
        assertSound(merged);
        assert.equal(merged.threads.length, 6);
        assert.equal(merged.samples.length, first.length + second.length);
        const sums = new Map<string, number>();
        for (const part of parts) for (const [name, us] of selfByName(part)) sums.set(name, (sums.get(name) ?? 0) + us);
        assert.deepEqual(selfByName(merged), sums);
        const lineSum = (profile: Profile): number =>
          aggregateLines(profile, sliceWindows(profile)).selfUs.reduce((sum, us) => sum + us, 0);
        assert.ok(
          near(
            lineSum(merged),
            parts.reduce((sum, part) => sum + lineSum(part), 0),
          ),
        );
      }),
      { numRuns: 300 },
    );
  });

  test('of none is empty, of one is itself', () => {
    assertSound(mergeProfiles([]));
    const only = buildProfile([]);
    assert.equal(mergeProfiles([only]), only);
  });
});

describe('kinds of frames', () => {
  const cases: [name: string, file: string, kind: number][] = [
    ['handle', '/srv/app/server.js', FrameKind.user],
    ['handle', 'C:\\app\\server.js', FrameKind.user],
    ['next', '/srv/app/node_modules/express/lib/router.js', FrameKind.library],
    ['next', 'C:\\app\\node_modules\\x\\i.js', FrameKind.library],
    ['processTicks', 'node:internal/process/task_queues', FrameKind.runtime],
    ['emit', 'events.js', FrameKind.runtime],
    ['load', 'internal/modules/cjs/loader.js', FrameKind.runtime],
    ['(root)', '', FrameKind.root],
    ['(idle)', '', FrameKind.idle],
    ['(garbage collector)', '', FrameKind.gc],
    ['(program)', '', FrameKind.native],
    ['toString', '', FrameKind.native],
    ['constructor', '', FrameKind.native],
    ['(idle)', '/srv/app/idle.js', FrameKind.user],
  ];
  for (const [name, file, kind] of cases) {
    test(`${name} in ${file === '' ? 'no file' : file}`, () => assert.equal(frameKind(name, file), kind));
  }

  test('file URLs become paths, also broken ones', () => {
    assert.equal(pathOfUrl('file:///srv/a%20b.js'), '/srv/a b.js');
    assert.equal(pathOfUrl('file:///C:/app/a.js'), 'C:/app/a.js');
    assert.equal(pathOfUrl('file:///srv/%E0%A4%A.js'), '/srv/%E0%A4%A.js');
    assert.equal(pathOfUrl('node:net'), 'node:net');
    assert.equal(pathOfUrl('https://example.test/a.js'), 'https://example.test/a.js');
  });
});
