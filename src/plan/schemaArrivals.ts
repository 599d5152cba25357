/** When requests are sent. */
import * as z from 'zod/mini';
import { limits } from './schemaLimits.ts';
import { documented } from './schemaParts.ts';
import { duration, rate } from './schemaUnits.ts';

const ratePerSecond = (what = 'Requests a second', example = 500): ReturnType<typeof rate> =>
  rate({
    markdownDescription: `${what}: a number, or a text such as \`"500/s"\` or \`"30k/min"\`.`,
    examples: [example, '500/s', '30k/min'],
  });

const seed = z._default(
  documented(z.int().check(z.gte(0), z.lte(2 ** 32 - 1)), {
    markdownDescription: 'The same seed gives the same arrival times, choices and random values.',
    examples: [1],
  }),
  1,
);

const spacing = z._default(
  documented(z.enum(['poisson', 'constant']), {
    markdownDescription: 'How requests follow each other at each rate.',
    examples: ['poisson', 'constant'],
    enumDescriptions: ['Independent of each other, as from many users.', 'Evenly spaced.'],
  }),
  'poisson',
);

export const arrivals = documented(
  z.discriminatedUnion('model', [
    z.strictObject({
      model: documented(z.literal('constant'), { markdownDescription: 'Evenly spaced, whatever the target does.' }),
      rate: ratePerSecond(),
    }),
    z.strictObject({
      model: documented(z.literal('poisson'), {
        markdownDescription: 'Independent of each other, as from many users: the honest default.',
      }),
      rate: ratePerSecond(),
      seed,
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
    z.strictObject({
      model: documented(z.literal('step'), {
        markdownDescription:
          'One rate after the other, each for an equal part of the duration, or for as long as `hold` says. Warm-up runs at the first.',
      }),
      rates: documented(z.array(ratePerSecond()).check(z.minLength(1), z.maxLength(1000)), {
        markdownDescription: 'The rates, in order.',
        examples: [[100, 200, 400]],
      }),
      hold: z.optional(
        duration(limits.duration, {
          markdownDescription:
            'How long each rate is held; the last one goes on to the end. Without it: the duration in equal parts.',
          examples: ['5s'],
        }),
      ),
      spacing,
      seed,
    }),
    z.strictObject({
      model: documented(z.literal('ramp'), {
        markdownDescription: 'A rate that grows (or falls) evenly over the duration. Warm-up runs at the first.',
      }),
      from: ratePerSecond('Requests a second at the start of the measured time', 100),
      to: ratePerSecond('Requests a second at its end', 1000),
      spacing,
      seed,
    }),
  ]),
  {
    markdownDescription:
      'When requests are sent. `model` says how: `"poisson"` or `"constant"` at a rate, `"closed"` with so many clients, `"step"` or `"ramp"` over several rates.',
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
      {
        label: 'step',
        description: 'one rate after the other',
        body: { model: 'step', rates: ['^${1:100}', '^${2:200}', '^${3:400}'] },
      },
      {
        label: 'ramp',
        description: 'a rate that grows evenly',
        body: { model: 'ramp', from: '^${1:100}', to: '^${2:1000}' },
      },
    ],
  },
);
