/** What Go tells beside where it computes: memory, waiting and goroutines, each as a file that opens by itself. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { importProfile } from '../../../../src/profile/formats/index.ts';
import { profileFiles } from '../../../../src/run/profiles.ts';
import { goProfileGap } from '../../../../src/target/collectors/goProfiles.ts';
import { builds, missing, onPath, profiled, ready, scenarioOf, workspace } from './support.ts';

test('heap, block and goroutine of a Go service', { skip: missing({ go: onPath('go') }) }, async () => {
  const { dir, run } = await profiled(
    await scenarioOf({
      target: {
        runtime: 'go',
        command: join(workspace, 'go-service'),
        build: builds.go,
        pprof: 'http://127.0.0.1:${port:api}/debug/pprof',
        ...ready,
      },
      load: { requests: [{ path: '/turn' }], arrivals: { model: 'constant', rate: 600 } },
    }),
  );
  const { files, gaps } = run.manifest;
  for (const [kind, name] of [
    ['heap', 'main.takeTurn'],
    ['block', 'main.takeTurn'],
    ['goroutine', 'main.main'],
  ] as const) {
    assert.ok(files.includes(`api.${kind}.pb.gz`), JSON.stringify({ files, gaps }));
    const profile = importProfile(await readFile(join(dir, `api.${kind}.pb.gz`)));
    assert.ok(profile.strings.includes(name), kind);
  }
  // The service records no mutex profile: said, with what would.
  assert.ok(!files.includes('api.mutex.pb.gz'));
  assert.match(gaps.find(({ what }) => what === 'mutex profile of api')?.why ?? '', /SetMutexProfileFraction/);
  // None of them is taken for the CPU's.
  assert.deepEqual(
    (await profileFiles(dir, run.manifest)).map(({ name }) => name),
    ['api.pb.gz'],
  );
});

test('what Go answered is said where it is no profile', () => {
  const gap = (answer: Buffer | string) => goProfileGap('api', { kind: 'block', answer });
  assert.deepEqual(gap('it answered 404: no'), { what: 'block profile of api', why: 'it answered 404: no' });
  assert.match(gap(Buffer.from('<html>'))?.why ?? '', /format|profile/);
});
