import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { formatBytes, formatUs } from '../../src/plan/units.ts';
import { visible } from '../../src/plan/visible.ts';
import type { MatrixPage } from '../../src/report/resultPage.ts';
import { SoakChart } from '../charts/soakChart.tsx';
import { Figure } from '../components/figure.tsx';
import { FigureTable } from '../components/figureTable.tsx';
import { Icon } from '../components/icons.tsx';
import { formatClock } from '../format.ts';
import { type Floor, floorsOf } from '../model/floor.ts';

type Soak = NonNullable<MatrixPage['cells'][number]['soak']>;

const noFloors: readonly Floor[] = [];
const icons = { drifts: 'fail', steady: 'pass', untold: 'warning' } as const;
const marks = { drifts: 'invalid', steady: 'good', untold: 'limit' } as const;
const words = { drifts: 'drifts', steady: 'steady', untold: 'can’t be told' } as const;

/** Latency and memory over a long load, and whether they drift. */
export function SoakFigure(props: {
  readonly id: string;
  readonly name: string;
  readonly soak: Soak;
  readonly floorUs: number | null;
}): JSX.Element {
  const { id, name, soak, floorUs } = props;
  const floors = useMemo(() => floorsOf(floorUs), [floorUs]);
  const latency = useMemo(
    () => [
      { name: 'p50', values: soak.p50Us },
      { name: 'p99', values: soak.p99Us },
    ],
    [soak],
  );
  const memory = useMemo(
    () => soak.memory.map(({ target, rssBytes }) => ({ name: `memory of ${visible(target, 60)}`, values: rssBytes })),
    [soak],
  );
  const seconds = soak.startSeconds;
  // A run that can't be trusted has none, and an empty chart would be taken for nothing.
  const hasLatency = latency.some(({ values }) => values.some((value) => value !== null));
  return (
    <>
      <Figure
        id={`soak-${id}`}
        title={`Over time: ${name}`}
        chart={() => (
          <>
            {hasLatency && (
              <SoakChart label="p50 and p99 over time" seconds={seconds} columns={latency} unit="us" floors={floors} />
            )}
            {memory.length > 0 && (
              <SoakChart
                label="Memory of the targets over time"
                seconds={seconds}
                columns={memory}
                unit="bytes"
                floors={noFloors}
              />
            )}
          </>
        )}
        table={() => <SoakTable soak={soak} floors={floors} />}
      />
      <ul class="machine-lines">
        {soak.drifts.map((drift) => (
          <li key={drift.name} class={`mark-line-${marks[drift.verdict]}`}>
            <Icon name={icons[drift.verdict]} />
            <strong>{visible(drift.name, 100)}</strong>
            <span class="machine-figure">
              {words[drift.verdict]}
              {drift.figures !== '' && `: ${drift.figures}`}
            </span>
            <p>{visible(drift.why, 500)}</p>
          </li>
        ))}
      </ul>
    </>
  );
}

function SoakTable(props: { readonly soak: Soak; readonly floors: readonly Floor[] }): JSX.Element {
  const { soak, floors } = props;
  return (
    <FigureTable
      columns={['From', 'p50', 'p99', ...soak.memory.map(({ target }) => visible(target, 60))]}
      captions={floors.map(({ label }) => label)}
      tall
    >
      <tbody>
        {soak.startSeconds.map((seconds, row) => (
          <tr key={seconds}>
            <th scope="row">{formatClock(seconds, 1)}</th>
            <td>{formatUs(soak.p50Us[row] ?? null)}</td>
            <td>{formatUs(soak.p99Us[row] ?? null)}</td>
            {soak.memory.map(({ target, rssBytes }) => (
              <td key={target}>{bytesText(rssBytes[row] ?? null)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </FigureTable>
  );
}

function bytesText(bytes: number | null): string {
  return bytes === null ? '–' : formatBytes(bytes);
}
