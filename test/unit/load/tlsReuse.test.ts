import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test, type TestContext } from 'node:test';
import { Worker } from 'node:worker_threads';
import { eventually } from './support.ts';
import { loadByHand } from './wirePool.ts';
import { serveWire, type Served, type Turn } from './wireServer.ts';
import { wires } from './wires.ts';

const served = JSON.stringify(new URL('./wireServer.ts', import.meta.url).href);
const known = JSON.stringify(new URL('./wires.ts', import.meta.url).href);

/** A server on a thread of its own, which answers while this one stands still. @returns what a plan says to load it. */
async function serveElsewhere(t: TestContext, name: string): Promise<Served['load']> {
  const script = `
    const { serveWire } = await import(${served});
    const { wires } = await import(${known});
    const { parentPort } = await import('node:worker_threads');
    const wire = wires.find(({ name }) => name === ${JSON.stringify(name)});
    const { load } = await serveWire({ after: () => undefined }, wire, (turn) => turn.write(turn.answer));
    parentPort.postMessage(load);`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(script)}`));
  t.after(() => worker.terminate());
  const [load] = (await once(worker, 'message')) as [Served['load']];
  return load;
}

const still = new Int32Array(new SharedArrayBuffer(4));

describe('TLS says late that a write is over', { concurrency: true }, () => {
  for (const name of ['HTTPS', 'TCP over TLS', 'WebSocket over TLS'])
    test(`${name}: an answer that came before leaves its connection in use`, async (t) => {
      const load = await serveElsewhere(t, name);
      const { pool, ends, ports, send } = await loadByHand(t, { ...load, connections: 1, timeoutUs: 60_000_000 });
      await eventually('the lane opens', () => pool.openLanes === 1, 60_000);
      for (let n = 1; n <= 5; n++) {
        send();
        // By when this thread goes on, the answer is there as well.
        Atomics.wait(still, 0, 0, 50);
        await eventually('it ends', () => ends.length === n, 60_000);
      }
      assert.equal(new Set(ports).size, 1, ports.join());
    });
});

describe('A connection that takes the place of another takes up its TLS session', { concurrency: true }, () => {
  // The gRPC library opens its connections itself, and none before it is asked.
  const ours = wires.filter(({ tls, load }) => tls !== 'nobody' && load.grpc?.client !== 'grpc-js');
  for (const wire of ours)
    test(wire.name, async (t) => {
      let breakOff: Turn['reset'] = () => undefined;
      const { load, resumed } = await serveWire(t, wire, (turn) => {
        breakOff = turn.reset;
        turn.write(turn.answer);
      });
      const { pool, ends, send } = await loadByHand(t, { ...load, connections: 1, streams: 1, timeoutUs: 60_000_000 });
      await eventually('the lane opens', () => pool.openLanes === 1, 60_000);
      send();
      await eventually('it is answered', () => ends.length === 1, 60_000);
      breakOff();
      await eventually('another handshake is done', () => resumed.length === 2, 60_000);
      assert.deepEqual(resumed, [false, true]);
    });
});
