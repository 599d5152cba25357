import { createServer, type Server } from 'node:net';
import { SlowpathError } from '../errors.ts';

/** Free ports by name, held open until `release` so that nobody else gets one of them meanwhile. */
export interface HeldPorts {
  readonly ports: ReadonlyMap</* name in the plan */ string, number>;
  release(): Promise<void>;
}

/** How often a port may turn out to be taken on ::1 before we give up. */
const maxTries = 20;

/**
 * One free port a name, chosen by the system: bound on 127.0.0.1 and, where there is IPv6, on ::1 too, as a service that
 * listens on `localhost` may get either.
 * @throws SlowpathError TARGET_PORT_IN_USE when the system has none left.
 */
export async function holdPorts(names: Iterable<string>): Promise<HeldPorts> {
  const servers: Server[] = [];
  const release = async (): Promise<void> => {
    await Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done))));
  };
  try {
    const ports = new Map<string, number>();
    for (const name of names) ports.set(name, await holdPort(servers));
    return { ports, release };
  } catch (error) {
    await release();
    throw new SlowpathError(
      'TARGET_PORT_IN_USE',
      'No free port could be had from the system; end some programs and try again.',
      { cause: error },
    );
  }
}

async function holdPort(servers: Server[]): Promise<number> {
  for (let tries = 0; tries < maxTries; tries++) {
    const server = await bind('127.0.0.1', 0);
    servers.push(server);
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    try {
      servers.push(await bind('::1', port));
      return port;
    } catch (error) {
      // Any other error means that this machine has no IPv6 loopback, so that nothing can listen there.
      if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) return port;
    }
  }
  throw new Error(`${maxTries} ports in a row were in use on ::1`);
}

/** Never accepts for long: the server is only there to own the port. */
function bind(host: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => {
      server.unref();
      resolve(server);
    });
  });
}
