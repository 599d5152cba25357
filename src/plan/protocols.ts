/** What can be spoken, and which keys of the plan belong to which of them. */
export const protocols = ['http', 'http2', 'grpc', 'tcp', 'udp', 'websocket'] as const;
export type Protocol = (typeof protocols)[number];

/** The schemes an address may have; the first is written in hints. The second speaks TLS. */
export const schemesOf: Readonly<Record<Protocol, readonly [string, ...string[]]>> = {
  http: ['http', 'https'],
  http2: ['http', 'https'],
  grpc: ['http', 'https', 'grpc', 'grpcs'],
  tcp: ['tcp', 'tls'],
  udp: ['udp'],
  websocket: ['ws', 'wss'],
};

const tlsSchemes = ['https', 'grpcs', 'tls', 'wss'];

/** @param scheme with or without its colon. */
export function speaksTls(scheme: string): boolean {
  return tlsSchemes.includes(scheme.replace(/:$/, ''));
}

/** Of the load: who understands a key that not all do. */
export const loadKeysOf: Readonly<Record<string, readonly Protocol[]>> = {
  tls: ['http', 'http2', 'grpc', 'tcp', 'websocket'],
  socket: ['http', 'http2', 'grpc', 'tcp', 'websocket'],
  streams: ['http2', 'grpc'],
  traceparent: ['http', 'http2', 'grpc'],
  grpc: ['grpc'],
  framing: ['tcp'],
  sequence: ['udp'],
  webSocket: ['websocket'],
};

/** Of a request: the same. */
export const requestKeysOf: Readonly<Record<string, readonly Protocol[]>> = {
  method: ['http', 'http2'],
  path: ['http', 'http2'],
  headers: ['http', 'http2'],
  body: ['http', 'http2'],
  call: ['grpc'],
  message: ['grpc'],
  messages: ['grpc'],
  metadata: ['grpc'],
  payload: ['tcp', 'udp', 'websocket'],
};

/** What a request can't be without. */
export const neededKeyOf: Readonly<Record<Protocol, string>> = {
  http: 'path',
  http2: 'path',
  grpc: 'call',
  tcp: 'payload',
  udp: 'payload',
  websocket: 'payload',
};
