import type { JSX } from 'preact';
import type { QuantileInterval } from '../../src/latency/quantiles.ts';
import { formatUs } from '../../src/plan/units.ts';
import { quantileName } from '../format.ts';
import type { QuantileRow } from '../model/messages.ts';
import { FigureTable } from './figureTable.tsx';

/** Quantiles with their 95 % intervals; those that too few samples bear out are greyed. */
export function QuantileTable(props: {
  readonly rows: readonly QuantileRow[];
  /** Of an empty server; null where it was not measured. */
  readonly floorUs: number | null;
}): JSX.Element {
  const { rows, floorUs } = props;
  return (
    <FigureTable
      columns={[<span class="visually-hidden">Quantile</span>, 'Response', 'Service', 'Send lag']}
      class="quantiles"
    >
      <tbody>
        {rows.map((row) => (
          <tr key={row.quantile} class={row.response.earned ? '' : 'unearned'}>
            <th scope="row">{quantileName(row.quantile)}</th>
            <IntervalCell interval={row.response} />
            <IntervalCell interval={row.service} />
            <IntervalCell interval={row.sendLag} />
          </tr>
        ))}
        {floorUs !== null && (
          <tr class="floor" title="Median round trip to a server that does nothing: nothing faster can be told here.">
            <th scope="row">floor</th>
            <td>{formatUs(floorUs)}</td>
            <td>{formatUs(floorUs)}</td>
            <td />
          </tr>
        )}
      </tbody>
    </FigureTable>
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
