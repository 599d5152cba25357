import * as z from 'zod/mini';
import { number, text } from './manifestParts.ts';

/** Watched ÷ bare, with its 95 % interval; null with too few pairs for one (below six). */
export interface Ratio {
  readonly ratio: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** What watching a scenario costs, from pairs of runs with and without all that watches it. */
export interface OverheadFacts {
  /** ISO 8601. */
  readonly measuredAt: string;
  readonly pairs: number;
  /** CPU time of the targets for each answer; null where the system doesn't tell. */
  readonly cpu: Ratio | null;
  readonly throughput: Ratio | null;
  readonly p50: Ratio | null;
  readonly p99: Ratio | null;
}

const ratio = z.nullable(z.object({ ratio: number, low: z.nullable(number), high: z.nullable(number) }));
export const overheadSchema: z.ZodMiniType<OverheadFacts> = z.object({
  measuredAt: text,
  pairs: number,
  cpu: ratio,
  throughput: ratio,
  p50: ratio,
  p99: ratio,
});
