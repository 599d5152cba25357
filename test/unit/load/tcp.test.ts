import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { nowUs } from '../../../src/load/clock.ts';
import type { Driver } from '../../../src/load/drivers/driver.ts';
import { newTcpDriver, type TcpOptions } from '../../../src/load/drivers/tcp.ts';
import { Outcome } from '../../../src/load/result.ts';
import { always, certificate, LaneByHand, onceRead, poolOf, serve } from './lanes.ts';
import { eventually, temporaryFolder } from './support.ts';

const line = { kind: 'delimiter', bytes: Buffer.from('\n') } as const;

function driver(port: number, overrides: Partial<TcpOptions> = {}): Driver {
  return newTcpDriver({
    endpoint: { address: '127.0.0.1', port },
    tls: null,
    payloads: [always('ping')],
    framing: line,
    echoCheck: false,
    connectTimeoutUs: 5_000_000,
    ...overrides,
  });
}

/** A lane to a server, ready. */
async function talk(
  t: TestContext,
  onConnection: (socket: Socket) => void,
  overrides: Partial<TcpOptions> = {},
): Promise<LaneByHand> {
  const { port } = await serve(t, onConnection);
  const lane = new LaneByHand(t, driver(port, overrides));
  assert.deepEqual(await lane.next(), { kind: 'ready' });
  return lane;
}

const echo = (socket: Socket): void => void socket.on('data', (chunk) => socket.write(chunk));

test('answers split at every byte: one answer each, timed from its first byte to its last', async (t) => {
  const answer = Buffer.from('a whole answer\n');
  let at = 0;
  let releasedUs = 0;
  const lane = await talk(
    t,
    (socket) =>
      socket.on('data', () => {
        at++;
        const release = (): void => {
          releasedUs = nowUs();
          socket.write(answer.subarray(at));
        };
        socket.write(answer.subarray(0, at), () => onceRead(release));
      }),
    { check: (data, from, to) => Buffer.from(data.subarray(from, to)).toString() === 'a whole answer' },
  );
  while (at < answer.length - 1) {
    const heard = await lane.ask();
    assert.ok(heard.kind === 'answer' && heard.good && heard.reusable, JSON.stringify(heard));
    assert.equal(heard.bytes, answer.length);
    assert.ok(heard.firstByteUs < releasedUs && heard.doneUs > releasedUs);
  }
});

test('framed, echoed and compared, by length and by delimiter, with changing payloads', async (t) => {
  for (const framing of [
    line,
    { kind: 'length', bytes: 4, endian: 'little', includesHeader: true },
    { kind: 'length', bytes: 2, endian: 'big', includesHeader: false },
  ] as const) {
    let n = 0;
    const counted = { next: () => Buffer.from(`request ${n++}`) };
    const lane = await talk(t, echo, { framing, echoCheck: true, payloads: [always('first'), counted] });
    for (const endpoint of [0, 1, 1, 0, 1]) {
      const heard = await lane.ask(endpoint);
      assert.ok(heard.kind === 'answer' && heard.good && heard.reusable, JSON.stringify(heard));
    }
    assert.equal(n, 3);
  }
});

test('what is not the echo, or does not pass the check, is an answer but not a good one', async (t) => {
  let n = 0;
  const lane = await talk(t, (socket) => socket.on('data', () => socket.write(n++ % 2 === 0 ? 'ping\n' : 'pong\n')), {
    echoCheck: true,
  });
  const good = [await lane.ask(), await lane.ask(), await lane.ask()].map((heard) => 'good' in heard && heard.good);
  assert.deepEqual(good, [true, false, true]);
  const checked = await talk(t, (socket) => socket.on('data', () => socket.write('no\n')), {
    check: (data, from, to) => to - from === 2 && data[from] === 'y'.charCodeAt(0),
  });
  const heard = await checked.ask();
  assert.ok(heard.kind === 'answer' && !heard.good && heard.reusable);
});

test('two answers in one read: the first counts, the lane is given up', async (t) => {
  const lane = await talk(t, (socket) => socket.on('data', () => socket.write('one\ntwo\n')));
  const heard = await lane.ask();
  assert.ok(heard.kind === 'answer' && heard.good && !heard.reusable);
  assert.equal(heard.bytes, 4);
});

test('bytes that nobody asked for end the lane', async (t) => {
  const lane = await talk(t, (socket) => socket.write('welcome\n'));
  assert.deepEqual(await lane.next(), { kind: 'down', code: 'EXTRA_DATA' });
});

