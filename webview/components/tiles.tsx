import type { JSX } from 'preact';
import { isEarned } from '../../src/latency/quantiles.ts';
import { summaryKey } from '../../src/latency/summary.ts';
import { formatCount, formatRate, formatShare, formatUs } from '../../src/plan/units.ts';
import type { SloResult, Summary } from '../../src/run/model.ts';
import { quantileName } from '../format.ts';
import type { RangeModel } from '../model/messages.ts';
import { countsOf } from '../model/whole.ts';

const shown = [0.5, 0.9, 0.99, 0.999, 1] as const;

/** The figures a run is known by. */
interface TileFigures extends Pick<RangeModel, 'requests' | 'errors' | 'ratePerSecond'> {
  readonly quantiles: readonly {
    readonly quantile: number;
    readonly responseUs: number | null;
    readonly serviceUs: number | null;
    /** At least ten samples lie above it. */
    readonly earned: boolean;
  }[];
}

/** Of what is brushed, or of the whole window. */
export function figuresOfModel({ quantiles, requests, errors, ratePerSecond }: RangeModel): TileFigures {
  return {
    requests,
    errors,
    ratePerSecond,
    quantiles: shown.map((quantile) => {
      const row = quantiles.find((entry) => entry.quantile === quantile);
      return {
        quantile,
        responseUs: finite(row?.response.value),
        serviceUs: finite(row?.service.value),
        earned: row?.response.earned === true,
      };
    }),
  };
}

/** Of a run of which nothing but its summary is read yet. */
export function figuresOfSummary(summary: Summary): TileFigures {
  const { response, service } = summary.latencyUs;
  const { requests, errors } = countsOf(summary);
  return {
    requests,
    errors,
    ratePerSecond: summary.ratePerSecond.achieved,
    quantiles: shown.map((quantile) => {
      const key = summaryKey(quantile) ?? 'max';
      return { quantile, responseUs: response[key], serviceUs: service[key], earned: isEarned(requests, quantile) };
    }),
  };
}

/** @param slo of the plan: an objective for errors that is missed marks them. */
export function Tiles(props: { readonly figures: TileFigures; readonly slo: readonly SloResult[] }): JSX.Element {
  const { figures, slo } = props;
  const { quantiles, requests, errors, ratePerSecond } = figures;
  const missed = slo.some((result) => result.slo.metric.kind === 'errors' && !result.pass);
  return (
    <dl class="tiles">
      {quantiles.map(({ quantile, responseUs, serviceUs, earned }) => (
        <div
          class={`tile ${earned || quantile === 1 ? '' : 'unearned'}`}
          key={quantile}
          title={earned || quantile === 1 ? undefined : 'Fewer than ten samples lie above it: single events decide it.'}
        >
          <dt>{quantileName(quantile)}</dt>
          <dd>{formatUs(responseUs)}</dd>
          <small>service {formatUs(serviceUs)}</small>
        </div>
      ))}
      <div class="tile">
        <dt>rate</dt>
        <dd>{formatRate(ratePerSecond)}</dd>
        <small>{formatCount(requests)} requests</small>
      </div>
      <div class={`tile ${missed || errors > requests * 0.01 ? 'bad' : ''}`}>
        <dt>errors</dt>
        <dd>{requests > 0 ? formatShare(errors / requests) : '–'}</dd>
        <small>{formatCount(errors)} failed</small>
      </div>
    </dl>
  );
}

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
