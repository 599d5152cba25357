import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { QuantileInterval } from '../../src/latency/quantiles.ts';
import { formatCount, formatRate, formatUs } from '../../src/plan/units.ts';
import { axisStyle, clockAxis } from '../charts/axes.ts';
import { LineChart } from '../charts/lineChart.tsx';
import { colorOf, PercentileChart } from '../charts/percentileChart.tsx';
import { Figure } from '../components/figure.tsx';
import { FigureTable } from '../components/figureTable.tsx';
import { fewNote } from '../components/quantileCell.tsx';
import { Section } from '../components/section.tsx';
import { formatClock, quantileName } from '../format.ts';
import { type DistinctRate, distinctRates, distinctTags } from '../model/distinctTags.ts';
import type { HlogModel } from '../model/messages.ts';
import { usePage } from '../page.ts';
import type { Palette } from '../theme.ts';

/** Curves drawn at once; a log may hold hundreds of tags, and the table has them all. */
const mostCurves = 6;

/** An interval log on its own: percentiles a tag, and recorded values over time. */
export function HlogView({ model }: { readonly model: HlogModel }): JSX.Element {
  const { palette } = usePage();
  const distinct = useMemo(() => distinctTags(model.tags), [model]);
  const drawn = useMemo(() => distinct.slice(0, mostCurves), [distinct]);
  const series = useMemo(
    () => drawn.map((tag, index) => ({ label: tag.tag, curve: tag.curve, color: index })),
    [drawn],
  );
  const rates = useMemo(() => distinctRates(model, drawn), [model, drawn]);
  const data = useMemo(() => [Array.from(model.timeS), ...rates.map((rate) => [...rate.perSecond])], [model, rates]);
  const options = useMemo(() => rateOptions(rates, palette), [rates, palette]);
  if (model.tags.length === 0) return <p class="empty">The log holds no intervals.</p>;
  return (
    <>
      <Figure
        id="hlog-percentiles"
        title="Latency by percentile"
        note={
          distinct.length > mostCurves
            ? `The first ${mostCurves} of ${distinct.length} curves; the table has all.`
            : distinct.length < model.tags.length
              ? 'Tags whose values are all the same are drawn once; the table has each.'
              : undefined
        }
        chart={() => <PercentileChart series={series} />}
        table={() => <TagTable model={model} />}
      />
      <Section id="tags" title="By tag" note={hasFew(model) ? fewNote : undefined}>
        <TagTable model={model} />
      </Section>
      {model.timeS.length > 0 && (
        <Figure
          id="hlog-rate"
          title="Recorded values per second"
          chart={() => (
            <LineChart
              label="Recorded values per second over time"
              lines={rates.map(({ label, tag }) => ({ name: label, color: colorOf(palette, tag) }))}
              height={180}
              data={data as [number[], ...number[][]]}
              options={options}
            />
          )}
          table={() => <RateTable model={model} />}
        />
      )}
    </>
  );
}

function rateOptions(rates: readonly DistinctRate[], palette: Palette) {
  const axis = axisStyle(palette);
  return {
    scales: {
      x: { time: false },
      y: { range: (_: unknown, _min: number, max: number): [number, number] => [0, max * 1.1 || 1] },
    },
    axes: [
      clockAxis(palette),
      { ...axis, size: 64, values: (_: unknown, splits: number[]) => splits.map((rate) => formatRate(rate)) },
    ],
    series: [
      {},
      ...rates.map(({ tag }) => ({
        stroke: colorOf(palette, tag),
        width: 1.75,
        points: { show: false },
      })),
    ],
    legend: { show: false },
    cursor: { drag: { x: false, y: false } },
  };
}

/** The maximum is a single value by nature. */
function isFew({ earned, quantile }: QuantileInterval): boolean {
  return !earned && quantile < 1;
}

function hasFew({ tags }: HlogModel): boolean {
  return tags.some(({ quantiles }) => quantiles.some(isFew));
}

function TagTable({ model }: { readonly model: HlogModel }): JSX.Element {
  const quantiles = model.tags[0]?.quantiles ?? [];
  return (
    <FigureTable columns={['Tag', 'Count', ...quantiles.map((entry) => quantileName(entry.quantile))]}>
      <tbody>
        {model.tags.map((tag) => (
          <tr key={tag.tag}>
            <th scope="row">{tag.tag}</th>
            <td>{formatCount(tag.count)}</td>
            {tag.quantiles.map((entry) => (
              <td key={entry.quantile} class={isFew(entry) ? 'unearned' : ''}>
                {formatUs(Number.isFinite(entry.value) ? entry.value : null)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </FigureTable>
  );
}

function RateTable({ model }: { readonly model: HlogModel }): JSX.Element {
  return (
    <FigureTable columns={['From', ...model.tags.map((tag) => tag.tag)]}>
      <tbody>
        {Array.from(model.timeS, (seconds, row) => (
          <tr key={seconds}>
            <th scope="row">{formatClock(seconds, 1)}</th>
            {model.perSecond.map((column, tag) => (
              <td key={tag}>{formatRate(column[row] ?? null)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </FigureTable>
  );
}
