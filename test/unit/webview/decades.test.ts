import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decadesOf } from '../../../webview/charts/decades.ts';

const height = 190;
const top = 6;

test('labels at the lowest and the highest edge stand whole inside the picture, beside their lines', () => {
  const decades = decadesOf(Float64Array.of(100, 1000, 10_000), top, height);
  assert.deepEqual(
    decades.map(({ us }) => us),
    [100, 1000, 10_000],
  );
  assert.deepEqual(
    decades.map(({ y }) => Math.round(y)),
    [height, (height + top) / 2, top],
  );
  for (const { y, labelY } of decades) {
    assert.ok(labelY !== null);
    assert.ok(labelY >= 8 && labelY <= height - 8, `half a line above and below ${labelY}`);
    assert.ok(Math.abs(labelY - y) <= 8);
  }
});

test('where decades stand closer than a line is high, the lower one is labelled', () => {
  const decades = decadesOf(Float64Array.of(1, 1e9), top, 60);
  assert.equal(decades.length, 10);
  const labels = decades.flatMap(({ labelY }) => labelY ?? []);
  assert.ok(labels.length > 1 && labels.length < decades.length);
  assert.notEqual(decades[0]?.labelY, null);
  for (const [at, labelY] of labels.entries()) assert.ok(at === 0 || (labels[at - 1] ?? 0) - labelY >= 14);
});

test('between two decades there is neither line nor label', () => {
  assert.deepEqual(decadesOf(Float64Array.of(200, 900), top, height), []);
});
