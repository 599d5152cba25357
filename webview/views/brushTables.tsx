/** The brushes' twins: the same figures as tables. */
import type { JSX } from 'preact';
import { formatCount, formatShare, formatUs } from '../../src/plan/units.ts';
import type { ResponseHistogram } from '../../src/trace/responseHistogram.ts';
import { FigureTable } from '../components/figureTable.tsx';
import { formatClock } from '../format.ts';
import type { SubsecondModel } from '../model/messages.ts';

/** One row a column of the heatmap: its mean and its greatest cell. */
export function SubsecondTable({ model }: { readonly model: SubsecondModel }): JSX.Element {
  const { grid, cells, of } = model;
  const columnS = grid.columnUs / 1e6;
  const figure = (value: number): string =>
    Number.isNaN(value) ? '–' : of === 'cpu' ? formatShare(value) : formatUs(value);
  return (
    <FigureTable
      columns={['From', of === 'cpu' ? 'CPU' : 'Mean of the slowest', of === 'cpu' ? 'Busiest cell' : 'Slowest']}
      tall
    >
      <tbody>
        {Array.from({ length: grid.columns }, (_, column) => {
          const known = cells
            .subarray(column * grid.rows, (column + 1) * grid.rows)
            .filter((value) => !Number.isNaN(value));
          const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
          return (
            <tr key={column}>
              <th scope="row">{formatClock(column * columnS, columnS)}</th>
              <td>{figure(mean)}</td>
              <td>{figure(known.reduce((most, value) => Math.max(most, value), known[0] ?? NaN))}</td>
            </tr>
          );
        })}
      </tbody>
    </FigureTable>
  );
}

export function HistogramTable({ histogram }: { readonly histogram: ResponseHistogram }): JSX.Element {
  const { edgesUs, counts } = histogram;
  return (
    <FigureTable columns={['From', 'To', 'Requests']} tall>
      <tbody>
        {Array.from(counts, (count, bar) => (
          <tr key={bar}>
            <th scope="row">{formatUs(edgesUs[bar] ?? null)}</th>
            <td>{formatUs(edgesUs[bar + 1] ?? null)}</td>
            <td>{formatCount(count)}</td>
          </tr>
        ))}
      </tbody>
    </FigureTable>
  );
}
