import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { test, type TestContext } from 'node:test';
import { measure, request } from './support.ts';
import { agreed, serveWebSocket, text } from './webSocketServer.ts';
import { httpLoad } from '../../fixtures/load.ts';
import { createServer } from 'node:net';

const closed = {
  arrivals: { model: 'closed', concurrency: 2 },
  connections: 2,
  warmupUs: 0,
  durationUs: 300_000,
} as const;
const echoes = { status: null, bodyHolds: null, bodyMatches: null, headers: {}, echo: true };

async function tcpServer(t: TestContext, answer: (line: string) => string): Promise<number> {
  const server = createServer((socket) => {
    let pending = '';
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      pending += chunk.toString();
      for (let end = pending.indexOf('\n'); end >= 0; end = pending.indexOf('\n')) {
        socket.write(answer(pending.slice(0, end + 1)));
        pending = pending.slice(end + 1);
      }
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  t.after(() => server.close());
  const address = server.address();
  return address === null || typeof address === 'string' ? 0 : address.port;
}

test('a plan that speaks TCP: lines with templates, each checked on its own', async (t) => {
  const lines: string[] = [];
  // Numbers come back as they are; anything else is answered wrongly.
  const port = await tcpServer(t, (line) => (lines.push(line), /^n\d+\n$/.test(line) ? line : 'what?\n'));
  const { result } = await measure(
    t,
    httpLoad(`tcp://127.0.0.1:${port}`, {
      ...closed,
      protocol: 'tcp',
      framing: { kind: 'delimiter', delimiter: '\n' },
      requests: [
        request({ name: 'number', path: '', body: 'n{{counter}}', check: echoes }),
        request({ name: 'word', path: '', body: 'hello', check: echoes }),
        request({ name: 'unchecked', path: '', body: 'hello' }),
      ],
    }),
  );
  const { ok, errors, sent } = result.counts;
  assert.equal(ok + errors, sent);
  const bad = lines.filter((line) => line === 'hello\n').length;
  const good = lines.length - bad;
  assert.ok(bad > 5 && good > 5);
  // "word" fails its check; "unchecked" gets the same answer and is fine.
  assert.ok(errors > 0 && errors < bad && ok > good, JSON.stringify({ ...result.counts, bad, good }));
  assert.deepEqual(result.counts.byStatus, {});
  const numbers = lines.filter((line) => line.startsWith('n'));
  assert.equal(new Set(numbers).size, numbers.length);
});

test('a plan that speaks UDP: every third datagram is lost, and exactly those are counted', async (t) => {
  const server = createSocket('udp4');
  let received = 0;
  let dropped = 0;
  server.on('message', (data, { port, address }) => {
    if (++received % 3 === 0) dropped++;
    else server.send(data, port, address);
  });
  await new Promise<void>((done) => server.bind(0, '127.0.0.1', done));
  t.after(() => server.close());
  const { result } = await measure(
    t,
    httpLoad(`udp://127.0.0.1:${server.address().port}`, {
      ...closed,
      protocol: 'udp',
      sequence: 'header',
      // Longer than this machine may stand still.
      timeoutUs: 400_000,
      durationUs: 2_000_000,
      requests: [request({ path: '', body: '48', bodyEncoding: 'random', check: echoes })],
    }),
  );
  assert.ok(dropped >= 3, String(dropped));
  assert.equal(result.counts.byProtocol['lost'], dropped);
  assert.equal(result.counts.timeouts, dropped, JSON.stringify(result.counts));
  assert.equal(result.counts.ok, received - dropped);
});

test('a plan that speaks WebSocket: the handshake carries its headers, answers are checked', async (t) => {
  const heads: string[] = [];
  const port = await serveWebSocket(t, {
    welcome: (head) => (heads.push(head), agreed(head)),
    onFrame: (socket, { opcode, payload }) => opcode === 1 && socket.write(text(payload)),
  });
  const { result } = await measure(
    t,
    httpLoad(`ws://127.0.0.1:${port}/chat?room=1`, {
      ...closed,
      protocol: 'websocket',
      webSocket: { headers: { 'x-key': 'k' }, subprotocol: null, unasked: 'ignore' },
      requests: [request({ path: '', body: 'hello {{counter}}', check: echoes })],
    }),
  );
  assert.ok(result.counts.ok > 10 && result.counts.ok === result.counts.sent, JSON.stringify(result.counts));
  assert.match(heads[0] ?? '', /^GET \/chat\?room=1 HTTP\/1\.1\r\n[^]*x-key: k(\r\n|$)/);
});
