import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { addHistogram, newHistogram, quantile, type Histogram } from '../latency/histogram.ts';
import { parseHlog } from '../latency/hlog.ts';
import { summaryKey } from '../latency/summary.ts';
import type { Slo, SloMetric } from '../plan/scenario.ts';
import { LATENCY_FILE } from './records.ts';

/** Whether an objective needs a quantile that the summary does not carry, e.g. p75. */
export function needsMoreQuantiles(slos: readonly Slo[]): boolean {
  const metrics = slos.flatMap(({ metric, bound }) => (bound.kind === 'multiple' ? [metric, bound.metric] : [metric]));
  return metrics.some((metric: SloMetric) => metric.kind === 'quantile' && summaryKey(metric.quantile) === null);
}

/**
 * Any quantile of all measured response times in µs, from the run's `latency.hlog`: it counts every request, where
 * `requests.parquet` may hold a sample. Null where nothing was recorded or the log can't be read.
 */
export async function responseQuantiles(dir: string): Promise<(wanted: number) => number | null> {
  const all = await readFile(join(dir, LATENCY_FILE), 'utf8').then(allResponses, () => null);
  return (wanted) => (all ? quantile(all, wanted) : null);
}

function allResponses(text: string): Histogram | null {
  const all = newHistogram();
  for (const line of parseHlog(text).lines) {
    if (line.tag === 'response') addHistogram(all, line.histogram);
  }
  return all;
}
