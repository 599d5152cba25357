/** An interval log or a percentile table for a person at a terminal, and as JSON: what `slowpath import` prints of them. */
import type { LogSeries } from '../latency/logSeries.ts';
import { isEarned, minSamplesAbove, summarizeSorted } from '../latency/quantiles.ts';
import type { LatencySummary } from '../latency/summary.ts';
import { formatCount } from '../plan/units.ts';
import { visible } from '../plan/visible.ts';
import { cellsOf, padEnd, padStart } from './paint.ts';
import { hasStars, quantileFigures, quantileTitles } from './quantileColumns.ts';
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
  const isEarnedIn =
    ({ statistics }: LogSeries) =>
    (quantile: number): boolean =>
      isEarned(statistics.count, quantile);
  const starred = series.some((each) => hasStars(summarizeSorted(each.statistics), isEarnedIn(each)));
  const rows = series.map((each, index) => {
    const { statistics } = each;
    const figures = quantileFigures(summarizeSorted(statistics), isEarnedIn(each), {
      cells,
      paint,
      emphasis: (text) => text,
    });
    const count = padStart(formatCount(statistics.count), 14);
    return `  ${padEnd(tags[index] ?? '', tagCells)}${count}${figures}`.trimEnd();
  });
  const titles = padStart('values', 14) + quantileTitles(cells);
  return [
    '',
    `  ${paint.bold(visible(showPath(file), 500))}`,
    '',
    `  ${' '.repeat(tagCells)}${paint.dim(titles)}`,
    ...rows,
    ...(series.length === 0 ? ['  It holds no values.'] : []),
    ...(starred ? [paint.dim(`  * few values: fewer than ${minSamplesAbove} lie above it`)] : []),
    '',
    '',
  ].join('\n');
}
