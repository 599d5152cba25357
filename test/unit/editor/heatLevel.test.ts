import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heatLevel, heatShare } from '../../../src/editor/heatLevel.ts';
import type { LineRow } from '../../../src/trace/analysis.ts';

const line = (selfShare: number, tailShare: number | null): LineRow => ({
  file: '/a.js',
  line: 1,
  selfUs: 1,
  selfShare,
  tailShare,
  frame: 0,
  functionName: 'f',
});

test('a share has the same colour in every file; a trifle has none', () => {
  assert.deepEqual(
    [0, 0.0019, 0.002, 0.01, 0.04, 0.12, 0.3, 1].map((share) => heatLevel(share)),
    [null, null, 1, 2, 3, 4, 5, 5],
  );
  assert.equal(heatLevel(NaN), null);
});

test('lines are coloured by the slow requests’ time where there is a tail, else by CPU time', () => {
  assert.equal(heatShare(line(0.1, 0.6), 'tail'), 0.6);
  assert.equal(heatShare(line(0.1, 0), 'tail'), 0);
  assert.equal(heatShare(line(0.1, null), 'tail'), 0.1);
  assert.equal(heatShare(line(0.1, 0.6), 'self'), 0.1);
});
