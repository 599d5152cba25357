import { SlowpathError } from '../errors.ts';
import type { OrderStatistics } from './quantiles.ts';

/**
 * The percentile table that HdrHistogram's `outputPercentileDistribution` prints (`.hgrm`, also at the end of what wrk2
 * prints): a summary, from which quantiles can be read but no histogram made again.
 */
interface HgrmFile {
  /** Ascending, by convention milliseconds; here µs. */
  readonly valueUs: Float64Array;
  /** Values up to and with each row's; ascending. */
  readonly totalCount: Float64Array;
  readonly count: number;
  /** NaN where the footer is missing. */
  readonly meanUs: number;
}

const mostRows = 1_000_000;
const usPerMs = 1000;
const header = /^\s*"?Value"?[\s,]+"?Percentile"?[\s,]+"?TotalCount"?/m;

/** Whether a text is such a table, or holds one. */
export function looksLikeHgrm(head: string): boolean {
  return header.test(head);
}

/**
 * Reads the table, whether in columns or as CSV, and what the footer says.
 * @throws SlowpathError FORMAT_MALFORMED naming the line, FORMAT_TOO_LARGE.
 */
export function parseHgrm(text: string): HgrmFile {
  const lines = text.split(/\r?\n/);
  const first = lines.findIndex((line) => header.test(line));
  if (first < 0) throw malformed(1, 'no "Value Percentile TotalCount" in the whole file; is this an .hgrm file?');
  const values: number[] = [];
  const counts: number[] = [];
  let meanUs = Number.NaN;
  let inFooter = false;
  for (let index = first + 1; index < lines.length; index++) {
    const line = (lines[index] ?? '').trim();
    if (line === '') continue;
    if (line.startsWith('#')) {
      inFooter = true;
      const mean = Number(/#\[Mean\s*=\s*([\d.eE+-]+)/.exec(line)?.[1] ?? Number.NaN);
      if (Number.isFinite(mean)) meanUs = mean * usPerMs;
      continue;
    }
    // Other tools print their own lines behind the table.
    if (inFooter) break;
    const fields = line.split(/[\s,]+/);
    if (values.length >= mostRows)
      throw new SlowpathError('FORMAT_TOO_LARGE', `The percentile table has more than ${mostRows} lines.`);
    const [value, percentile, count] = fields.slice(0, 3).map(Number);
    if (!isFigure(value) || !isFigure(percentile) || percentile > 1 || !isFigure(count))
      throw malformed(index + 1, 'not "value percentile count"');
    if (value * usPerMs < (values.at(-1) ?? 0) || count < (counts.at(-1) ?? 0))
      throw malformed(index + 1, 'values and counts must ascend');
    values.push(value * usPerMs);
    counts.push(count);
  }
  if (values.length === 0) throw malformed(first + 1, 'no percentile follows');
  return {
    valueUs: Float64Array.from(values),
    totalCount: Float64Array.from(counts),
    count: counts.at(-1) ?? 0,
    meanUs,
  };
}

/** What quantiles are computed from, as far as the table tells: at a rank, the value of the first row that reaches it. */
export function hgrmStatistics(table: HgrmFile): OrderStatistics {
  return { count: table.count, atRank: (rank) => atRank(table, rank) };
}

function atRank({ valueUs, totalCount }: HgrmFile, rank: number): number {
  let low = 0;
  let high = totalCount.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((totalCount[middle] ?? 0) >= rank) high = middle;
    else low = middle + 1;
  }
  return valueUs[low] ?? Number.NaN;
}

function isFigure(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value) && value >= 0;
}

function malformed(line: number, fault: string): SlowpathError {
  return new SlowpathError('FORMAT_MALFORMED', `Percentile table line ${line}: ${fault}.`);
}
