import { isEarned as isEarnedOf } from '../latency/quantiles.ts';
import type { LatencySummary } from '../latency/summary.ts';
import { formatRate, formatShare, formatUs } from '../plan/units.ts';
import { visible } from '../plan/visible.ts';
import type { Manifest, SloResult } from '../run/model.ts';
import { cellsOf, padEnd } from './paint.ts';
import { fewRequestsNote, hasStars, quantileColumnCount, quantileFigures, quantileTitles } from './quantileColumns.ts';
import { heading, type TableOptions } from './tableLayout.ts';

const LABEL_CELLS = 12;

/** The three series with their quantiles; those that are not earned are grey and starred. */
export function latencyLines({ summary }: Manifest, options: TableOptions): string[] {
  if (!summary) return [];
  const { paint, width } = options;
  const cells = Math.min(14, Math.floor((width - LABEL_CELLS - 2) / quantileColumnCount));
  const { sent, unsent } = summary.requests;
  const isEarned = (quantile: number): boolean => isEarnedOf(sent + unsent, quantile);
  const row = (label: string, series: LatencySummary, emphasis: (text: string) => string): string =>
    `  ${emphasis(padEnd(label, LABEL_CELLS))}${quantileFigures(series, isEarned, { cells, paint, emphasis })}`.trimEnd();
  const { response, service, sendLag } = summary.latencyUs;
  return [
    `${heading(padEnd('latency', LABEL_CELLS), options)}${paint.dim(quantileTitles(cells))}`,
    row('response', response, paint.bold),
    row('service', service, (text) => text),
    row('send lag', sendLag, paint.dim),
    ...(hasStars(response, isEarned) ? [paint.dim(`  ${fewRequestsNote}`)] : []),
  ];
}

/** One line an objective: met or missed, as written, and what was measured. */
export function objectiveLines({ summary, verdict }: Manifest, options: TableOptions): string[] {
  const results = summary?.slo ?? [];
  if (results.length === 0) return [];
  const { paint } = options;
  const cells = Math.min(40, Math.max(...results.map(({ expr }) => cellsOf(visible(expr, 60)))));
  const lines = results.map((result) => {
    const expr = padEnd(visible(result.expr, 60), cells);
    if (!verdict?.valid) return `  ${paint.red('✗')} ${expr}  ${paint.dim('not judged: the measurement is invalid')}`;
    const mark = result.pass ? paint.green('✓') : paint.red('✗');
    return `  ${mark} ${expr}  ${result.pass ? figureOf(result) : paint.red(figureOf(result))}${boundOf(result, paint.dim)}`;
  });
  return [heading('objectives', options), ...lines];
}

function figureOf({ slo, actual }: SloResult): string {
  return actual === null ? 'not measured' : format(slo.metric.kind, actual);
}

/** What a multiple came to; a plain bound stands in the expression already. */
function boundOf({ slo, bound }: SloResult, dim: (text: string) => string): string {
  return slo.bound.kind === 'multiple' && bound !== null ? dim(`  (bound ${format(slo.metric.kind, bound)})`) : '';
}

function format(kind: SloResult['slo']['metric']['kind'], value: number): string {
  if (kind === 'errors') return formatShare(value);
  return kind === 'rate' ? formatRate(value) : formatUs(value);
}
