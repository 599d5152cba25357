/** Shapes of load that `slowpath matrix` measures the scenario in. */
import * as z from 'zod/mini';
import { limits } from './schemaLimits.ts';
import { documented } from './schemaParts.ts';
import { duration } from './schemaUnits.ts';

const measuredFor = z.optional(
  duration(limits.duration, {
    markdownDescription: 'How long it is measured. Without it: as long as the load says.',
    examples: ['15s', '1m'],
  }),
);

export const matrix = documented(
  z.strictObject({
    single: z.optional(
      documented(z.strictObject({ duration: measuredFor }), {
        markdownDescription: 'The baseline: one client with one request at a time on one connection.',
        examples: [{}, { duration: '15s' }],
      }),
    ),
    many: z.optional(
      documented(
        z.strictObject({
          duration: measuredFor,
          clients: z._default(
            documented(
              z
                .array(
                  z.union([z.literal('plan'), z.int().check(z.gte(1), z.lte(limits.connections))], {
                    error: 'this must be "plan" or a number of clients; write 16',
                  }),
                )
                .check(z.minLength(1), z.maxLength(100)),
              {
                markdownDescription:
                  'Each is measured: `"plan"` is the load as it is planned, a number so many clients that wait for their answers.',
                examples: [['plan', 4, 16, 64]],
              },
            ),
            ['plan'],
          ),
        }),
        { markdownDescription: 'Many clients at a time.', examples: [{}, { clients: ['plan', 4, 16, 64] }] },
      ),
    ),
    chain: z.optional(
      documented(z.strictObject({ duration: measuredFor }), {
        markdownDescription:
          'The planned load on services that call each other: how much of the time each one takes. It takes two targets or more.',
        examples: [{}, { duration: '15s' }],
      }),
    ),
    soak: z.optional(
      documented(
        z.strictObject({
          duration: z.optional(
            duration(limits.duration, {
              markdownDescription: 'How long it is measured; an hour or two finds slow leaks. Without it: 10 minutes.',
              examples: ['60m', '10m'],
            }),
          ),
        }),
        {
          markdownDescription: 'The planned load for long: whether memory and latency drift.',
          examples: [{ duration: '60m' }],
        },
      ),
    ),
  }),
  {
    markdownDescription:
      'The shapes of load that `slowpath matrix` measures; those that are named here are. Without it: all that fit the scenario.',
    examples: [{ single: {}, many: { clients: ['plan', 16, 64] }, soak: { duration: '60m' } }],
  },
);
