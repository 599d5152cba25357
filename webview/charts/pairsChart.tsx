import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type uPlot from 'uplot';
import type { DoctorPage } from '../../src/report/resultPage.ts';
import type { Palette } from '../theme.ts';
import { usePage } from '../page.ts';
import { axisStyle, latencyAxis } from './axes.ts';
import { LineChart } from './lineChart.tsx';

type Pairs = DoctorPage['figures']['pairs'];

/** p99 of each load of a pair: what differs between the two curves is the machine's noise. */
export function PairsChart({ pairs }: { readonly pairs: Pairs }): JSX.Element {
  const { palette } = usePage();
  const data = useMemo(
    (): uPlot.AlignedData => [
      pairs.map((_, index) => index + 1),
      pairs.map(({ before }) => before.p99),
      pairs.map(({ after }) => after.p99),
    ],
    [pairs],
  );
  const options = useMemo(() => describe(palette), [palette, pairs]);
  return (
    <LineChart
      label={`p99 of ${pairs.length} pairs of identical loads of an empty server`}
      lines={[
        { name: 'p99 of A', color: palette.baseline },
        { name: 'p99 of A again', color: palette.response },
      ]}
      height={190}
      data={data}
      options={options}
    />
  );
}

function describe(palette: Palette): Omit<uPlot.Options, 'width' | 'height'> {
  const series = (stroke: string): uPlot.Series => ({
    stroke,
    width: 1.5,
    spanGaps: false,
    points: { show: true, size: 6, fill: stroke },
  });
  return {
    scales: {
      x: { time: false, range: (_, min, max) => [min - 0.5, max + 0.5] },
      y: { range: (_, __, max) => [0, max * 1.15 || 1] },
    },
    axes: [
      {
        ...axisStyle(palette),
        splits: (_, __, min, max) =>
          Array.from({ length: Math.floor(max) }, (___, index) => index + 1).filter((x) => x >= min),
        values: (_, splits) => splits.map((pair) => `pair ${pair}`),
      },
      latencyAxis(palette, false),
    ],
    series: [{}, series(palette.baseline), series(palette.response)],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false } },
  };
}
