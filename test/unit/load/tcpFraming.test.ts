import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bodyOf, frameMessage, MessageReader, type Framing } from '../../../src/load/drivers/tcpFraming.ts';

interface Taken {
  readonly body: string;
  readonly bytes: number;
  /** Bytes left over. */
  readonly rest: number;
}

/** Feeds pieces, each in the same reused buffer as sockets do. The answer, 'more' if it is not complete, or the error. */
function feed(reader: MessageReader, pieces: readonly Uint8Array[], closes = false): Taken | string {
  const buffer = new Uint8Array(Math.max(1, ...pieces.map((piece) => piece.length)) + 3);
  let left = pieces.reduce((sum, piece) => sum + piece.length, 0);
  reader.start();
  for (const piece of pieces) {
    // Somewhere in the buffer, with other bytes around.
    buffer.fill(0x0a);
    buffer.set(piece, 2);
    const end = reader.execute(buffer, 2, 2 + piece.length);
    if (end < 0) return reader.error;
    left -= end - 2;
    if (reader.complete) break;
  }
  if (!reader.complete && closes && !reader.finish()) return reader.error;
  if (!reader.complete) return 'more';
  const { body, bodyFrom, bodyTo, bytes } = reader;
  return { body: Buffer.from(body.subarray(bodyFrom, bodyTo)).toString('latin1'), bytes, rest: left };
}

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
const delimiter = (text: string): Framing => ({ kind: 'delimiter', bytes: latin1(text) });
const length = (bytes: 1 | 2 | 4 | 8, endian: 'big' | 'little' = 'big', includesHeader = false): Framing => ({
  kind: 'length',
  bytes,
  endian,
  includesHeader,
});

const examples: readonly (readonly [name: string, framing: Framing, wire: string, body: string])[] = [
  ['one byte of length', length(1), '\x05hello', 'hello'],
  ['two bytes, big-endian', length(2), '\x00\x05hello', 'hello'],
  ['two bytes, little-endian', length(2, 'little'), '\x05\x00hello', 'hello'],
  ['four bytes, its own included', length(4, 'big', true), '\x00\x00\x00\x09hello', 'hello'],
  ['eight bytes, little-endian', length(8, 'little'), '\x05\x00\x00\x00\x00\x00\x00\x00hello', 'hello'],
  ['length zero', length(4), '\x00\x00\x00\x00', ''],
  ['a line', delimiter('\n'), 'hello\n', 'hello'],
  ['a line that ends with CR LF', delimiter('\r\n'), 'hel\rlo\r\n', 'hel\rlo'],
  ['an empty line', delimiter('\r\n'), '\r\n', ''],
  ['a delimiter that begins within itself', delimiter('aab'), 'caaaab', 'caa'],
  ['fixed size', { kind: 'fixed', bytes: 5 }, 'hello', 'hello'],
];

for (const [name, framing, wire, body] of examples) {
  test(`${name}: whole, at every split, byte by byte, twice in a row, and as our own frame`, () => {
    const bytes = latin1(wire);
    const expected = { body, bytes: bytes.length, rest: 0 };
    const reader = new MessageReader(framing, true);
    for (let at = 0; at <= bytes.length; at++) {
      assert.deepEqual(feed(reader, [bytes.subarray(0, at), bytes.subarray(at)]), expected, `split at ${at}`);
      if (at < bytes.length) assert.equal(feed(reader, [bytes.subarray(0, at)]), 'more');
    }
    const single = Array.from(bytes, (byte) => Uint8Array.of(byte));
    assert.deepEqual(feed(reader, single), expected);
    assert.deepEqual(feed(reader, [latin1(wire + wire)]), { ...expected, rest: bytes.length });
    const counting = new MessageReader(framing, false);
    assert.deepEqual(feed(counting, single), { body: '', bytes: bytes.length, rest: 0 });
    assert.deepEqual(Buffer.from(frameMessage(framing, latin1(body)) ?? ''), bytes);
  });
}

test('until the peer closes', () => {
  const reader = new MessageReader({ kind: 'close' }, true);
  const bytes = latin1('all there is');
  for (let at = 1; at < bytes.length; at++) {
    const pieces = [bytes.subarray(0, at), bytes.subarray(at)];
    assert.equal(feed(reader, pieces), 'more');
    assert.deepEqual(feed(reader, pieces, true), { body: 'all there is', bytes: bytes.length, rest: 0 });
  }
  assert.equal(feed(reader, [], true), 'UNEXPECTED_EOF');
});

test('an answer cut off by the close is an error', () => {
  for (const [framing, wire] of [
    [length(2), ''],
    [length(2), '\x00'],
    [length(2), '\x00\x02x'],
    [delimiter('\r\n'), 'hello\r'],
    [{ kind: 'fixed', bytes: 3 }, 'ab'],
  ] as const) {
    assert.equal(feed(new MessageReader(framing, false), [latin1(wire)], true), 'UNEXPECTED_EOF', wire);
  }
});