for (const [name, framing, behave, code] of [
  ['closes in the middle of an answer', line, (socket: Socket) => socket.end('half'), 'UNEXPECTED_EOF'],
  ['closes without an answer', line, (socket: Socket) => socket.end(), 'UNEXPECTED_EOF'],
  [
    'resets in the middle of an answer',
    line,
    (socket: Socket) => socket.write('half', () => socket.resetAndDestroy()),
    'ECONNRESET',
  ],
  [
    'tells a length shorter than the prefix itself',
    { kind: 'length', bytes: 2, endian: 'big', includesHeader: true },
    (socket: Socket) => socket.write(Buffer.of(0, 1)),
    'INVALID_LENGTH',
  ],
  [
    'tells a length beyond all bounds',
    { kind: 'length', bytes: 4, endian: 'big', includesHeader: false },
    (socket: Socket) => socket.write(Buffer.of(0xff, 0xff, 0xff, 0xff)),
    'MESSAGE_TOO_LARGE',
  ],
  [
    'never stops talking',
    { kind: 'close' },
    (socket: Socket) => {
      const chunk = Buffer.alloc(1024 * 1024);
      const more = (): boolean => socket.writable && socket.write(chunk, () => more());
      more();
    },
    'MESSAGE_TOO_LARGE',
  ],
] as const) {
  test(`a server that ${name}: ${code}`, async (t) => {
    const lane = await talk(t, (socket) => socket.once('data', () => behave(socket)), { framing });
    assert.deepEqual(await lane.ask(), { kind: 'down', code });
    assert.equal(lane.unheard, 0);
  });
}

test('closed between requests: CLOSED', async (t) => {
  const lane = await talk(t, (socket) => socket.end());
  assert.deepEqual(await lane.next(), { kind: 'down', code: 'CLOSED' });
});

test('an answer that ends with the connection, half-closed or closed', async (t) => {
  for (const halfClosed of [true, false]) {
    const lane = await talk(
      t,
      (socket) =>
        socket.on('data', () => {
          socket.write('all ');
          const close = (): void => {
            socket.end('there is');
            if (!halfClosed) socket.destroySoon();
          };
          onceRead(() => setTimeout(close, 20));
        }),
      {
        framing: { kind: 'close' },
        check: (data, from, to) => Buffer.from(data.subarray(from, to)).toString() === 'all there is',
      },
    );
    const heard = await lane.ask();
    assert.ok(heard.kind === 'answer' && heard.good && !heard.reusable, JSON.stringify(heard));
    assert.equal(heard.bytes, 12);
    assert.ok(heard.doneUs - heard.firstByteUs > 15_000);
    assert.equal(lane.unheard, 0);
  }
});

test('an answer larger than any read, checked whole', async (t) => {
  const payload = Buffer.alloc(3_000_000, 'slowpath ');
  const lane = await talk(t, echo, {
    framing: { kind: 'fixed', bytes: payload.length },
    payloads: [always(payload)],
    echoCheck: true,
  });
  for (let i = 0; i < 3; i++) {
    const heard = await lane.ask();
    assert.ok(heard.kind === 'answer' && heard.good);
    assert.equal(heard.bytes, payload.length);
  }
});

test('a payload too long for its length prefix is not sent', async (t) => {
  const framing = { kind: 'length', bytes: 1, endian: 'big', includesHeader: false } as const;
  const lane = await talk(t, echo, { framing, payloads: [always('x'.repeat(256))] });
  assert.deepEqual(await lane.ask(), { kind: 'down', code: 'PAYLOAD_TOO_LONG' });
});

test('nothing listens, or nobody accepts: the code says so', async (t) => {
  const { port, close } = await serve(t, () => undefined);
  close();
  const refused = new LaneByHand(t, driver(port));
  assert.deepEqual(await refused.next(), { kind: 'down', code: 'ECONNREFUSED' });
  const folder = await temporaryFolder(t);
  const missing = new LaneByHand(t, driver(0, { endpoint: { socketPath: join(folder, 'none.sock') } }));
  assert.deepEqual(await missing.next(), { kind: 'down', code: 'ENOENT' });
});

test('unix socket', { skip: process.platform === 'win32' }, async (t) => {
  const socketPath = join(await temporaryFolder(t), 'service.sock');
  await serve(t, echo, { where: socketPath });
  const lane = new LaneByHand(t, driver(0, { endpoint: { socketPath }, echoCheck: true }));
  assert.deepEqual(await lane.next(), { kind: 'ready' });
  const heard = await lane.ask();
  assert.ok(heard.kind === 'answer' && heard.good);
});

