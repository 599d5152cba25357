import { join } from 'node:path';
import type { Load } from '../../../src/plan/scenario.ts';
import { requestTemplate } from '../../fixtures/load.ts';
import { fixtures } from './grpcSupport.ts';
import { ack, data, endStream, field, frame, headers, settings, status200, Type } from './http2Wire.ts';
import { agreed, takeFrame, text } from './webSocketServer.ts';

/**
 * Every protocol that goes over a connection, as bytes: what its server says first, where a request ends, and a whole good answer to
 * it. Written out plainly, so that a test can cut, delay or spoil the answer of any protocol in the same way.
 */
export interface Wire {
  readonly name: string;
  readonly load: Omit<Partial<Load>, 'url'>;
  readonly scheme: string;
  /** Takes what is whole from the front of what came. @returns what is left; `say` writes to the client at once. */
  readonly read: (pending: Buffer, state: { open: boolean }, on: Heard) => Buffer;
  /** The beginning of an answer after which nothing more comes: what came must not spoil what follows on the same connection. */
  readonly beginning: (answer: Buffer) => Buffer;
  /** Something that no client of this protocol can understand. */
  readonly nonsense: Buffer;
  /** The beginning of an answer that would be larger than any client takes: its head, its message. */
  readonly tooLarge: (answer: Buffer) => Buffer;
  /** What becomes of a request whose answer is cut off by a reset, by a half-close, is nonsense, is too large. */
  readonly ends: Readonly<Record<'reset' | 'end' | 'nonsense' | 'tooLarge', string>>;
  readonly over: 'tcp' | 'tls' | 'unix';
}

type Bytes = Omit<Wire, 'name' | 'over' | 'scheme'>;

interface Heard {
  readonly say: (bytes: string | Uint8Array) => void;
  readonly request: (answer: Buffer) => void;
}

export const half = (bytes: Buffer): Buffer => bytes.subarray(0, bytes.length >> 1);

