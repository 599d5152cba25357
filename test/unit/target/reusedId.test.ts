/** A process id that has come to another process: it is neither watched nor profiled nor ended for the one that had it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { describe, test, type TestContext } from 'node:test';
import { DisposableStore } from '../../../src/disposables.ts';
import { MemoryPoller } from '../../../src/target/memoryPoller.ts';
import { endTree, rememberDescendants, startTimeOf, treePids, type TreeRoot } from '../../../src/target/processTree.ts';
import { SchedPoller } from '../../../src/target/procfs.ts';
import { watchLife } from '../../../src/target/watchLife.ts';

const onLinux = { skip: process.platform !== 'linux' };

/** A process that leads a group of its own, and the root of a tree that had its id before. */
function replaced(t: TestContext): { readonly pid: number; readonly old: TreeRoot; readonly own: TreeRoot } {
  const child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
  t.after(() => child.kill('SIGKILL'));
  const { pid } = child;
  assert.ok(pid !== undefined);
  const startTime = startTimeOf(pid);
  assert.ok(startTime !== null);
  const own = { pid, run: 'none', startTime };
  return { pid, own, old: { ...own, startTime: String(Number(startTime) - 1) } };
}

describe('a process id that another process has by now', onLinux, () => {
  test('is no part of the tree, and is not ended with it', async (t) => {
    const { pid, old, own } = replaced(t);
    assert.deepEqual([...treePids(own).keys()], [pid]);
    assert.deepEqual([...treePids(old).keys()], []);
    assert.deepEqual([...treePids({ ...old, pid: 2 ** 30 }, new Map([[pid, old.startTime ?? '']])).keys()], []);
    assert.deepEqual(await endTree(old, 0), []);
    assert.equal(startTimeOf(pid), own.startTime, 'it lives');
    assert.deepEqual(await endTree(own, 0), []);
    assert.equal(startTimeOf(pid), null);
  });

  test('has no descendants of ours', () => {
    const startTime = startTimeOf(process.pid) ?? '';
    const child = spawn('sleep', ['60'], { stdio: 'ignore' });
    try {
      const found = (root: TreeRoot, known = new Map<number, string>()): number[] => {
        rememberDescendants(root, known);
        return [...known.keys()];
      };
      const { pid } = process;
      assert.ok(found({ pid, run: 'none', startTime }).includes(child.pid ?? 0));
      assert.deepEqual(found({ pid, run: 'none', startTime: '1' }), []);
      assert.deepEqual(found({ pid: 2 ** 30, run: 'none', startTime }, new Map([[pid, '1']])), []);
    } finally {
      child.kill('SIGKILL');
    }
  });

  test('gives neither CPU time nor memory', (t) => {
    const { pid, old, own } = replaced(t);
    const seen: string[] = [];
    const sched = { onThread: () => void seen.push('thread'), onSample: () => void seen.push('cpu') };
    const memory = { onProcess: () => void seen.push('process'), onSample: () => void seen.push('memory') };
    const look = (root: TreeRoot): string[] => {
      seen.length = 0;
      const poller = new SchedPoller(sched, () => 0);
      poller.add(pid, root.startTime);
      poller.poll();
      poller.dispose();
      new MemoryPoller(root, memory, () => 0).poll();
      return [...new Set(seen)];
    };
    assert.deepEqual(look(old), []);
    assert.deepEqual(look(own), ['thread', 'cpu', 'process', 'memory']);
  });

  test('ends the run of the process that was attached', async (t) => {
    const { old } = replaced(t);
    const owned = new DisposableStore();
    t.after(() => owned.dispose());
    await assert.rejects(watchLife(old, 'api', owned), {
      code: 'TARGET_EXITED',
      message: /"api".* ended during the run/,
    });
  });
});
