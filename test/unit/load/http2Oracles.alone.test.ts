import { describe, test } from 'node:test';
import { serveHttp2 } from './http2Support.ts';
import { delayAndErrors, stallFullyConcurrent, stallOneAtATime, stopGenerator, type Protocol } from './oracleRuns.ts';

/** Ten streams at most share a connection. */
const http2: Protocol = {
  serve: async (t, onRequest) => {
    const { port } = await serveHttp2(t, (stream) =>
      onRequest((good) => {
        stream.respond({ ':status': good ? 200 : 503 });
        stream.end('ok');
      }),
    );
    return `http://127.0.0.1:${port}`;
  },
  slots: (atOnce) => ({ protocol: 'http2', connections: Math.ceil(atOnce / 10), streams: Math.min(10, atOnce) }),
  errorStatus: '503',
};

/** Two at once: each mostly waits, and what one does to the other the server sees. */
describe('HTTP/2', { concurrency: 2 }, () => {
  test('stalling server, as many streams as it takes', (t) => stallFullyConcurrent(t, http2));
  test('stalling server, one stream', (t) => stallOneAtATime(t, http2));
  test('stopped generator', (t) => stopGenerator(t, http2));
  test('a constant delay and a known share of errors', (t) => delayAndErrors(t, http2));
});
