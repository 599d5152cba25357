import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import uPlot from 'uplot';
import type { PercentileCurve } from '../../src/latency/quantiles.ts';
import { formatUs } from '../../src/plan/units.ts';
import type { SloResult } from '../../src/run/model.ts';
import { Checkbox } from '../components/controls.tsx';
import { quantileName } from '../format.ts';
import { type Floor, lowestWithFloors } from '../model/floor.ts';
import { usePage } from '../page.ts';
import type { Palette } from '../theme.ts';
import { axisStyle, latencyAxis, logarithmic } from './axes.ts';
import { drawFloorsOnPlot, floorsInWords } from './floor.ts';
import { LineChart } from './lineChart.tsx';

export type SeriesColor = 'response' | 'service' | 'baseline' | number;

export interface PercentileSeries {
  readonly label: string;
  readonly curve: PercentileCurve;
  readonly color: SeriesColor;
}

/** Latency over x = 1/(1 − p) on a logarithmic axis, as HdrHistogram draws it; what too few samples bear out is grey. */
export function PercentileChart(props: {
  readonly series: readonly PercentileSeries[];
  readonly slo?: readonly SloResult[];
  /** Must be the same list as long as it holds the same. */
  readonly floors?: readonly Floor[];
  readonly height?: number;
}): JSX.Element {
  const { series, slo = noObjectives, floors = noFloors, height = 352 } = props;
  const { palette, state, change } = usePage();
  const [cursor, setCursor] = useState<Readout | null>(null);
  const data = useMemo(() => align(series), [series.map((entry) => entry.curve)].flat());
  const options = useMemo(
    () => describe({ series, slo, floors, palette, logScale: state.logScale, onCursor: setCursor }),
    [data, slo, floors, palette, state.logScale],
  );
  const label = `Percentile chart: ${series.map((entry) => entry.label).join(', ')}${floorsInWords(floors)}`;
  return (
    <LineChart
      label={label}
      lines={series.map((entry, index) => ({
        name: entry.label,
        color: colorOf(palette, entry.color),
        value: cursor ? formatUs(cursor.values[index] ?? null) : undefined,
      }))}
      legend={
        <>
          <span class="muted">
            <i class="line dashed" /> too few samples
          </span>
          <span class="spacer muted">{cursor ? quantileName(cursor.quantile) : ''}</span>
          <Checkbox label="log scale" checked={state.logScale} onChange={(logScale) => change({ logScale })} />
        </>
      }
      height={height}
      data={data}
      options={options}
    />
  );
}

interface Readout {
  readonly quantile: number;
  readonly values: readonly (number | null)[];
}

const noObjectives: readonly SloResult[] = [];
const noFloors: readonly Floor[] = [];
export function colorOf(palette: Palette, color: SeriesColor): string {
  if (typeof color !== 'number') return palette[color];
  // No greys: those are for what is not earned.
  const categorical = [palette.response, palette.service, palette.baseline, palette.good, palette.error, palette.text];
  return categorical[color % categorical.length] ?? palette.text;
}

/** Two columns a series, the part that is earned and the part that is not, joined over all x. */
function align(series: readonly PercentileSeries[]): uPlot.AlignedData {
  const tables = series.map(({ curve }): uPlot.AlignedData => {
    const earned: (number | null)[] = [];
    const unearned: (number | null)[] = [];
    for (let row = 0; row < curve.length; row++) {
      const us = curve.us[row] ?? null;
      const isEarned = curve.earned[row] === 1;
      earned.push(isEarned ? us : null);
      // The last earned point begins the grey line too, so that there is no gap.
      unearned.push(!isEarned || curve.earned[row + 1] === 0 ? us : null);
    }
    return [Array.from(curve.x), earned, unearned];
  });
  return tables.length === 1 && tables[0]
    ? tables[0]
    : uPlot.join(
        tables,
        tables.map(() => [1, 1, 1]),
      );
}

interface Description {
  readonly series: readonly PercentileSeries[];
  readonly slo: readonly SloResult[];
  readonly floors: readonly Floor[];
  readonly palette: Palette;
  readonly logScale: boolean;
  readonly onCursor: (readout: Readout | null) => void;
}

