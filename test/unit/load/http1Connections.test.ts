import assert from 'node:assert/strict';
import { createServer as createHttpServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { parquetMetadataAsync } from 'hyparquet';
import { TLSSocket } from 'node:tls';
import { SlowpathError } from '../../../src/errors.ts';
import type { Tls } from '../../../src/plan/scenario.ts';
import { httpLoad } from '../../fixtures/load.ts';
import { measure, request, temporaryFolder } from './support.ts';

const certs = join(import.meta.dirname, '../../fixtures/certs');
const pem = (name: string): Buffer => readFileSync(join(certs, name));
const trusting: Tls = { ca: join(certs, 'ca.pem'), cert: null, key: null, serverName: null, verify: true };

async function listening(t: TestContext, server: Server, where: string | number = 0): Promise<number> {
  await new Promise<void>((done) => {
    if (typeof where === 'string') server.listen(where, done);
    else server.listen(where, '127.0.0.1', done);
  });
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return address === null || typeof address === 'string' ? 0 : address.port;
}

const closed = { arrivals: { model: 'closed', concurrency: 2 }, connections: 2, durationUs: 300_000 } as const;

test('HTTPS: the certificate is checked, the session taken up again, every request answered', async (t) => {
  const resumed: boolean[] = [];
  let served = 0;
  const server = createHttpsServer({ key: pem('server.key'), cert: pem('server.pem') }, (_req, res) => {
    // Every fifth answer closes its connection, so that there are many handshakes, however few requests a busy machine makes.
    if (++served % 5 === 0) res.setHeader('connection', 'close');
    res.end('ok');
  });
  server.on('secureConnection', (socket: TLSSocket) => resumed.push(socket.isSessionReused()));
  const port = await listening(t, server);
  const { result } = await measure(
    t,
    httpLoad(`https://127.0.0.1:${port}`, { ...closed, tls: trusting, durationUs: 1_000_000 }),
  );
  assert.equal(result.counts.ok, result.counts.sent);
  assert.ok(result.counts.ok > 50, String(result.counts.ok));
  assert.ok(resumed.filter(Boolean).length > resumed.length / 2, resumed.join());
});

test('a certificate that nobody vouches for ends the run, unless the plan does not check it', async (t) => {
  const server = createHttpsServer({ key: pem('server.key'), cert: pem('server.pem') }, (_req, res) => res.end('ok'));
  const port = await listening(t, server);
  const unknown = { ...trusting, ca: null };
  const url = `https://127.0.0.1:${port}`;
  await assert.rejects(measure(t, httpLoad(url, { ...closed, tls: unknown })), (error) => {
    assert.ok(error instanceof SlowpathError && error.code === 'LOAD_FAILED');
    assert.match(
      error.message,
      /^127\.0\.0\.1:\d+ and this machine agree on no TLS connection \(UNABLE_TO_VERIFY_LEAF_SIGNATURE: .*"ca"/,
    );
    return true;
  });
  const trusted = await measure(
    t,
    httpLoad(`https://127.0.0.1:${port}`, { ...closed, tls: { ...unknown, verify: false } }),
  );
  assert.equal(trusted.result.counts.ok, trusted.result.counts.sent);
});

test('mutual TLS: the client shows its certificate and names the server', async (t) => {
  const seen = new Set<string>();
  const server = createHttpsServer(
    { key: pem('server.key'), cert: pem('server.pem'), ca: pem('ca.pem'), requestCert: true, rejectUnauthorized: true },
    (req, res) => {
      if (req.socket instanceof TLSSocket) {
        const { subject } = req.socket.getPeerCertificate();
        // `servername` is what the client named; Node's types have it on servers' events alone.
        seen.add(`${[subject.CN].flat().join()} for ${String(Reflect.get(req.socket, 'servername'))}`);
      }
      res.end('ok');
    },
  );
  const port = await listening(t, server);
  const tls: Tls = {
    ...trusting,
    cert: join(certs, 'client.pem'),
    key: join(certs, 'client.key'),
    serverName: 'server.test',
  };
  const { result } = await measure(t, httpLoad(`https://127.0.0.1:${port}`, { ...closed, tls }));
  assert.ok(result.counts.ok > 0 && result.counts.ok === result.counts.sent);
  assert.deepEqual([...seen], ['client.test for server.test']);
  const without = await measure(t, httpLoad(`https://127.0.0.1:${port}`, { ...closed, tls: trusting }));
  assert.equal(without.result.counts.ok, 0);
});

test('a Unix socket', async (t) => {
  const socket = join(await temporaryFolder(t), 's');
  const hosts = new Set<string | undefined>();
  await listening(
    t,
    createHttpServer((req, res) => (hosts.add(req.headers.host), res.end('ok'))),
    socket,
  );
  const { result } = await measure(t, httpLoad('http://api.test', { ...closed, socket }));
  assert.ok(result.counts.ok > 0 && result.counts.ok === result.counts.sent);
  assert.deepEqual([...hosts], ['api.test']);
});

test('templates, data, checks and trace contexts on the wire', async (t) => {
  const data = join(await temporaryFolder(t), 'users.csv');
  await writeFile(data, 'id,name\n7,ann\n8,bob\n');
  const seen: { url: string; trace: string; body: string; kind: string }[] = [];
  const server = createHttpServer((req: IncomingMessage, res) => {
    let body = '';
    req.on('data', (chunk: Buffer) => (body += chunk.toString()));
    req.on('end', () => {
      const { traceparent = '', 'x-kind': kind = '' } = req.headers;
      seen.push({ url: req.url ?? '', trace: String(traceparent), body, kind: String(kind) });
      res.setHeader('x-answer', 'yes');
      res.end(`{"user":${JSON.stringify(req.url?.slice(1))}}`);
    });
  });
  const port = await listening(t, server);
  const check = {
    status: [200],
    bodyHolds: '"user":"8"',
    bodyMatches: null,
    headers: { 'X-Answer': 'yes' },
    echo: false,
  };
  const { result, table, dir } = await measure(
    t,
    httpLoad(`http://127.0.0.1:${port}`, {
      arrivals: { model: 'closed', concurrency: 1 },
      connections: 1,
      warmupUs: 0,
      durationUs: 300_000,
      traceparent: true,
      data: { users: data },
      requests: [
        request({
          method: 'POST',
          path: '/{{users.id}}',
          headers: { 'x-kind': '{{users.name}}' },
          body: '{"n":{{counter}},"name":"{{users.name}}"}',
          check,
        }),
      ],
    }),
  );
  const [first, second, third] = seen;
  assert.deepEqual([first?.url, first?.body, first?.kind], ['/7', '{"n":1,"name":"ann"}', 'ann']);
  assert.deepEqual([second?.url, second?.body], ['/8', '{"n":2,"name":"bob"}']);
  assert.deepEqual([third?.url, third?.body], ['/7', '{"n":3,"name":"ann"}']);
  // Every other answer names user 8; the rest fail the check, though their status is good.
  const { ok, errors, sent } = result.counts;
  assert.ok(Math.abs(ok - errors) <= 1 && ok + errors >= sent - 1, JSON.stringify(result.counts));
  assert.deepEqual(Object.keys(result.counts.byStatus), ['200']);
  const file = await readFile(join(dir, 'requests.parquet'));
  const metadata = await parquetMetadataAsync(file.buffer.slice(file.byteOffset, file.byteOffset + file.length));
  const prefix = metadata.key_value_metadata?.find(({ key }) => key === 'slowpath.tracePrefix')?.value ?? '';
  assert.match(prefix, /^[0-9a-f]{16}$/);
  for (const [i, { trace }] of seen.entries()) {
    const digits = (i + 1).toString(16).padStart(16, '0');
    assert.equal(trace, `00-${prefix}${digits}-${digits}-01`);
  }
  assert.deepEqual([...table.sequence].slice(0, 5), [1, 2, 3, 4, 5]);
});

test('fixed requests carry a trace context of their own each, also large ones', async (t) => {
  const traces: string[] = [];
  const server = createHttpServer((req, res) => {
    req.resume().on('end', () => {
      traces.push(String(req.headers['traceparent']));
      res.end();
    });
  });
  const port = await listening(t, server);
  const requests = [
    request({ name: 'small', weight: 3 }),
    request({ name: 'large', method: 'POST', body: 'x'.repeat(300_000) }),
  ];
  const { result } = await measure(
    t,
    httpLoad(`http://127.0.0.1:${port}`, { ...closed, requests, traceparent: true, connections: 4 }),
  );
  assert.equal(result.counts.ok, result.counts.sent);
  assert.equal(new Set(traces).size, traces.length);
  for (const trace of traces) assert.match(trace, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
});
