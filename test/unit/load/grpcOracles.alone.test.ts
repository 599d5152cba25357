import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Grpc } from '../../../src/plan/scenario.ts';
import { fixtures } from './grpcSupport.ts';
import { serveHttp2 } from './http2Support.ts';
import { delayAndErrors, stallFullyConcurrent, stallOneAtATime, stopGenerator, type Protocol } from './oracleRuns.ts';
import { request } from './support.ts';

const say = request({ name: 'say', path: '/slowpath.echo.Echo/Say', method: 'POST', body: '[{}]' });

/** An empty message: not compressed, no bytes. */
const emptyMessage = Buffer.alloc(5);

/** Ten calls at most share a connection. The server answers by hand: a library's would be slower than what is asked of the formula. */
function grpcWith(client: Grpc['client']): Protocol {
  const grpc: Grpc = { proto: [join(fixtures, 'echo.proto')], includeDirs: [], client, deadlineUs: null };
  return {
    serve: async (t, onRequest) => {
      const { port } = await serveHttp2(t, (stream) => {
        stream.resume();
        onRequest((good) => {
          stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
          stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': good ? '0' : '14' }));
          stream.end(good ? emptyMessage : undefined);
        });
      });
      return `grpc://127.0.0.1:${port}`;
    },
    slots: (atOnce) => ({
      protocol: 'grpc',
      grpc,
      requests: [say],
      connections: Math.ceil(atOnce / 10),
      streams: Math.min(10, atOnce),
    }),
    errorStatus: 'UNAVAILABLE',
  };
}

/** Two at once: each mostly waits, and what one does to the other the server sees. */
describe('gRPC', { concurrency: 2 }, () => {
  test('stalling server, as many streams as it takes', (t) => stallFullyConcurrent(t, grpcWith('lean')));
  test('stalling server, one stream', (t) => stallOneAtATime(t, grpcWith('lean')));
  test('stopped generator', (t) => stopGenerator(t, grpcWith('lean')));
  for (const client of ['lean', 'grpc-js'] as const)
    test(`${client}: a constant delay and a known share of errors`, (t) => delayAndErrors(t, grpcWith(client)));
});
