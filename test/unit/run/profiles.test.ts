import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Gap } from '../../../src/gaps.ts';
import { ProfileBuilder } from '../../../src/profile/builder.ts';
import { headLine } from '../../../src/profile/perfText.ts';
import type { Profile } from '../../../src/profile/tables.ts';
import { joinedProfiles, profileFiles } from '../../../src/run/profiles.ts';
import { openRun } from '../../../src/run/store.ts';
import { syntheticRun } from '../../fixtures/run.ts';
import { tempDir } from './fakes.ts';

function profileOf(target: string, timeless: boolean): Profile {
  const builder = new ProfileBuilder();
  const thread = builder.thread({ pid: 1, tid: 1, name: 'main', target });
  builder.sample(5, 10, builder.stack(-1, builder.frame(target, '/a.go', 1, 0)), thread);
  return builder.build({ timeless, intervalUs: 10, startUs: 0, endUs: 20 });
}

describe('the profiles of a run', () => {
  const targetsOf = (profile: Profile | null): string[] | undefined => profile?.threads.map(({ target }) => target);

  test('stand in one, but one without times not beside those that have them', () => {
    const gaps: Gap[] = [];
    const joined = joinedProfiles([profileOf('api', false), profileOf('jobs', true), profileOf('db', false)], gaps);
    assert.deepEqual([targetsOf(joined), joined?.timeless], [['api', 'db'], false]);
    assert.deepEqual(
      gaps.map(({ what }) => what),
      ["functions of jobs beside the others'"],
    );
  });

  test('are shown without times where none has them', () => {
    const gaps: Gap[] = [];
    assert.equal(joinedProfiles([profileOf('a', true), profileOf('b', true)], gaps)?.timeless, true);
    assert.deepEqual([joinedProfiles([], gaps), gaps], [null, []]);
  });

  test('are found by their files’ endings; drafts and those on another clock are not', async (t) => {
    const dir = await tempDir(t);
    const names = [
      'api.perf.txt.gz',
      'b.pb.gz',
      'c.speedscope.json',
      'd.cpuprofile',
      'd.unaligned.cpuprofile',
      '.e.pb.gz',
      'f.txt',
    ];
    for (const name of names) await writeFile(join(dir, name), '');
    const { manifest } = syntheticRun(1, { durationUs: 1e5, warmupUs: 0 });
    const found = await profileFiles(dir, { ...manifest, files: [] });
    assert.deepEqual(
      found.map(({ name }) => name),
      names.slice(0, 4),
    );
  });

  test('a damaged one is a gap, and the run opens', async (t) => {
    const dir = join(await tempDir(t), 'run');
    await mkdir(dir);
    const { manifest } = syntheticRun(1, { durationUs: 1e5, warmupUs: 0 });
    await writeFile(join(dir, 'run.json'), JSON.stringify({ ...manifest, files: ['api.perf.txt.gz', 'x.pb.gz'] }));
    const head = headLine({ format: 1, target: 'api', pid: 1, intervalUs: 1000, startUs: 0, endUs: 1 });
    await writeFile(join(dir, 'api.perf.txt.gz'), gzipSync(`${head}nonsense\n`).subarray(0, -6));
    await writeFile(join(dir, 'x.pb.gz'), 'no gzip');
    const run = await openRun(dir);
    assert.equal(run.profile, null);
    for (const name of ['api.perf.txt.gz', 'x.pb.gz'])
      assert.ok(
        run.manifest.gaps.some(({ what }) => what === name),
        name,
      );
  });

  test('a run recorded before targets could be built opens with nothing built', async (t) => {
    const dir = join(await tempDir(t), 'run');
    await mkdir(dir);
    const { manifest } = syntheticRun(1, { durationUs: 1e5, warmupUs: 0 });
    const targets = manifest.scenario.targets.map((target) => ({ ...target, build: undefined, pprof: undefined }));
    const scenario = { ...manifest.scenario, targets, collect: { cpuIntervalUs: 1000 } };
    await writeFile(join(dir, 'run.json'), JSON.stringify({ ...manifest, scenario }));
    const { scenario: opened } = (await openRun(dir)).manifest;
    assert.deepEqual(opened.collect, { cpuIntervalUs: 1000, with: 'auto', callGraph: 'auto' });
    assert.partialDeepStrictEqual(opened.targets, [{ build: [], pprof: null }]);
  });
});
