import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import { datagramAddress } from '../../../src/load/connecting.ts';
import { nowUs } from '../../../src/load/clock.ts';
import { newUdpDriver, type UdpDriver, type UdpOptions } from '../../../src/load/drivers/udp.ts';
import { Outcome } from '../../../src/load/result.ts';
import type { Row } from '../../../src/load/ring.ts';
import { always, LaneByHand, poolOf } from './lanes.ts';
import { eventually } from './support.ts';

type Reply = (data: Uint8Array) => void;

/** A UDP server on a free port. */
async function serveDatagrams(
  t: TestContext,
  onDatagram: (data: Buffer, reply: Reply, from: RemoteInfo, server: Socket) => void,
): Promise<{ readonly port: number; readonly socket: Socket }> {
  const socket = createSocket('udp4');
  socket.on('message', (data, from) =>
    onDatagram(data, (answer) => socket.send(answer, from.port, from.address), from, socket),
  );
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  t.after(() => {
    try {
      socket.close();
    } catch {
      // Closed by the test.
    }
  });
  return { port: socket.address().port, socket };
}

function driver(t: TestContext, port: number, overrides: Partial<UdpOptions> = {}): UdpDriver {
  const made = newUdpDriver({
    endpoint: { address: '127.0.0.1', port },
    payloads: [always('ping')],
    sequence: 'header',
    lingerUs: 300_000,
    echoCheck: true,
    ...overrides,
  });
  t.after(() => made.dispose());
  return made;
}

const outcomes = (rows: readonly Row[]): Outcome[] => rows.map(({ outcome }) => outcome);

test('asked and answered, with and without numbers; the answer is compared and checked', async (t) => {
  const seen: string[] = [];
  const { port } = await serveDatagrams(t, (data, reply) => {
    seen.push(data.toString('latin1'));
    reply(data);
  });
  for (const sequence of ['header', 'none'] as const) {
    const what = driver(t, port, {
      sequence,
      payloads: [always('ping'), always('')],
      check: (_data, from, to) => to - from === 4,
    });
    const lane = new LaneByHand(t, what, 3);
    assert.deepEqual(await lane.next(), { kind: 'ready' });
    assert.notEqual(lane.lane.localPort, 0);
    const first = await lane.ask(0, 1);
    assert.ok(first.kind === 'answer' && first.good && first.reusable, JSON.stringify(first));
    assert.equal(first.bytes, sequence === 'header' ? 20 : 4);
    const second = await lane.ask(1, 2);
    assert.ok(second.kind === 'answer' && !second.good && second.reusable, 'an empty payload fails the check');
    assert.deepEqual(
      { ...what.counts },
      { sent: 2, answered: 2, lost: 0, late: 0, reordered: 0, duplicates: 0, unknown: 0 },
    );
  }
  assert.deepEqual(seen, ['SLP1\0\0\0\x03\0\0\0\0\0\0\0\x01ping', 'SLP1\0\0\0\x03\0\0\0\0\0\0\0\x02', 'ping', '']);
});

test('not the echo: an answer, but not a good one', async (t) => {
  const { port } = await serveDatagrams(t, (data, reply) =>
    reply(Buffer.concat([data.subarray(0, 16), Buffer.from('pong')])),
  );
  const lane = new LaneByHand(t, driver(t, port));
  await lane.next();
  const heard = await lane.ask();
  assert.ok(heard.kind === 'answer' && !heard.good);
});

test('late answers are told by their number: never taken for the next request’s, overtaken ones counted', async (t) => {
  const held: (() => void)[] = [];
  let n = 0;
  const { port } = await serveDatagrams(t, (data, reply) => {
    n++;
    // 1 and 2 are held back; 3 is answered at once; then 1, twice; 4 is lost; 5 comes with 2 before it.
    if (n <= 2) held.push(() => reply(data));
    if (n === 3) {
      reply(data);
      held[0]?.();
      held[0]?.();
    }
    if (n === 5) {
      held[1]?.();
      reply(data);
    }
  });
  const what = driver(t, port);
  const { pool: lanes, rows } = poolOf(t, what, { timeoutUs: 100_000 });
  for (let i = 0; i < 5; i++) lanes.submit(nowUs(), nowUs(), 0);
  await eventually('all ended', () => rows.length === 5);
  const { timeout, ok } = Outcome;
  assert.deepEqual(outcomes(rows), [timeout, timeout, ok, timeout, ok]);
  await eventually('all counted', () => what.counts.duplicates === 1);
  assert.deepEqual(
    { ...what.counts },
    { sent: 5, answered: 2, lost: 1, late: 2, reordered: 2, duplicates: 1, unknown: 0 },
  );
  assert.equal(new Set(rows.map(({ localPort }) => localPort)).size, 1, 'one socket for all of it');
});