test('too large: refused by what its length says, or as soon as it is', () => {
  const reader = (framing: Framing): MessageReader => new MessageReader(framing, true, 10);
  assert.equal(feed(reader(length(2)), [latin1('\x00\x09')]), 'MESSAGE_TOO_LARGE');
  assert.equal(feed(reader(length(2)), [latin1('\x00\x08')]), 'more');
  assert.equal(feed(reader(delimiter('\n')), [latin1('12345'), latin1('678901')]), 'MESSAGE_TOO_LARGE');
  assert.equal(feed(reader({ kind: 'close' }), [latin1('12345'), latin1('678901')]), 'MESSAGE_TOO_LARGE');
  const standard = new MessageReader(length(8), false);
  assert.equal(feed(standard, [latin1('\x00\x00\x00\x00\x04\x00\x00\x00')]), 'MESSAGE_TOO_LARGE');
  assert.equal(feed(standard, [latin1('\x00\x00\x00\x00\x03\xff\xff\xf8')]), 'more');
  assert.equal(feed(standard, [latin1('\xff\xff\xff\xff\xff\xff\xff\xff')]), 'MESSAGE_TOO_LARGE');
});

test('a length shorter than its own prefix is refused', () => {
  assert.equal(feed(new MessageReader(length(4, 'big', true), true), [latin1('\x00\x00\x00\x03')]), 'INVALID_LENGTH');
});

test('a request too long for its prefix is refused', () => {
  assert.equal(frameMessage(length(1), new Uint8Array(255))?.length, 256);
  assert.equal(frameMessage(length(1), new Uint8Array(256)), null);
  assert.equal(frameMessage(length(1, 'big', true), new Uint8Array(255)), null);
});

test('a payload that ends with its delimiter already is sent as it is, and its echo compared without', () => {
  assert.equal(Buffer.from(frameMessage(delimiter('\r\n'), latin1('PING\r\n')) ?? '').toString(), 'PING\r\n');
  assert.equal(Buffer.from(bodyOf(delimiter('\r\n'), latin1('PING\r\n'))).toString(), 'PING');
  assert.equal(Buffer.from(bodyOf(length(2), latin1('PING\r\n'))).toString(), 'PING\r\n');
});

test('a long answer that trickles in byte by byte is put together in linear time', () => {
  const reader = new MessageReader(delimiter('ab'), true);
  reader.start();
  const started = performance.now();
  const a = latin1('a');
  for (let i = 0; i < 1_000_000; i++) reader.execute(a, 0, 1);
  reader.execute(latin1('b'), 0, 1);
  assert.ok(reader.complete);
  assert.equal(reader.bodyTo - reader.bodyFrom, 999_999);
  assert.ok(performance.now() - started < 5000);
});

/** The same, obvious and slow: looks at all bytes so far each time. */
function slowly(framing: Framing, wire: string, closes: boolean): Taken | string {
  const whole = (from: number, to: number, tail = 0): Taken | string =>
    wire.length < to + tail
      ? closes
        ? 'UNEXPECTED_EOF'
        : 'more'
      : { body: wire.slice(from, to), bytes: to + tail, rest: wire.length - to - tail };
  switch (framing.kind) {
    case 'fixed':
      return whole(0, framing.bytes);
    case 'delimiter': {
      const end = wire.indexOf(Buffer.from(framing.bytes).toString('latin1'));
      return whole(0, end < 0 ? Infinity : end, framing.bytes.length);
    }
    case 'length': {
      const head = wire.slice(0, framing.bytes);
      if (head.length < framing.bytes) return whole(0, framing.bytes);
      const digits = Array.from(head, (each) => each.charCodeAt(0).toString(16).padStart(2, '0'));
      const value = Number(`0x${(framing.endian === 'big' ? digits : digits.reverse()).join('')}`);
      const to = framing.includesHeader ? value : value + framing.bytes;
      if (to < framing.bytes) return 'INVALID_LENGTH';
      return to > 64 * 1024 * 1024 ? 'MESSAGE_TOO_LARGE' : whole(framing.bytes, to);
    }
    case 'close':
      if (!closes) return 'more';
      return wire === '' ? 'UNEXPECTED_EOF' : { body: wire, bytes: wire.length, rest: 0 };
  }
}

test('any bytes in any pieces: what the obvious reader finds', () => {
  const framings = fc.oneof(
    fc.record({
      kind: fc.constant('length' as const),
      bytes: fc.constantFrom(1 as const, 2 as const, 4 as const, 8 as const),
      endian: fc.constantFrom('big' as const, 'little' as const),
      includesHeader: fc.boolean(),
    }),
    fc.constantFrom('a', 'ab', 'aab', 'abab', 'aabaaa').map(delimiter),
    fc.integer({ min: 1, max: 20 }).map((bytes) => ({ kind: 'fixed' as const, bytes })),
    fc.constant({ kind: 'close' as const }),
  );
  const wires = fc.oneof(
    fc.string({ unit: fc.constantFrom('a', 'b', 'a', '\n'), maxLength: 40 }),
    fc.string({ unit: fc.constantFrom('\0', '\0', '\0', '\x05', '\x02', 'x', '\xff'), maxLength: 40 }),
  );
  fc.assert(
    fc.property(
      framings,
      wires,
      fc.array(fc.nat(40), { maxLength: 6 }),
      fc.boolean(),
      (framing, wire, cuts, closes) => {
        const bytes = latin1(wire);
        const at = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
        const pieces = at.slice(1).map((end, i) => bytes.subarray(at[i], end));
        assert.deepEqual(feed(new MessageReader(framing, true), pieces, closes), slowly(framing, wire, closes));
      },
    ),
    { numRuns: 5000 },
  );
});
