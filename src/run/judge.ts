import { summaryKey } from '../latency/summary.ts';
import type { LoadResult } from '../load/result.ts';
import type { Slo, SloMetric } from '../plan/scenario.ts';
import type { SloResult } from './model.ts';

/** What the objectives are held against. */
export interface SloFigures {
  readonly load: Pick<LoadResult, 'counts' | 'latencyUs' | 'meanUs' | 'ratePerSecond' | 'verdict'>;
  /** A quantile of the response time in µs that the summary does not carry, e.g. 0.75; null if nothing was recorded. */
  readonly quantileUs: (quantile: number) => number | null;
}

/**
 * Holds each objective against what was measured. Fails closed: a figure that can't be told, and every figure of an
 * invalid measurement, is a miss, never a pass.
 */
export function judgeSlo(slos: readonly Slo[], figures: SloFigures): SloResult[] {
  return slos.map((slo) => {
    const actual = figureOf(slo.metric, figures);
    const bound = boundOf(slo, figures);
    const holds = actual !== null && bound !== null && compare(actual, slo.comparison, bound);
    return { expr: slo.source, slo, pass: holds && figures.load.verdict.valid, actual, bound };
  });
}

function boundOf({ bound }: Slo, figures: SloFigures): number | null {
  if (bound.kind === 'value') return bound.value;
  const figure = figureOf(bound.metric, figures);
  return figure === null ? null : bound.factor * figure;
}

/** In µs, as a share (0…1), or per second. */
function figureOf(metric: SloMetric, { load, quantileUs }: SloFigures): number | null {
  switch (metric.kind) {
    case 'quantile':
      return summaryQuantile(metric.quantile, load) ?? quantileUs(metric.quantile);
    case 'max':
      return load.latencyUs.response.max;
    case 'mean':
      return load.meanUs;
    case 'errors':
      return errorShare(load);
    case 'rate':
      return load.ratePerSecond.achieved;
  }
}

function summaryQuantile(quantile: number, load: SloFigures['load']): number | null {
  const key = summaryKey(quantile);
  return key === null ? null : load.latencyUs.response[key];
}

/**
 * Requests that got no good answer: error answers, broken connections, time-outs, and those that were due but could not
 * even be sent. Requests in flight when the run ended are neither good nor bad.
 */
function errorShare({ counts }: SloFigures['load']): number | null {
  const due = counts.sent + counts.unsent;
  return due === 0 ? null : (counts.errors + counts.timeouts + counts.unsent) / due;
}

function compare(actual: number, comparison: Slo['comparison'], bound: number): boolean {
  switch (comparison) {
    case '<':
      return actual < bound;
    case '<=':
      return actual <= bound;
    case '>':
      return actual > bound;
    case '>=':
      return actual >= bound;
  }
}
