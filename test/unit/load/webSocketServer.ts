import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { serve } from './lanes.ts';

/** One frame as the client sent it, unmasked. */
export interface Frame {
  readonly final: boolean;
  readonly opcode: number;
  readonly payload: Buffer;
}

/** A server's frame. @param first the first byte: 0x80 for final, plus the opcode. */
export function frame(first: number, payload: string | Uint8Array): Buffer {
  const bytes = Buffer.from(payload);
  const { length } = bytes;
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  head[0] = first;
  if (length < 126) head[1] = length;
  else if (length < 65_536) {
    head[1] = 126;
    head.writeUInt16BE(length, 2);
  } else {
    head[1] = 127;
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([head, bytes]);
}

export function text(payload: string | Uint8Array): Buffer {
  return frame(0x81, payload);
}

/** What the server has agreed to, from the client's head. */
export function agreed(head: string, more = ''): string {
  const key = /^sec-websocket-key: (.*)$/im.exec(head)?.[1] ?? '';
  const accept = createHash('sha1').update(`${key.trim()}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n${more}\r\n`;
}

export interface Handlers {
  /** What is written for the client's head; by default it is agreed to. */
  readonly welcome?: (head: string) => string | Buffer;
  readonly onFrame?: (socket: Socket, frame: Frame) => void;
  readonly tls?: boolean;
}

/** A WebSocket server that does what it is told, written out plainly so that it shares nothing with what it tests. */
export async function serveWebSocket(t: TestContext, handlers: Handlers): Promise<number> {
  const { port } = await serve(
    t,
    (socket) => {
      let pending = Buffer.alloc(0);
      let open = false;
      socket.on('data', (chunk: Buffer) => {
        pending = Buffer.concat([pending, chunk]);
        if (!open) {
          const end = pending.indexOf('\r\n\r\n');
          if (end < 0) return;
          socket.write((handlers.welcome ?? agreed)(pending.toString('latin1', 0, end)));
          pending = pending.subarray(end + 4);
          open = true;
        }
        for (let taken = takeFrame(pending); taken; taken = takeFrame(pending)) {
          pending = pending.subarray(taken.bytes);
          handlers.onFrame?.(socket, taken.frame);
        }
      });
      socket.on('end', () => socket.end());
    },
    handlers.tls === undefined ? {} : { tls: handlers.tls },
  );
  return port;
}

export function takeFrame(data: Buffer): { frame: Frame; bytes: number } | null {
  if (data.length < 2) return null;
  const [first = 0, second = 0] = data;
  if ((second & 0x80) === 0) throw new Error('A client masks its frames.');
  let [length, at] = [second & 0x7f, 2];
  if (length === 126) [length, at] = [data.length < 4 ? Infinity : data.readUInt16BE(2), 4];
  else if (length === 127) [length, at] = [data.length < 10 ? Infinity : Number(data.readBigUInt64BE(2)), 10];
  if (data.length < at + 4 + length) return null;
  const mask = data.subarray(at, at + 4);
  const payload = Buffer.from(data.subarray(at + 4, at + 4 + length)).map((byte, i) => byte ^ (mask[i % 4] ?? 0));
  return {
    frame: { final: first >= 0x80, opcode: first & 0x0f, payload: Buffer.from(payload) },
    bytes: at + 4 + length,
  };
}
