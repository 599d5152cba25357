import { hgrmStatistics, looksLikeHgrm, parseHgrm } from './hgrm.ts';
import {
  addHistogram,
  lowestOf,
  newHistogram,
  recordUnits,
  valueAtRank,
  widthOf,
  type Histogram,
} from './histogram.ts';
import { parseHlog } from './hlog.ts';
import type { OrderStatistics } from './quantiles.ts';

/** All that a log holds of one tag. */
export interface LogSeries {
  /** '' where the file names none. */
  readonly tag: string;
  readonly statistics: OrderStatistics;
}

const hlogHead = /^(?:#\[Histogram log format|"StartTimestamp",)/m;

/** Whether a file that begins so is an interval log of HdrHistogram or a percentile table; neither is a profile. */
export function looksLikeLatencyLog(head: string): boolean {
  return hlogHead.test(head) || looksLikeHgrm(head);
}

/**
 * What was recorded under each tag of an interval log, over all of its time; of a percentile table its one series.
 * @throws SlowpathError FORMAT_MALFORMED naming the line, FORMAT_TOO_LARGE.
 */
export function logSeries(text: string): readonly LogSeries[] {
  if (looksLikeHgrm(text)) {
    return [{ tag: '', statistics: hgrmStatistics(parseHgrm(text)) }];
  }
  const { tags, lines } = parseHlog(text);
  const sums = new Map(tags.map((tag) => [tag, newHistogram()]));
  for (const { tag, histogram } of lines) {
    const sum = sums.get(tag);
    if (sum) addAnyHistogram(sum, histogram);
  }
  return Array.from(sums, ([tag, sum]) => ({ tag, statistics: statisticsOf(sum) }));
}

export function statisticsOf(histogram: Histogram): OrderStatistics {
  return { count: histogram.total, atRank: (rank) => valueAtRank(histogram, rank) };
}

/** Foreign logs may be laid out otherwise: their buckets' middles are then recorded anew. */
export function addAnyHistogram(target: Histogram, source: Histogram): void {
  const { layout } = source;
  const same = JSON.stringify(layout) === JSON.stringify(target.layout);
  if (same) {
    addHistogram(target, source);
    return;
  }
  const scale = layout.unitUs / target.layout.unitUs;
  for (const [bucket, count] of source.counts.entries()) {
    if (count > 0)
      recordUnits(target, Math.round((lowestOf(layout, bucket) + (widthOf(layout, bucket) - 1) / 2) * scale), count);
  }
}
