/** The offered load: address, requests, arrivals, connections and times. */
import * as z from 'zod/mini';
import { loadKeysOf, neededKeyOf, protocols, requestKeysOf, speaksTls, type Protocol } from './protocols.ts';
import { arrivals } from './schemaArrivals.ts';
import { limits } from './schemaLimits.ts';
import { addFault, documented, namedRecord, placeholders, text, type FaultContext } from './schemaParts.ts';
import { framing, grpc, tls, webSocket } from './schemaProtocols.ts';
import { request } from './schemaRequest.ts';
import { duration } from './schemaUnits.ts';
import { quoted } from './visible.ts';

const fields = z.strictObject({
  protocol: z._default(
    documented(z.enum(protocols), {
      markdownDescription: 'What is spoken.',
      examples: [...protocols],
      enumDescriptions: [
        'HTTP/1.1, one request at a time on a connection.',
        'HTTP/2 with many streams on a connection; without TLS by prior knowledge.',
        'gRPC, all four kinds of calls.',
        'Messages over TCP, one request and one answer at a time.',
        'Datagrams; loss, duplicates and reordering are counted.',
        'WebSocket messages, one request and one answer at a time.',
      ],
    }),
    'http',
  ),
  url: text({
    markdownDescription: `Where the load goes: scheme, host and port, perhaps a path that all requests share. ${placeholders}`,
    examples: ['http://127.0.0.1:${port:api}', 'http://127.0.0.1:3000', 'tcp://127.0.0.1:${port:api}'],
  }),
  socket: z.optional(
    text({
      markdownDescription: `A Unix socket to connect to instead of the host and port of \`url\`. ${placeholders}`,
      examples: ['/tmp/api.sock'],
    }),
  ),
  tls: z.optional(tls),
  requests: z._default(
    documented(z.array(request).check(z.minLength(1)), {
      markdownDescription: 'What is sent. Without it: `GET /`.',
      examples: [[{ path: '/orders' }]],
    }),
    [{ path: '/', weight: 1 }],
  ),
  data: z.optional(
    documented(
      namedRecord(
        'data file',
        text({
          markdownDescription: `A CSV file with a header line, or a file of JSON lines, relative to the workspace. ${placeholders}`,
          examples: ['users.csv'],
        }),
      ),
      {
        markdownDescription:
          'Files whose rows fill `{{name.column}}` in requests, one row a request, from the start again after the last.',
        examples: [{ users: 'users.csv' }],
      },
    ),
  ),
  arrivals,
  connections: z.optional(
    documented(z.int().check(z.gte(1), z.lte(limits.connections)), {
      markdownDescription:
        'Connections kept open. Without it: 16 (1 for HTTP/2 and gRPC); with closed arrivals, as many as the clients need.',
      default: 16,
      examples: [16],
    }),
  ),
  streams: z.optional(
    documented(z.int().check(z.gte(1), z.lte(limits.streams)), {
      markdownDescription: 'Requests at a time on one connection, in HTTP/2 and gRPC.',
      default: 100,
      examples: [10],
    }),
  ),
  processes: z.optional(
    documented(z.int().check(z.gte(1), z.lte(limits.processes)), {
      markdownDescription:
        'Generator processes that share the load, each on a core of its own, when one core is not enough. What they record is merged exactly.',
      default: 1,
      examples: [2],
    }),
  ),
  framing: z.optional(framing),
  sequence: z.optional(
    documented(z.enum(['header', 'none']), {
      markdownDescription: 'How UDP answers are matched to requests.',
      examples: ['header', 'none'],
      enumDescriptions: [
        '16 bytes before each payload, which the service sends back: late answers, duplicates and reordering are told apart.',
        'The next datagram on the socket is the answer.',
      ],
      default: 'none',
    }),
  ),
  grpc: z.optional(grpc),
  webSocket: z.optional(webSocket),
  traceparent: z.optional(
    documented(z.boolean(), {
      markdownDescription:
        'Each request carries a W3C `traceparent` header of its own, so that spans of the service can be joined with it.',
      default: true,
      examples: [false],
    }),
  ),
  timeout: z._default(
    duration(limits.requestTimeout, {
      markdownDescription: 'After this long without an answer a request counts as timed out.',
      examples: ['2s', '500ms'],
    }),
    '2s',
  ),
  warmup: z._default(
    duration(limits.warmup, {
      markdownDescription: 'Load before the measured time; its figures are kept apart.',
      examples: ['3s', '10s'],
    }),
    '3s',
  ),
  duration: z._default(
    duration(limits.duration, { markdownDescription: 'How long is measured.', examples: ['15s', '1m'] }),
    '15s',
  ),
  allowRemote: z._default(
    documented(z.boolean(), {
      markdownDescription:
        'The address is meant to be another machine, and its owner agrees. You are asked once more before load is sent there.',
      examples: [true],
    }),
    false,
  ),
});
type Fields = z.infer<typeof fields>;

