import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { SlowpathError } from '../../../src/errors.ts';
import { importProfile } from '../../../src/profile/formats/index.ts';
import { sliceWindows } from '../../../src/profile/queries/slice.ts';
import { figuresByName, stackLines } from './figures.ts';
import { assertSound } from './invariants.ts';

const file = readFileSync(join(import.meta.dirname, '../../fixtures/profiles/v8-heap.heapprofile'));
const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const node = (functionName: string, selfSize: unknown, children: readonly unknown[] = []): object => ({
  callFrame: { functionName, scriptId: '1', url: '/srv/app/a.js', lineNumber: 3, columnNumber: 0 },
  selfSize,
  id: 1 + Math.floor(Math.random() * 2 ** 40),
  children,
});

interface HeapNode {
  readonly callFrame: { readonly functionName: string };
  readonly selfSize: number;
  readonly children: readonly HeapNode[];
}

test('a heap profile of Node has the bytes of its nodes, by function', () => {
  const profile = importProfile(file);
  assertSound(profile);
  assert.deepEqual([profile.unit, profile.timeless], ['bytes', true]);
  const sizes = new Map<string, number>();
  const visit = ({ callFrame, selfSize, children }: HeapNode): void => {
    const name = callFrame.functionName || '(anonymous)';
    if (selfSize > 0) sizes.set(name, (sizes.get(name) ?? 0) + selfSize);
    children.forEach(visit);
  };
  visit((JSON.parse(file.toString()) as { head: HeapNode }).head);
  // The sums of the whole tree and of cache's subtree, counted with another program.
  assert.equal(sliceWindows(profile).sumUs, 1_684_064);
  const figures = figuresByName(profile);
  assert.deepEqual(figures.get('cache'), { self: 90_240, total: 654_488 });
  assert.deepEqual(
    new Map([...figures].filter(([, { self }]) => self > 0).map(([name, { self }]) => [name, self])),
    sizes,
  );
});

test('bytes of the root are laid at nobody’s door, and do not vanish', () => {
  const profile = importProfile(encode({ head: node('(root)', 5, [node('f', 7), node('g', 0)]) }));
  assert.deepEqual(stackLines(profile), ['(root);(no stack) 5', '(root);f 7']);
  assert.equal(sliceWindows(profile).sumUs, 12);
});

test('what is no size is refused', () => {
  for (const size of [-1, '7', null, {}]) {
    const bytes = encode({ head: node('(root)', 0, [node('f', size)]) });
    if (size === null) assert.equal(importProfile(bytes).samples.length, 0);
    else
      assert.throws(
        () => importProfile(bytes),
        (error: unknown) => error instanceof SlowpathError && error.message.includes('size of node 1 is not a number'),
      );
  }
});
