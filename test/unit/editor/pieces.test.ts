import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inPieces, PieceJoiner, type MessageInPieces } from '../../../src/pieces.ts';
import type { MessageToPage } from '../../../src/protocol.ts';

const MB = 1024 * 1024;

/** Bytes that tell where they stand. */
function bytes(length: number, seed: number): ArrayBuffer {
  return Uint8Array.from({ length }, (_, at) => (at * 31 + (at >> 8) + seed) & 255).buffer;
}

function joined(parts: Iterable<MessageInPieces>, joiner = new PieceJoiner()): MessageToPage[] {
  return Array.from(parts, (part) => joiner.take(structuredClone(part))).filter((whole) => whole !== null);
}

const big: MessageToPage = {
  type: 'run',
  title: 'orders',
  run: bytes(3.5 * MB, 1),
  baseline: { title: 'before', run: bytes(2 * MB, 2) },
};

test('a small message goes as it is', () => {
  const small: MessageToPage = { type: 'profile', title: 'a', profile: bytes(1000, 3), types: null };
  assert.deepEqual([...inPieces(small, 1)], [small]);
  assert.deepEqual([...inPieces({ type: 'loading', title: 'a' }, 1)], [{ type: 'loading', title: 'a' }]);
});

test('no part of a large one is large, and put together they are the message', () => {
  const parts = [...inPieces(big, 1)];
  const sizes = parts.map((part) => (part.type === 'piece' ? part.bytes.byteLength : 0));
  assert.equal(Math.max(...sizes), MB);
  assert.equal(
    sizes.reduce((sum, size) => sum + size, 0),
    5.5 * MB,
  );
  assert.deepEqual(joined(parts), [big]);
  const profile: MessageToPage = { type: 'profile', title: 'a', profile: bytes(MB + 1, 4), types: null };
  assert.deepEqual(joined(inPieces(profile, 2)), [profile]);
});

test('a transfer that was given up leaves nothing in the next one', () => {
  const joiner = new PieceJoiner();
  assert.deepEqual(joined([...inPieces(big, 1)].slice(0, 3), joiner), []);
  const other: MessageToPage = { type: 'run', title: 'orders', run: bytes(2 * MB, 5), baseline: null };
  assert.deepEqual(joined(inPieces(other, 2), joiner), [other]);
  assert.deepEqual(joined([...inPieces(big, 1)].slice(-1), joiner), [], 'the end of the one given up');
});
