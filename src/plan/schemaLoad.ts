/** The offered load: requests, arrivals, connections and times. */
import * as z from 'zod/mini';
import { headerFault, methods, nearestMethod, pathFault, repeatedHeader } from './httpParts.ts';
import { limits } from './schemaLimits.ts';
import { addFault, documented, hasPlaceholder, placeholders, text } from './schemaParts.ts';
import { duration, rate } from './schemaUnits.ts';
import { quoted } from './visible.ts';

const headers = documented(
  z.record(z.string(), z.string()).check(
    z.superRefine((given, context) => {
      for (const [name, value] of Object.entries(given)) {
        const fault = headerFault(name, hasPlaceholder(value) ? '' : value);
        if (fault) addFault(context, given, fault.message, { atKey: fault.atName }, [name]);
      }
      const repeated = repeatedHeader(Object.keys(given));
      if (repeated !== null) {
        const message = `the header ${quoted(repeated)} stands twice, in different case; write it once`;
        addFault(context, given, message, { atKey: true }, [repeated]);
      }
    }),
  ),
  {
    markdownDescription: `Headers of the request. \`host\`, \`content-length\` and \`connection\` are added. ${placeholders}`,
    examples: [{ authorization: 'Bearer ${env:TOKEN}' }],
  },
);

const request = documented(
  z.strictObject({
    name: z.optional(
      text({
        markdownDescription: 'What the figures of this request are listed under. Without it: its method and path.',
        examples: ['create'],
      }),
    ),
    method: z._default(
      documented(
        z.enum(methods, {
          error: ({ input }) =>
            typeof input === 'string'
              ? `${quoted(input)} is not a method; write ${quoted(nearestMethod(input))}`
              : undefined,
        }),
        { markdownDescription: 'The HTTP method.', examples: [...methods] },
      ),
      'GET',
    ),
    path: documented(
      z.string().check(
        z.superRefine((value, context) => {
          const fault = hasPlaceholder(value) ? null : pathFault(value);
          if (fault !== null) addFault(context, value, fault);
        }),
      ),
      {
        markdownDescription: `Path and query, below \`url\`. ${placeholders}`,
        examples: ['/', '/orders', '/orders?limit=10'],
      },
    ),
    headers: z._default(headers, {}),
    body: documented(z.optional(z.unknown()), {
      markdownDescription: `Text is sent as it stands. An object, a list, a number or true/false is sent as JSON with \`content-type: application/json\`, unless \`headers\` gives another; \`null\` is no body. ${placeholders}`,
      examples: [{ sku: 'a1' }, 'sku=a1'],
    }),
    weight: z._default(
      documented(z.number().check(z.gt(0), z.lte(1e6)), {
        markdownDescription: 'How often this request is sent, against the weights of the others.',
        examples: [1, 3],
      }),
      1,
    ),
  }),
  {
    markdownDescription: 'One kind of request.',
    examples: [{ path: '/orders' }],
    defaultSnippets: [
      { label: 'GET', body: { name: '${1:list}', path: '/${2:orders}' } },
      {
        label: 'POST with JSON',
        body: { name: '${1:create}', method: 'POST', path: '/${2:orders}', body: { '${3:sku}': '${4:a1}' } },
      },
    ],
  },
);

const ratePerSecond = rate({
  markdownDescription: 'Requests a second: a number, or a text such as `"500/s"` or `"30k/min"`.',
  examples: [500, '500/s', '30k/min'],
});

const arrivals = documented(
  z.discriminatedUnion('model', [
    z.strictObject({
      model: documented(z.literal('constant'), { markdownDescription: 'Evenly spaced, whatever the target does.' }),
      rate: ratePerSecond,
    }),
    z.strictObject({
      model: documented(z.literal('poisson'), {
        markdownDescription: 'Independent of each other, as from many users: the honest default.',
      }),
      rate: ratePerSecond,
      seed: z._default(
        documented(z.int().check(z.gte(0), z.lte(2 ** 32 - 1)), {
          markdownDescription: 'The same seed gives the same arrival times.',
          examples: [1],
        }),
        1,
      ),
    }),
    z.strictObject({
      model: documented(z.literal('closed'), {
        markdownDescription:
          'So many clients, each waiting for its answer before it asks again. Hides what a stall costs; use it for throughput.',
      }),
      concurrency: documented(z.int().check(z.gte(1), z.lte(limits.connections)), {
        markdownDescription: 'How many clients.',
        examples: [8],
      }),
    }),
  ]),
  {
    markdownDescription: 'When requests are sent.',
    examples: [{ model: 'poisson', rate: 500 }],
    defaultSnippets: [
      {
        label: 'poisson',
        description: 'random arrivals at a rate',
        body: { model: 'poisson', rate: '^${1:500}', seed: 1 },
      },
      {
        label: 'constant',
        description: 'evenly spaced arrivals at a rate',
        body: { model: 'constant', rate: '^${1:500}' },
      },
      { label: 'closed', description: 'a fixed number of clients', body: { model: 'closed', concurrency: '^${1:8}' } },
    ],
  },
);

export const load = documented(
  z
    .strictObject({
      protocol: z._default(
        documented(z.enum(['http']), {
          markdownDescription: 'What is spoken.',
          examples: ['http'],
          enumDescriptions: ['HTTP/1.1 without TLS.'],
        }),
        'http',
      ),
      url: text({
        markdownDescription: `Where the load goes: scheme, host and port, perhaps a path that all requests share. ${placeholders}`,
        examples: ['http://127.0.0.1:${port:api}', 'http://127.0.0.1:3000'],
      }),
      requests: z._default(
        documented(z.array(request).check(z.minLength(1)), {
          markdownDescription: 'What is sent. Without it: `GET /`.',
          examples: [[{ path: '/orders' }]],
        }),
        [{ path: '/', method: 'GET', headers: {}, weight: 1 }],
      ),
      arrivals,
      connections: z.optional(
        documented(z.int().check(z.gte(1), z.lte(limits.connections)), {
          markdownDescription: 'Connections kept open. Without it: 16; with closed arrivals, one for each client.',
          default: 16,
          examples: [16],
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
    })
    .check(
      z.superRefine(({ arrivals: chosen, connections, requests }, context) => {
        if (chosen.model === 'closed' && connections !== undefined && connections < chosen.concurrency) {
          const message = `${chosen.concurrency} clients need as many connections, not ${connections}; write ${chosen.concurrency}, or leave "connections" out`;
          addFault(context, connections, message, {}, ['connections']);
        }
        const names = requests.map(({ name, method, path }) => name ?? `${method} ${path}`);
        const seen = new Set<string>();
        for (const [index, name] of names.entries()) {
          if (seen.size !== seen.add(name).size) continue;
          const message = `two requests are called ${quoted(name)}; write a "name" of its own for each`;
          const path = ['requests', index, ...(requests[index]?.name === undefined ? [] : ['name'])];
          addFault(context, name, message, {}, path);
        }
      }),
    ),
  {
    markdownDescription: 'The load that is offered.',
    examples: [{ url: 'http://127.0.0.1:3000', arrivals: { model: 'poisson', rate: 500 } }],
  },
);
