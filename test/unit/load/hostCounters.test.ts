import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCpuLimit, parseSteal, parseThrottled, throttleFiles } from '../../../src/load/hostCounters.ts';

test('steal is the eighth figure of the first line, of the sum of eight', () => {
  const stat = 'cpu  100 2 30 1000 5 0 3 60 40 0\ncpu0 1 1 1 1 1 1 1 1 1 1\nintr 5\n';
  assert.deepEqual(parseSteal(stat), { stolen: 60, total: 1200 });
  assert.equal(parseSteal('cpu  1 2 3\n'), null);
  assert.equal(parseSteal(''), null);
});

test('throttled periods, version 1 and 2', () => {
  assert.equal(parseThrottled('usage_usec 5\nnr_periods 9\nnr_throttled 4\nthrottled_usec 100\n'), 4);
  assert.equal(parseThrottled('nr_periods 0\nnr_throttled 0\nthrottled_time 0\n'), 0);
  assert.equal(parseThrottled('usage_usec 5\n'), null);
});

test('the group is found by its path, and at the root where a container mounts its own', () => {
  assert.deepEqual(throttleFiles('0::/user.slice/x\n'), [
    '/sys/fs/cgroup/user.slice/x/cpu.stat',
    '/sys/fs/cgroup/cpu.stat',
  ]);
  assert.deepEqual(throttleFiles('0::/\n'), ['/sys/fs/cgroup/cpu.stat']);
  const v1 = throttleFiles('5:memory:/a\n4:cpu,cpuacct:/docker/1\n');
  assert.equal(v1[0], '/sys/fs/cgroup/cpu,cpuacct/docker/1/cpu.stat');
  assert.ok(v1.includes('/sys/fs/cgroup/cpu/cpu.stat'));
  assert.ok(v1.every((file) => !file.includes('memory')));
  assert.deepEqual(throttleFiles(''), []);
});

test('the CPU limit in cores, version 1 and 2', () => {
  assert.equal(parseCpuLimit('150000 100000\n'), 1.5);
  assert.equal(parseCpuLimit('max 100000\n'), null);
  assert.equal(parseCpuLimit('50000\n 100000\n'), 0.5);
  assert.equal(parseCpuLimit('-1\n 100000\n'), null);
  assert.equal(parseCpuLimit(' '), null);
});
