/** An interval log or a percentile table for a person at a terminal, and as JSON: what `slowpath import` prints of them. */
import type { LogSeries } from '../latency/logSeries.ts';
import { quantileInterval, summarizeSorted } from '../latency/quantiles.ts';
import type { LatencySummary } from '../latency/summary.ts';
import { formatCount, formatUs } from '../plan/units.ts';
import { visible } from '../plan/visible.ts';
import { cellsOf, padEnd, padStart } from './paint.ts';
import type { TableOptions } from './tableLayout.ts';

/** One object, its names kept from release to release. */
export interface LatencyLogJson {
  readonly file: string;
  readonly series: readonly {
    /** '' where the file names none. */
    readonly tag: string;
    readonly count: number;
    readonly latencyUs: LatencySummary;
  }[];
}

export function latencyLogJson(file: string, series: readonly LogSeries[]): LatencyLogJson {
  return {
    file,
    series: series.map(({ tag, statistics }) => ({
      tag,
      count: statistics.count,
      latencyUs: summarizeSorted(statistics),
    })),
  };
}

const columns: readonly (readonly [keyof LatencySummary, number])[] = [
  ['p50', 0.5],
  ['p90', 0.9],
  ['p95', 0.95],
  ['p99', 0.99],
  ['p99.9', 0.999],
  ['max', 1],
];
const cells = 10;
const longestTag = 40;

/** Quantiles a tag, as a table that ends in a newline; those that too few values lie above are grey and starred. */
export function latencyLogTable(
  file: string,
  series: readonly LogSeries[],
  { paint, showPath }: Pick<TableOptions, 'paint' | 'showPath'>,
): string {
  const tags = series.map(({ tag }) => (tag === '' ? '(no tag)' : visible(tag, longestTag)));
  const tagCells = Math.max(8, ...tags.map(cellsOf));
  const isEarned = ({ statistics }: LogSeries, quantile: number): boolean =>
    statistics.count === 0 || quantile === 1 || quantileInterval(statistics, quantile).earned;
  const starred = series.some((each) => columns.some(([, quantile]) => !isEarned(each, quantile)));
  const rows = series.map((each, index) => {
    const { statistics } = each;
    const summary = summarizeSorted(statistics);
    const figures = columns.map(([key, quantile]) => {
      const text = padStart(formatUs(summary[key]), cells - 1);
      return isEarned(each, quantile) ? `${text} ` : paint.dim(`${text}*`);
    });
    const count = padStart(formatCount(statistics.count), 14);
    return `  ${padEnd(tags[index] ?? '', tagCells)}${count}${figures.join('')}`.trimEnd();
  });
  const titles = [padStart('values', 14), ...columns.map(([key]) => `${padStart(key, cells - 1)} `)].join('');
  return [
    '',
    `  ${paint.bold(visible(showPath(file), 500))}`,
    '',
    `  ${' '.repeat(tagCells)}${paint.dim(titles.trimEnd())}`,
    ...rows,
    ...(series.length === 0 ? ['  It holds no values.'] : []),
    ...(starred ? [paint.dim('  * few values: fewer than 10 lie above it')] : []),
    '',
    '',
  ].join('\n');
}
