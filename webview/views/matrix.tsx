import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { isFew } from '../../src/latency/quantiles.ts';
import { formatRate, formatShare } from '../../src/plan/units.ts';
import { visible } from '../../src/plan/visible.ts';
import type { MatrixPage } from '../../src/report/resultPage.ts';
import { Strips, StripTable } from '../charts/strips.tsx';
import { Figure } from '../components/figure.tsx';
import { FigureTable } from '../components/figureTable.tsx';
import { Icon } from '../components/icons.tsx';
import { fewNote, QuantileCell } from '../components/quantileCell.tsx';
import { ResultHead } from '../components/resultHead.tsx';
import { RunLink } from '../components/runLink.tsx';
import { Section } from '../components/section.tsx';
import { cellStrips } from '../model/strips.ts';
import { ChainFigure } from './chain.tsx';
import { SoakFigure } from './soak.tsx';

type Cell = MatrixPage['cells'][number];

/** One scenario in several shapes of load: latency side by side, where a chain's time goes, what drifts. */
export function MatrixView({ page }: { readonly page: MatrixPage }): JSX.Element {
  const { cells, floorUs } = page;
  const strips = useMemo(() => cellStrips(cells), [cells]);
  return (
    <>
      <ResultHead page={page} />
      {strips.length > 0 && (
        <Figure
          id="matrix-latency"
          title="Response time by shape of load"
          note="From the median to the slowest, from the intended time. Shapes that can’t be trusted are left out."
          chart={() => <Strips label="Response time by shape of load" strips={strips} floorUs={floorUs} />}
          table={() => <StripTable strips={strips} floorUs={floorUs} />}
        />
      )}
      {cells.length > 0 && (
        <Section
          id="cells"
          title="Shapes"
          note={`Each is a run of its own, with targets started afresh.${hasFew(cells) ? ` ${fewNote}` : ''}`}
        >
          <Cells cells={cells} />
        </Section>
      )}
      {cells.map((cell) => (
        <CellFigures key={cell.run} cell={cell} floorUs={floorUs} />
      ))}
    </>
  );
}

function CellFigures(props: { readonly cell: Cell; readonly floorUs: number | null }): JSX.Element {
  const { cell, floorUs } = props;
  return (
    <>
      {cell.chain && <ChainFigure id={cell.run} name={cell.name} chain={cell.chain} />}
      {cell.chainMissing !== null && (
        <section class="notes">
          <h2>Where the time goes: {cell.name}</h2>
          <p>{visible(cell.chainMissing, 1000)}</p>
        </section>
      )}
      {cell.soak && <SoakFigure id={cell.run} name={cell.name} soak={cell.soak} floorUs={floorUs} />}
    </>
  );
}

const icons = { good: 'pass', slo: 'fail', failed: 'fail', invalid: 'warning' } as const;
const words = { good: 'good', slo: 'objective missed', failed: 'target ended', invalid: 'not trusted' } as const;

function hasFew(cells: readonly Cell[]): boolean {
  return cells.some(
    ({ latencyUs, requests }) =>
      isFew(latencyUs?.p50 ?? null, requests, 0.5) || isFew(latencyUs?.p99 ?? null, requests, 0.99),
  );
}

function Cells({ cells }: { readonly cells: readonly Cell[] }): JSX.Element {
  return (
    <FigureTable columns={['Shape', 'Verdict', 'p50', 'p99', 'Achieved', 'Errors', 'Why', 'Run']} class="levels">
      <tbody>
        {cells.map((cell) => (
          <tr key={cell.run} class={`${cell.outcome} ${cell.outcome === 'invalid' ? 'unearned' : ''}`}>
            <th scope="row">{cell.name}</th>
            <td class="verdict">
              <Icon name={icons[cell.outcome]} /> {words[cell.outcome]}
            </td>
            <QuantileCell us={cell.latencyUs?.p50 ?? null} count={cell.requests} quantile={0.5} />
            <QuantileCell us={cell.latencyUs?.p99 ?? null} count={cell.requests} quantile={0.99} />
            <td>{formatRate(cell.ratePerSecond?.achieved ?? null)}</td>
            <td>{formatShare(cell.errors)}</td>
            <td class="why">{cell.reasons.map((reason) => visible(reason, 500)).join(' ')}</td>
            <td class="run-name">
              <RunLink run={cell.run} />
            </td>
          </tr>
        ))}
      </tbody>
    </FigureTable>
  );
}
