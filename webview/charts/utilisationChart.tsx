import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type uPlot from 'uplot';
import { formatRate, formatShare } from '../../src/plan/units.ts';
import type { Level } from '../model/loadCurve.ts';
import { usePage } from '../page.ts';
import type { Palette } from '../theme.ts';
import { axisStyle } from './axes.ts';
import { LineChart } from './lineChart.tsx';

const names = ['all threads of the targets', 'their busiest thread', 'the load generator'];

/** What share of a core the targets and the generator used at each rate. */
export function UtilisationChart({ levels }: { readonly levels: readonly Level[] }): JSX.Element {
  const { palette } = usePage();
  const data = useMemo(
    (): uPlot.AlignedData => [
      levels.map(({ ratePerSecond }) => ratePerSecond),
      levels.map(({ targetCores }) => targetCores),
      levels.map(({ busiestThread }) => busiestThread?.share ?? null),
      levels.map(({ generatorShare }) => generatorShare),
    ],
    [levels],
  );
  const options = useMemo(() => describe(palette), [palette, levels]);
  return (
    <LineChart
      label={`CPU use over the offered rate: ${names.join(', ')}`}
      lines={names.map((name, index) => ({ name, color: colorsOf(palette)[index] ?? palette.text }))}
      height={190}
      data={data}
      options={options}
    />
  );
}

function colorsOf(palette: Palette): string[] {
  return [palette.cpu, palette.response, palette.rate];
}

function describe(palette: Palette): Omit<uPlot.Options, 'width' | 'height'> {
  return {
    scales: {
      x: { time: false, range: (_, __, most) => [0, most * 1.06 || 1] },
      y: { range: (_, __, most) => [0, Math.max(1, most) * 1.1] },
    },
    axes: [
      { ...axisStyle(palette), values: (_, splits) => splits.map((rate) => formatRate(rate)) },
      { ...axisStyle(palette), size: 64, values: (_, splits) => splits.map((share) => formatShare(share)) },
    ],
    series: [
      {},
      ...colorsOf(palette).map((color): uPlot.Series => {
        return { stroke: color, width: 1.75, spanGaps: true, points: { show: true, size: 5, fill: color } };
      }),
    ],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false } },
    hooks: { draw: [(plot) => drawOneCore(plot, palette)] },
  };
}

/** Where one thread has no room left. */
function drawOneCore(plot: uPlot, palette: Palette): void {
  const { ctx, bbox } = plot;
  const scale = devicePixelRatio;
  const y = plot.valToPos(1, 'y', true);
  ctx.save();
  ctx.strokeStyle = palette.muted;
  ctx.lineWidth = scale;
  ctx.setLineDash([6 * scale, 4 * scale]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.font = `${11 * scale}px ${palette.font}`;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'bottom';
  ctx.fillStyle = palette.muted;
  ctx.fillText('one core', bbox.left + 6 * scale, y - 2 * scale);
  ctx.restore();
}
