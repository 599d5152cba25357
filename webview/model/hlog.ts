import { newHistogram } from '../../src/latency/histogram.ts';
import { hgrmStatistics, looksLikeHgrm, parseHgrm } from '../../src/latency/hgrm.ts';
import { parseHlog } from '../../src/latency/hlog.ts';
import { addAnyHistogram, statisticsOf } from '../../src/latency/logSeries.ts';
import { type OrderStatistics, percentileCurve, quantileInterval } from '../../src/latency/quantiles.ts';
import { visible } from '../../src/plan/visible.ts';
import type { HlogModel } from './messages.ts';
import { shownQuantiles } from './quantiles.ts';

/** Percentiles a tag and recorded values over time, from the text of an interval log; a percentile table has no times. */
export function hlogModel(text: string): HlogModel {
  if (looksLikeHgrm(text)) return hgrmModel(text);
  const { tags, lines } = parseHlog(text);
  const first = lines.reduce((least, line) => Math.min(least, line.startSeconds), Infinity);
  const last = lines.reduce((most, line) => Math.max(most, line.startSeconds + line.lengthSeconds), -Infinity);
  const seconds = lines.length > 0 ? Math.max(1, Math.ceil(last - first)) : 0;
  // A log of days keeps one point a pixel or so.
  const stepS = Math.max(1, Math.ceil(seconds / 2000));
  const points = Math.ceil(seconds / stepS);
  const sums = tags.map(() => newHistogram());
  const perSecond = tags.map(() => new Float64Array(points));
  for (const line of lines) {
    const tag = tags.indexOf(line.tag);
    const sum = sums[tag];
    const rate = perSecond[tag];
    if (!sum || !rate) continue;
    const { histogram } = line;
    addAnyHistogram(sum, histogram);
    const point = Math.min(points - 1, Math.floor((line.startSeconds - first) / stepS));
    rate[point] = (rate[point] ?? 0) + histogram.total / Math.max(line.lengthSeconds, stepS);
  }
  return {
    kind: 'hlog',
    tags: tags.map((tag, index) => {
      const statistics = statisticsOf(sums[index] ?? newHistogram());
      return tagOf(tag === '' ? '(no tag)' : visible(tag), statistics);
    }),
    timeS: Float64Array.from({ length: points }, (_, point) => point * stepS),
    perSecond,
  };
}

function hgrmModel(text: string): HlogModel {
  const statistics = hgrmStatistics(parseHgrm(text));
  return { kind: 'hlog', tags: [tagOf('(percentile table)', statistics)], timeS: new Float64Array(), perSecond: [] };
}

function tagOf(tag: string, statistics: OrderStatistics): HlogModel['tags'][number] {
  return {
    tag,
    count: statistics.count,
    quantiles: shownQuantiles.map((quantile) => quantileInterval(statistics, quantile)),
    curve: percentileCurve(statistics),
  };
}
