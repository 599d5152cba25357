import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { newHeaderList } from '../../../src/load/drivers/http2/hpackEncoder.ts';
import { Connector } from '../../../src/load/drivers/connectTo.ts';
import { Http2Socket } from '../../../src/load/drivers/http2/socket.ts';
import { Http2Stream } from '../../../src/load/drivers/http2/stream.ts';
import { serveHttp2 } from './http2Support.ts';

type Fields = Record<string, string>;

/** What nghttp2 indexes, codes and evicts in its own way; names that are in the static table and others. */
const name = fc.constantFrom('date', 'server', 'etag', 'location', 'x-a', 'x-b', 'x-request-id', 'grpc-status');
const value = fc
  .string({ unit: fc.constantFrom(...'abcXYZ019 /;=~\u00e9'.split('')), maxLength: 400 })
  .map((text) => text.trim());
const names = ['date', 'server', 'etag', 'location', 'x-a', 'x-b', 'x-request-id', 'grpc-status'];
const exchanges = fc.array(
  fc.tuple(fc.dictionary(name, value), fc.dictionary(name, value), fc.dictionary(name, value)),
  {
    minLength: 1,
    maxLength: 30,
  },
);

test('heads and trailers of Node’s server are read as it meant them, and it reads ours, exchange after exchange', async (t) => {
  let next: { head: Fields; trailers: Fields } = { head: {}, trailers: {} };
  let asked: Fields = {};
  const { port } = await serveHttp2(t, (stream, headers) => {
    asked = Object.fromEntries(names.filter((each) => each in headers).map((each) => [each, String(headers[each])]));
    stream.respond({ ':status': 200, ...next.head }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers(next.trailers));
    stream.end('ok');
  });
  const client = await openClient(port);
  t.after(() => client.close());
  await fc.assert(
    fc.asyncProperty(exchanges, async (list) => {
      for (const [request, head, trailers] of list) {
        // Node adds a date of its own unless there is one.
        next = { head: { date: '', ...head }, trailers };
        // Every other one as it would be sent again and again.
        const answer = await client.ask(request, list.length % 2 === 0);
        assert.deepEqual(answer, { status: 200, head: sorted(next.head), trailers: sorted(trailers) });
        assert.deepEqual(sorted(asked), sorted(request));
      }
    }),
    { numRuns: 60 },
  );
});

interface Client {
  ask(request: Fields, isKept: boolean): Promise<{ status: number; head: Fields; trailers: Fields }>;
  close(): void;
}

async function openClient(port: number): Promise<Client> {
  let opened = (): void => undefined;
  let failed: (error: Error) => void = () => undefined;
  const ready = new Promise<void>((resolve, reject) => {
    opened = resolve;
    failed = reject;
  });
  const { connection } = new Http2Socket(
    new Connector({ endpoint: { address: '127.0.0.1', port }, tls: null }),
    { connectTimeoutUs: 5e6, wantedHeaders: names, varyingHeader: 'x-varying' },
    { onOpen: () => opened(), onRetiring: () => undefined, onClosed: (code) => failed(new Error(code)) },
  );
  await ready;
  const read = (fields: { text(index: number): string | null }): Fields => {
    const found = names.map((each, index) => [each, fields.text(index)] as const);
    return sorted(Object.fromEntries(found.flatMap(([each, text]) => (text === null ? [] : [[each, text]]))));
  };
  return {
    ask: (request, isKept) =>
      new Promise((resolve, reject) => {
        const answer = { status: 0, head: {} as Fields, trailers: {} as Fields };
        const stream = new Http2Stream({
          onHeaders: (status, fields) => {
            answer.status = status;
            answer.head = read(fields);
          },
          onData: () => undefined,
          onTrailers: (fields) => (answer.trailers = read(fields)),
          onEnd: () => resolve(answer),
          onReset: (code) => reject(new Error(code)),
        });
        const pseudo = [':method', 'GET', ':scheme', 'http', ':path', '/', ':authority', 'a'] as const;
        const head = [0, 2, 4, 6].map((at) => [pseudo[at] ?? '', pseudo[at + 1] ?? ''] as const);
        connection.request(stream, newHeaderList([...head, ...Object.entries(request)], isKept), null, true);
      }),
    close: () => connection.close(false),
  };
}

function sorted(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