test('without numbers a request that timed out gives up its port; its late answer is counted there', async (t) => {
  let n = 0;
  const { port } = await serveDatagrams(t, (data, reply) => {
    if (++n === 1) setTimeout(() => reply(Buffer.from('late')), 150);
    else setTimeout(() => reply(data), 80);
  });
  const what = driver(t, port, { sequence: 'none' });
  const { pool: lanes, rows } = poolOf(t, what, { timeoutUs: 100_000 });
  lanes.submit(nowUs(), nowUs(), 0);
  lanes.submit(nowUs(), nowUs(), 0);
  await eventually('both ended', () => rows.length === 2);
  assert.deepEqual(outcomes(rows), [Outcome.timeout, Outcome.ok]);
  assert.notEqual(rows[0]?.localPort, rows[1]?.localPort);
  await eventually('counted', () => what.counts.late === 1);
  assert.deepEqual(
    { ...what.counts },
    { sent: 2, answered: 1, lost: 0, late: 1, reordered: 0, duplicates: 0, unknown: 0 },
  );
});

test('noise: datagrams without a header, for another lane, of numbers never sent', async (t) => {
  const { port } = await serveDatagrams(t, (data, reply) => {
    reply(Buffer.from('hello'));
    reply(Buffer.alloc(0));
    const other = Buffer.from(data);
    other.writeUInt32BE(99, 4);
    reply(other);
    const future = Buffer.from(data);
    future.writeUInt32BE(1000, 12);
    reply(future);
    reply(data);
  });
  const what = driver(t, port);
  const lane = new LaneByHand(t, what);
  await lane.next();
  const heard = await lane.ask();
  assert.ok(heard.kind === 'answer' && heard.good);
  assert.equal(what.counts.unknown, 4);
});

for (const [name, answer, expected] of [
  [
    'every fifth request dropped',
    (n: number, reply: () => void) => {
      if (n % 5 > 0) reply();
    },
    { lost: 40 },
  ],
  [
    'every fourth answer sent twice',
    (n: number, reply: () => void) => {
      reply();
      if (n % 4 === 0) reply();
    },
    { duplicates: 50 },
  ],
] as const) {
  test(`known: ${name}, counted exactly`, async (t) => {
    let n = 0;
    const { port } = await serveDatagrams(t, (data, reply) => answer(++n, () => reply(data)));
    const what = driver(t, port);
    const { pool: lanes, rows } = poolOf(t, what, { lanes: 10, timeoutUs: 300_000 });
    for (let i = 0; i < 200; i++) lanes.submit(nowUs(), nowUs(), 0);
    await eventually('all ended', () => rows.length === 200);
    const { lost = 0, duplicates = 0 }: { lost?: number; duplicates?: number } = expected;
    await eventually('all counted', () => what.counts.duplicates === duplicates);
    assert.equal(rows.filter(({ outcome }) => outcome === Outcome.timeout).length, lost);
    assert.deepEqual(
      { ...what.counts },
      { sent: 200, answered: 200 - lost, lost, late: 0, reordered: 0, duplicates, unknown: 0 },
    );
  });
}

