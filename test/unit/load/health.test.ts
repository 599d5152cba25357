import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { HealthMonitor } from '../../../src/load/health.ts';

test('what happens after the end of watching is no pause of the window, also when the end is told twice', async () => {
  const monitor = new HealthMonitor({ hasHeartbeat: true });
  const health = monitor.stop();
  const told = structuredClone(health);
  await wait(100);
  assert.deepEqual(monitor.stop(), told);
  assert.deepEqual(health, told);
});
