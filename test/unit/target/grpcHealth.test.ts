import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2';
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import test, { type TestContext } from 'node:test';
import { startEcho } from '../../fixtures/services/grpc/echo.mjs';
import { grpcHealth } from '../../../src/target/grpcHealth.ts';
import { waitReady } from '../../../src/target/ready.ts';

async function echo(t: TestContext) {
  const started = await startEcho();
  t.after(() => started.stop());
  return started;
}

const ask = (port: number, service = '', timeoutMs = 5000) =>
  grpcHealth(new URL(`grpc://127.0.0.1:${port}/${service}`), timeoutMs);

test('a server that serves, and services of it that do, do not, or are not known', async (t) => {
  const { port, state } = await echo(t);
  const long = 'shop.'.repeat(60) + 'Orders';
  state.health.set('shop.Orders', 1).set('shop.Stock', 2).set('shop.Later', 0).set(long, 1);
  assert.equal(await ask(port), null);
  assert.equal(await ask(port, 'shop.Orders'), null);
  assert.equal(await ask(port, long), null);
  assert.equal(await ask(port, 'shop.Stock'), 'NOT_SERVING');
  assert.equal(await ask(port, 'shop.Later'), 'UNKNOWN');
  assert.equal(await ask(port, 'shop.Nothing'), 'the server does not know this service');
});

test('a target is ready once its health service says so', async (t) => {
  const { port, state } = await echo(t);
  state.health.set('', 2);
  const ready = { kind: 'grpc', url: `grpc://127.0.0.1:${port}`, timeoutUs: 10e6 } as const;
  const waiting = waitReady(ready, () => Promise.resolve(), new AbortController().signal);
  const before = await Promise.race([waiting, ask(port)]);
  assert.equal(before, 'NOT_SERVING');
  state.health.set('', 1);
  assert.equal(await waiting, null);
  state.health.set('', 2);
  const short = { ...ready, timeoutUs: 200_000 };
  assert.match(
    String(await waitReady(short, () => Promise.resolve(), new AbortController().signal)),
    /the health check of grpc:.* failed \((NOT_SERVING|no answer in time)\)/,
  );
});

async function listening(t: TestContext, server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

async function answering(t: TestContext, answer: (stream: ServerHttp2Stream) => void): Promise<number> {
  const server = createHttp2Server();
  server.on('session', (session) => t.after(() => session.destroy()));
  server.on('stream', (stream) => {
    stream.on('error', () => undefined);
    answer(stream);
  });
  return listening(t, server);
}

test('what is no health service is told as what it is', async (t) => {
  const unknown = await answering(t, (stream) => {
    stream.respond({ ':status': 200, 'grpc-status': '12' }, { endStream: true });
  });
  assert.equal(await ask(unknown), 'the server has no health service (grpc.health.v1)');
  const web = await answering(t, (stream) => {
    stream.respond({ ':status': 404 });
    stream.end('<html>');
  });
  assert.equal(await ask(web), 'HTTP status 404');
  const flood = await answering(t, (stream) => {
    stream.respond({ ':status': 200 });
    stream.end(Buffer.alloc(100_000));
  });
  assert.equal(await ask(flood), 'the answer is too long for a health check');
  const older = createServer((_, response) => response.end('no'));
  assert.match(String(await ask(await listening(t, older))), /^[A-Z_\d]+$|status missing/);
});

test('nobody listens, and nobody answers', async (t) => {
  const { port, stop } = await startEcho();
  stop();
  assert.equal(await ask(port), 'ECONNREFUSED');
  const silent = await listening(
    t,
    createTcpServer((socket) => t.after(() => socket.destroy())),
  );
  assert.equal(await ask(silent, '', 50), 'no answer in time');
});
