import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, test, type TestContext } from 'node:test';
import type { LoadCounts } from '../../../src/load/result.ts';
import type { AnswerCheck, Load } from '../../../src/plan/scenario.ts';
import { httpLoad, requestTemplate } from '../../fixtures/load.ts';
import { serve } from './lanes.ts';
import { assertNear } from './oracle.ts';
import { delayAndErrors, stallFullyConcurrent, stopGenerator, type Protocol } from './oracleRuns.ts';
import { Sightings } from './sightings.ts';
import { measure } from './support.ts';
import { serveWebSocket, text } from './webSocketServer.ts';

interface SocketProtocol extends Protocol {
  /** Starts a server that answers a request well, with something else than its echo, or not at all (reset, dropped). */
  readonly serveAny: (t: TestContext, onRequest: (reply: (how: How) => void) => void) => Promise<string>;
}

type How = 'well' | 'badly' | 'not';

const echo: AnswerCheck = { status: null, bodyHolds: null, bodyMatches: null, headers: {}, echo: true };

function protocol(serveAny: SocketProtocol['serveAny'], what: Partial<Load>): SocketProtocol {
  return {
    serveAny,
    serve: (t, onRequest) => serveAny(t, (reply) => onRequest((good) => reply(good ? 'well' : 'badly'))),
    slots: (connections) => ({ connections, requests: [requestTemplate({ body: 'ping', check: echo })], ...what }),
    errorStatus: null,
  };
}

const tcp = protocol(
  async (t, onRequest) => {
    const { port } = await serve(t, (socket) =>
      // One request at a time and five bytes each: they come whole.
      socket.on('data', () =>
        onRequest((how) => {
          if (how === 'not') socket.resetAndDestroy();
          else socket.write(how === 'well' ? 'ping\n' : 'pong\n');
        }),
      ),
    );
    return `tcp://127.0.0.1:${port}`;
  },
  { protocol: 'tcp', framing: { kind: 'delimiter', delimiter: '\n' } },
);

const webSocket = protocol(
  async (t, onRequest) => {
    const port = await serveWebSocket(t, {
      onFrame: (socket, { opcode }) => {
        if (opcode !== 1) return;
        onRequest((how) => {
          if (how === 'not') socket.resetAndDestroy();
          else socket.write(text(how === 'well' ? 'ping' : 'pong'));
        });
      },
    });
    return `ws://127.0.0.1:${port}/`;
  },
  { protocol: 'websocket', webSocket: { headers: {}, subprotocol: null, unasked: 'fail' } },
);

const udp = protocol(
  async (t, onRequest) => {
    const server = createSocket({ type: 'udp4', recvBufferSize: 1024 * 1024 });
    t.after(() => server.close());
    server.on('message', (data, { port, address }) =>
      onRequest((how) => {
        if (how !== 'not') server.send(how === 'well' ? data : data.subarray(0, -1), port, address);
      }),
    );
    server.bind(0, '127.0.0.1');
    await once(server, 'listening');
    return `udp://127.0.0.1:${server.address().port}`;
  },
  { protocol: 'udp', sequence: 'header' },
);

const timeoutUs = 1_500_000;

/** Of 200 requests, every tenth is not answered and every other fifth badly. @returns what was counted, and p99 with the noise. */
async function mixed(
  t: TestContext,
  what: SocketProtocol,
): Promise<{ counts: LoadCounts; p99Us: number | null; noiseUs: number }> {
  const sightings = new Sightings();
  let n = 0;
  const url = await what.serveAny(t, (reply) => {
    const noted = sightings.note(reply);
    n++;
    noted(n % 10 === 0 ? 'not' : n % 5 === 0 ? 'badly' : 'well');
  });
  const [ratePerSecond, slots] = [200, 100];
  const run = await measure(
    t,
    httpLoad(url, {
      arrivals: { model: 'constant', ratePerSecond },
      warmupUs: 0,
      durationUs: 1_000_000,
      timeoutUs,
      ...what.slots(slots),
    }),
  );
  assert.equal(n, 200);
  const { heldUs } = sightings.seen(run, { ratePerSecond, slots });
  return { counts: run.result.counts, p99Us: run.result.latencyUs.response.p99, noiseUs: 2 * heldUs };
}

/** Two at once: each mostly waits, and what one does to the other the server sees. */
describe('sockets', { concurrency: 2 }, () => {
  for (const [name, what] of [
    ['TCP', tcp],
    ['UDP', udp],
    ['WebSocket', webSocket],
  ] as const) {
    test(`${name}, stalling server, as many connections as it takes`, (t) => stallFullyConcurrent(t, what));
    test(`${name}, stopped generator`, (t) => stopGenerator(t, what));
    test(`${name}, a constant delay and a known share of errors`, (t) => delayAndErrors(t, what));
  }

  for (const [name, what] of [
    ['TCP', tcp],
    ['WebSocket', webSocket],
  ] as const) {
    test(`${name}, connections broken and answers gone wrong: each counted exactly`, async (t) => {
      const { counts } = await mixed(t, what);
      assert.deepEqual([counts.ok, counts.errors, counts.timeouts], [160, 40, 0], JSON.stringify(counts));
      assert.deepEqual(counts.byError, { ECONNRESET: 20 });
    });
  }

  test('UDP, a known loss: counted exactly, at the top of the response times with the time-out', async (t) => {
    const { counts, p99Us, noiseUs } = await mixed(t, udp);
    assert.deepEqual([counts.ok, counts.errors], [160, 20], JSON.stringify(counts));
    assert.equal(counts.timeouts + counts.inFlight, 20);
    assertNear('p99', p99Us, timeoutUs, noiseUs);
  });
});
