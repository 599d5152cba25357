import * as z from 'zod/mini';
import { protocols } from '../plan/protocols.ts';
import { number, text } from './manifestParts.ts';

/** The offered load, as the manifest records it. */
const spacing = z.enum(['poisson', 'constant']);
const headers = z.record(z.string(), text);
const nullableText = z.nullable(text);

const request = z.object({
  name: text,
  method: text,
  path: text,
  headers,
  body: nullableText,
  bodyEncoding: z.enum(['utf8', 'base64', 'random']),
  weight: number,
  check: z.nullable(
    z.object({
      status: z.nullable(z.array(number)),
      bodyHolds: nullableText,
      bodyMatches: nullableText,
      headers,
      echo: z.boolean(),
    }),
  ),
});

const arrivals = z.discriminatedUnion('model', [
  z.object({ model: z.literal('constant'), ratePerSecond: number }),
  z.object({ model: z.literal('poisson'), ratePerSecond: number, seed: number }),
  z.object({ model: z.literal('closed'), concurrency: number }),
  z.object({ model: z.literal('step'), ratesPerSecond: z.array(number), holdUs: number, spacing, seed: number }),
  z.object({ model: z.literal('ramp'), fromPerSecond: number, toPerSecond: number, spacing, seed: number }),
]);

const framing = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('delimiter'), delimiter: text }),
  z.object({
    kind: z.literal('length'),
    bytes: z.union([z.literal(1), z.literal(2), z.literal(4), z.literal(8)]),
    endian: z.enum(['big', 'little']),
    includesItself: z.boolean(),
  }),
  z.object({ kind: z.literal('fixed'), bytes: number }),
  z.object({ kind: z.literal('close') }),
]);

export const load = z.object({
  protocol: z.enum(protocols),
  url: text,
  socket: nullableText,
  tls: z.nullable(
    z.object({
      ca: nullableText,
      cert: nullableText,
      key: nullableText,
      serverName: nullableText,
      verify: z.boolean(),
    }),
  ),
  requests: z.array(request),
  data: z.record(z.string(), text),
  arrivals,
  connections: number,
  streams: number,
  processes: z._default(number, 1),
  framing: z.nullable(framing),
  sequence: z.nullable(z.enum(['header', 'none'])),
  grpc: z.nullable(
    z.object({
      proto: z.array(text),
      includeDirs: z.array(text),
      client: z.enum(['lean', 'grpc-js']),
      deadlineUs: z._default(z.nullable(number), null),
    }),
  ),
  webSocket: z.nullable(z.object({ headers, subprotocol: nullableText, unasked: z.enum(['ignore', 'fail']) })),
  traceparent: z.boolean(),
  timeoutUs: number,
  warmupUs: number,
  durationUs: number,
  allowRemote: z.boolean(),
});