function describe(description: Description): Omit<uPlot.Options, 'width' | 'height'> {
  const { series, slo, floors, palette, logScale, onCursor } = description;
  return {
    scales: {
      x: { time: false, ...logarithmic, range: (_, min, max) => [Math.max(1, min), Math.max(10, max)] },
      y: logScale
        ? { ...logarithmic, range: (_, min, max) => paddedLog(lowestWithFloors(min, floors), max, slo) }
        : { range: (_, _min, max) => [0, max * 1.06] },
    },
    axes: [
      {
        ...axisStyle(palette),
        splits: (_, __, min, max) => [2, 10, 100, 1000, 1e4, 1e5, 1e6, 1e7].filter((x) => x >= min && x <= max),
        values: (_, splits) => splits.map((x) => quantileName(1 - 1 / x)),
        filter: (_, splits) => splits,
      },
      latencyAxis(palette, logScale),
    ],
    series: [
      {},
      ...series.flatMap(({ color }, index): uPlot.Series[] => [
        { stroke: colorOf(palette, color), width: index === 0 ? 2.5 : 1.75, points: { show: false }, spanGaps: false },
        { stroke: palette.unearned, width: 1.5, dash: [4, 4], points: { show: false }, spanGaps: false },
      ]),
    ],
    legend: { show: false },
    cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false } },
    hooks: {
      draw: [(plot) => drawFloorsOnPlot(plot, floors, palette), (plot) => drawObjectives(plot, slo, palette)],
      setCursor: [(plot) => onCursor(readout(plot, series))],
    },
  };
}

function paddedLog(min: number, max: number, slo: readonly SloResult[]): [number, number] {
  if (!(min > 0)) return [1, 10];
  const bounds = slo.filter(isLatency).map((result) => result.bound ?? max);
  return [Math.min(min, ...bounds) / 1.25, Math.max(max, ...bounds) * 1.25];
}

function isLatency(result: SloResult): boolean {
  return result.slo.metric.kind === 'quantile' && result.bound !== null;
}

/** Each latency objective as a corner at its quantile: the curve must pass below (or above) it. */
function drawObjectives(plot: uPlot, slo: readonly SloResult[], palette: Palette): void {
  const { ctx } = plot;
  const dpr = devicePixelRatio;
  ctx.save();
  ctx.font = `600 ${11 * dpr}px ${palette.font}`;
  ctx.lineWidth = 1.5 * dpr;
  ctx.setLineDash([]);
  for (const result of slo) {
    const { metric } = result.slo;
    if (metric.kind !== 'quantile' || result.bound === null) continue;
    const x = plot.valToPos(1 / Math.max(1 - metric.quantile, 1e-9), 'x', true);
    const y = plot.valToPos(result.bound, 'y', true);
    const color = result.pass ? palette.muted : palette.error;
    const left = Math.max(plot.bbox.left, x - 58 * dpr);
    if (x > plot.bbox.left + plot.bbox.width + 1 || y < plot.bbox.top) continue;
    ctx.strokeStyle = color;
    ctx.fillStyle = color;
    ctx.beginPath();
    ctx.moveTo(left, y);
    ctx.lineTo(x, y);
    ctx.lineTo(x, y - 7 * dpr);
    ctx.stroke();
    ctx.textAlign = 'right';
    ctx.textBaseline = 'bottom';
    ctx.fillText(`${result.expr} ${result.pass ? '✓' : '✗'}`, x - 6 * dpr, y - 4 * dpr);
  }
  ctx.restore();
}

function readout(plot: uPlot, series: readonly PercentileSeries[]): Readout | null {
  const { left } = plot.cursor;
  if (left === undefined || left < 0) return null;
  const x = plot.posToVal(left, 'x');
  const values = series.map(({ curve }) => {
    for (let row = 0; row < curve.length; row++) if ((curve.x[row] ?? 0) >= x) return curve.us[row] ?? null;
    return null;
  });
  return { quantile: Number((1 - 1 / Math.max(x, 1)).toPrecision(4)), values };
}
