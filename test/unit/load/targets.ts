import type { TestContext } from 'node:test';
import { serveDatagrams } from './datagramServer.ts';
import { serveWire, type Served } from './wireServer.ts';
import { wires } from './wires.ts';

export interface Target {
  readonly name: string;
  /** Its server calls back for each request, with its number. */
  readonly serve: (
    t: TestContext,
    onRequest: (reply: () => void, n: number) => void,
  ) => Promise<Pick<Served, 'load' | 'connections'>>;
}

/** One of each driver, with TLS and without where it has a transport of its own. */
const names = [
  'HTTP/1.1',
  'HTTPS',
  'h2c',
  'h2',
  'gRPC, lean',
  'gRPC, grpc-js',
  'gRPC, grpc-js, over TLS',
  'TCP',
  'WebSocket',
];

export const targets: readonly Target[] = [
  ...wires
    .filter(({ name }) => names.includes(name))
    .map((wire) => ({
      name: wire.name,
      serve: (t: TestContext, onRequest: Parameters<Target['serve']>[1]) =>
        serveWire(t, wire, ({ answer, write }, n) => onRequest(() => write(answer), n)),
    })),
  { name: 'UDP', serve: serveDatagrams },
];
