import assert from 'node:assert/strict';
import { copyFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import type { LaunchTarget } from '../../../src/plan/scenario.ts';
import type { TargetRecord } from '../../../src/target/target.ts';
import { lives, services, start, temporaryFolder, until } from './harness.ts';

/** Measures the service however it is started; what was started is gone afterwards. */
async function measured(
  t: TestContext,
  command: string,
  changes: Partial<LaunchTarget>,
): Promise<{ record: TargetRecord; files: readonly string[] }> {
  const cwd = await temporaryFolder(t);
  await copyFile(join(services, 'http.cjs'), join(cwd, 'http.cjs'));
  await writeFile(join(cwd, 'package.json'), JSON.stringify({ scripts: { start: 'echo first && node http.cjs' } }));
  const { target, get, dir } = await start(t, command, { cwd, ...changes });
  await target.startProfile(1000);
  const health = await get('/work?ms=300');
  assert.equal(health, 'worked');
  const record = await target.collect();
  const files = await readdir(dir);
  await target.dispose();
  await until('the wrapper is gone', () => !lives(target.pid));
  return { record, files };
}

/** Every name that occurs on a stack of the record's profile. */
function namesIn({ profile }: TargetRecord): ReadonlySet<string | undefined> {
  assert.ok(profile);
  const { samples, stacks, frames, strings } = profile;
  const names = new Set<string | undefined>();
  for (let row = 0; row < samples.length; row++)
    for (let stack = samples.stack[row] ?? -1; stack >= 0; stack = stacks.parent[stack] ?? -1)
      names.add(strings[frames.name[stacks.frame[stack] ?? 0] ?? 0]);
  return names;
}

describe('a service behind something that starts it is measured as well', () => {
  const wrappers: readonly (readonly [string, string, Partial<LaunchTarget>])[] = [
    ['npm run start', 'run', { runtimeExecutable: 'npm', args: ['start'] }],
    ['a shell', 'node http.cjs; true', { runtimeExecutable: 'sh', runtimeArgs: ['-c'] }],
    ['node --run', 'start', { runtimeArgs: ['--run'] }],
    ['node --watch', 'http.cjs', { runtimeArgs: ['--watch'] }],
    ['an inspector of its own', 'http.cjs', { runtimeArgs: ['--inspect=127.0.0.1:0'] }],
    ['its own NODE_OPTIONS', 'http.cjs', { env: { NODE_OPTIONS: '--max-old-space-size=256' } }],
  ];
  for (const [name, command, changes] of wrappers) {
    test(name, async (t) => {
      const { record } = await measured(t, command, changes);
      assert.ok(namesIn(record).has('busy'), 'the function that was busy is in the profile');
      assert.ok(record.runtime.serverRequests.length >= 1);
      assert.deepEqual(record.gaps, []);
    });
  }

  test('said to be native, a Node process is named with what to write instead', async (t) => {
    const { record } = await measured(t, process.execPath, {
      runtime: 'native',
      runtimeExecutable: null,
      args: ['http.cjs'],
    });
    assert.match(
      record.gaps.map(({ what, why }) => `${what}: ${why}`).join('\n'),
      /functions and events inside process \d+ of api: it is a Node process; write "runtime": "node"/,
    );
  });
});
