import type { JSX } from 'preact';
import type { QuantileInterval } from '../../src/latency/quantiles.ts';
import { formatUs } from '../../src/plan/units.ts';
import { quantileName } from '../format.ts';
import type { QuantileRow } from '../model/messages.ts';

/** Quantiles with their 95 % intervals; those that too few samples bear out are greyed. */
export function QuantileTable({ rows }: { readonly rows: readonly QuantileRow[] }): JSX.Element {
  return (
    <div class="scroll-x">
      <table class="figures quantiles">
        <thead>
          <tr>
            <th scope="col">
              <span class="visually-hidden">Quantile</span>
            </th>
            <th scope="col">Response</th>
            <th scope="col">Service</th>
            <th scope="col">Send lag</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.quantile} class={row.response.earned ? '' : 'unearned'}>
              <th scope="row">{quantileName(row.quantile)}</th>
              <IntervalCell interval={row.response} />
              <IntervalCell interval={row.service} />
              <IntervalCell interval={row.sendLag} />
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function IntervalCell({ interval }: { readonly interval: QuantileInterval }): JSX.Element {
  const { value, low, high, quantile } = interval;
  if (!Number.isFinite(value)) return <td>–</td>;
  return (
    <td>
      {formatUs(value)}
      {quantile < 1 && (
        <small>
          {low === null ? '–' : formatUs(low)} … {high === null ? '–' : formatUs(high)}
        </small>
      )}
    </td>
  );
}
