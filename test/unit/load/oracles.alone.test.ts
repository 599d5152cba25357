import { test } from 'node:test';
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

test('HTTP/1.1, stalling server, as many connections as it takes', (t) => stallFullyConcurrent(t, http1));
test('HTTP/1.1, stalling server, one connection', (t) => stallOneAtATime(t, http1));
test('HTTP/1.1, stopped generator', (t) => stopGenerator(t, http1));
test('HTTP/1.1, a constant delay and a known share of errors', (t) => delayAndErrors(t, http1));
