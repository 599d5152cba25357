import assert from 'node:assert/strict';
import { createServer as createHttp1Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { prepareHttp2Request } from '../../../src/load/drivers/http2/request.ts';
import { certificate, loadHttp2, serveHttp2, type OnStream } from './http2Support.ts';
import { eventually, request, temporaryFolder } from './support.ts';

const local = (port: number) => ({ endpoint: { address: '127.0.0.1', port } });

test('requests over shared connections: as many as were asked for, each with its status, bytes and connection', async (t) => {
  const sessions = new Set<unknown>();
  const ports = new Set<number | undefined>();
  let [now, most] = [0, 0];
  const { port } = await serveHttp2(t, (stream, headers) => {
    sessions.add(stream.session);
    ports.add(stream.session?.socket.remotePort);
    most = Math.max(most, ++now);
    setImmediate(() => {
      now--;
      stream.respond({ ':status': headers[':path'] === '/bad' ? 503 : 200, 'x-large': 'x'.repeat(500) });
      stream.end('hello');
    });
  });
  const loaded = loadHttp2(t, local(port), 20, [{}, { path: '/bad' }]);
  await eventually('the lanes open', () => loaded.pool.openLanes === 20);
  await loaded.run(500, 20);
  await loaded.run(100, 20, 1);
  assert.deepEqual(loaded.ends(), { 200: 500, '503 bad': 100 });
  assert.equal(sessions.size, 2);
  assert.ok(most > 10, `${most} at once`);
  assert.deepEqual(new Set(loaded.rows.map(({ connection }) => connection)), new Set([0, 1]));
  assert.deepEqual(new Set(loaded.rows.map(({ localPort }) => localPort)), ports);
  for (const row of loaded.rows) {
    assert.ok(row.bytes > 9 + 9 + 5 && row.sentUs <= row.firstByteUs && row.firstByteUs <= row.doneUs);
  }
  // The large header comes whole once for each connection and then as an index.
  assert.ok(Math.min(...loaded.rows.map(({ bytes }) => bytes)) < 100);
});

test('method, path, headers, body and trace context arrive as planned', async (t) => {
  const seen: Record<string, unknown>[] = [];
  const { port } = await serveHttp2(t, (stream, headers) => {
    let body = '';
    stream.on('data', (chunk: Buffer) => (body += chunk.toString()));
    stream.on('end', () => {
      seen.push({ ...Object.fromEntries(Object.entries(headers)), body });
      stream.respond({ ':status': 201 });
      stream.end();
    });
  });
  const template = {
    method: 'POST',
    path: '/orders?q=ü',
    headers: { 'X-One': ' 1 ', Host: 'shop.test', Connection: 'close', 'x-late': 'ä' },
    body: '{"sku":"ä"}',
  };
  const loaded = loadHttp2(t, { ...local(port), traceOf: (sequence) => `00-trace-${sequence}-01` }, 1, [template]);
  await loaded.run(3, 1);
  assert.deepEqual(loaded.ends(), { 201: 3 });
  for (const [index, headers] of seen.entries()) {
    assert.deepEqual(headers, {
      ':method': 'POST',
      ':scheme': 'http',
      ':authority': 'shop.test',
      ':path': '/orders?q=%C3%BC',
      'x-one': '1',
      'x-late': Buffer.from('ä').toString('latin1'),
      'user-agent': 'slowpath',
      accept: '*/*',
      'content-length': '12',
      traceparent: `00-trace-${index + 1}-01`,
      body: '{"sku":"ä"}',
    });
  }
});

test('what cannot be sent is refused with its reason', () => {
  const base = new URL('http://127.0.0.1');
  for (const [template, why] of [
    [{ method: 'GE T' }, /"GE T" is not a method/],
    [{ path: '/a b' }, /spaces or control characters/],
    [{ headers: { 'x y': '1' } }, /"x y" is not a header's name/],
    [{ headers: { x: 'a\r\nb' } }, /value of header "x"/],
  ] as const) {
    assert.throws(() => prepareHttp2Request(base, request(template)), { code: 'LOAD_FAILED', message: why });
  }
});

test('TLS with ALPN, unix sockets; a server without HTTP/2 and an unknown certificate are named', async (t) => {
  const large = 'x'.repeat(300_000);
  const answer: OnStream = (stream) => {
    stream.respond({ ':status': 200 });
    stream.end(large);
  };
  const { port } = await serveHttp2(t, answer, { certificate });
  const secure = loadHttp2(t, { ...local(port), tls: { ca: certificate.cert, servername: 'localhost' } }, 10, [
    {},
    { method: 'POST', body: large },
  ]);
  await secure.run(100, 10);
  await secure.run(20, 10, 1);
  assert.deepEqual(secure.ends(), { 200: 120 });
  assert.ok(secure.rows.every(({ bytes }) => bytes > large.length));

  const stranger = loadHttp2(t, { ...local(port), tls: {} }, 1);
  await stranger.run(1, 1);
  assert.deepEqual(stranger.ends(), { DEPTH_ZERO_SELF_SIGNED_CERT: 1 });

  // One says no in the handshake, the other does not know the question.
  for (const options of [{ ALPNProtocols: ['http/1.1'] }, {}]) {
    const server = createTlsServer({ ...certificate, ...options });
    server.on('tlsClientError', () => undefined).listen(0, '127.0.0.1');
    t.after(() => server.close());
    await once(server, 'listening');
    const where = { ...local((server.address() as AddressInfo).port), tls: { rejectUnauthorized: false } };
    const without = loadHttp2(t, where, 1);
    await without.run(1, 1);
    assert.deepEqual(without.ends(), { H2_NOT_NEGOTIATED: 1 });
  }

  const socketPath = join(await temporaryFolder(t), 'socket');
  await serveHttp2(t, (stream) => stream.respond({ ':status': 204 }, { endStream: true }), { socketPath });
  const unix = loadHttp2(t, { endpoint: { socketPath } }, 3);
  await unix.run(10, 3);
  assert.deepEqual(unix.ends(), { 204: 10 });

  const old = createHttp1Server((_request, response) => response.end('ok'));
  old.listen(0, '127.0.0.1');
  t.after(() => old.close());
  await once(old, 'listening');
  const refused = loadHttp2(t, local((old.address() as AddressInfo).port), 1);
  await refused.run(1, 1);
  assert.deepEqual(refused.ends(), { H2_PROTOCOL_ERROR: 1 });
});
