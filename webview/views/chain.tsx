import type { JSX } from 'preact';
import { isFew } from '../../src/latency/quantiles.ts';
import { formatShare, formatUs } from '../../src/plan/units.ts';
import { visible } from '../../src/plan/visible.ts';
import type { MatrixPage } from '../../src/report/resultPage.ts';
import { Figure } from '../components/figure.tsx';
import { FigureTable } from '../components/figureTable.tsx';
import { fewNote, QuantileCell } from '../components/quantileCell.tsx';

type Chain = NonNullable<MatrixPage['cells'][number]['chain']>;

/** Below this a part's share is not written into its box. */
const leastWritten = 0.06;
/** As many fills as the ledger has, told apart by pattern and place too. */
const fills = ['client', 'ownCpu', 'downstream', 'otherCpu', 'gc', 'runnable'] as const;

/** How the services of a chain share a request's time. */
export function ChainFigure(props: { readonly id: string; readonly name: string; readonly chain: Chain }): JSX.Element {
  const { id, name, chain } = props;
  return (
    <Figure
      id={`chain-${id}`}
      title={`Where the time goes: ${name}`}
      note={visible(chain.sentence, 500)}
      chart={() => <Parts parts={chain.parts} />}
      table={() => <PartTable parts={chain.parts} />}
    />
  );
}

function fillOf(index: number): string {
  return `ledger-${fills[index % fills.length] ?? 'unknown'}`;
}

function Parts({ parts }: { readonly parts: Chain['parts'] }): JSX.Element {
  const told = parts.map(({ name, share }) => `${name} ${formatShare(share)}`).join(', ');
  return (
    <>
      <div class="ledger-bar" role="img" aria-label={told}>
        {parts.map(({ name, share }, index) => (
          <span key={name} class={fillOf(index)} style={{ flexGrow: Math.max(share, 0) }} title={name}>
            {share >= leastWritten ? formatShare(share) : ''}
          </span>
        ))}
      </div>
      <ul class="ledger-key">
        {parts.map(({ name, share, us }, index) => (
          <li key={name}>
            <i class={`swatch ${fillOf(index)}`} />
            {visible(name, 100)}
            <b>{formatShare(share)}</b>
            <em>{formatUs(us.mean)}</em>
          </li>
        ))}
      </ul>
    </>
  );
}

function PartTable({ parts }: { readonly parts: Chain['parts'] }): JSX.Element {
  const hasFew = parts.some(({ us }) => isFew(us.p50, us.count, 0.5) || isFew(us.p99, us.count, 0.99));
  return (
    <FigureTable columns={['Where', 'Share', 'Mean', 'p50', 'p99']} captions={hasFew ? [fewNote] : []}>
      <tbody>
        {parts.map(({ name, share, us }) => (
          <tr key={name}>
            <th scope="row">{visible(name, 100)}</th>
            <td>{formatShare(share)}</td>
            <td>{formatUs(us.mean)}</td>
            <QuantileCell us={us.p50} count={us.count} quantile={0.5} />
            <QuantileCell us={us.p99} count={us.count} quantile={0.99} />
          </tr>
        ))}
      </tbody>
    </FigureTable>
  );
}