test('nobody there: ECONNREFUSED; somebody again: asked anew', async (t) => {
  const { port, socket } = await serveDatagrams(t, () => undefined);
  socket.close();
  await once(socket, 'close');
  const { pool: lanes, rows } = poolOf(t, driver(t, port), { lanes: 2, timeoutUs: 5_000_000 });
  lanes.submit(nowUs(), nowUs(), 0);
  await eventually('refused', () => rows.length === 1);
  assert.equal(rows[0]?.outcome, Outcome.connectionError);
  assert.deepEqual(lanes.errorCodes, ['ECONNREFUSED']);
  const again = createSocket('udp4');
  t.after(() => again.close());
  again.on('message', (data, from) => again.send(data, from.port, from.address));
  again.bind(port, '127.0.0.1');
  await once(again, 'listening');
  lanes.submit(nowUs(), nowUs(), 0);
  await eventually('answered', () => rows.at(-1)?.outcome === Outcome.ok);
});

test('a payload longer than a datagram may be: EMSGSIZE', async (t) => {
  const { port } = await serveDatagrams(t, (data, reply) => reply(data));
  const lane = new LaneByHand(t, driver(t, port, { payloads: [always('x'.repeat(70_000))] }));
  await lane.next();
  assert.deepEqual(await lane.ask(), { kind: 'down', code: 'EMSGSIZE' });
});

test('the longest datagram there is comes back whole', async (t) => {
  const { port } = await serveDatagrams(t, (data, reply) => reply(data));
  const lane = new LaneByHand(t, driver(t, port, { payloads: [always('x'.repeat(65_507 - 16))] }));
  await lane.next();
  const heard = await lane.ask();
  assert.ok(heard.kind === 'answer' && heard.good && heard.bytes === 65_507);
});

test('a name with addresses of both kinds is asked over IPv4, which sockets of both kinds hear', () => {
  assert.equal(datagramAddress(['::1', '127.0.0.1']), '127.0.0.1');
  assert.equal(datagramAddress(['::1']), '::1');
});

test('IPv6', async (t) => {
  const server = createSocket('udp6');
  t.after(() => server.close());
  server.on('message', (data, from) => server.send(data, from.port, from.address));
  server.bind(0, '::1');
  await once(server, 'listening');
  const endpoint = { address: '::1', port: server.address().port };
  const lane = new LaneByHand(t, driver(t, 0, { endpoint }));
  assert.deepEqual(await lane.next(), { kind: 'ready' });
  const heard = await lane.ask();
  assert.ok(heard.kind === 'answer' && heard.good);
});

test('a server that is stopped: requests time out; awake again, its answers are late ones', async (t) => {
  const script = `const s = require('node:dgram').createSocket('udp4');
    s.on('message', (d, from) => s.send(d, from.port, from.address));
    s.bind(0, '127.0.0.1', () => console.log(s.address().port));`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
  const what = driver(t, Number(chunk.toString()));
  const { pool: lanes, rows } = poolOf(t, what, { lanes: 4, timeoutUs: 100_000 });
  await eventually('open', () => lanes.openLanes === 4);
  child.kill('SIGSTOP');
  for (let i = 0; i < 8; i++) lanes.submit(nowUs(), nowUs(), 0);
  await eventually('timed out', () => rows.length === 8);
  assert.ok(rows.every(({ outcome, doneUs, sentUs }) => outcome === Outcome.timeout && doneUs - sentUs >= 100_000));
  assert.equal(what.counts.lost, 8);
  child.kill('SIGCONT');
  await eventually('all came after all', () => what.counts.late === 8);
  assert.equal(what.counts.lost, 0);
});

test('nothing is left open: stopped with requests under way, and after the wait for late answers', async (t) => {
  const { port } = await serveDatagrams(t, () => undefined);
  const sockets = (): number => process.getActiveResourcesInfo().filter((name) => name === 'UDPWrap').length;
  const server = 1;
  await eventually('those of the other tests are gone', () => sockets() === server);
  for (const sequence of ['header', 'none'] as const) {
    const what = driver(t, port, { sequence });
    const { pool: lanes, rows } = poolOf(t, what, { lanes: 8, timeoutUs: 100_000 });
    await eventually('open', () => lanes.openLanes === 8);
    for (let i = 0; i < 24; i++) lanes.submit(nowUs(), nowUs(), 0);
    await eventually('timed out', () => rows.length >= 8);
    lanes.stop();
    assert.equal(rows.length, 24);
    await eventually('closed', () => sockets() === server);
  }
});
