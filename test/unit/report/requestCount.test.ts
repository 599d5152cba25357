import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestCountText } from '../../../src/report/requestCount.ts';
import { analyse } from '../../../src/trace/analyse.ts';
import { syntheticRun } from '../../fixtures/run.ts';

const run = syntheticRun(1);

test('slow and typical requests of a run that was recorded whole are counted one by one', () => {
  const { tail } = analyse(run);
  assert.ok(tail);
  assert.deepEqual([tail.slow.standFor, tail.typical.standFor], [null, null]);
  assert.equal(requestCountText({ requests: 12_345, standFor: null }), '12,345');
});

test('of a sample it is told about how many there were', () => {
  const standsFor = new Float32Array(run.requests.length).fill(1234.5);
  const { tail } = analyse({ ...run, requests: { ...run.requests, standsFor } });
  assert.ok(tail);
  assert.equal(tail.slow.standFor, tail.slow.requests * 1234.5);
  assert.equal(tail.typical.standFor, tail.typical.requests * 1234.5);
  assert.equal(requestCountText({ requests: 100, standFor: 123_450 }), 'about 123,000');
});

test('rows of the slowest, which were all kept, stand for themselves', () => {
  const standsFor = new Float32Array(run.requests.length).fill(1);
  const { tail } = analyse({ ...run, requests: { ...run.requests, standsFor } });
  assert.equal(tail?.slow.standFor, null);
});
