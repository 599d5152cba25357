import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { formatShare, formatUs } from '../../src/plan/units.ts';
import type { TimeRange } from '../../src/trace/analysis.ts';
import { timeOf, withBand, withTime } from '../brushing.ts';
import { HistogramBrush } from '../charts/histogramCanvas.tsx';
import { SubsecondPicker } from '../charts/subsecondPicker.tsx';
import { TimeAxis } from '../charts/timeAxis.tsx';
import { Segments } from '../components/controls.tsx';
import { Figure } from '../components/figure.tsx';
import { formatClock } from '../format.ts';
import type { RangeModel, SubsecondModel, SubsecondOf } from '../model/messages.ts';
import { usePage } from '../page.ts';
import { HistogramTable, SubsecondTable } from './brushTables.tsx';
import { useSubsecond } from './useSubsecond.ts';

const height = 150;

const colourOptions: readonly { readonly value: SubsecondOf; readonly label: string; readonly title: string }[] = [
  { value: 'cpu', label: 'On CPU', title: 'How much of a core each cell’s samples took' },
  { value: 'latency', label: 'Latency', title: 'The slowest request that was due in each cell' },
];

/**
 * What everything else on the page speaks of is chosen here: a stretch of time in the subsecond heatmap, a band of response times in
 * the histogram. Under a flamegraph both stay in sight while it follows.
 */
export function BrushPanel(props: {
  readonly model: RangeModel | null;
  /** The stretch that is looked at when nothing is brushed. */
  readonly whole: TimeRange;
  /** Samples of this thread only, -1 for all. */
  readonly thread?: number;
}): JSX.Element | null {
  const { model, whole, thread = -1 } = props;
  const { brush, state } = usePage();
  const [of, setOf] = useState<SubsecondOf>('cpu');
  const subsecond = useSubsecond(of, thread);
  const histogram = model?.histogram ?? null;
  const hasBars = histogram !== null && histogram.counts.length > 0;
  if (subsecond === null && of === 'cpu' && !hasBars) return null;
  return (
    <div class={`brush-panel ${hasBars ? '' : 'single'}`}>
      <Figure
        id="subsecond"
        title="By second"
        note={`A column is ${columnWords(subsecond)}, read upwards. Drag from cell to cell.`}
        aside={
          hasBars && <Segments label="Colour of the heatmap" value={of} options={colourOptions} onChange={setOf} />
        }
        chart={() =>
          subsecond ? (
            <>
              <SubsecondPicker
                model={subsecond}
                range={timeOf(state.range, whole)}
                height={height}
                describe={(cell) => describeCell(subsecond, cell)}
                onBrush={(time, settled) => brush(withTime(state.range, time, whole), settled)}
              />
              <TimeAxis extent={gridExtent(subsecond)} gutter={0} />
            </>
          ) : (
            <p class="empty">{subsecond === null ? 'No CPU samples with a time.' : 'Counting…'}</p>
          )
        }
        table={() => (subsecond ? <SubsecondTable model={subsecond} /> : null)}
      />
      {histogram && hasBars && (
        <Figure
          id="response-histogram"
          title="By response time"
          note="Drag over bars to pick requests."
          chart={() => (
            <HistogramBrush
              histogram={histogram}
              band={state.range?.response}
              height={height}
              onBand={(band, settled) => brush(withBand(state.range, band, whole), settled)}
            />
          )}
          table={() => <HistogramTable histogram={histogram} />}
        />
      )}
    </div>
  );
}

function gridExtent({ grid }: SubsecondModel): TimeRange {
  return { startUs: grid.startUs, endUs: grid.startUs + grid.columns * grid.columnUs };
}

function columnWords(model: SubsecondModel | null | undefined): string {
  const us = model?.grid.columnUs ?? 1e6;
  return us === 1e6 ? 'a second' : formatUs(us);
}

/** When the cell is, and what its colour tells. */
function describeCell({ of, grid, cells }: SubsecondModel, cell: number): string {
  const cellS = grid.columnUs / grid.rows / 1e6;
  const value = cells[cell] ?? NaN;
  const figure =
    of === 'cpu'
      ? `${formatShare(Number.isNaN(value) ? 0 : value)} of a core`
      : Number.isNaN(value)
        ? 'no request'
        : `slowest ${formatUs(value)}`;
  return `${formatClock(cell * cellS, cellS)}: ${figure}`;
}
