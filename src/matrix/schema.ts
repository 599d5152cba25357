import * as z from 'zod/mini';
import { runName, time } from '../run/manifestParts.ts';
import { MATRIX_FORMAT, type Matrix } from './model.ts';

/** What a matrix must look like before anything in it is believed: the file may have been damaged, or made to mislead. */
const number = z.number();
const text = z.string().check(z.maxLength(10_000));
const figure = z.nullable(number);
const share = number.check(z.gte(0), z.lte(1));
const column = z.array(figure).check(z.maxLength(1000));
const shape = z.enum(['single', 'many', 'chain', 'soak']);
const planned = { shape, clients: z.nullable(number), durationUs: number };
/** Older releases did not write them. */
const count = z._default(figure, null);
const times = z.object({ count, mean: figure, p50: figure, p99: figure });
const summary = z.object({ p50: figure, p90: figure, p95: figure, p99: figure, 'p99.9': figure, max: figure });

const chain = z.object({
  hops: z.array(z.object({ target: text, perRequest: number, servedUs: times })),
  requests: number,
  alone: number,
  wholeUs: z.nullable(times),
  parts: z.array(
    z.object({ kind: z.enum(['outside', 'own', 'call']), target: z.nullable(text), us: times, share: number }),
  ),
});

const drift = z.object({
  of: z.enum(['rss', 'p50', 'p99']),
  target: z.nullable(text),
  verdict: z.enum(['drifts', 'steady', 'untold']),
  why: text,
  trend: z.nullable(
    z.object({ points: number, slope: number, low: figure, high: figure, level: number, inflation: number }),
  ),
  change: z.nullable(z.object({ share: number, low: figure, high: figure })),
});

const soak = z.object({
  intervalUs: number,
  startSeconds: z.array(number).check(z.maxLength(1000)),
  p50Us: column,
  p99Us: column,
  memory: z.array(z.object({ target: text, rssBytes: column })),
  drifts: z.array(drift),
});

const cell = z.object({
  ...planned,
  run: runName,
  outcome: z.enum(['good', 'slo', 'invalid', 'failed']),
  reasons: z.array(text),
  ratePerSecond: z.nullable(z.object({ offered: figure, achieved: figure })),
  requests: count,
  latencyUs: z.nullable(summary),
  errors: z.nullable(share),
  chain: z.nullable(chain),
  chainMissing: z.nullable(text),
  soak: z.nullable(soak),
});

export const matrixSchema: z.ZodMiniType<Matrix> = z.object({
  format: z.literal(MATRIX_FORMAT),
  id: runName,
  scenario: text,
  startedAt: time,
  state: z.enum(['running', 'complete', 'cancelled', 'failed']),
  error: z.nullable(z.object({ code: text, message: text })),
  planned: z.array(z.object(planned)).check(z.maxLength(1000)),
  cells: z.array(cell).check(z.maxLength(1000)),
});
