import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { MemoryPoller } from '../../../src/target/memoryPoller.ts';
import { startTimeOf } from '../../../src/target/processTree.ts';
import { start } from './harness.ts';

/** Starts one like it below it unless it is that one, fills 64 MB, says the last one's pid and waits. */
const filling = `
const { spawn } = require('node:child_process');
globalThis.kept = Buffer.alloc(64e6, 1);
if (process.argv[1] === 'last') console.log(process.pid);
else spawn(process.execPath, ['-e', process.env.FILLING, 'last'], { stdio: 'inherit' });
setInterval(() => {}, 1000);
process.stdin.resume().on('end', () => process.exit());
`;

test('Resident memory of a process and of what it started, and none of what has gone', async () => {
  const child = spawn(process.execPath, ['-e', filling], {
    env: { ...process.env, FILLING: filling },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const { pid } = child;
  assert.ok(pid !== undefined);
  let polled: [number, number, number][] = [];
  const processes: number[] = [];
  const poller = new MemoryPoller(
    { pid, run: 'none', startTime: startTimeOf(pid) },
    {
      onProcess: (seen) => void processes.push(seen),
      onSample: (of, timeUs, rssBytes) => void polled.push([of, timeUs, rssBytes]),
    },
    () => 7,
  );
  try {
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const last = Number(String(line));
    poller.poll();
    assert.deepEqual(
      polled.map(([of, timeUs]) => [of, timeUs]),
      [
        [pid, 7],
        [last, 7],
      ],
    );
    for (const [, , rssBytes] of polled) assert.ok(rssBytes > 64e6 && rssBytes < 1e9, String(rssBytes));
    poller.poll();
    assert.deepEqual(processes, [pid, last]);
    child.stdin.end();
    await once(child, 'close');
    polled = [];
    poller.poll();
    assert.deepEqual(polled, []);
  } finally {
    poller.dispose();
    child.kill('SIGKILL');
  }
});

test('A target without a probe has its memory in the record', async (t) => {
  const { target } = await start(t, process.execPath, {
    runtime: 'native',
    runtimeExecutable: null,
    args: ['-e', "globalThis.kept = Buffer.alloc(64e6, 1); console.log('listening'); setInterval(() => {}, 1000)"],
  });
  // Longer than two of its readings are apart.
  await new Promise((resolve) => void setTimeout(resolve, 700));
  const { runtime } = await target.collect();
  assert.ok(runtime.memory.length > 0);
  assert.equal(runtime.threads[runtime.memory.thread[0] ?? -1]?.pid, target.pid);
  assert.ok((runtime.memory.rssBytes.at(-1) ?? 0) > 64e6, String(runtime.memory.rssBytes));
  assert.ok(Number.isNaN(runtime.memory.heapUsedBytes.at(-1)));
});
