import { describe, test } from 'node:test';
import { delayAndErrors, stallFullyConcurrent, stallOneAtATime, stopGenerator, type Protocol } from './oracleRuns.ts';
import { listen, ok } from './support.ts';

const http1: Protocol = {
  serve: async (t, onRequest) => {
    const bad = 'HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n';
    const port = await listen(t, (socket) => onRequest((good) => socket.write(good ? ok : bad)));
    return `http://127.0.0.1:${port}`;
  },
  slots: (atOnce) => ({ connections: atOnce }),
  errorStatus: '503',
};

/** Two at once: each mostly waits, and what one does to the other the server sees. */
describe('HTTP/1.1', { concurrency: 2 }, () => {
  test('stalling server, as many connections as it takes', (t) => stallFullyConcurrent(t, http1));
  test('stalling server, one connection', (t) => stallOneAtATime(t, http1));
  test('stopped generator', (t) => stopGenerator(t, http1));
  test('a constant delay and a known share of errors', (t) => delayAndErrors(t, http1));
});
