import { quantileInterval } from '../../src/latency/quantiles.ts';
import type { QuantileRow } from './messages.ts';
import type { Series } from './series.ts';

/** The quantiles of every table in the page. */
export const shownQuantiles = [0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 1] as const;

/** Rows down to the first quantile that no sample lies above, and the maximum. */
export function quantileRows(series: Series): QuantileRow[] {
  const { response, service, sendLag } = series;
  return shownQuantiles
    .filter((quantile) => quantile === 1 || quantile <= 0.99 || response.count * (1 - quantile) >= 1)
    .map((quantile) => ({
      quantile,
      response: quantileInterval(response, quantile),
      service: quantileInterval(service, quantile),
      sendLag: quantileInterval(sendLag, quantile),
    }));
}
