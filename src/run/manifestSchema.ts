import * as z from 'zod/mini';
import { load } from './manifestLoad.ts';
import { host, number, runName, text, time } from './manifestParts.ts';
import type { Manifest } from './model.ts';
import { overheadSchema } from './overheadFacts.ts';
import { RUN_FORMAT } from './upgrade.ts';

/**
 * What a manifest must look like before anything in it is believed: it may have been damaged, or made to mislead. What earlier
 * releases did not write yet has the default of then.
 */
const count = z.number().check(z.nonnegative());
const counts = z.record(z.string(), count);
const summary = z.object({
  p50: z.nullable(number),
  p90: z.nullable(number),
  p95: z.nullable(number),
  p99: z.nullable(number),
  'p99.9': z.nullable(number),
  max: z.nullable(number),
});
const ready = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('http'), url: text, timeoutUs: number }),
  z.object({ kind: z.literal('grpc'), url: text, timeoutUs: number }),
  z.object({ kind: z.literal('port'), port: number, timeoutUs: number }),
  z.object({ kind: z.literal('log'), text, timeoutUs: number }),
]);
const runtime = z.enum(['node', 'native', 'go', 'python']);
const target = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('launch'),
    name: text,
    runtime,
    runtimeExecutable: z.nullable(text),
    runtimeArgs: z.array(text),
    command: text,
    args: z.array(text),
    cwd: text,
    env: z.record(z.string(), text),
    build: z._default(z.array(z.object({ command: text, args: z.array(text), cwd: text })), []),
    pprof: z._default(z.nullable(text), null),
    ready: z.nullable(ready),
  }),
  z.object({
    kind: z.literal('attach'),
    name: text,
    runtime,
    pprof: z._default(z.nullable(text), null),
    via: z.union([z.object({ pid: number }), z.object({ inspector: text })]),
  }),
]);
const sloMetric = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('quantile'), quantile: number }),
  z.object({ kind: z.literal('max') }),
  z.object({ kind: z.literal('mean') }),
  z.object({ kind: z.literal('errors') }),
  z.object({ kind: z.literal('rate') }),
]);
const slo = z.object({
  source: text,
  metric: sloMetric,
  comparison: z.enum(['<', '<=', '>', '>=']),
  bound: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('value'), value: number }),
    z.object({ kind: z.literal('multiple'), factor: number, metric: sloMetric }),
  ]),
});
const reason = z.object({
  code: z.enum([
    'SEND_LAG',
    'RATE_MISSED',
    'DROPPED',
    'CPU',
    'GC',
    'STALL',
    'THROTTLED',
    'FLOOR',
    'NO_REQUESTS',
    'CLOSED_LOOP',
    'STEAL',
    'NO_WARMUP',
    'FEW_SAMPLES',
    'INCOMPLETE',
    'PROCESS_LOST',
  ]),
  text,
});
const verdict = z.object({
  valid: z.boolean(),
  reasons: z.array(reason),
  warnings: z.array(reason),
  health: z.object({
    cpuShare: number,
    sendLagUs: summary,
    gcPauseMaxUs: number,
    stallMaxUs: number,
    throttledPeriods: z.nullable(number),
    stealShare: z.nullable(number),
    floorUs: z.nullable(number),
    processes: z.optional(
      z.array(
        z.object({
          requests: count,
          cpuShare: number,
          sendLagP99Us: z.nullable(number),
          gcPauseMaxUs: number,
          stallMaxUs: number,
        }),
      ),
    ),
  }),
});

export const manifestSchema: z.ZodMiniType<Manifest> = z.object({
  format: z.literal(RUN_FORMAT),
  id: runName,
  state: z.enum(['running', 'complete', 'cancelled', 'failed', 'incomplete']),
  error: z.nullable(z.object({ code: text, message: text })),
  scenario: z.object({
    name: text,
    workspaceFolder: text,
    targets: z.array(target),
    load,
    collect: z.object({
      cpuIntervalUs: z.nullable(number),
      with: z._default(z.enum(['auto', 'inspector', '0x', 'perf', 'pprof', 'py-spy', 'none']), 'auto'),
      callGraph: z._default(z.enum(['auto', 'fp', 'dwarf', 'lbr']), 'auto'),
    }),
    slo: z.array(slo),
  }),
  startedAt: time,
  window: z.nullable(z.object({ warmupStartUs: number, startUs: number, endUs: number })),
  steady: z.optional(
    z.nullable(z.object({ startUs: z.nullable(number), coldP50Us: z.nullable(number), steadyP50Us: number })),
  ),
  git: z.nullable(z.object({ commit: text, branch: z.nullable(text), dirty: z.boolean() })),
  host,
  targets: z.array(
    z.object({
      name: text,
      pid: number,
      runtime: text,
      commandLine: z.array(text),
      exitCode: z.nullable(number),
      signal: z.nullable(text),
    }),
  ),
  clockOffsetUs: z.object({ start: number, end: z.nullable(number) }),
  verdict: z.nullable(verdict),
  summary: z.nullable(
    z.object({
      requests: z.object({
        sent: count,
        ok: count,
        errors: count,
        timeouts: count,
        unsent: count,
        inFlight: count,
      }),
      ratePerSecond: z.object({ offered: z.nullable(number), achieved: z.nullable(number) }),
      latencyUs: z.object({ response: summary, service: summary, sendLag: summary }),
      answers: z.optional(z.object({ byStatus: counts, byError: counts, byProtocol: counts })),
      slo: z.array(
        z.object({ expr: text, slo, pass: z.boolean(), actual: z.nullable(number), bound: z.nullable(number) }),
      ),
    }),
  ),
  counters: z.record(z.string(), number),
  gaps: z.array(z.object({ what: text, why: text })),
  collectors: z._default(
    z.array(
      z.object({
        target: text,
        collector: z.enum(['probe', 'inspector', '0x', 'perf', 'pprof', 'py-spy']),
        label: text,
        intervalUs: z.nullable(number),
        samples: z.nullable(count),
        lost: z.nullable(count),
        blindSpots: z.array(text),
      }),
    ),
    [],
  ),
  overhead: z._default(z.nullable(overheadSchema), null),
  files: z.array(text),
  sizes: z.optional(z.record(z.string(), count)),
});
