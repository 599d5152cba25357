import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HpackDecoder } from '../../../src/load/drivers/http2/hpackDecoder.ts';
import { newHeaderList } from '../../../src/load/drivers/http2/hpackEncoder.ts';
import {
  ack,
  data,
  endHeaders,
  endStream,
  field,
  frame,
  framesOf,
  headers,
  openWire,
  padded,
  priority,
  settings,
  simple,
  status200,
  Type,
  Wire,
  words,
} from './http2Wire.ts';

test('opening: preface, settings and a wide window; settings are acknowledged, pings answered', async () => {
  const wire = new Wire();
  const opening = await wire.takeBytes();
  assert.equal(opening.subarray(0, 24).toString(), 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  const [own, window] = framesOf(opening);
  assert.deepEqual(
    own?.payload,
    Buffer.from('0001 00001000 0002 00000000 0004 01000000 0006 00010000'.replaceAll(' ', ''), 'hex'),
  );
  assert.deepEqual(window?.payload, words((64 << 20) - 65_535));
  assert.deepEqual(wire.log, []);
  wire.receive(settings([3, 100], [99, 1]), frame(Type.settings, ack, 0), frame(Type.ping, 0, 0, '0102030405060708'));
  wire.receive(
    frame(Type.ping, ack, 0, '0102030405060708'),
    frame(0xfa, 0xff, 9, 'aa'),
    frame(Type.priority, 0, 7, '0000000010'),
  );
  assert.deepEqual(wire.log, ['open']);
  const answers = await wire.takeFrames();
  assert.deepEqual(
    answers.map(({ type, flags, payload }) => [type, flags, payload.toString('hex')]),
    [
      [Type.settings, ack, ''],
      [Type.ping, ack, '0102030405060708'],
    ],
  );
});

/** Every way a head, a body and trailers may come, on streams 1 to 13. */
const conversation = Buffer.concat([
  settings([4, 100_000]),
  headers(1, 0),
  data(1, 0, 'hel'),
  headers(3, endStream, Buffer.from([0x89])),
  data(1, endStream, 'lo'),
  // 1xx, then the answer; an empty body ends it.
  headers(5, 0, field(':status', '103'), field('x', 'early')),
  headers(5, 0, status200, field('x', 'late')),
  data(5, endStream, ''),
  // Padding and priority, in HEADERS and DATA.
  frame(
    Type.headers,
    endHeaders | padded | priority,
    7,
    Buffer.concat([Buffer.from('038000000110', 'hex'), status200, Buffer.alloc(3)]),
  ),
  frame(Type.data, padded, 7, Buffer.concat([Buffer.from([4]), Buffer.from('padded'), Buffer.alloc(4)])),
  frame(Type.data, padded, 7, Buffer.from([2, 0, 0])),
  frame(Type.data, padded | endStream, 7, Buffer.from([0])),
  // Trailers; a block in three frames, one of them empty.
  headers(9, 0, status200),
  data(9, 0, 'body'),
  frame(Type.headers, endStream, 9, field('x', 'tra').subarray(0, 2)),
  frame(Type.continuation, 0, 9),
  frame(Type.continuation, endHeaders, 9, Buffer.concat([field('x', 'tra').subarray(2), field('y', 'iler')])),
  // Entries of the dynamic table that later blocks refer to, after a size update.
  headers(11, endStream, Buffer.from('3fe10f88', 'hex'), Buffer.from('4001780568656c6c6f', 'hex')),
  headers(13, endStream, Buffer.from('88be', 'hex')),
  frame(Type.ping, 0, 0, '0000000000000000'),
]);
const told = [
  'open',
  '3 204',
  '3 end',
  '1 200',
  '1 data hello',
  '1 end',
  '5 200 late',
  '5 end',
  '7 200',
  '7 data padded',
  '7 end',
  '9 200',
  '9 data body',
  '9 trailers tra iler',
  '9 end',
  '11 200 hello',
  '11 end',
  '13 200 hello',
  '13 end',
];

function hold(pieces: readonly Uint8Array[]): string[] {
  const wire = new Wire();
  const streams = wire.request('1', '3', '5', '7', '9', '11', '13');
  wire.receive(...pieces);
  assert.equal(wire.connection.openStreams, 0);
  assert.ok(streams.every(({ isOpen, bytes }) => !isOpen && bytes > 9));
  return wire.log;
}

test('answers of all kinds, read whole, byte by byte, and cut anywhere', () => {
  const byStream = (log: readonly string[]): string[] =>
    log.toSorted((a, b) => Number(a.split(' ')[0]) - Number(b.split(' ')[0]));
  const expected = byStream(told);
  assert.deepEqual(byStream(hold([conversation])), expected);
  assert.deepEqual(byStream(hold(Array.from(conversation, (byte) => Uint8Array.of(byte)))), expected);
  fc.assert(
    fc.property(fc.array(fc.nat(conversation.length), { maxLength: 12 }), (cuts) => {
      const at = [0, ...cuts.toSorted((a, b) => a - b), conversation.length];
      const pieces = at.slice(1).map((end, index) => conversation.subarray(at[index], end));
      assert.deepEqual(byStream(hold(pieces)), expected);
    }),
    { numRuns: 50 },
  );
});

test('bytes of an answer: every frame of it, with padding and interim heads', () => {
  const wire = new Wire();
  const [, , five, seven, nine] = wire.request('1', '3', '5', '7', '9');
  wire.receive(
    conversation.subarray(
      0,
      conversation.indexOf(headers(11, endStream, Buffer.from('3fe10f88', 'hex')).subarray(3, 9)) - 3,
    ),
  );
  assert.equal(five?.bytes, 9 + 13 + 9 + (9 + 1 + 8) + 9);
  assert.equal(seven?.bytes, 9 + 10 + 9 + 11 + 9 + 3 + 9 + 1);
  assert.equal(nine?.bytes, 9 + 1 + (9 + 4) + (9 + 2) + 9 + (9 + 5 + 8));
});

const opened = settings();
const large = Buffer.alloc(70_000, 0x61);

for (const [name, code, number, ...chunks] of [
  ['no settings first', 'H2_PROTOCOL_ERROR', 1, frame(Type.ping, 0, 0, '0000000000000000')],
  ['an acknowledgement first', 'H2_PROTOCOL_ERROR', 1, frame(Type.settings, ack, 0)],
  ['HTTP/1.1', 'H2_PROTOCOL_ERROR', 1, Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ['a frame longer than we take', 'H2_FRAME_SIZE_ERROR', 6, opened, frame(Type.data, 0, 1, Buffer.alloc(16_385))],
  ['settings of five bytes', 'H2_FRAME_SIZE_ERROR', 6, opened, frame(Type.settings, 0, 0, '0102030405')],
  ['an acknowledgement with content', 'H2_FRAME_SIZE_ERROR', 6, opened, frame(Type.settings, ack, 0, '000400000001')],
  ['settings on a stream', 'H2_PROTOCOL_ERROR', 1, opened, frame(Type.settings, 0, 1)],
  ['push switched on', 'H2_PROTOCOL_ERROR', 1, opened, settings([2, 1])],
  ['too large an initial window', 'H2_FLOW_CONTROL_ERROR', 3, opened, settings([4, 0x80000000])],
  ['too small a frame size', 'H2_PROTOCOL_ERROR', 1, opened, settings([5, 16_383])],
  ['too large a frame size', 'H2_PROTOCOL_ERROR', 1, opened, settings([5, 16_777_216])],
  [
    'an initial window that overflows a widened one',
    'H2_FLOW_CONTROL_ERROR',
    3,
    opened,
    frame(Type.window, 0, 1, words(0x7fff0000)),
    settings([4, 0x7fffffff]),
  ],
  ['a ping of seven bytes', 'H2_FRAME_SIZE_ERROR', 6, opened, frame(Type.ping, 0, 0, '00000000000000')],
  ['a ping on a stream', 'H2_PROTOCOL_ERROR', 1, opened, frame(Type.ping, 0, 1, '0000000000000000')],
  ['a reset of three bytes', 'H2_FRAME_SIZE_ERROR', 6, opened, frame(Type.reset, 0, 1, '000000')],
  ['a reset of stream 0', 'H2_PROTOCOL_ERROR', 1, opened, frame(Type.reset, 0, 0, words(8))],
  ['a priority of four bytes', 'H2_FRAME_SIZE_ERROR', 6, opened, frame(Type.priority, 0, 1, '00000000')],
  ['a window update of three bytes', 'H2_FRAME_SIZE_ERROR', 6, opened, frame(Type.window, 0, 0, '000000')],
  ['a window update of 0', 'H2_PROTOCOL_ERROR', 1, opened, frame(Type.window, 0, 0, words(0))],
  ['a window beyond 2^31-1', 'H2_FLOW_CONTROL_ERROR', 3, opened, frame(Type.window, 0, 0, words(0x7fffffff))],
  ['a goaway of seven bytes', 'H2_FRAME_SIZE_ERROR', 6, opened, frame(Type.goaway, 0, 0, '00000000000000')],
  ['a goaway on a stream', 'H2_PROTOCOL_ERROR', 1, opened, frame(Type.goaway, 0, 1, words(0, 0))],
  ['a push', 'H2_PROTOCOL_ERROR', 1, opened, frame(Type.push, endHeaders, 1, '0000000288')],
  ['data on stream 0', 'H2_PROTOCOL_ERROR', 1, opened, data(0, 0, 'a')],
  ['headers on an even stream', 'H2_PROTOCOL_ERROR', 1, opened, headers(2, 0)],
  ['headers on a stream not begun', 'H2_PROTOCOL_ERROR', 1, opened, headers(5, 0)],
  ['data on a stream not begun', 'H2_PROTOCOL_ERROR', 1, opened, data(5, 0, 'a')],
  ['a reset of a stream not begun', 'H2_PROTOCOL_ERROR', 1, opened, frame(Type.reset, 0, 5, words(8))],
  ['a window of a stream not begun', 'H2_PROTOCOL_ERROR', 1, opened, frame(Type.window, 0, 5, words(8))],
  ['more padding than data', 'H2_PROTOCOL_ERROR', 1, opened, headers(1, 0), frame(Type.data, padded, 1, '0500000000')],
  ['padded data without a length', 'H2_PROTOCOL_ERROR', 1, opened, headers(1, 0), frame(Type.data, padded, 1)],
  ['more padding than headers', 'H2_PROTOCOL_ERROR', 1, opened, frame(Type.headers, endHeaders | padded, 1, '0588')],
  ['padded headers without a length', 'H2_PROTOCOL_ERROR', 1, opened, frame(Type.headers, endHeaders | padded, 1)],
  [
    'headers too short for their priority',
    'H2_PROTOCOL_ERROR',
    1,
    opened,
    frame(Type.headers, endHeaders | priority, 1, '00000000'),
  ],
  ['a continuation of nothing', 'H2_PROTOCOL_ERROR', 1, opened, frame(Type.continuation, endHeaders, 1, '88')],
  [
    'a continuation of another',
    'H2_PROTOCOL_ERROR',
    1,
    opened,
    frame(Type.headers, 0, 1),
    frame(Type.continuation, endHeaders, 3),
  ],
  [
    'something between the two',
    'H2_PROTOCOL_ERROR',
    1,
    opened,
    frame(Type.headers, 0, 1),
    frame(Type.ping, 0, 0, '0000000000000000'),
  ],
  ['a damaged block', 'H2_COMPRESSION_ERROR', 9, opened, frame(Type.headers, endHeaders, 1, 'ff')],
  [
    'a block of more than 64 KB',
    'H2_HEADER_OVERFLOW',
    11,
    opened,
    frame(Type.headers, 0, 1, large.subarray(0, 16_384)),
    ...[0, 1, 2, 3].map(() => frame(Type.continuation, 0, 1, large.subarray(0, 16_384))),
  ],
  [
    'a flood of continuations',
    'H2_ENHANCE_YOUR_CALM',
    11,
    opened,
    frame(Type.headers, 0, 1),
    Buffer.concat(Array.from({ length: 300 }, () => frame(Type.continuation, 0, 1))),
  ],
  ...(
    [
      ['pings', frame(Type.ping, 0, 0, '0000000000000000')],
      ['settings', opened],
      ['window updates', frame(Type.window, 0, 1, words(1))],
      ['priorities', frame(Type.priority, 0, 1, '0000000010')],
      ['unknown frames', frame(77, 0, 0)],
      ['empty data', data(1, 0, '')],
      ['interim heads', headers(1, 0, field(':status', '103'))],
      ['resets of a closed stream', frame(Type.reset, 0, 3, words(8))],
      ['headers of a closed stream', headers(3, endStream)],
    ] as const
  ).map(
    ([what, each]) =>
      [
        `a flood of ${what}`,
        'H2_ENHANCE_YOUR_CALM',
        11,
        Buffer.concat([opened, ...(what === 'empty data' ? [headers(1, 0)] : []), headers(3, endStream)]),
        Buffer.concat(Array.from({ length: 11_000 }, () => each)),
      ] as const,
  ),
] as const) {
  test(`connection error: ${name}`, async () => {
    const wire = new Wire();
    const [one, three] = wire.request('1', '3');
    wire.receive(...chunks, headers(1, endStream));
    const about = wire.log.filter((line) => !line.startsWith('3 '));
    assert.deepEqual(about.slice(-2), [`closed ${code}`, `1 reset ${code}`]);
    assert.ok(wire.ended && wire.connection.isClosed && !one?.isOpen && !three?.isOpen);
    const last = (await wire.takeFrames()).at(-1);
    assert.equal(last?.type, Type.goaway);
    assert.deepEqual(last.payload, words(0, number));
  });
}

test('a chatty peer is no flood: pings for as long as there is progress or time goes by', () => {
  const wire = new Wire();
  wire.receive(opened);
  const pings = Buffer.concat(Array.from({ length: 6000 }, () => frame(Type.ping, 0, 0, '0000000000000000')));
  for (let id = 1; id < 9; id += 2) {
    wire.request(String(id));
    wire.receive(pings, headers(id, endStream));
  }
  for (let i = 0; i < 5; i++) {
    wire.receive(pings);
    wire.pass(1_100_000);
  }
  assert.ok(!wire.connection.isClosed);
});

for (const [name, code, number, ...chunks] of [
  ['data before the head', 'H2_PROTOCOL_ERROR', 1, data(1, 0, 'a')],
  ['no status', 'H2_PROTOCOL_ERROR', 1, headers(1, endStream, field('x', '1'))],
  ['a malformed head', 'H2_PROTOCOL_ERROR', 1, headers(1, endStream, status200, field('X', '1'))],
  ['an interim head that ends', 'H2_PROTOCOL_ERROR', 1, headers(1, endStream, field(':status', '103'))],
  ['a second head', 'H2_PROTOCOL_ERROR', 1, headers(1, 0), headers(1, endStream)],
  ['trailers that do not end', 'H2_PROTOCOL_ERROR', 1, headers(1, 0), headers(1, 0, field('x', '1'))],
  ['a window update of 0', 'H2_PROTOCOL_ERROR', 1, frame(Type.window, 0, 1, words(0))],
  ['a window beyond 2^31-1', 'H2_FLOW_CONTROL_ERROR', 3, frame(Type.window, 0, 1, words(0x7fffffff))],
  [
    'a header list of more than 64 KB',
    'H2_HEADER_OVERFLOW',
    11,
    headers(
      1,
      0,
      status200,
      Buffer.from('400178 7f810f'.replaceAll(' ', ''), 'hex'),
      Buffer.alloc(2048, 0x62),
      Buffer.alloc(40, 0xbe),
    ),
  ],
] as const) {
  test(`stream error: ${name}; its neighbour goes on, and what still comes is passed over`, async () => {
    const wire = await openWire();
    wire.request('1', '3');
    await wire.takeFrames();
    wire.receive(
      ...chunks,
      data(1, 0, 'late'),
      headers(1, endStream, Buffer.from('8840017801 61'.replaceAll(' ', ''), 'hex')),
    );
    wire.receive(headers(3, endStream, Buffer.from('88be', 'hex')));
    assert.deepEqual(wire.log.slice(-3), [`1 reset ${code}`, '3 200 a', '3 end']);
    const resets = (await wire.takeFrames()).filter(({ type }) => type === Type.reset);
    assert.deepEqual(
      resets.map(({ streamId, payload }) => [streamId, payload]),
      [[1, words(number)]],
    );
  });
}

for (const [number, name] of [
  [0, 'H2_NO_ERROR'],
  [2, 'H2_INTERNAL_ERROR'],
  [7, 'H2_REFUSED_STREAM'],
  [8, 'H2_CANCEL'],
  [13, 'H2_HTTP_1_1_REQUIRED'],
  [4711, 'H2_UNKNOWN_ERROR'],
] as const) {
  test(`a reset with ${number} is ${name}; a second one is passed over`, async () => {
    const wire = await openWire();
    const [one] = wire.request('1', '3');
    wire.receive(headers(1, 0), frame(Type.reset, 0, 1, words(number)), frame(Type.reset, 0, 1, words(8)));
    wire.receive(headers(3, endStream));
    assert.deepEqual(wire.log, ['1 200', `1 reset ${name}`, '3 200', '3 end']);
    assert.equal(one?.isOpen, false);
  });
}

test('goaway: what the server has not looked at fails at once, the rest is answered, then the connection ends', async () => {
  const wire = await openWire();
  wire.request('1', '3', '5');
  wire.receive(frame(Type.goaway, 0, 0, words(0x7fffffff, 0)));
  assert.deepEqual(wire.log, ['retiring GOAWAY']);
  assert.throws(() => wire.request('7'));
  wire.receive(frame(Type.goaway, 0, 0, Buffer.concat([words(3, 11), Buffer.from('why')])), headers(1, endStream));
  assert.ok(!wire.ended);
  wire.receive(headers(3, 0), data(3, endStream, 'ok'));
  assert.deepEqual(wire.log.slice(1), [
    '5 reset GOAWAY_ENHANCE_YOUR_CALM',
    '1 200',
    '1 end',
    '3 200',
    '3 data ok',
    '3 end',
  ]);
  assert.ok(wire.ended);
});

test('no more at once than the server allows: the others wait their turn, or are given up', async () => {
  const wire = await openWire({}, [3, 2]);
  const streams = wire.request('1', '3', 'a', 'b', 'c', 'd');
  assert.equal((await wire.takeFrames()).length, 2);
  assert.equal(wire.connection.openStreams, 6);
  const [, , , b] = streams;
  if (b) wire.connection.cancel(b);
  wire.receive(headers(3, endStream), headers(5, endStream));
  assert.deepEqual(wire.log, ['3 200', '3 end', 'a 200', 'a end']);
  wire.receive(settings([3, 10]));
  const sent = await wire.takeFrames();
  assert.deepEqual(
    sent.filter(({ type }) => type === Type.headers).map(({ streamId }) => streamId),
    [5, 7, 9],
  );
  wire.receive(frame(Type.reset, 0, 7, words(7)), settings([3, 0]));
  wire.request('e');
  wire.receive(frame(Type.goaway, 0, 0, words(9, 0)));
  assert.deepEqual(wire.log.slice(4), ['c reset H2_REFUSED_STREAM', 'retiring GOAWAY', 'e reset GOAWAY']);
});

test('ids run out: the last one is used, then the connection takes no more', async () => {
  const wire = await openWire({ firstStreamId: 0x7ffffffd });
  wire.request('a');
  assert.deepEqual(wire.log, []);
  wire.request('b');
  assert.deepEqual(wire.log, ['retiring H2_STREAM_IDS']);
  assert.throws(() => wire.request('c'));
  wire.receive(headers(0x7ffffffd, endStream), headers(0x7fffffff, endStream));
  assert.deepEqual(wire.log.slice(1), ['a 200', 'a end', 'b 200', 'b end']);
  assert.ok(wire.ended);
});

test('a body of 1 MB goes out as the windows allow, fairly, whatever the server makes of them meanwhile', async () => {
  const wire = await openWire();
  const body = Buffer.from(Uint8Array.from({ length: 1_000_000 }, (_, i) => i * 7));
  const streams = [wire.stream('1'), wire.stream('3')];
  for (const stream of streams) {
    wire.connection.request(stream, simple, null, false);
    wire.connection.send(stream, body.subarray(0, 600_000), false);
    wire.connection.send(stream, body.subarray(600_000), true);
  }
  const got = new Map<number, Buffer[]>([
    [1, []],
    [3, []],
  ]);
  let ends = 0;
  const take = async (): Promise<number> => {
    let bytes = 0;
    for (const { type, flags, streamId, payload } of await wire.takeFrames()) {
      if (type !== Type.data) continue;
      assert.ok(payload.length <= 16_384);
      bytes += payload.length;
      got.get(streamId)?.push(payload);
      if (flags & endStream) ends++;
    }
    return bytes;
  };
  const sizes = (): number[] => [...got.values()].map((pieces) => Buffer.concat(pieces).length);
  assert.equal(await take(), 65_535);
  // The connection's window is used up; a stream's alone does not help, nor the other way round.
  wire.receive(frame(Type.window, 0, 1, words(1000)));
  assert.equal(await take(), 0);
  wire.receive(frame(Type.window, 0, 0, words(2_000_000)));
  assert.equal(await take(), 2 * 65_535 + 1000 - 65_535);
  // A smaller initial window makes theirs negative (RFC 9113 6.9.2).
  wire.receive(settings([4, 35_535]), frame(Type.window, 0, 3, words(30_000)));
  assert.equal(await take(), 0);
  wire.receive(frame(Type.window, 0, 3, words(1)));
  assert.equal(await take(), 1);
  wire.pendingBytes = 2_000_000;
  wire.receive(frame(Type.window, 0, 1, words(1_000_000)), frame(Type.window, 0, 3, words(200_000)));
  // The socket does not drain: nothing is piled up.
  assert.equal(await take(), 0);
  wire.pendingBytes = 0;
  wire.connection.drained();
  assert.ok((await take()) > 1_000_000);
  wire.receive(frame(Type.window, 0, 3, words(800_000)));
  await take();
  assert.deepEqual(sizes(), [1_000_000, 1_000_000]);
  assert.equal(ends, 2);
  for (const pieces of got.values()) assert.ok(Buffer.concat(pieces).equals(body));
  wire.receive(headers(1, endStream), headers(3, endStream));
  assert.deepEqual(wire.log, ['1 200', '1 end', '3 200', '3 end']);
  assert.ok((await wire.takeFrames()).every(({ type }) => type !== Type.reset));
});

test('an answer before the body is sent: complete, and the rest of the body is called off', async () => {
  const wire = await openWire();
  const stream = wire.stream('1');
  wire.connection.request(stream, simple, null, false);
  wire.connection.send(stream, Buffer.alloc(100_000), true);
  await wire.takeFrames();
  wire.receive(headers(1, endStream, Buffer.from([0x8c])), frame(Type.window, 0, 1, words(100_000)));
  assert.deepEqual(wire.log, ['1 400', '1 end']);
  assert.deepEqual(
    (await wire.takeFrames()).map(({ type, streamId, payload }) => [type, streamId, payload]),
    [[Type.reset, 1, words(8)]],
  );
});

test('windows of the server are topped up in big steps, for streams that are over too; beyond them it is an error', async () => {
  const wire = await openWire({ windowBytes: 20_000 });
  wire.request('1', '3');
  await wire.takeFrames();
  wire.receive(headers(1, 0), data(1, 0, large.subarray(0, 9000)));
  assert.deepEqual(await wire.takeFrames(), []);
  wire.receive(data(1, 0, large.subarray(0, 9000)));
  assert.deepEqual(
    (await wire.takeFrames()).map(({ type, streamId, payload }) => [type, streamId, payload]),
    [[Type.window, 1, words(18_000)]],
  );
  wire.receive(
    frame(Type.reset, 0, 1, words(2)),
    data(1, 0, large.subarray(0, 16_000)),
    data(1, 0, large.subarray(0, 16_000)),
  );
  assert.deepEqual(
    (await wire.takeFrames()).map(({ type, streamId, payload }) => [type, streamId, payload]),
    [[Type.window, 0, words(50_000)]],
  );
  wire.receive(headers(3, 0), data(3, 0, large.subarray(0, 9000)), data(3, 0, large.subarray(0, 16_384)));
  assert.deepEqual(wire.log.slice(-3), [
    'closed H2_FLOW_CONTROL_ERROR',
    '3 data 9000',
    '3 reset H2_FLOW_CONTROL_ERROR',
  ]);
});

test('a stream is free when it has ended: the next request may go on it from within; all that a read brings is one write', async () => {
  const wire = await openWire();
  let left = 3;
  const stream = wire.stream('a', () => {
    if (left-- > 0) wire.connection.request(stream, simple, null, true);
  });
  wire.connection.request(stream, simple, null, true);
  const other = wire.stream('b', () => wire.connection.request(other, simple, null, true));
  wire.connection.request(other, simple, null, true);
  await wire.takeBytes();
  let writes = 0;
  const write = wire.write.bind(wire);
  wire.write = (chunk) => {
    writes++;
    write(chunk);
  };
  wire.receive(Buffer.concat([headers(1, endStream), headers(3, endStream)]));
  assert.equal(writes, 1);
  wire.receive(headers(5, endStream), headers(9, endStream));
  assert.deepEqual(
    (await wire.takeFrames()).map(({ type, streamId }) => [type, streamId]),
    [
      [Type.headers, 5],
      [Type.headers, 7],
      [Type.headers, 9],
      [Type.headers, 11],
    ],
  );
  wire.connection.cancel(other);
  wire.connection.cancel(other);
  assert.equal((await wire.takeFrames()).length, 1);
});

test('given up in the middle of a frame: the rest of it is not the next request’s', async () => {
  const wire = await openWire();
  const [one] = wire.request('1');
  assert.ok(one);
  const bytes = Buffer.concat([headers(1, 0), data(1, endStream, 'first')]);
  wire.receive(bytes.subarray(0, -3));
  wire.connection.cancel(one);
  wire.connection.request(one, simple, null, true);
  wire.receive(bytes.subarray(-3), headers(3, 0), data(3, endStream, 'next'));
  assert.deepEqual(wire.log, ['1 200', '1 200', '1 data finext', '1 end']);
});

test('what the socket has not taken yet is never overwritten, and its buffers are used again', async () => {
  const wire = await openWire();
  const kept: { chunk: Uint8Array; copy: Buffer }[] = [];
  wire.write = (chunk) => {
    kept.push({ chunk, copy: Buffer.from(chunk) });
    wire.pendingBytes = 1;
  };
  const turn = async (): Promise<void> => {
    wire.receive(frame(Type.ping, 0, 0, Buffer.alloc(8, kept.length)));
    await new Promise((done) => setImmediate(done));
  };
  for (let i = 0; i < 4; i++) await turn();
  assert.equal(new Set(kept.map(({ chunk }) => chunk.buffer)).size, 4);
  for (const { chunk, copy } of kept) assert.ok(copy.equals(chunk));
  kept.length = 0;
  for (let i = 0; i < 6; i++) {
    await turn();
    const last = kept.at(-1);
    assert.ok(last?.copy.equals(last.chunk));
    wire.pendingBytes = 0;
  }
  assert.ok(new Set(kept.map(({ chunk }) => chunk.buffer)).size <= 3);
});

test('heads longer than a frame go out in several, and an emptied table is announced', async () => {
  const wire = await openWire({}, [1, 0]);
  const fields = Array.from({ length: 40 }, (_, i) => [`x-${i}`, `${'\t'.repeat(1000)}${i}`] as const);
  const list = newHeaderList([[':method', 'GET'], ...fields], true);
  for (const round of [1, 3]) {
    wire.connection.request(wire.stream('1'), list, 'trace', true);
    const sent = await wire.takeFrames();
    assert.deepEqual(
      sent.map(({ type, flags, streamId }) => [type, flags, streamId]),
      [
        [Type.headers, endStream, round],
        [Type.continuation, 0, round],
        [Type.continuation, endHeaders, round],
      ],
    );
    const block = Buffer.concat(sent.map(({ payload }) => payload));
    // Size 0, and 0 it stays.
    assert.equal(block.subarray(0, 2).toString('hex'), round === 1 ? '2020' : '8200');
    const decoder = new HpackDecoder(['x-0', 'x-39', 'traceparent']);
    assert.ok(decoder.decode(block, 0, block.length));
    assert.deepEqual([decoder.fields.text(1)?.length, decoder.fields.text(2)], [1002, 'trace']);
  }
});

test('random bytes, and random frames: no exception, and every request hears its end once', () => {
  const randomFrames = fc
    .array(
      fc.record({
        type: fc.integer({ min: 0, max: 10 }),
        flags: fc.constantFrom(0, 1, 4, 5, 8, 9, 12, 13, 32, 37, 0xff),
        streamId: fc.constantFrom(0, 1, 1, 3, 3, 5, 2, 9),
        payload: fc.oneof(
          fc.uint8Array({ maxLength: 40 }),
          fc
            .constantFrom('88', '', '00000000', '0000000000000000', '8800017801 61', '000400000000', '7fffffff')
            .map((hex) => Buffer.from(hex.replaceAll(' ', ''), 'hex')),
        ),
      }),
      { maxLength: 40 },
    )
    .map((frames) =>
      Buffer.concat([opened, ...frames.map((each) => frame(each.type, each.flags, each.streamId, each.payload))]),
    );
  fc.assert(
    fc.property(
      fc.oneof(
        randomFrames,
        fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.concat([opened, bytes])),
      ),
      fc.nat(50),
      (bytes, cut) => {
        const wire = new Wire();
        wire.request('1', '3', '5');
        wire.receive(bytes.subarray(0, cut), bytes.subarray(cut));
        wire.connection.closed('CLOSED');
        for (const name of ['1', '3', '5']) {
          assert.equal(
            wire.log.filter((line) => line === `${name} end` || line.startsWith(`${name} reset`)).length,
            1,
            wire.log.join(),
          );
        }
      },
    ),
    { numRuns: 3000 },
  );
});
