import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Event, Opcode, WebSocketReader, WebSocketWriter } from '../../../src/load/drivers/webSocketFrames.ts';
import { frame } from './webSocketServer.ts';

const names = Object.fromEntries(Object.entries(Event).map(([name, value]) => [value, name]));

/** Everything a reader finds in pieces, each in the same reused buffer; ends with the error if there is one. */
function read(pieces: readonly Uint8Array[], reader = new WebSocketReader(true)): string[] {
  const found: string[] = [];
  const buffer = new Uint8Array(Math.max(1, ...pieces.map((piece) => piece.length)) + 2);
  for (const piece of pieces) {
    buffer.fill(0xff);
    buffer.set(piece, 1);
    for (let at = 1; at < 1 + piece.length;) {
      at = reader.execute(buffer, at, 1 + piece.length);
      if (at < 0) return [...found, reader.error];
      const body = Buffer.from(reader.body.subarray(reader.bodyFrom, reader.bodyTo)).toString('latin1');
      if (reader.event !== Event.none) found.push(`${names[reader.event]} ${body}`);
    }
  }
  return found;
}

const concat = (parts: readonly Buffer[]): Buffer => Buffer.concat(parts);
const examples: readonly (readonly [name: string, wire: Buffer, found: readonly string[]])[] = [
  ['text', frame(0x81, 'hello'), ['message hello']],
  ['binary', frame(0x82, 'hello'), ['message hello']],
  ['empty', frame(0x81, ''), ['message ']],
  [
    '125, 126 and 300 bytes',
    concat([125, 126, 300].map((n) => frame(0x82, 'x'.repeat(n)))),
    [125, 126, 300].map((n) => `message ${'x'.repeat(n)}`),
  ],
  ['in three fragments', concat([frame(0x01, 'he'), frame(0x00, 'll'), frame(0x80, 'o')]), ['message hello']],
  ['empty fragments', concat([frame(0x01, ''), frame(0x00, ''), frame(0x80, '')]), ['message ']],
  [
    'control frames between fragments',
    concat([frame(0x02, 'he'), frame(0x89, 'ping!'), frame(0x00, 'll'), frame(0x8a, ''), frame(0x80, 'o')]),
    ['ping ping!', 'pong ', 'message hello'],
  ],
  ['close', concat([frame(0x81, 'bye'), frame(0x88, Buffer.of(3, 0xe8))]), ['message bye', 'close \x03\xe8']],
  ['RSV bit', frame(0xc1, 'x'), ['WS_RESERVED_BITS']],
  ['reserved opcode', frame(0x83, 'x'), ['WS_RESERVED_OPCODE']],
  ['reserved control opcode', frame(0x8b, 'x'), ['WS_RESERVED_OPCODE']],
  ['masked by the server', Buffer.of(0x81, 0x81, 1, 2, 3, 4, 5), ['WS_MASKED']],
  ['fragmented ping', frame(0x09, 'x'), ['WS_BAD_CONTROL']],
  ['long ping', frame(0x89, 'x'.repeat(126)), ['WS_BAD_CONTROL']],
  ['continues nothing', frame(0x80, 'x'), ['WS_BAD_FRAGMENT']],
  ['a message within a message', concat([frame(0x01, 'x'), frame(0x81, 'y')]), ['WS_BAD_FRAGMENT']],
  ['too long by its head', Buffer.of(0x82, 127, 0, 0, 0, 0, 4, 0, 0, 1), ['WS_TOO_LARGE']],
  ['longer than can be', Buffer.of(0x82, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), ['WS_TOO_LARGE']],
];

for (const [name, wire, found] of examples) {
  test(`${name}: whole, at every split, byte by byte`, () => {
    assert.deepEqual(read([wire]), found);
    for (let at = 0; at <= wire.length; at++) {
      assert.deepEqual(read([wire.subarray(0, at), wire.subarray(at)]), found, `split at ${at}`);
    }
    assert.deepEqual(read(Array.from(wire, (byte) => Uint8Array.of(byte))), found);
  });
}

test('too large as the sum of its fragments', () => {
  const reader = new WebSocketReader(false, 10);
  assert.deepEqual(read([frame(0x02, '12345'), frame(0x00, '12345'), frame(0x80, '6')], reader), ['WS_TOO_LARGE']);
  assert.deepEqual(read([frame(0x82, '1234567890')], new WebSocketReader(true, 10)), ['message 1234567890']);
});

