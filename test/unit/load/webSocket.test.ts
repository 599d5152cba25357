import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { nowUs } from '../../../src/load/clock.ts';
import {
  newWebSocketDriver,
  type WebSocketDriver,
  type WebSocketOptions,
} from '../../../src/load/drivers/webSocket.ts';
import { Outcome } from '../../../src/load/result.ts';
import { always, certificate, LaneByHand, onceRead, poolOf, serve } from './lanes.ts';
import { eventually } from './support.ts';
import { agreed, frame, serveWebSocket, text, type Frame, type Handlers } from './webSocketServer.ts';

function driver(port: number, overrides: Partial<WebSocketOptions> = {}): WebSocketDriver {
  return newWebSocketDriver({
    endpoint: { address: '127.0.0.1', port },
    tls: null,
    host: `127.0.0.1:${port}`,
    path: '/',
    headers: {},
    subprotocol: null,
    payloads: [{ ...always('ping'), kind: 'text' }],
    echoCheck: false,
    connectTimeoutUs: 5_000_000,
    unasked: 'ignore',
    ...overrides,
  });
}

/** A lane to a server, ready. */
async function talk(
  t: TestContext,
  onFrame: (socket: Socket, frame: Frame) => void,
  overrides: Partial<WebSocketOptions> = {},
): Promise<{ lane: LaneByHand; what: WebSocketDriver }> {
  const what = driver(await serveWebSocket(t, { onFrame }), overrides);
  const lane = new LaneByHand(t, what);
  assert.deepEqual(await lane.next(), { kind: 'ready' });
  return { lane, what };
}

/** Echoes messages, ignores the rest. */
const echo = (socket: Socket, { opcode, payload }: Frame): void => {
  if (opcode <= 2) socket.write(frame(0x80 | opcode, payload));
};

