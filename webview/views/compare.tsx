import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { ComparedGroup } from '../../src/latency/compare.ts';
import { formatUs } from '../../src/plan/units.ts';
import { visible } from '../../src/plan/visible.ts';
import { PercentileChart } from '../charts/percentileChart.tsx';
import { Figure } from '../components/figure.tsx';
import { FigureTable } from '../components/figureTable.tsx';
import { Icon } from '../components/icons.tsx';
import { IntervalCell } from '../components/quantileTable.tsx';
import { Section } from '../components/section.tsx';
import { comparedFloors } from '../model/floor.ts';
import { formatRatio, quantileName } from '../format.ts';
import type { CompareModel, RunInfo } from '../model/messages.ts';
import { CompareFlame } from './compareFlame.tsx';

const noFloors: CompareModel['floorUs'] = { before: null, after: null };

/** This run (B) beside a baseline (A), with what one pair of runs can and can't tell. */
export function CompareView({
  info,
  baselineTitle,
}: {
  readonly info: RunInfo;
  readonly baselineTitle: string;
}): JSX.Element | null {
  const { compare } = info;
  const a = visible(baselineTitle, 80);
  const series = useMemo(
    () =>
      compare
        ? [
            { label: `B: this run`, curve: compare.after, color: 'response' as const },
            { label: `A: ${a}`, curve: compare.before, color: 'baseline' as const },
          ]
        : [],
    [compare, a],
  );
  const floorUs = compare?.floorUs ?? noFloors;
  const floors = useMemo(() => comparedFloors(floorUs.before, floorUs.after), [floorUs]);
  if (!compare) return null;
  return (
    <>
      <div class="banner banner-info">
        <Icon name="info" />
        <div>
          <p>
            {compare.trusted
              ? compare.caveat
              : 'Response times aren’t shown: a measurement is invalid, or was not judged.'}
          </p>
          {compare.objections.length > 0 && (
            <ul>
              {compare.objections.map((text) => (
                <li key={text}>{visible(text, 500)}</li>
              ))}
            </ul>
          )}
        </div>
      </div>
      {compare.trusted && (
        <>
          <Figure
            id="compare-percentiles"
            title="Response time by percentile"
            note={`A is ${a}, B is this run.`}
            chart={() => <PercentileChart series={series} floors={floors} />}
            table={() => <Groups groups={compare.groups.slice(0, 1)} floorUs={floorUs} />}
          />
          <Section
            id="quantiles"
            title="Quantiles"
            note="Ratio B ÷ A; below 1 is faster. Grey: too few samples to tell."
          >
            <Groups groups={compare.groups} floorUs={floorUs} />
          </Section>
        </>
      )}
      <CompareFlame />
    </>
  );
}

function Groups(props: {
  readonly groups: readonly ComparedGroup[];
  readonly floorUs: CompareModel['floorUs'];
}): JSX.Element {
  const { groups, floorUs } = props;
  return (
    <FigureTable columns={['Requests', 'Quantile', 'A', 'B', 'B ÷ A']} class="quantiles">
      {groups.map((group) => (
        <tbody key={group.endpoint ?? ''}>
          {group.quantiles.map((row, index) => (
            <tr key={row.quantile} class={row.earned ? '' : 'unearned'}>
              <th scope="row">{index === 0 ? (group.endpoint === null ? 'all' : visible(group.endpoint)) : ''}</th>
              <th scope="row">{quantileName(row.quantile)}</th>
              <IntervalCell interval={row.before} />
              <IntervalCell interval={row.after} />
              <td>
                {formatRatio(row.ratio)}
                {row.worthTesting && <small>worth repeated trials</small>}
              </td>
            </tr>
          ))}
        </tbody>
      ))}
      {(floorUs.before !== null || floorUs.after !== null) && (
        <tfoot>
          <tr class="floor" title="Median round trip to a server that does nothing: nothing faster can be told here.">
            <th scope="row">floor</th>
            <th scope="row">p50</th>
            <td>{formatUs(floorUs.before)}</td>
            <td>{formatUs(floorUs.after)}</td>
            <td />
          </tr>
        </tfoot>
      )}
    </FigureTable>
  );
}