export const load = documented(
  fields.check(
    z.superRefine((given, context) => {
      checkKeys(given, context);
      checkConcurrency(given, context);
      checkNames(given, context);
    }),
  ),
  {
    markdownDescription: 'The load that is offered.',
    examples: [{ url: 'http://127.0.0.1:3000', arrivals: { model: 'poisson', rate: 500 } }],
  },
);

/** What a request is called when the plan gives it no name. */
export function requestName({ name, method, path, call }: Fields['requests'][number], index: number): string {
  return name ?? call ?? (path === undefined ? `request ${index + 1}` : `${method ?? 'GET'} ${path}`);
}

/** Keys that belong to another protocol, and the one that a request can't be without. */
function checkKeys(given: Fields, context: FaultContext): void {
  const { protocol } = given;
  for (const [key, speakers] of Object.entries(loadKeysOf)) {
    if (key in given && !speakers.includes(protocol)) {
      addFault(context, given, misplaced(key, speakers, protocol), { atKey: true }, [key]);
    }
  }
  if (given.tls && URL.canParse(given.url) && !speaksTls(new URL(given.url).protocol)) {
    const message = `"tls" needs an address that speaks it, not ${quoted(given.url.replace(/:.*/s, ':'))}; write one that begins with "https:", "tls:" or "wss:"`;
    addFault(context, given, message, { atKey: true }, ['tls']);
  }
  const needed = neededKeyOf[protocol];
  for (const [index, each] of given.requests.entries()) {
    for (const [key, speakers] of Object.entries(requestKeysOf)) {
      if (key in each && !speakers.includes(protocol)) {
        if (key === 'path' && each.path === '/' && given.requests.length === 1 && Object.keys(each).length === 2) {
          // Nothing was written: GET / stands in for it.
          const message = `${protocol} has no request to fall back on; write "requests", each with a ${quoted(needed)}`;
          addFault(context, given, message);
          return;
        }
        addFault(context, each, misplaced(key, speakers, protocol), { atKey: true }, ['requests', index, key]);
      }
    }
    if (!(needed in each)) {
      const message = `the request says nothing to send; write ${quoted(needed)}`;
      addFault(context, each, message, {}, ['requests', index]);
    }
    if (each.message !== undefined && each.messages !== undefined) {
      const message = 'a call has either one "message" or a list of "messages"; leave one of them out';
      addFault(context, each, message, { atKey: true }, ['requests', index, 'messages']);
    }
  }
}

function misplaced(key: string, speakers: readonly Protocol[], protocol: Protocol): string {
  return `${quoted(key)} belongs to ${speakers.join(', ')}, and this load speaks ${protocol}; leave it out, or write "protocol": ${quoted(speakers[0] ?? 'http')}`;
}

function checkConcurrency({ arrivals: chosen, connections, streams, protocol }: Fields, context: FaultContext): void {
  if (chosen.model !== 'closed' || connections === undefined) return;
  const perConnection = loadKeysOf['streams']?.includes(protocol) ? (streams ?? defaultStreams) : 1;
  if (connections * perConnection >= chosen.concurrency) return;
  const enough = Math.ceil(chosen.concurrency / perConnection);
  const wanted = perConnection === 1 ? 'as many connections' : `${enough} connections of ${perConnection} streams`;
  const message = `${chosen.concurrency} clients need ${wanted}, not ${connections}; write ${enough}, or leave "connections" out`;
  addFault(context, connections, message, {}, ['connections']);
}

export const defaultStreams = 100;

function checkNames({ requests }: Fields, context: FaultContext): void {
  const seen = new Set<string>();
  for (const [index, each] of requests.entries()) {
    const name = requestName(each, index);
    if (seen.size !== seen.add(name).size) continue;
    const message = `two requests are called ${quoted(name)}; write a "name" of its own for each`;
    const path = ['requests', index, ...(each.name === undefined ? [] : ['name'])];
    addFault(context, name, message, {}, path);
  }
}