test('the handshake asks as planned; text and binary messages are echoed and compared', async (t) => {
  let head = '';
  const seen: string[] = [];
  const port = await serveWebSocket(t, {
    welcome: (asked) => {
      head = asked;
      return agreed(asked, 'Sec-WebSocket-Protocol: chat.v2\r\n');
    },
    onFrame: (socket, received) => {
      seen.push(`${received.final} ${received.opcode} ${received.payload.toString()}`);
      echo(socket, received);
    },
  });
  const lane = new LaneByHand(
    t,
    driver(port, {
      path: '/live?room=1',
      headers: { Authorization: 'Bearer x', Origin: 'http://shop.test' },
      subprotocol: 'chat.v2',
      payloads: [
        { ...always('grüße'), kind: 'text' },
        { ...always(Buffer.of(0xff, 0)), kind: 'binary' },
      ],
      echoCheck: true,
    }),
  );
  assert.deepEqual(await lane.next(), { kind: 'ready' });
  for (const endpoint of [0, 1, 0]) {
    const heard = await lane.ask(endpoint);
    assert.ok(heard.kind === 'answer' && heard.good && heard.reusable, JSON.stringify(heard));
    assert.equal(heard.bytes, endpoint === 0 ? 9 : 4);
  }
  assert.deepEqual(seen, ['true 1 grüße', 'true 2 \ufffd\0', 'true 1 grüße']);
  const [request = '', ...fields] = head.split('\r\n');
  assert.equal(request, 'GET /live?room=1 HTTP/1.1');
  assert.match(fields[3] ?? '', /^Sec-WebSocket-Key: [A-Za-z0-9+/]{22}==$/);
  fields.splice(3, 1);
  assert.deepEqual(fields, [
    `Host: 127.0.0.1:${port}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Protocol: chat.v2',
    'Authorization: Bearer x',
    'Origin: http://shop.test',
  ]);
});

test('the server of these tests is one that others speak to as well', async (t) => {
  const port = await serveWebSocket(t, { onFrame: echo });
  const client = new WebSocket(`ws://127.0.0.1:${port}/`);
  t.after(() => client.close());
  await new Promise((done) => client.addEventListener('open', done));
  const answer = new Promise((done) => client.addEventListener('message', (event) => done(event.data)));
  client.send('x'.repeat(70_000));
  assert.equal(await answer, 'x'.repeat(70_000));
});

test('handshake and answer split at every byte', async (t) => {
  let at = 1;
  let headLength = Infinity;
  while (at < headLength) {
    const port = await serve(t, (socket) => {
      socket.once('data', (head) => {
        const welcome = Buffer.from(agreed(head.toString()));
        headLength = welcome.length;
        socket.write(welcome.subarray(0, at), () => setImmediate(() => socket.write(welcome.subarray(at))));
        socket.once('data', () => {
          const answer = text('a whole answer');
          const cut = at % answer.length;
          socket.write(answer.subarray(0, cut), () => setImmediate(() => socket.write(answer.subarray(cut))));
        });
      });
    });
    const check = (data: Uint8Array, from: number, to: number): boolean =>
      Buffer.from(data.subarray(from, to)).toString() === 'a whole answer';
    const lane = new LaneByHand(t, driver(port.port, { check }));
    assert.deepEqual(await lane.next(), { kind: 'ready' });
    const heard = await lane.ask();
    assert.ok(heard.kind === 'answer' && heard.good && heard.reusable, `split at ${at}`);
    port.close();
    at++;
  }
  assert.ok(headLength > 100 && headLength < 1000);
});

for (const [name, welcome, code] of [
  ['refuses', () => 'HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n', 'WS_HANDSHAKE_403'],
  ['wants to be asked elsewhere', () => 'HTTP/1.1 301 Moved\r\nlocation: /x\r\n\r\n', 'WS_HANDSHAKE_301'],
  ['does not speak HTTP', () => 'SSH-2.0-OpenSSH\r\n\r\n', 'WS_BAD_UPGRADE'],
  ['upgrades to something else', (head: string) => agreed(head).replace('websocket', 'h2c'), 'WS_BAD_UPGRADE'],
  ['answers with another key', () => agreed('Sec-WebSocket-Key: x'), 'WS_BAD_ACCEPT'],
  [
    'speaks a subprotocol nobody asked for',
    (head: string) => agreed(head, 'Sec-WebSocket-Protocol: x\r\n'),
    'WS_BAD_SUBPROTOCOL',
  ],
  [
    'compresses, though nobody asked for it',
    (head: string) => agreed(head, 'Sec-WebSocket-Extensions: permessage-deflate\r\n'),
    'WS_BAD_EXTENSION',
  ],
  [
    'never ends its head',
    () => `HTTP/1.1 101 Switching Protocols\r\nx: ${'y'.repeat(70_000)}`,
    'WS_HANDSHAKE_TOO_LARGE',
  ],
] as const) {
  test(`a server that ${name}: ${code}`, async (t) => {
    const lane = new LaneByHand(t, driver(await serveWebSocket(t, { welcome })));
    assert.deepEqual(await lane.next(), { kind: 'down', code });
    assert.equal(lane.unheard, 0);
  });
}

test('a handshake that is cut off, and one that never comes', async (t) => {
  const cut = await serve(t, (socket) => socket.end('HTTP/1.1 101 Sw'));
  const lane = new LaneByHand(t, driver(cut.port));
  assert.deepEqual(await lane.next(), { kind: 'down', code: 'UNEXPECTED_EOF' });
  const silent = await serve(t, () => undefined);
  const waiting = new LaneByHand(t, driver(silent.port, { connectTimeoutUs: 100_000 }));
  assert.deepEqual(await waiting.next(), { kind: 'down', code: 'ETIMEDOUT' });
  const gone = await serve(t, () => undefined);
  gone.close();
  const refused = new LaneByHand(t, driver(gone.port));
  assert.deepEqual(await refused.next(), { kind: 'down', code: 'ECONNREFUSED' });
});

test('what cannot be asked for is refused before anything is opened', () => {
  for (const [overrides, message] of [
    [{ path: '/a b' }, /its path "\/a b"/],
    [{ path: 'live' }, /its path "live"/],
    [{ headers: { 'a b': '' } }, /"a b" is not a header's name/],
    [{ headers: { a: 'x\r\ny: z' } }, /the value of header "a"/],
    [{ headers: { 'sec-websocket-KEY': 'x' } }, /belongs to the handshake/],
    [{ subprotocol: 'a,b' }, /"a,b" is not a subprotocol's name/],
  ] as const) {
    assert.throws(() => driver(1, overrides), { code: 'PLAN_INVALID', message });
  }
});

test('fragments with a ping between them: answered with a pong, the message put together', async (t) => {
  const pongs: string[] = [];
  let startedUs = 0;
  const { lane } = await talk(
    t,
    (socket, { opcode, payload }) => {
      if (opcode === 10) pongs.push(payload.toString());
      if (opcode !== 1) return;
      // The ping is not the answer's first byte.
      socket.write(frame(0x89, 'still there?'));
      setTimeout(() => {
        startedUs = nowUs();
        socket.write(Buffer.concat([frame(0x01, 'pi'), frame(0x89, 'and now?')]));
        onceRead(() => setTimeout(() => socket.write(frame(0x80, 'ng')), 20));
      }, 20);
    },
    { echoCheck: true },
  );
  const heard = await lane.ask();
  assert.ok(heard.kind === 'answer' && heard.good && heard.reusable, JSON.stringify(heard));
  assert.ok(heard.firstByteUs >= startedUs && heard.doneUs - heard.firstByteUs > 15_000);
  await eventually('both answered', () => pongs.length === 2);
  assert.deepEqual(pongs, ['still there?', 'and now?']);
});

test('what the server says unasked: counted and passed over, or the end, as planned', async (t) => {
  const push = (socket: Socket, received: Frame): void => {
    if (received.opcode !== 1) return;
    // One with the answer; one that begins before the next request and ends after it.
    socket.write(Buffer.concat([text(received.payload), text('news'), frame(0x01, 'more ')]));
  };
  let n = 0;
  const { lane, what } = await talk(
    t,
    (socket, received) => {
      if (n++ === 0) push(socket, received);
      else if (received.opcode === 1) socket.write(Buffer.concat([frame(0x80, 'news'), text(received.payload)]));
    },
    { echoCheck: true },
  );
  for (const unasked of [1, 2]) {
    const heard = await lane.ask();
    assert.ok(heard.kind === 'answer' && heard.good && heard.reusable, JSON.stringify(heard));
    assert.equal(what.counts.unasked, unasked);
  }
  const strict = await talk(t, push, { unasked: 'fail' });
  const heard = await strict.lane.ask();
  assert.ok(heard.kind === 'answer' && heard.good && !heard.reusable);
  const port = await serveWebSocket(t, {
    welcome: (head) => Buffer.concat([Buffer.from(agreed(head)), text('hello')]),
  });
  const greeted = new LaneByHand(t, driver(port, { unasked: 'fail' }));
  assert.deepEqual(await greeted.next(), { kind: 'down', code: 'WS_UNASKED' });
  const tolerant = driver(port);
  assert.deepEqual(await new LaneByHand(t, tolerant).next(), { kind: 'ready' });
  assert.equal(tolerant.counts.unasked, 1);
});

test('not what was sent, or not what the check wants: an answer, but not a good one', async (t) => {
  const { lane } = await talk(t, (socket) => socket.write(text('pong')), { echoCheck: true });
  const heard = await lane.ask();
  assert.ok(heard.kind === 'answer' && !heard.good && heard.reusable);
  const checked = await talk(t, echo, { check: (_data, from, to) => to - from === 3 });
  const other = await checked.lane.ask();
  assert.ok(other.kind === 'answer' && !other.good);
});

for (const [name, behave, code] of [
  ['closes with a code', (socket: Socket) => socket.write(frame(0x88, Buffer.of(3, 0xf3))), 'WS_CLOSED_1011'],
  ['closes without one', (socket: Socket) => socket.write(frame(0x88, '')), 'WS_CLOSED_1005'],
  ['breaks off', (socket: Socket) => socket.end(text('hello').subarray(0, 4)), 'UNEXPECTED_EOF'],
  ['resets', (socket: Socket) => socket.write(frame(0x01, 'h'), () => socket.resetAndDestroy()), 'ECONNRESET'],
  ['masks its frames', (socket: Socket) => socket.write(Buffer.of(0x81, 0x81, 0, 0, 0, 0, 65)), 'WS_MASKED'],
  ['answers in HTTP', (socket: Socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'), 'WS_RESERVED_BITS'],
] as const) {
  test(`a server that ${name}: ${code}`, async (t) => {
    const { lane } = await talk(t, (socket, { opcode }) => opcode === 1 && behave(socket));
    assert.deepEqual(await lane.ask(), { kind: 'down', code });
    assert.equal(lane.unheard, 0);
  });
}

test('a close is answered with its code; and we say so when we go', async (t) => {
  const closes: string[] = [];
  const note = ({ opcode, payload }: Frame): void => {
    if (opcode === 8) closes.push(payload.toString('hex'));
  };
  const { lane } = await talk(t, (socket, received) => {
    note(received);
    if (received.opcode === 1) socket.write(frame(0x88, Buffer.concat([Buffer.of(3, 0xe9), Buffer.from('going')])));
  });
  assert.deepEqual(await lane.ask(), { kind: 'down', code: 'WS_CLOSED_1001' });
  await eventually('answered', () => closes.length === 1);
  const other = await talk(t, (_socket, received) => note(received));
  other.lane.lane.destroy();
  await eventually('said', () => closes.length === 2);
  assert.deepEqual(closes, ['03e9', '03e8']);
});

test('closed between requests, with and without a word', async (t) => {
  const closing: Handlers['welcome'] = (head) =>
    Buffer.concat([Buffer.from(agreed(head)), text(''), frame(0x88, Buffer.of(3, 0xe8))]);
  const lane = new LaneByHand(t, driver(await serveWebSocket(t, { welcome: closing })));
  assert.deepEqual(await lane.next(), { kind: 'down', code: 'WS_CLOSED_1000' });
  const { lane: other } = await talk(t, (socket, { opcode }) => {
    if (opcode === 1) socket.write(text('ok'), () => setTimeout(() => socket.end(), 20));
  });
  assert.equal((await other.ask()).kind, 'answer');
  assert.deepEqual(await other.next(), { kind: 'down', code: 'CLOSED' });
});

test('three megabytes there and back', async (t) => {
  const payload = Buffer.alloc(3_000_000, 'slowpath ');
  const { lane } = await talk(t, echo, { payloads: [{ ...always(payload), kind: 'binary' }], echoCheck: true });
  for (let i = 0; i < 2; i++) {
    const heard = await lane.ask();
    assert.ok(heard.kind === 'answer' && heard.good && heard.bytes === payload.length + 10);
  }
});

test('over TLS', async (t) => {
  const port = await serveWebSocket(t, { onFrame: echo, tls: true });
  const lane = new LaneByHand(t, driver(port, { tls: { ca: certificate, servername: 'localhost' }, echoCheck: true }));
  assert.deepEqual(await lane.next(), { kind: 'ready' });
  const heard = await lane.ask();
  assert.ok(heard.kind === 'answer' && heard.good && heard.reusable);
  const untrusting = new LaneByHand(t, driver(port, { tls: { servername: 'localhost' } }));
  assert.deepEqual(await untrusting.next(), { kind: 'down', code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
});

test('slow-loris: the request times out; the next one goes over a new connection and gets its own answer', async (t) => {
  let n = 0;
  const port = await serveWebSocket(t, {
    onFrame: (socket, { opcode }) => {
      if (opcode !== 1) return;
      if (n++ > 0) {
        socket.write(text('quick'));
        return;
      }
      socket.write(Buffer.of(0x81, 100));
      const drip = setInterval(() => socket.write('.'), 20);
      socket.on('close', () => clearInterval(drip));
    },
  });
  const { pool, rows } = poolOf(t, driver(port), { timeoutUs: 200_000 });
  pool.submit(nowUs(), nowUs(), 0);
  pool.submit(nowUs(), nowUs(), 0);
  await eventually('both ended', () => rows.length === 2);
  assert.deepEqual(
    rows.map(({ outcome, bytes }) => [outcome, bytes]),
    [
      [Outcome.timeout, 0],
      [Outcome.ok, 7],
    ],
  );
});
