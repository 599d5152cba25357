import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type uPlot from 'uplot';
import { formatBytes, formatUs } from '../../src/plan/units.ts';
import type { Floor } from '../model/floor.ts';
import { usePage } from '../page.ts';
import type { Palette } from '../theme.ts';
import { axisStyle, clockAxis } from './axes.ts';
import { drawFloorsOnPlot, floorsInWords } from './floor.ts';
import { colorOf } from './percentileChart.tsx';
import { LineChart } from './lineChart.tsx';

type Column = readonly (number | null)[];

interface Lines {
  readonly label: string;
  /** Seconds from the beginning. */
  readonly seconds: readonly number[];
  readonly columns: readonly { readonly name: string; readonly values: Column }[];
  readonly unit: 'us' | 'bytes';
  /** Must be the same list as long as it holds the same. */
  readonly floors: readonly Floor[];
}

/** What a long load's latency or memory did over time, from zero: a drift is as tall as it is. */
export function SoakChart(lines: Lines): JSX.Element {
  const { label, seconds, columns, unit, floors } = lines;
  const { palette } = usePage();
  const data = useMemo(
    (): uPlot.AlignedData => [[...seconds], ...columns.map(({ values }) => [...values])],
    [seconds, columns],
  );
  const options = useMemo(() => describe({ columns, unit, floors, palette }), [columns, unit, floors, palette]);
  return (
    <LineChart
      label={`${label}${floorsInWords(floors)}`}
      lines={columns.map(({ name }, index) => ({ name, color: lineColor(palette, unit, index) }))}
      height={170}
      data={data}
      options={options}
    />
  );
}

/** p50 and p99 as on every page; memory apart from them. */
function lineColor(palette: Palette, unit: Lines['unit'], index: number): string {
  return unit === 'us' ? colorOf(palette, index === 0 ? 'service' : 'response') : colorOf(palette, index + 2);
}

function describe(
  description: Omit<Lines, 'label' | 'seconds'> & { readonly palette: Palette },
): Omit<uPlot.Options, 'width' | 'height'> {
  const { columns, unit, floors, palette } = description;
  const format = unit === 'us' ? formatUs : formatBytes;
  return {
    scales: { x: { time: false }, y: { range: (_, __, max) => [0, max * 1.1 || 1] } },
    axes: [
      clockAxis(palette),
      {
        ...axisStyle(palette),
        size: 64,
        values: (_, splits) => splits.map((value) => (value === 0 ? '0' : format(value))),
      },
    ],
    series: [
      {},
      ...columns.map((_, index): uPlot.Series => {
        return {
          stroke: lineColor(palette, unit, index),
          width: 1.75,
          spanGaps: false,
          points: { show: true, size: 3 },
        };
      }),
    ],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false } },
    hooks: { draw: [(plot) => drawFloorsOnPlot(plot, floors, palette)] },
  };
}
