import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { launchSpec, lives, services, start, temporaryFolder, until } from './harness.ts';

const family = (line: string): number[] => line.replace('family ', '').split(' ').map(Number);
const familySpec = { args: ['daemon'], ready: { kind: 'log', text: 'family', timeoutUs: 30e6 } } as const;
/** A daemon that gave up every tie is found through /proc only. */
const onLinux = process.platform === 'linux';

async function startFamily(
  t: Parameters<typeof start>[0],
): Promise<{ target: Awaited<ReturnType<typeof start>>['target']; pids: number[] }> {
  const { target, output } = await start(t, 'tree.cjs', onLinux ? familySpec : { ready: familySpec.ready });
  return { target, pids: family(output.find(({ text }) => text.startsWith('family'))?.text ?? '') };
}

function guardOf(target: number): number {
  return Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(target)], { encoding: 'utf8' }));
}

describe('nothing is left running', () => {
  test('after dispose: children, those that left the group, that ignore SIGTERM, that became daemons', async (t) => {
    const { target, pids } = await startFamily(t);
    const guard = guardOf(target.pid);
    assert.equal(pids.length, onLinux ? 5 : 4);
    assert.deepEqual(pids.filter(lives), pids);
    await target.dispose();
    assert.deepEqual([...pids, guard].filter(lives), []);
  });

  test('after SIGKILL of the launcher', async (t) => {
    const dir = await temporaryFolder(t);
    const spec = launchSpec('tree.cjs', onLinux ? familySpec : { ready: familySpec.ready });
    const launcher = spawn(process.execPath, [join(services, 'launcher.ts'), JSON.stringify(spec), dir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: launcher.stdout })[Symbol.asyncIterator]();
    const pids = family(String((await lines.next()).value));
    const guard = guardOf(pids[0] ?? 0);
    assert.deepEqual([...pids, guard].filter(lives), [...pids, guard]);
    const socket = onLinux
      ? /\0SLOWPATH_SOCKET=(?<path>[^\0]+)/.exec(readFileSync(`/proc/${pids[0]}/environ`, 'utf8'))?.groups?.['path']
      : undefined;
    launcher.kill('SIGKILL');
    await until('the whole family and the guard are gone', () => [...pids, guard].every((pid) => !lives(pid)));
    if (onLinux) assert.equal(existsSync(dirname(socket ?? dir)), false, 'the temporary folder too');
  });

  test('after SIGKILL of the guard: the run fails, and dispose still ends the tree', async (t) => {
    const { target, pids } = await startFamily(t);
    process.kill(guardOf(target.pid), 'SIGKILL');
    await assert.rejects(target.failed, { code: 'TARGET_EXITED', message: /lost its guard process/ });
    await target.dispose();
    // The daemon was remembered by the guard alone.
    assert.deepEqual(pids.slice(0, 4).filter(lives), []);
    for (const pid of pids.slice(4)) process.kill(pid, 'SIGKILL');
  });

  test('after the target ended by itself and left children behind', async (t) => {
    const { target, pids } = await startFamily(t);
    process.kill(target.pid, 'SIGKILL');
    await assert.rejects(target.failed, { code: 'TARGET_EXITED', message: /was ended by SIGKILL during the run/ });
    await until('its children are gone', () => pids.every((pid) => !lives(pid)));
  });

  test('a target that ignores SIGTERM has two seconds, then goes', async (t) => {
    const { target } = await start(t, 'stubborn.cjs');
    const before = performance.now();
    await target.dispose();
    const tookMs = performance.now() - before;
    assert.ok(!lives(target.pid));
    assert.ok(tookMs >= 1900 && tookMs < 5000, `took ${tookMs} ms`);
  });

  test('dispose is no failure of the target, and may be called twice', async (t) => {
    const { target } = await start(t, 'http.cjs');
    await Promise.all([target.dispose(), target.dispose()]);
    const outcome = await Promise.race([target.failed.catch(() => 'failed'), Promise.resolve('silent')]);
    assert.equal(outcome, 'silent');
  });
});
