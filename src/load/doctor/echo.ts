import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { parentPort } from 'node:worker_threads';

export interface EchoPorts {
  readonly tcp: number;
  readonly udp: number;
}

/** In a worker thread: sends back what comes, over TCP and UDP, on free ports of the loopback that it tells its parent. */
export async function serveEchoes(): Promise<void> {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => socket.write(chunk));
  });
  const datagrams = createSocket('udp4');
  datagrams.on('message', (data, { port, address }) => datagrams.send(data, port, address));
  server.listen(0, '127.0.0.1');
  datagrams.bind(0, '127.0.0.1');
  await Promise.all([once(server, 'listening'), once(datagrams, 'listening')]);
  const address = server.address();
  const ports: EchoPorts = {
    tcp: address && typeof address === 'object' ? address.port : 0,
    udp: datagrams.address().port,
  };
  parentPort?.postMessage(ports);
}
