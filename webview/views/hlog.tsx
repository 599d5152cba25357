import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { formatRate, formatUs } from '../../src/plan/units.ts';
import { axisStyle } from '../charts/axes.ts';
import { colorOf, PercentileChart } from '../charts/percentileChart.tsx';
import { Plot } from '../charts/plot.tsx';
import { Figure } from '../components/figure.tsx';
import { formatClock, formatCount, quantileName } from '../format.ts';
import type { HlogModel } from '../model/messages.ts';
import { usePage } from '../page.ts';
import type { Palette } from '../theme.ts';

/** Curves drawn at once; a log may hold hundreds of tags, and the table has them all. */
const mostCurves = 6;

/** An interval log on its own: percentiles a tag, and recorded values over time. */
export function HlogView({ model }: { readonly model: HlogModel }): JSX.Element {
  const { palette } = usePage();
  const drawn = model.tags.slice(0, mostCurves);
  const series = useMemo(
    () => drawn.map((tag, index) => ({ label: tag.tag, curve: tag.curve, color: index })),
    [model],
  );
  const data = useMemo(
    () => [Array.from(model.timeS), ...model.perSecond.slice(0, mostCurves).map((column) => Array.from(column))],
    [model],
  );
  const options = useMemo(() => rateOptions(drawn.length, palette), [model, palette]);
  if (model.tags.length === 0) return <p class="empty">The log holds no intervals.</p>;
  return (
    <>
      <Figure
        id="hlog-percentiles"
        title="Latency by percentile"
        note={
          model.tags.length > mostCurves
            ? `The first ${mostCurves} of ${model.tags.length} tags; the table has all.`
            : undefined
        }
        chart={() => <PercentileChart series={series} />}
        table={() => <TagTable model={model} />}
      />
      <section class="figure">
        <header>
          <h2>By tag</h2>
        </header>
        <TagTable model={model} />
      </section>
      {model.timeS.length > 0 && (
        <Figure
          id="hlog-rate"
          title="Recorded values per second"
          chart={() => (
            <Plot
              label="Recorded values per second over time"
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

function rateOptions(count: number, palette: Palette) {
  const axis = axisStyle(palette);
  return {
    scales: {
      x: { time: false },
      y: { range: (_: unknown, _min: number, max: number): [number, number] => [0, max * 1.1 || 1] },
    },
    axes: [
      { ...axis, values: (_: unknown, splits: number[]) => splits.map((s) => formatClock(s, 1)) },
      { ...axis, size: 64, values: (_: unknown, splits: number[]) => splits.map((rate) => formatRate(rate)) },
    ],
    series: [
      {},
      ...Array.from({ length: count }, (_, index) => ({
        stroke: colorOf(palette, index),
        width: 1.75,
        points: { show: false },
      })),
    ],
    legend: { show: false },
    cursor: { drag: { x: false, y: false } },
  };
}

function TagTable({ model }: { readonly model: HlogModel }): JSX.Element {
  const quantiles = model.tags[0]?.quantiles ?? [];
  return (
    <div class="scroll-x">
      <table class="figures">
        <thead>
          <tr>
            <th scope="col">Tag</th>
            <th scope="col">Count</th>
            {quantiles.map((entry) => (
              <th scope="col" key={entry.quantile}>
                {quantileName(entry.quantile)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {model.tags.map((tag) => (
            <tr key={tag.tag}>
              <th scope="row">{tag.tag}</th>
              <td>{formatCount(tag.count)}</td>
              {tag.quantiles.map((entry) => (
                <td key={entry.quantile} class={entry.earned || entry.quantile === 1 ? '' : 'unearned'}>
                  {formatUs(Number.isFinite(entry.value) ? entry.value : null)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function RateTable({ model }: { readonly model: HlogModel }): JSX.Element {
  return (
    <div class="scroll-x">
      <table class="figures">
        <thead>
          <tr>
            <th scope="col">From</th>
            {model.tags.map((tag) => (
              <th scope="col" key={tag.tag}>
                {tag.tag}
              </th>
            ))}
          </tr>
        </thead>
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
      </table>
    </div>
  );
}
