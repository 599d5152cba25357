import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { createSecureServer, createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Load } from '../../../src/plan/scenario.ts';
import { httpLoad } from '../../fixtures/load.ts';
import { measure, request, temporaryFolder } from './support.ts';

const certs = join(import.meta.dirname, '../../fixtures/certs');

async function listening(t: TestContext, server: Http2Server): Promise<number> {
  server.on('session', (session) => t.after(() => session.destroy()));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  t.after(() => server.close());
  const address = server.address();
  return address === null || typeof address === 'string' ? 0 : address.port;
}

const streams = (overrides: Partial<Load> = {}): Partial<Load> => ({
  protocol: 'http2',
  arrivals: { model: 'closed', concurrency: 6 },
  connections: 2,
  streams: 3,
  durationUs: 400_000,
  ...overrides,
});

test('a plan that speaks HTTP/2: templates, data, checks and trace contexts, on few connections', async (t) => {
  const data = join(await temporaryFolder(t), 'users.csv');
  await writeFile(data, 'id\n7\n8\n');
  const traces = new Set<string>();
  const kinds = new Set<string>();
  let sessions = 0;
  let answered = 0;
  const server = createServer();
  server.on('session', () => sessions++);
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    traces.add(String(headers['traceparent']));
    kinds.add(String(headers['x-kind']));
    let body = '';
    stream.on('data', (chunk: Buffer) => (body += chunk.toString()));
    stream.on('end', () => {
      answered++;
      stream.respond({ ':status': 200, 'x-answer': 'yes' });
      stream.end(`${headers[':path'] ?? ''} ${body}`);
    });
  });
  const port = await listening(t, server);
  const check = { status: null, bodyHolds: '/8 ', bodyMatches: null, headers: { 'x-answer': 'yes' }, echo: false };
  const { result, table } = await measure(
    t,
    httpLoad(
      `http://127.0.0.1:${port}`,
      streams({
        traceparent: true,
        data: { users: data },
        requests: [
          request({
            method: 'POST',
            path: '/{{users.id}}',
            headers: { 'x-kind': 'k{{random 1 2}}' },
            body: 'n{{counter}}',
            check,
          }),
        ],
      }),
    ),
  );
  // The one connection more is the session's, which looks whether anybody is there.
  assert.ok(sessions >= 2 && sessions <= 3, String(sessions));
  assert.equal(traces.size, answered);
  for (const trace of traces) assert.match(trace, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  assert.deepEqual([...kinds].sort(), ['k1', 'k2']);
  const { ok, errors, sent } = result.counts;
  // Rows take turns; six at a time at either end of the window.
  assert.ok(Math.abs(ok - errors) <= 12 && ok > 10, JSON.stringify(result.counts));
  assert.equal(ok + errors, sent);
  assert.deepEqual(Object.keys(result.counts.byStatus), ['200']);
  assert.deepEqual([...new Set(table.connection)].sort(), [0, 1]);
});

test('HTTP/2 over TLS', async (t) => {
  const pem = (name: string): Buffer => readFileSync(join(certs, name));
  const server = createSecureServer({ key: pem('server.key'), cert: pem('server.pem') });
  server.on('stream', (stream: ServerHttp2Stream) => {
    stream.respond({ ':status': 200 });
    stream.end('ok');
  });
  const port = await listening(t, server);
  const tls = { ca: join(certs, 'ca.pem'), cert: null, key: null, serverName: null, verify: true };
  const { result } = await measure(t, httpLoad(`https://127.0.0.1:${port}`, streams({ tls })));
  assert.ok(result.counts.ok > 20);
  assert.equal(result.counts.ok, result.counts.sent);
});
