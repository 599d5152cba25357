import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, createServer, get, type RequestOptions } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { watchClient } from '../../../src/target/probe/http.ts';
import { RowBuffer } from '../../../src/target/probe/rows.ts';
import { FRAME_HEADER_BYTES, ROWS_HEADER_BYTES } from '../../../src/target/wire.ts';

function ask(options: RequestOptions): Promise<void> {
  const request = get(options, (answer) => answer.resume());
  request.on('error', () => undefined);
  return new Promise((closed) => request.on('close', closed));
}

/** How long the calls lasted that were made meanwhile, µs, in the order of their ends. */
async function durationsOf(t: TestContext, calls: () => Promise<unknown>): Promise<number[]> {
  const rows = new RowBuffer('clientRequests', () => undefined);
  const unwatch = watchClient(rows);
  t.after(unwatch);
  await calls();
  const frame = rows.takeFrame() ?? Buffer.alloc(0);
  const count = (frame.length - FRAME_HEADER_BYTES - ROWS_HEADER_BYTES) / 16;
  return Array.from({ length: count }, (_, row) =>
    frame.readDoubleLE(FRAME_HEADER_BYTES + ROWS_HEADER_BYTES + 16 * row + 8),
  );
}

test('An outgoing request begins when it is made, though it waits for a connection', async (t) => {
  const server = createServer((_request, response) => void setTimeout(() => response.end('ok'), 60));
  t.after(() => server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const agent = new Agent({ maxSockets: 1 });
  const [first, second] = await durationsOf(t, () =>
    Promise.all([ask({ host: '127.0.0.1', port, agent }), ask({ host: '127.0.0.1', port, agent })]),
  );
  assert.ok(first !== undefined && first >= 58_000, `${first} µs`);
  assert.ok(second !== undefined && second >= 116_000, `${second} µs`);
});

test('One that finds nobody counts as well', async (t) => {
  const durations = await durationsOf(t, () => ask({ host: '127.0.0.1', port: 1 }));
  assert.equal(durations.length, 1);
});
