/**
 * The plan, `slowpath.jsonc`: the one source of its types (`Plan`), its validation and its JSON Schema. What resolving
 * makes of it stands in scenario.ts. Small on purpose: zod/mini halves what reading a plan adds to the editor's start.
 */
import * as z from 'zod/mini';
import { limits } from './schemaLimits.ts';
import { load } from './schemaLoad.ts';
import { matrix } from './schemaMatrix.ts';
import { documented, namedRecord, snippet } from './schemaParts.ts';
import { target } from './schemaTarget.ts';
import { duration, objective } from './schemaUnits.ts';

const collect = documented(
  z.strictObject({
    cpu: z._default(
      documented(
        z.union([z.literal('off'), duration(limits.cpu, { markdownDescription: 'Sampling interval.' }, ', or "off"')], {
          error: ({ input }) =>
            typeof input === 'number' ? 'the interval is a text with its unit; write "1ms" or "off"' : undefined,
        }),
        {
          markdownDescription: 'Interval between CPU samples, or `"off"`.',
          examples: ['1ms', '250us', 'off'],
        },
      ),
      '1ms',
    ),
    with: z._default(
      documented(z.enum(['auto', 'inspector', '0x', 'perf', 'pprof', 'py-spy', 'none']), {
        markdownDescription:
          'What takes the CPU profile. `auto`: the inspector for Node, the `pprof` address where a Go target has one, else `perf`, else `py-spy` for Python.',
        examples: ['auto', 'perf'],
        enumDescriptions: [
          'What suits each target.',
          'The inspector of Node.',
          'The deep view of Node, if the npm package 0x is installed: how V8 ran each function (interpreted, optimised, inlined) and its own states. Costs more than the inspector.',
          'Linux perf: any process, kernel included.',
          'Go over HTTP, at the target’s pprof address; samples carry no times.',
          'py-spy, if it is installed: Python with its lines.',
          'Nothing goes into the targets, no probe either: they run as they would unwatched.',
        ],
      }),
      'auto',
    ),
    callGraph: z._default(
      documented(z.enum(['auto', 'fp', 'dwarf', 'lbr']), {
        markdownDescription:
          'How `perf` walks stacks. `auto`: by frame pointers, but a Python built without them by DWARF.',
        examples: ['auto', 'fp', 'dwarf'],
        enumDescriptions: [
          'What suits the target.',
          'By frame pointers: cheap; the code must be built with them.',
          'By DWARF, from copies of the stack: needs debug information, costs more.',
          'By the CPU’s record of branches: some Intel CPUs, no virtual machine.',
        ],
      }),
      'auto',
    ),
  }),
  { markdownDescription: 'What is recorded in the targets.', examples: [{ cpu: '1ms' }, { with: 'perf' }] },
);

const scenario = documented(
  z.strictObject({
    targets: z._default(
      documented(namedRecord('target', target), {
        markdownDescription: 'The processes under test, by name. Without any, the load measures whatever listens.',
        examples: [{ api: { command: 'server.js' } }],
      }),
      {},
    ),
    load,
    collect: z._default(collect, { cpu: '1ms', with: 'auto', callGraph: 'auto' }),
    slo: z._default(
      documented(
        z.array(
          objective({
            markdownDescription:
              'A quantile, `max` or `mean` against a time or a multiple of another; `errors` against a share; `rate` against a rate.',
            examples: ['p99 < 2ms', 'p99.9 < 2 * p50', 'errors < 0.1%', 'rate > 990/s', 'max < 50ms', 'mean < 1ms'],
          }),
        ),
        {
          markdownDescription:
            'Service level objectives, such as `"p99 < 2ms"`, `"p99.9 < 2 * p50"`, `"errors < 0.1%"` or `"rate > 990/s"`; a run that misses one fails.',
          examples: [['p99 < 2ms', 'errors < 0.1%']],
        },
      ),
      [],
    ),
    matrix: z.optional(matrix),
  }),
  {
    markdownDescription: 'What to start, what load to offer and what to expect.',
    examples: [
      {
        targets: { api: { command: 'server.js' } },
        load: { url: 'http://127.0.0.1:${port:api}', arrivals: { model: 'poisson', rate: 500 } },
      },
    ],
  },
);

export const planSchema = z.strictObject({
  $schema: z.optional(documented(z.string(), { markdownDescription: 'The JSON Schema of this file.' })),
  scenarios: documented(
    namedRecord('scenario', scenario).check(
      z.refine((all) => Object.keys(all).length > 0, {
        error: 'there is no scenario; write one, as in "orders": { "load": { … } }',
      }),
    ),
    {
      markdownDescription: 'Named scenarios: each is one thing to measure.',
      examples: [{ orders: { load: { url: 'http://127.0.0.1:3000', arrivals: { model: 'poisson', rate: 500 } } } }],
      minProperties: 1,
      defaultSnippets: [
        {
          label: 'scenario',
          description: 'a Node service under Poisson load',
          body: { '${1:orders}': scenarioSnippet() },
        },
      ],
    },
  ),
});

/** The plan as read: defaults filled in, units and placeholders still as written. */
export type Plan = z.infer<typeof planSchema>;
export type PlanScenario = Plan['scenarios'][string];
export type PlanTarget = PlanScenario['targets'][string];
export type PlanRequest = PlanScenario['load']['requests'][number];

function scenarioSnippet(): unknown {
  const url = 'http://127.0.0.1:${port:api}';
  const api = {
    command: '${2:server.js}',
    env: { PORT: snippet('${port:api}') },
    ready: { http: snippet(`${url}/\${3:health}`) },
  };
  return {
    targets: { api },
    load: {
      url: snippet(url),
      requests: [{ name: '${4:list}', path: '/${5:orders}' }],
      arrivals: { model: 'poisson', rate: '^${6:500}', seed: 1 },
      duration: '15s',
    },
    slo: ['p99 < ${7:10ms}', 'errors < 0.1%'],
  };
}

/** JSON Schema (draft-07, with VS Code's own keywords) for completion, hovers and squiggles in the plan. */
export function planJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(planSchema, {
    target: 'draft-7',
    io: 'input',
    override: ({ jsonSchema }) => {
      // `propertyNames: { type: string }` says nothing, and an `examples: []` offers nothing.
      delete jsonSchema.propertyNames;
      if (Array.isArray(jsonSchema.examples) && jsonSchema.examples.length === 0) delete jsonSchema.examples;
    },
  });
  return { ...schema, title: 'Slowpath plan', allowComments: true, allowTrailingCommas: true };
}