test('bytes: of each message with its heads and what came between its fragments, not of what came before it', () => {
  const reader = new WebSocketReader(false);
  const wire = concat([frame(0x89, 'x'), frame(0x01, 'ab'), frame(0x89, 'y'), frame(0x80, 'cd'), frame(0x81, 'e')]);
  const counted: number[] = [];
  for (let at = 0; at < wire.length;) {
    at = reader.execute(wire, at, wire.length);
    if (reader.event === Event.message) counted.push(reader.bytes);
  }
  assert.deepEqual(counted, [4 + 3 + 4, 3]);
});

test('any messages, fragmented and interrupted anyhow, in any pieces', () => {
  const control = fc.tuple(fc.constantFrom(0x89, 0x8a), fc.string({ unit: 'binary-ascii', maxLength: 20 }));
  const fragment = fc.tuple(fc.string({ unit: 'binary-ascii', maxLength: 200 }), fc.array(control, { maxLength: 2 }));
  const message = fc.tuple(fc.constantFrom(1, 2), fc.array(fragment, { minLength: 1, maxLength: 4 }));
  fc.assert(
    fc.property(fc.array(message, { maxLength: 4 }), fc.array(fc.nat(), { maxLength: 8 }), (messages, cuts) => {
      const [frames, expected]: [Buffer[], string[]] = [[], []];
      for (const [opcode, fragments] of messages) {
        fragments.forEach(([part, controls], i) => {
          const last = i === fragments.length - 1;
          if (i > 0) {
            for (const [first, payload] of controls) {
              frames.push(frame(first, payload));
              expected.push(`${first === 0x89 ? 'ping' : 'pong'} ${payload}`);
            }
          }
          frames.push(frame((last ? 0x80 : 0) | (i === 0 ? opcode : 0), part));
        });
        expected.push(`message ${fragments.map(([part]) => part).join('')}`);
      }
      const wire = concat(frames);
      const at = [0, ...cuts.map((cut) => cut % (wire.length + 1)).sort((a, b) => a - b), wire.length];
      assert.deepEqual(read(at.slice(1).map((end, i) => wire.subarray(at[i], end))), expected);
    }),
    { numRuns: 500 },
  );
});

test('any bytes at all: the same however they are split', () => {
  const noise = fc.array(
    fc
      .constantFrom(0x00, 0x01, 0x80, 0x81, 0x82, 0x88, 0x89, 0x8a, 0x02, 0x03, 0x7e, 0x7f, 0xc1, 0x41)
      .map((byte) => byte),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(noise, fc.nat(), (bytes, cut) => {
      const wire = Buffer.from(bytes);
      const at = wire.length === 0 ? 0 : cut % wire.length;
      assert.deepEqual(read([wire.subarray(0, at), wire.subarray(at)]), read([wire]));
    }),
    { numRuns: 3000 },
  );
});

test('our own frames: as RFC 6455 has them, each masked anew', () => {
  const writer = new WebSocketWriter(1);
  const masks = new Set<number>();
  for (const length of [0, 1, 2, 3, 4, 5, 125, 126, 65_535, 65_536, 70_001]) {
    const payload = Buffer.alloc(length, 'slowpath');
    const out = writer.frame(Opcode.binary, payload, true);
    const lengthBytes = length < 126 ? 0 : length < 65_536 ? 2 : 8;
    assert.equal(out[0], 0x82);
    assert.equal(out[1], 0x80 + (lengthBytes === 0 ? length : lengthBytes === 2 ? 126 : 127));
    if (lengthBytes === 2) assert.equal(out.readUInt16BE(2), length);
    if (lengthBytes === 8) assert.equal(out.readBigUInt64BE(2), BigInt(length));
    const mask = out.subarray(2 + lengthBytes, 6 + lengthBytes);
    masks.add(mask.readUInt32BE());
    const unmasked = out.subarray(6 + lengthBytes).map((byte, i) => byte ^ (mask[i % 4] ?? 0));
    assert.ok(payload.equals(unmasked), `${length} bytes`);
  }
  assert.equal(masks.size, 11);
});

test('a frame that is still being sent is not written over', () => {
  const writer = new WebSocketWriter(1);
  const first = writer.frame(Opcode.text, Buffer.from('first'), true);
  const copy = Buffer.from(first);
  const second = writer.frame(Opcode.text, Buffer.from('other'), false);
  assert.deepEqual(first, copy);
  assert.equal(writer.frame(Opcode.text, Buffer.from('third'), true), second);
});
