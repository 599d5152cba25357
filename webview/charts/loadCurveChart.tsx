import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type uPlot from 'uplot';
import { formatRate, formatUs } from '../../src/plan/units.ts';
import { visible } from '../../src/plan/visible.ts';
import type { CapacityPage } from '../../src/report/resultPage.ts';
import { Checkbox } from '../components/controls.tsx';
import { type Floor, floorsOf, lowestWithFloors } from '../model/floor.ts';
import { latencyExtent, type Level, type LoadCurve, loadCurve, verdictWords } from '../model/loadCurve.ts';
import { usePage } from '../page.ts';
import type { Palette } from '../theme.ts';
import { axisStyle, latencyAxis, logarithmic } from './axes.ts';
import { drawFloorsOnPlot, floorsInWords } from './floor.ts';
import { drawKnee, drawLimits, drawVerdicts } from './loadCurveMarks.ts';
import { LineChart } from './lineChart.tsx';

export interface Curve {
  readonly levels: readonly Level[];
  readonly knee: CapacityPage['knee'];
}

/** Latency over the offered rate: the knee, the limits, and the verdict of each level. */
export function LoadCurveChart(curve: Curve): JSX.Element {
  const { levels, knee } = curve;
  const { palette, state, change } = usePage();
  const [at, setAt] = useState<number | null>(null);
  const model = useMemo(() => loadCurve(levels), [levels]);
  const floors = useMemo(() => floorsOf(model.floorUs), [model]);
  const data = useMemo(() => columnsOf(model), [model]);
  const options = useMemo(
    () => describe({ levels, knee, model, floors, palette, logScale: state.logScale, onCursor: setAt }),
    [levels, knee, model, floors, palette, state.logScale],
  );
  const level = at === null ? undefined : levels[at];
  const found = knee === null ? '' : `, knee at ${formatRate(knee.ratePerSecond)}`;
  return (
    <LineChart
      label={`Load curve: p50, p99 and p99.9 of ${levels.length} rates${found}${floorsInWords(floors)}`}
      lines={model.latencies.map(({ name }, index) => ({
        name,
        color: colorsOf(palette)[index] ?? palette.text,
        value: level && formatUs(level.latencyUs[name]),
      }))}
      legend={
        <>
          <span class="muted">
            <i class="mark mark-good" /> good
          </span>
          <span class="muted">
            <i class="mark mark-bad" /> too much
          </span>
          <span class="muted">
            <i class="mark mark-untrusted" /> not trusted
          </span>
          <span class="spacer" />
          <Checkbox label="log scale" checked={state.logScale} onChange={(logScale) => change({ logScale })} />
        </>
      }
      height={340}
      data={data}
      options={options}
    >
      <p class="readout" aria-hidden="true">
        {level ? readout(level) : 'Point at a level to read it.'}
      </p>
    </LineChart>
  );
}

function readout(level: Level): string {
  const why = level.reasons.map((reason) => visible(reason, 300)).join(' ');
  return `${formatRate(level.ratePerSecond)}: ${verdictWords[level.outcome]}. ${why}`;
}

function colorsOf(palette: Palette): string[] {
  return [palette.service, palette.response, palette.baseline];
}

/** Rates, then for each quantile what can be trusted and what can't. */
function columnsOf({ rates, latencies }: LoadCurve): uPlot.AlignedData {
  return [[...rates], ...latencies.flatMap(({ trusted, untrusted }) => [[...trusted], [...untrusted]])];
}

interface Description extends Curve {
  readonly model: LoadCurve;
  readonly floors: readonly Floor[];
  readonly palette: Palette;
  readonly logScale: boolean;
  readonly onCursor: (level: number | null) => void;
}

function describe(description: Description): Omit<uPlot.Options, 'width' | 'height'> {
  const { levels, knee, model, floors, palette, logScale, onCursor } = description;
  const [min, max] = latencyExtent(model) ?? [1, 10];
  const low = lowestWithFloors(min, floors) / 1.25;
  return {
    scales: {
      x: { time: false, range: (_, __, most) => [0, most * 1.06 || 1] },
      y: logScale ? { ...logarithmic, range: () => [low, max * 1.6] } : { range: () => [0, max * 1.12] },
    },
    axes: [
      { ...axisStyle(palette), values: (_, splits) => splits.map((rate) => formatRate(rate)) },
      latencyAxis(palette, logScale),
    ],
    series: [
      {},
      ...colorsOf(palette).flatMap((color): uPlot.Series[] => [
        { stroke: color, width: 2, spanGaps: true, points: { show: true, size: 6, fill: color } },
        { paths: () => null, points: { show: true, size: 6, stroke: palette.unearned, fill: palette.background } },
      ]),
    ],
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
    hooks: {
      draw: [
        (plot) => {
          drawFloorsOnPlot(plot, floors, palette);
          drawKnee(plot, knee, palette);
          drawLimits(plot, model, palette);
          drawVerdicts(plot, levels, palette);
        },
      ],
      setCursor: [(plot) => onCursor(plot.cursor.idx ?? null)],
    },
  };
}
