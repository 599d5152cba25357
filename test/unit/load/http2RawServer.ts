import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { settings, Type, type Frame } from './http2Wire.ts';

/** The server's end of one connection, frame by frame. */
export interface Peer {
  readonly socket: Socket;
  /** Counted from 0. */
  readonly number: number;
  send(...frames: readonly Uint8Array[]): void;
}

/**
 * A server that answers what a test tells it to: `onFrame` hears every frame of the client, connection by connection. Its settings
 * are sent first, unless `isSilent`; acknowledgements are not.
 */
export async function serveFrames(
  t: TestContext,
  onFrame: (peer: Peer, frame: Frame) => void,
  options: { readonly isSilent?: boolean; readonly allowHalfOpen?: boolean } = {},
): Promise<number> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer({ noDelay: true, allowHalfOpen: options.allowHalfOpen ?? false }, (socket) => {
    sockets.add(socket);
    const peer: Peer = {
      socket,
      number: connections++,
      send: (...frames) => {
        if (socket.writable) socket.write(Buffer.concat(frames));
      },
    };
    if (!options.isSilent) peer.send(settings());
    let pending = Buffer.alloc(0);
    let sawPreface = false;
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      if (!sawPreface && pending.length >= 24) {
        sawPreface = true;
        pending = pending.subarray(24);
      }
      while (sawPreface && pending.length >= 9 && pending.length >= 9 + pending.readUIntBE(0, 3)) {
        const end = 9 + pending.readUIntBE(0, 3);
        const frame = {
          type: pending[3] ?? 0,
          flags: pending[4] ?? 0,
          streamId: pending.readUInt32BE(5),
          payload: pending.subarray(9, end),
        };
        pending = pending.subarray(end);
        onFrame(peer, frame);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Calls back for each request's head alone. */
export function onRequest(answer: (peer: Peer, streamId: number) => void): (peer: Peer, frame: Frame) => void {
  return (peer, { type, streamId }) => {
    if (type === Type.headers) answer(peer, streamId);
  };
}
