import type { AnswerCheck, Load } from '../../../src/plan/scenario.ts';
import { requestTemplate } from '../../fixtures/load.ts';
import { grpc, h2 } from './http2Bytes.ts';
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
  /** An answer that counts as an error, in place of a good one. */
  readonly bad: (answer: Buffer) => Buffer;
  /** The key of its status among the counts; null where answers have none. */
  readonly errorStatus: string | null;
  /** The beginning of an answer after which nothing more comes: what came must not spoil what follows on the same connection. */
  readonly beginning: (answer: Buffer) => Buffer;
  /** Something that no client of this protocol can understand. */
  readonly nonsense: Buffer;
  /** The beginning of an answer that would be larger than any client takes: its head, its message. */
  readonly tooLarge: (answer: Buffer) => Buffer;
  /** What becomes of a request whose answer is cut off by a reset, by a half-close, is nonsense, is too large. */
  readonly ends: Readonly<Record<'reset' | 'end' | 'nonsense' | 'tooLarge', string>>;
  readonly over: 'tcp' | 'unix';
  /** Who shows a certificate. */
  readonly tls: 'nobody' | 'server' | 'both';
}

export type Bytes = Omit<Wire, 'name' | 'over' | 'tls' | 'scheme'>;

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
  bad: () => Buffer.from('HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n'),
  errorStatus: '503',
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

export const echo: AnswerCheck = { status: null, bodyHolds: null, bodyMatches: null, headers: {}, echo: true };

/** As long, but no echo. */
const withoutItsEnd = (answer: Buffer): Buffer => Buffer.concat([answer.subarray(0, -1), Buffer.from('?')]);

const tcp: Bytes = {
  load: {
    protocol: 'tcp',
    framing: { kind: 'length', bytes: 4, endian: 'big', includesItself: false },
    requests: [requestTemplate({ body: 'ping', check: echo })],
  },
  read: (pending, _state, { request }) => {
    let rest = pending;
    for (; rest.length >= 8; rest = rest.subarray(8)) request(Buffer.from(rest.subarray(0, 8)));
    return rest;
  },
  bad: withoutItsEnd,
  errorStatus: null,
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
    requests: [requestTemplate({ body: 'ping', check: echo })],
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
  bad: withoutItsEnd,
  errorStatus: null,
  beginning: half,
  nonsense: Buffer.alloc(10, 0xff),
  tooLarge: () => Buffer.of(0x81, 127, 0, 0, 1, 0, 0, 0, 0, 0, 1, 2, 3),
  ends: { reset: 'ECONNRESET', end: 'UNEXPECTED_EOF', nonsense: 'WS_RESERVED_BITS', tooLarge: 'WS_TOO_LARGE' },
};

const openly = { over: 'tcp', tls: 'nobody' } as const;
const securely = { over: 'tcp', tls: 'server' } as const;
const mutually = { over: 'tcp', tls: 'both' } as const;
/** A Unix socket knows no reset: what breaks it off ends it. */
const locally = { over: 'unix', ...http, ends: { ...http.ends, reset: http.ends.end } } as const;

export const wires: readonly Wire[] = [
  { name: 'HTTP/1.1', scheme: 'http', ...openly, ...http },
  { name: 'HTTPS', scheme: 'https', ...securely, ...http },
  { name: 'HTTPS with certificates on both sides', scheme: 'https', ...mutually, ...http },
  { name: 'HTTP over a Unix socket', scheme: 'http', tls: 'nobody', ...locally },
  { name: 'HTTPS over a Unix socket', scheme: 'https', tls: 'server', ...locally },
  { name: 'h2c', scheme: 'http', ...openly, ...h2 },
  { name: 'h2', scheme: 'https', ...securely, ...h2 },
  { name: 'gRPC, lean', scheme: 'grpc', ...openly, ...grpc('lean') },
  { name: 'gRPC, lean, over TLS', scheme: 'grpcs', ...securely, ...grpc('lean') },
  { name: 'gRPC, grpc-js', scheme: 'grpc', ...openly, ...grpc('grpc-js') },
  { name: 'gRPC, grpc-js, over TLS', scheme: 'grpcs', ...mutually, ...grpc('grpc-js') },
  { name: 'TCP', scheme: 'tcp', ...openly, ...tcp },
  { name: 'TCP over TLS', scheme: 'tls', ...securely, ...tcp },
  { name: 'WebSocket', scheme: 'ws', ...openly, ...webSocket },
  { name: 'WebSocket over TLS', scheme: 'wss', ...securely, ...webSocket },
];
