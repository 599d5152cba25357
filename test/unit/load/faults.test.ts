import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { describe, test } from 'node:test';
import { SlowpathError } from '../../../src/errors.ts';
import { findEndpoint } from '../../../src/load/connecting.ts';
import { httpLoad } from '../../fixtures/load.ts';
import { countBy } from './http2Support.ts';
import { serve } from './lanes.ts';
import { eventually } from './support.ts';
import { loadByHand } from './wirePool.ts';
import { serveWire, type Turn } from './wireServer.ts';
import { half, wires, type Wire } from './wires.ts';

/** Longer than the busiest machine lets this process wait. */
const timeoutUs = 60_000_000;
const patienceMs = timeoutUs / 1000;

/** What the server does with every tenth request, by its last digit; well otherwise. */
const faults = { 1: 'reset', 3: 'end', 5: 'nonsense', 7: 'tooLarge' } as const;
type Fault = (typeof faults)[keyof typeof faults];

function commit(fault: Fault, wire: Wire, turn: Turn): void {
  switch (fault) {
    case 'reset':
      turn.write(half(turn.answer));
      setTimeout(turn.reset, 10);
      break;
    case 'end':
      turn.write(half(turn.answer));
      turn.end();
      break;
    case 'nonsense':
      turn.write(wire.nonsense);
      break;
    case 'tooLarge':
      turn.write(wire.tooLarge(turn.answer));
  }
}

function faultOf(n: number): Fault | null {
  const digit = n % 10;
  return digit === 1 || digit === 3 || digit === 5 || digit === 7 ? faults[digit] : null;
}

/** Codes that one and the same fault has, whichever the kernel tells first. */
function named(end: string, { load }: Wire): string {
  if (end === 'EPIPE') return 'ECONNRESET';
  const isShared = load.protocol === 'http2' || load.protocol === 'grpc';
  return isShared && (end === 'ECONNRESET' || end === 'CLOSED') ? 'lost' : end;
}

const good = (wire: Wire): string => (wire.load.protocol?.startsWith('http') ? '200' : '0');

describe('every protocol', { concurrency: 8 }, () => {
  for (const wire of wires) {
    test(`${wire.name}: answers cut off by a reset or a half-close, nonsense, too large: each counted, all else answered`, async (t) => {
      const expected: Record<string, number> = {};
      const { load } = await serveWire(t, wire, (turn, n) => {
        const fault = faultOf(n);
        const end = fault === null ? good(wire) : wire.ends[fault];
        expected[end] = (expected[end] ?? 0) + 1;
        if (fault === null) turn.write(turn.answer);
        else commit(fault, wire, turn);
      });
      const { ends, send, pool } = await loadByHand(t, { ...load, connections: 8, timeoutUs });
      for (let i = 0; i < 100; i++) send();
      await eventually('all end', () => ends.length === 100, patienceMs);
      // A request that breaks off is not sent twice: the server has seen a hundred.
      assert.deepEqual(countBy(ends.map((end) => named(end, wire))), expected);
      assert.equal(expected[good(wire)], 60);
      await eventually('the lanes open again', () => pool.openLanes === 8, patienceMs);
    });

    test(`${wire.name}: an answer that never goes on times out, and is not taken for the next one's`, async (t) => {
      const { load } = await serveWire(t, wire, (turn, n) =>
        turn.write(n === 1 ? wire.beginning(turn.answer) : turn.answer),
      );
      const { ends, send, pool } = await loadByHand(t, { ...load, connections: 1, timeoutUs: 300_000 });
      await eventually('the lane opens', () => pool.openLanes === 1, patienceMs);
      do {
        const before = ends.length;
        send();
        await eventually('it ends', () => ends.length > before, patienceMs);
      } while (ends.at(-1) !== good(wire) && ends.length < 100);
      assert.equal(ends.at(-1), good(wire));
      // On a busy machine the next ones may come too late as well.
      assert.equal(ends[0], 'timeout');
      assert.ok(
        ends.slice(1, -1).every((end) => end === 'timeout' || end === 'ETIMEDOUT'),
        ends.join(),
      );
    });

    test(`${wire.name}: a target that is killed and starts again`, async (t) => {
      const served = await serveWire(t, wire, (turn) => turn.write(turn.answer));
      const { ends, send, pool } = await loadByHand(t, { ...served.load, connections: 2, timeoutUs });
      await eventually('the lanes open', () => pool.openLanes === 2, patienceMs);
      const ask = async (): Promise<string> => {
        const before = ends.length;
        send();
        await eventually('it ends', () => ends.length > before, patienceMs);
        return ends.at(-1) ?? '';
      };
      assert.equal(await ask(), good(wire));
      await served.kill();
      await eventually('the lanes are down', () => pool.openLanes === 0, patienceMs);
      const refused = await ask();
      assert.match(refused, wire.over === 'unix' ? /^ENOENT$/ : /^ECONNREFUSED$/);
      await served.revive();
      // A lane that was being opened when nothing listened is refused, and takes its request with it.
      await eventually('the lanes open again', () => pool.openLanes === 2, patienceMs);
      assert.equal(await ask(), good(wire));
    });

    test(`${wire.name}: ended while its requests are under way: each is told to be, and the connections are closed`, async (t) => {
      let arrived = 0;
      const served = await serveWire(t, wire, () => arrived++);
      const { ends, send, pool } = await loadByHand(t, { ...served.load, connections: 3, timeoutUs });
      for (let i = 0; i < 3; i++) send();
      await eventually('they arrive', () => arrived === 3, patienceMs);
      send();
      pool.stop();
      assert.deepEqual(countBy(ends), { 'in flight': 3, unsent: 1 });
      await eventually('the server hears of it', () => served.connections() === 0, patienceMs);
    });
  }
});

