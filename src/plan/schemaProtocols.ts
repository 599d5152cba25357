/** What only some protocols need: TLS, message boundaries, gRPC's definitions, WebSocket's handshake. */
import * as z from 'zod/mini';
import { limits } from './schemaLimits.ts';
import { documented, placeholders, text } from './schemaParts.ts';
import { headers } from './schemaRequest.ts';
import { duration } from './schemaUnits.ts';

const file = (what: string, example: string): z.ZodMiniOptional<z.ZodMiniString> =>
  z.optional(
    text({ markdownDescription: `${what} (PEM), relative to the workspace. ${placeholders}`, examples: [example] }),
  );

export const tls = documented(
  z.strictObject({
    ca: file('The certificates that are trusted, instead of the well-known ones', 'certs/ca.pem'),
    cert: file("The client's own certificate", 'certs/client.pem'),
    key: file("The key of the client's certificate", 'certs/client.key'),
    serverName: z.optional(
      text({
        markdownDescription: `The name the server's certificate is checked against, and that is sent to it. ${placeholders}`,
        examples: ['api.example'],
      }),
    ),
    verify: z._default(
      documented(z.boolean(), {
        markdownDescription: "Whether the server's certificate is checked.",
        examples: [false],
      }),
      true,
    ),
  }),
  { markdownDescription: 'How TLS is set up.', examples: [{ ca: 'certs/ca.pem' }] },
);

export const framing = documented(
  z.union([
    z.literal('close'),
    z.strictObject({
      delimiter: documented(z.string().check(z.minLength(1), z.maxLength(64)), {
        markdownDescription: 'Ends each message, the request too (it is added to the payload).',
        examples: ['\n'],
      }),
    }),
    z.strictObject({
      lengthBytes: documented(z.union([z.literal(1), z.literal(2), z.literal(4), z.literal(8)]), {
        markdownDescription: 'Bytes of the length that stands before each message, the request too (it is added).',
        examples: [4],
      }),
      endian: z._default(
        documented(z.enum(['big', 'little']), {
          markdownDescription: 'Order of its bytes.',
          examples: ['big', 'little'],
        }),
        'big',
      ),
      includesItself: z._default(
        documented(z.boolean(), {
          markdownDescription: 'Whether the length counts its own bytes.',
          examples: [true],
        }),
        false,
      ),
    }),
    z.strictObject({
      size: documented(z.int().check(z.gte(1), z.lte(64 * 1024 * 1024)), {
        markdownDescription: 'Every answer has so many bytes.',
        examples: [64],
      }),
    }),
  ]),
  {
    markdownDescription:
      'Where a TCP message ends: a delimiter, a length before it, a fixed size, or the end of the connection.',
    examples: [{ delimiter: '\n' }, { lengthBytes: 4 }, { size: 64 }, 'close'],
    default: { delimiter: '\n' },
  },
);

export const grpc = documented(
  z.strictObject({
    proto: z.optional(
      documented(z.array(text({ markdownDescription: 'A `.proto` file.', examples: ['shop.proto'] })), {
        markdownDescription:
          'The `.proto` files that define the calls, relative to the workspace. Without them the server is asked (reflection).',
        examples: [['protos/shop.proto']],
      }),
    ),
    includeDirs: z.optional(
      documented(z.array(text({ markdownDescription: 'A folder.', examples: ['protos'] })), {
        markdownDescription: 'Folders that imports of the `.proto` files are looked up in.',
        examples: [['protos']],
      }),
    ),
    client: z._default(
      documented(z.enum(['lean', 'grpc-js']), {
        markdownDescription: 'What sends the calls.',
        examples: ['lean', 'grpc-js'],
        enumDescriptions: [
          "Slowpath's own: adds the least to the latency that is measured.",
          'The @grpc/grpc-js package: what a Node client would add is part of the latency.',
        ],
      }),
      'lean',
    ),
    deadline: z.optional(
      duration(limits.requestTimeout, {
        markdownDescription:
          'How long a call may take: the server is told (`grpc-timeout`), and a call past it ends as DEADLINE_EXCEEDED, an error of its own. Without it: none; only `load.timeout` ends a call.',
        examples: ['250ms', '1s'],
      }),
    ),
  }),
  { markdownDescription: 'How gRPC calls are defined and sent.', examples: [{ proto: ['protos/shop.proto'] }] },
);

export const webSocket = documented(
  z.strictObject({
    headers: z.optional(
      headers({
        markdownDescription: `Headers of the opening request. ${placeholders}`,
        examples: [{ authorization: 'Bearer ${env:TOKEN}' }],
      }),
    ),
    subprotocol: z.optional(text({ markdownDescription: 'The subprotocol that is asked for.', examples: ['chat'] })),
    unasked: z._default(
      documented(z.enum(['ignore', 'fail']), {
        markdownDescription: 'Messages that come while no answer is awaited.',
        examples: ['ignore', 'fail'],
        enumDescriptions: ['They are passed over.', 'The connection counts as broken.'],
      }),
      'ignore',
    ),
  }),
  { markdownDescription: 'How WebSocket connections are opened and read.', examples: [{ subprotocol: 'chat' }] },
);