test('TLS: asked and answered; a certificate that is not trusted, and a server that does not speak it', async (t) => {
  const { port } = await serve(t, echo, { tls: true });
  const lane = new LaneByHand(t, driver(port, { tls: { ca: certificate, servername: 'localhost' }, echoCheck: true }));
  assert.deepEqual(await lane.next(), { kind: 'ready' });
  assert.notEqual(lane.lane.localPort, 0);
  for (let i = 0; i < 3; i++) {
    const heard = await lane.ask();
    assert.ok(heard.kind === 'answer' && heard.good && heard.reusable);
  }
  const untrusting = new LaneByHand(t, driver(port, { tls: { servername: 'localhost' } }));
  assert.deepEqual(await untrusting.next(), { kind: 'down', code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  const elsewhere = new LaneByHand(t, driver(port, { tls: { ca: certificate, servername: 'elsewhere.test' } }));
  assert.deepEqual(await elsewhere.next(), { kind: 'down', code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  const plain = await serve(t, (socket) => socket.write('no TLS here\n'));
  const confused = new LaneByHand(t, driver(plain.port, { tls: { ca: certificate, servername: 'localhost' } }));
  const heard = await confused.next();
  assert.ok(heard.kind === 'down' && heard.code.startsWith('ERR_SSL_'), JSON.stringify(heard));
  const silent = await serve(t, () => undefined);
  const waiting = new LaneByHand(t, driver(silent.port, { tls: { ca: certificate }, connectTimeoutUs: 100_000 }));
  assert.deepEqual(await waiting.next(), { kind: 'down', code: 'ETIMEDOUT' });
});

test('slow-loris: the request times out, and what came of its answer is not taken for the next one’s', async (t) => {
  let n = 0;
  const { port } = await serve(t, (socket) => {
    socket.on('data', () => {
      if (n++ > 0) return void socket.write('quick\n');
      const drip = setInterval(() => socket.write('.'), 20);
      socket.on('close', () => clearInterval(drip));
    });
  });
  const { pool: lanes, rows } = poolOf(t, driver(port), { timeoutUs: 200_000 });
  lanes.submit(nowUs(), nowUs(), 0);
  lanes.submit(nowUs(), nowUs(), 0);
  await eventually('both ended', () => rows.length === 2);
  assert.deepEqual(
    rows.map(({ outcome, bytes }) => [outcome, bytes]),
    [
      [Outcome.timeout, 0],
      [Outcome.ok, 6],
    ],
  );
  assert.notEqual(rows[0]?.localPort, rows[1]?.localPort);
});

test('a target that restarts: what it held is lost, what comes after is answered by the new one', async (t) => {
  const first = await serve(t, (socket) => socket.on('data', () => undefined));
  const { pool: lanes, rows } = poolOf(t, driver(first.port), { lanes: 2, opened: 1, timeoutUs: 5_000_000 });
  await eventually('open', () => lanes.openLanes === 1);
  lanes.submit(nowUs(), nowUs(), 0);
  first.close();
  await eventually('lost', () => rows.length === 1);
  assert.equal(rows[0]?.outcome, Outcome.connectionError);
  await serve(t, echo, { where: first.port });
  let submitted = 1;
  await eventually('answered', () => {
    // A lane that was opened before the new server listened is refused, and so is what was waiting for it.
    if (rows.length === submitted && rows.at(-1)?.outcome !== Outcome.ok) {
      lanes.submit(nowUs(), nowUs(), 0);
      submitted++;
    }
    return rows.at(-1)?.outcome === Outcome.ok;
  });
});

test('a server that is stopped: requests time out; awake again, it is asked on new connections', async (t) => {
  const script = `require('node:net').createServer((s) => s.on('data', (d) => s.write(d)).on('error', () => {}))
    .listen(0, '127.0.0.1', function () { console.log(this.address().port) })`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
  const { pool: lanes, rows } = poolOf(t, driver(Number(chunk.toString()), { echoCheck: true }), {
    lanes: 4,
    timeoutUs: 150_000,
  });
  await eventually('open', () => lanes.openLanes === 4);
  child.kill('SIGSTOP');
  for (let i = 0; i < 4; i++) lanes.submit(nowUs(), nowUs(), 0);
  await eventually('timed out', () => rows.length === 4);
  assert.ok(rows.every(({ outcome, doneUs, sentUs }) => outcome === Outcome.timeout && doneUs - sentUs >= 150_000));
  child.kill('SIGCONT');
  for (let i = 0; i < 4; i++) lanes.submit(nowUs(), nowUs(), 0);
  await eventually('all ended', () => rows.length === 8);
  assert.ok(rows.slice(4).some(({ outcome }) => outcome === Outcome.ok));
});