/** Why nothing can be loaded there; asked again where a busy machine took longer than the two seconds it has. */
async function refusal(...load: Parameters<typeof httpLoad>): Promise<SlowpathError> {
  for (let tries = 1; ; tries++) {
    const error: unknown = await findEndpoint(httpLoad(...load), new AbortController().signal).catch(
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof SlowpathError && error.code === 'LOAD_FAILED', String(error));
    if (tries === 10 || !error.message.includes('(ETIMEDOUT)')) return error;
  }
}

describe('before any load is offered', { concurrency: 8 }, () => {
  for (const { name, load, scheme, over } of wires) {
    test(`${name}: nobody listens, or its name is unknown`, async (t) => {
      const { port, close } = await serve(t, () => undefined);
      close();
      const socket = over === 'unix' ? '/nowhere/at/all.sock' : null;
      const { message } = await refusal(`${scheme}://127.0.0.1:${port}`, { ...load, socket });
      assert.match(message, /^Nothing accepts connections at .* \((ECONNREFUSED|ENOENT)\); start the service/);
      if (over === 'unix') return;
      const unknown = await refusal(`${scheme}://nowhere.invalid:${port}`, load);
      assert.equal(unknown.message, 'The name nowhere.invalid cannot be resolved; mend "url" of the load.');
    });
  }

  for (const wire of wires.filter(({ tls }) => tls !== 'nobody')) {
    test(`${wire.name}: a certificate that nobody vouches for, one for another name, no TLS at all`, async (t) => {
      const { load } = await serveWire(t, wire, (turn) => turn.write(turn.answer));
      const { tls = null } = load;
      assert.ok(tls);
      for (const [given, code] of [
        [{ ...tls, ca: null }, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
        [{ ...tls, serverName: 'elsewhere.test' }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
      ] as const)
        assert.match(
          (await refusal(load.url, { ...load, tls: given })).message,
          new RegExp(`TLS connection \\(${code}: `),
        );
      const plain = createServer((socket) => socket.on('error', () => socket.destroy()).end('no TLS here\n'));
      await new Promise<void>((done) => plain.listen(0, '127.0.0.1', done));
      t.after(() => plain.close());
      const address = plain.address();
      const port = address !== null && typeof address === 'object' ? address.port : 0;
      const url = `${wire.scheme}://127.0.0.1:${port}`;
      assert.match(
        (await refusal(url, { ...load, url, socket: null })).message,
        /agree on no TLS connection \(ERR_SSL_/,
      );
    });
  }
});
