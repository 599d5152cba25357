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

/** Longer than a busy machine lets this process wait. */
const timeoutUs = 2_000_000;

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

function faultOf(n: number): Fault | 'slow' | null {
  // Four in all: each takes a lane for as long as the time-out.
  if (n % 20 === 9 && n > 20) return 'slow';
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

describe('every protocol', { concurrency: true }, () => {
  for (const wire of wires) {
    test(`${wire.name}: answers cut off by a reset or a half-close, nonsense, too large, too slow: each counted, all else answered`, async (t) => {
      const expected: Record<string, number> = {};
      const { load } = await serveWire(t, wire, (turn, n) => {
        const fault = faultOf(n);
        const end = fault === null ? good(wire) : fault === 'slow' ? 'timeout' : wire.ends[fault];
        expected[end] = (expected[end] ?? 0) + 1;
        if (fault === null) turn.write(turn.answer);
        else if (fault === 'slow') turn.write(wire.beginning(turn.answer));
        else commit(fault, wire, turn);
      });
      const { ends, send, pool } = await loadByHand(t, { ...load, connections: 8, timeoutUs });
      for (let i = 0; i < 100; i++) send();
      await eventually('all end', () => ends.length === 100, 30_000);
      // A request that breaks off is not sent twice: the server has seen a hundred.
      assert.deepEqual(countBy(ends.map((end) => named(end, wire))), expected);
      assert.deepEqual([expected['timeout'], expected[good(wire)]], [4, 56]);
      await eventually('the lanes open again', () => pool.openLanes === 8);
    });

    test(`${wire.name}: a target that is killed and starts again`, async (t) => {
      const served = await serveWire(t, wire, (turn) => turn.write(turn.answer));
      const { ends, send, pool } = await loadByHand(t, { ...served.load, connections: 2, timeoutUs });
      await eventually('the lanes open', () => pool.openLanes === 2);
      const ask = async (): Promise<string> => {
        const before = ends.length;
        send();
        await eventually('it ends', () => ends.length > before);
        return ends.at(-1) ?? '';
      };
      assert.equal(await ask(), good(wire));
      await served.kill();
      await eventually('the lanes are down', () => pool.openLanes === 0);
      const refused = await ask();
      assert.match(refused, wire.over === 'unix' ? /^ENOENT$/ : /^ECONNREFUSED$/);
      await served.revive();
      // A lane that was being opened when nothing listened is refused, and takes its request with it.
      await eventually('the lanes open again', () => pool.openLanes === 2);
      assert.equal(await ask(), good(wire));
    });

    test(`${wire.name}: ended while its requests are under way: each is told to be, and the connections are closed`, async (t) => {
      let arrived = 0;
      const served = await serveWire(t, wire, () => arrived++);
      const { ends, send, pool } = await loadByHand(t, { ...served.load, connections: 3, timeoutUs });
      for (let i = 0; i < 3; i++) send();
      await eventually('they arrive', () => arrived === 3);
      send();
      pool.stop();
      assert.deepEqual(countBy(ends), { 'in flight': 3, unsent: 1 });
      await eventually('the server hears of it', () => served.connections() === 0);
    });
  }
});

const failing = (load: Parameters<typeof httpLoad>) => findEndpoint(httpLoad(...load), new AbortController().signal);

describe('before any load is offered', { concurrency: true }, () => {
  for (const { name, load, scheme, over } of wires) {
    test(`${name}: nobody listens, or its name is unknown`, async (t) => {
      const { port, close } = await serve(t, () => undefined);
      close();
      const socket = over === 'unix' ? '/nowhere/at/all.sock' : null;
      await assert.rejects(failing([`${scheme}://127.0.0.1:${port}`, { ...load, socket }]), (error) => {
        assert.ok(error instanceof SlowpathError && error.code === 'LOAD_FAILED');
        assert.match(error.message, /^Nothing accepts connections at .* \((ECONNREFUSED|ENOENT)\); start the service/);
        return true;
      });
      if (over === 'unix') return;
      await assert.rejects(failing([`${scheme}://nowhere.invalid:${port}`, load]), {
        code: 'LOAD_FAILED',
        message: 'The name nowhere.invalid cannot be resolved; mend "url" of the load.',
      });
    });
  }

  for (const wire of wires.filter(({ over }) => over === 'tls')) {
    test(`${wire.name}: a certificate that nobody vouches for, one for another name, no TLS at all`, async (t) => {
      const { load } = await serveWire(t, wire, (turn) => turn.write(turn.answer));
      const { tls = null } = load;
      assert.ok(tls);
      for (const [given, code] of [
        [{ ...tls, ca: null }, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
        [{ ...tls, serverName: 'elsewhere.test' }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
      ] as const)
        await assert.rejects(failing([load.url, { ...load, tls: given }]), (error: Error) =>
          error.message.includes(`agree on no TLS connection (${code}: `),
        );
      const plain = createServer((socket) => socket.on('error', () => socket.destroy()).end('no TLS here\n'));
      await new Promise<void>((done) => plain.listen(0, '127.0.0.1', done));
      t.after(() => plain.close());
      const address = plain.address();
      const port = address !== null && typeof address === 'object' ? address.port : 0;
      await assert.rejects(
        failing([load.url, { ...load, url: `${wire.scheme}://127.0.0.1:${port}` }]),
        /agree on no TLS connection \(ERR_SSL_/,
      );
    });
  }
});