const http: Bytes = {
  load: { protocol: 'http' },
  read: (pending, _state, { request }) => {
    let rest = pending;
    for (let end = rest.indexOf('\r\n\r\n'); end >= 0; end = rest.indexOf('\r\n\r\n')) {
      rest = rest.subarray(end + 4);
      request(Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nslow path'));
    }
    return rest;
  },
  beginning: half,
  nonsense: Buffer.from('no HTTP at all\r\n\r\n'),
  tooLarge: () => Buffer.from(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(300_000)}`),
  ends: {
    reset: 'ECONNRESET',
    end: 'HPE_INVALID_EOF_STATE',
    nonsense: 'HPE_INVALID_CONSTANT',
    tooLarge: 'HPE_HEADER_OVERFLOW',
  },
};

/** @param answer the frames of a good one on a stream. @param spoilt of one that is too large. */
function http2(
  load: Wire['load'],
  answer: (streamId: number) => Buffer,
  spoilt: (streamId: number) => Buffer,
  ends: { readonly nonsense: string; readonly tooLarge: string },
): Bytes {
  return {
    // A stream a connection: what breaks the one is not to break others.
    load: { streams: 1, ...load },
    read: (pending, state, { say, request }) => {
      let rest = pending;
      if (!state.open) {
        if (rest.length < 24) return rest;
        rest = rest.subarray(24);
        state.open = true;
        say(settings());
      }
      while (rest.length >= 9 && rest.length >= 9 + rest.readUIntBE(0, 3)) {
        const end = 9 + rest.readUIntBE(0, 3);
        const [type, flags, streamId] = [rest[3] ?? 0, rest[4] ?? 0, rest.readUInt32BE(5)];
        rest = rest.subarray(end);
        if (type === Type.settings && (flags & ack) === 0) say(frame(Type.settings, ack, 0));
        // A call is whole with its last frame, be it of its head or of its body.
        if ((type === Type.headers || type === Type.data) && (flags & endStream) !== 0) request(answer(streamId));
      }
      return rest;
    },
    // A whole frame: other streams go on behind it.
    beginning: (whole) => whole.subarray(0, 9 + whole.readUIntBE(0, 3)),
    nonsense: Buffer.alloc(50, 0xff),
    tooLarge: (whole) => spoilt(whole.readUInt32BE(5)),
    // Whether the close or the reset is heard first is the kernel's to say.
    ends: { reset: 'lost', end: 'lost', ...ends },
  };
}

const h2 = http2(
  { protocol: 'http2' },
  (streamId) => Buffer.concat([headers(streamId, 0), data(streamId, endStream, 'slow path')]),
  // A head of 300,000 bytes, in frames of 16 KiB.
  (streamId) => {
    const block = Buffer.concat([status200, ...Array.from({ length: 20 }, () => field('x', 'y'.repeat(15_000)))]);
    const frames = [frame(Type.headers, 0, streamId, block.subarray(0, 16_384))];
    for (let at = 16_384; at < block.length; at += 16_384)
      frames.push(
        frame(Type.continuation, at + 16_384 >= block.length ? 4 : 0, streamId, block.subarray(at, at + 16_384)),
      );
    return Buffer.concat(frames);
  },
  { nonsense: 'H2_FRAME_SIZE_ERROR', tooLarge: 'H2_HEADER_OVERFLOW' },
);

function grpc(client: 'lean' | 'grpc-js'): Bytes {
  const head = (streamId: number): Buffer => headers(streamId, 0, status200, field('content-type', 'application/grpc'));
  return http2(
    {
      protocol: 'grpc',
      grpc: { proto: [join(fixtures, 'echo.proto')], includeDirs: [], client, deadlineUs: null },
      requests: [requestTemplate({ path: '/slowpath.echo.Echo/Say', method: 'POST', body: '[{}]' })],
    },
    (streamId) =>
      Buffer.concat([
        head(streamId),
        data(streamId, 0, Buffer.alloc(5)),
        headers(streamId, endStream, field('grpc-status', '0')),
      ]),
    // A message that says of itself that it has 4 GiB.
    (streamId) => Buffer.concat([head(streamId), data(streamId, 0, Buffer.of(0, 0xff, 0xff, 0xff, 0xff, 1, 2, 3))]),
    { nonsense: client === 'lean' ? 'H2_FRAME_SIZE_ERROR' : 'H2_PROTOCOL_ERROR', tooLarge: '8 bad' },
  );
}

const tcp: Bytes = {
  load: {
    protocol: 'tcp',
    framing: { kind: 'length', bytes: 4, endian: 'big', includesItself: false },
    requests: [requestTemplate({ body: 'ping' })],
  },
  read: (pending, _state, { request }) => {
    let rest = pending;
    for (; rest.length >= 8; rest = rest.subarray(8)) request(Buffer.from(rest.subarray(0, 8)));
    return rest;
  },
  beginning: half,
  nonsense: Buffer.alloc(8, 0xff),
  tooLarge: () => Buffer.of(0x7f, 0xff, 0xff, 0xff, 1, 2, 3),
  ends: {
    reset: 'ECONNRESET',
    end: 'UNEXPECTED_EOF',
    nonsense: 'MESSAGE_TOO_LARGE',
    tooLarge: 'MESSAGE_TOO_LARGE',
  },
};

const webSocket: Bytes = {
  load: {
    protocol: 'websocket',
    webSocket: { headers: {}, subprotocol: null, unasked: 'fail' },
    requests: [requestTemplate({ body: 'ping' })],
  },
  read: (pending, state, { say, request }) => {
    let rest = pending;
    if (!state.open) {
      const end = rest.indexOf('\r\n\r\n');
      if (end < 0) return rest;
      say(agreed(rest.toString('latin1', 0, end)));
      rest = rest.subarray(end + 4);
      state.open = true;
    }
    for (let taken = takeFrame(rest); taken; taken = takeFrame(rest)) {
      rest = rest.subarray(taken.bytes);
      if (taken.frame.opcode === 1) request(text(taken.frame.payload));
    }
    return rest;
  },
  beginning: half,
  nonsense: Buffer.alloc(10, 0xff),
  tooLarge: () => Buffer.of(0x81, 127, 0, 0, 1, 0, 0, 0, 0, 0, 1, 2, 3),
  ends: { reset: 'ECONNRESET', end: 'UNEXPECTED_EOF', nonsense: 'WS_RESERVED_BITS', tooLarge: 'WS_TOO_LARGE' },
};

const securely = { over: 'tls' } as const;
const openly = { over: 'tcp' } as const;

export const wires: readonly Wire[] = [
  { name: 'HTTP/1.1', scheme: 'http', ...openly, ...http },
  { name: 'HTTPS', scheme: 'https', ...securely, ...http },
  {
    name: 'HTTP over a Unix socket',
    scheme: 'http',
    over: 'unix',
    ...http,
    ends: { ...http.ends, reset: http.ends.end },
  },
  { name: 'h2c', scheme: 'http', ...openly, ...h2 },
  { name: 'h2', scheme: 'https', ...securely, ...h2 },
  { name: 'gRPC, lean', scheme: 'grpc', ...openly, ...grpc('lean') },
  { name: 'gRPC, grpc-js', scheme: 'grpc', ...openly, ...grpc('grpc-js') },
  { name: 'TCP', scheme: 'tcp', ...openly, ...tcp },
  { name: 'TCP over TLS', scheme: 'tls', ...securely, ...tcp },
  { name: 'WebSocket', scheme: 'ws', ...openly, ...webSocket },
  { name: 'WebSocket over TLS', scheme: 'wss', ...securely, ...webSocket },
];
