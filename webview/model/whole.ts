/**
 * The figures of the whole measured window are the run's own summary, as everywhere else: it counts every request, where the rows that a
 * brushed part is told from may be a sample.
 */
import { isEarned, type QuantileInterval, rankOf } from '../../src/latency/quantiles.ts';
import { type LatencySummary, summaryKey } from '../../src/latency/summary.ts';
import type { Summary } from '../../src/run/model.ts';
import type { QuantileRow, RangeModel } from './messages.ts';

/** @param model of the whole window, from the rows. */
export function asSummarised(model: RangeModel, summary: Summary): RangeModel {
  const { requests, errors } = countsOf(summary);
  const { sent } = summary.requests;
  const isSample = requests !== model.requests;
  const { response, service, sendLag } = summary.latencyUs;
  return {
    ...model,
    requests,
    errors,
    ratePerSecond: summary.ratePerSecond.achieved,
    quantiles: model.quantiles
      // What the summary doesn't have, a sample tells with an error of its own.
      .filter(({ quantile }) => !isSample || summaryKey(quantile) !== null)
      .map((row): QuantileRow => {
        const all = isSample ? { requests, sent } : null;
        return {
          quantile: row.quantile,
          response: summarised(row.response, response, all?.requests ?? null),
          service: summarised(row.service, service, all?.sent ?? null),
          sendLag: summarised(row.sendLag, sendLag, all?.sent ?? null),
        };
      }),
  };
}

/** As the objectives count them: what was due but never sent is a request that failed. */
export function countsOf({
  requests: { sent, unsent, errors, timeouts },
}: Summary): Pick<RangeModel, 'requests' | 'errors'> {
  return { requests: sent + unsent, errors: errors + timeouts + unsent };
}

/** @param count how many there were, where the rows are a sample of them: that tells no range for the true value. */
function summarised(interval: QuantileInterval, summary: LatencySummary, count: number | null): QuantileInterval {
  const { quantile } = interval;
  const key = summaryKey(quantile);
  const value = key === null ? null : summary[key];
  if (value === null) return interval;
  if (count === null) return { ...interval, value };
  const samplesAbove = count - rankOf(quantile, count);
  return { quantile, value, low: null, high: null, samplesAbove, earned: isEarned(count, quantile) };
}
