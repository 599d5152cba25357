/** What targets of other languages than Node's need: build commands, and where Go answers pprof. */
import * as z from 'zod/mini';
import { addFault, documented, placeholders, text, type FaultContext } from './schemaParts.ts';

export const pprof = z.optional(
  text({
    markdownDescription: `Where a Go target answers \`net/http/pprof\`: profiled over HTTP in place of \`perf\`. ${placeholders}`,
    examples: ['http://127.0.0.1:${port:api}/debug/pprof'],
  }),
);

export const build = documented(
  z.array(
    z.strictObject({
      command: text({
        markdownDescription: `The program to run, found on PATH or by its path. ${placeholders}`,
        examples: ['cargo', 'go', 'make'],
      }),
      args: z._default(
        documented(z.array(z.string()), {
          markdownDescription: `Its arguments. ${placeholders}`,
          examples: [['build', '--profile', 'profiling']],
        }),
        [],
      ),
      cwd: z.optional(
        text({
          markdownDescription: `The folder it runs in, relative to the workspace; the target's own unless given. ${placeholders}`,
          examples: ['.', 'services/orders'],
        }),
      ),
    }),
  ),
  {
    markdownDescription:
      'Commands run one after the other before the target starts; one that fails ends the run. Build as for a release, with debug information and frame pointers.',
    examples: [
      [{ command: 'cargo', args: ['build', '--profile', 'profiling'] }],
      [{ command: 'go', args: ['build', '-o', 'bin/orders', './cmd/orders'] }],
    ],
  },
);

/** Reports an address of pprof at a target that can't have one. */
export function checkPprof(
  target: { readonly runtime: string; readonly pprof?: string | undefined },
  context: FaultContext,
): void {
  if (target.pprof === undefined || target.runtime === 'go') return;
  addFault(
    context,
    target,
    `only Go answers pprof over HTTP; write "runtime": "go", or leave "pprof" out`,
    { atKey: true },
    ['pprof'],
  );
}
