import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inPieces, PieceJoiner, type MessageInPieces, type MessageToSend } from '../../../src/pieces.ts';
import type { MessageToPage } from '../../../src/protocol.ts';

const MB = 1024 * 1024;

/** Bytes that tell where they stand. */
function bytes(length: number, seed: number): ArrayBuffer {
  return Uint8Array.from({ length }, (_, at) => (at * 31 + (at >> 8) + seed) & 255).buffer;
}

async function joined(
  parts: AsyncIterable<MessageInPieces> | Iterable<MessageInPieces>,
  joiner = new PieceJoiner(),
): Promise<MessageToPage[]> {
  const wholes: MessageToPage[] = [];
  for await (const part of parts) {
    const whole = joiner.take(structuredClone(part));
    if (whole !== null) wholes.push(whole);
  }
  return wholes;
}

async function partsOf(message: MessageToSend): Promise<MessageInPieces[]> {
  const parts: MessageInPieces[] = [];
  for await (const part of inPieces(message, 1)) parts.push(part);
  return parts;
}

const big: MessageToPage = {
  type: 'run',
  title: 'orders',
  run: bytes(3.5 * MB, 1),
  baseline: { title: 'before', run: bytes(2 * MB, 2) },
};

test('a small message goes as it is', async () => {
  const small: MessageToPage = { type: 'profile', title: 'a', profile: bytes(1000, 3), types: null };
  assert.deepEqual(await partsOf(small), [small]);
  assert.deepEqual(await partsOf({ type: 'loading', title: 'a', run: null }), [
    { type: 'loading', title: 'a', run: null },
  ]);
});

test('no part of a large one is large, and put together they are the message', async () => {
  const parts = await partsOf(big);
  const sizes = parts.map((part) => (part.type === 'piece' ? part.bytes.byteLength : 0));
  assert.equal(Math.max(...sizes), MB);
  assert.equal(
    sizes.reduce((sum, size) => sum + size, 0),
    5.5 * MB,
  );
  assert.deepEqual(await joined(parts), [big]);
  const profile: MessageToPage = { type: 'profile', title: 'a', profile: bytes(MB + 1, 4), types: null };
  assert.deepEqual(await joined(inPieces(profile, 2)), [profile]);
});

test('bytes that stand elsewhere are fetched a piece at a time, however few', async () => {
  const whole = bytes(2.5 * MB, 6);
  const asked: number[] = [];
  const elsewhere = (byteLength: number) => ({
    byteLength,
    slice: (from: number, to: number) => {
      asked.push(Math.min(to, byteLength) - from);
      return Promise.resolve(whole.slice(from, Math.min(to, byteLength)));
    },
  });
  const message = { type: 'profile', title: 'a', types: null } as const;
  for (const size of [2.5 * MB, 1000])
    assert.deepEqual(await joined(inPieces({ ...message, profile: elsewhere(size) }, 3)), [
      { ...message, profile: whole.slice(0, size) },
    ]);
  assert.deepEqual(asked, [MB, MB, 0.5 * MB, 1000]);
});

test('a transfer that was given up leaves nothing in the next one', async () => {
  const joiner = new PieceJoiner();
  assert.deepEqual(await joined((await partsOf(big)).slice(0, 3), joiner), []);
  const other: MessageToPage = { type: 'run', title: 'orders', run: bytes(2 * MB, 5), baseline: null };
  assert.deepEqual(await joined(inPieces(other, 2), joiner), [other]);
  assert.deepEqual(await joined((await partsOf(big)).slice(-1), joiner), [], 'the end of the one given up');
});
