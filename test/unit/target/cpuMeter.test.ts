/** CPU time of processes by /proc. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CpuMeter } from '../../../src/target/cpuMeter.ts';
import { cpuTimeUs } from '../../../src/target/processTree.ts';
import { busyProcess } from './collectors/busy.ts';

const onLinux = { skip: process.platform !== 'linux' };

test('what a process used since, all of it and its own code’s part', onLinux, async (t) => {
  const { pid, use } = await busyProcess(t);
  const all = new CpuMeter(pid, [pid]);
  const user = new CpuMeter(pid, [pid], 'user');
  assert.deepEqual([all.usedUs([pid]), user.usedUs([pid])], [0, 0]);
  const before = cpuTimeUs(pid) ?? 0;
  await use(100_000);
  const used = (cpuTimeUs(pid) ?? 0) - before;
  assert.ok(used >= 100_000);
  assert.equal(all.usedUs([pid]), used);
  assert.equal(all.usedUs([pid, pid]), used, 'once, however often it is named');
  const own = user.usedUs([pid]) ?? 0;
  assert.ok(own > 0 && own <= used, `${own} of ${used} µs`);
});

test('of a process that came later all counts, without the root nothing is known', onLinux, async (t) => {
  const { pid, use } = await busyProcess(t);
  const meter = new CpuMeter(process.pid, [process.pid]);
  await use(50_000);
  const used = cpuTimeUs(pid) ?? 0;
  assert.ok((meter.usedUs([pid]) ?? 0) >= used);
  const gone = 2 ** 30;
  assert.equal(new CpuMeter(gone, [gone]).usedUs([pid]), null);
  assert.equal(new CpuMeter(pid, []).usedUs([pid]), null, 'nobody measured it at the beginning');
});
