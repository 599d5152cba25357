import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { requestTemplate } from '../../fixtures/load.ts';
import type { Served } from './wireServer.ts';
import { echo } from './wires.ts';

/** An echo over UDP that calls back for each request. Its clients are those whose ports it has heard from and that are still bound. */
export async function serveDatagrams(
  t: TestContext,
  onRequest: (reply: () => void, n: number) => void,
): Promise<Pick<Served, 'load' | 'connections'>> {
  const server = createSocket('udp4');
  t.after(() => server.close());
  const clients = new Set<number>();
  let requests = 0;
  server.on('message', (data, { port, address }) => {
    clients.add(port);
    onRequest(() => server.send(data, port, address), ++requests);
  });
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    load: {
      protocol: 'udp',
      url: `udp://127.0.0.1:${server.address().port}`,
      sequence: 'header',
      requests: [requestTemplate({ body: 'ping', check: echo })],
    },
    connections: () => boundPorts().filter((port) => clients.has(port)).length,
  };
}

/** Linux: `sl local_address …`, an address being `hex address:hex port`. */
function boundPorts(): number[] {
  const lines = readFileSync('/proc/net/udp', 'utf8').trim().split('\n').slice(1);
  return lines.map((line) => parseInt(/:\s*[0-9A-F]+:([0-9A-F]+)/.exec(line)?.[1] ?? '', 16));
}
