import type { ComponentChildren, JSX } from 'preact';
import { useCallback, useMemo } from 'preact/hooks';
import { formatCount, formatRate, formatShare, formatUs } from '../../src/plan/units.ts';
import { Brush } from '../charts/brush.tsx';
import { HeatmapCanvas } from '../charts/heatmapCanvas.tsx';
import { AreaCanvas, LaneCanvas } from '../charts/lanes.tsx';
import { timeOf, withTime } from '../brushing.ts';
import { TimeAxis } from '../charts/timeAxis.tsx';
import { Button } from '../components/controls.tsx';
import { Figure } from '../components/figure.tsx';
import { type Floor, floorsOf, floorUsOf } from '../model/floor.ts';
import { headline } from '../model/headline.ts';
import type { RangeModel, RunInfo, TimelineModel } from '../model/messages.ts';
import { usePage } from '../page.ts';
import type { Palette } from '../theme.ts';
import { Blockers } from './blockers.tsx';
import { BrushPanel } from './brushPanel.tsx';
import { TimelineTable } from './timelineTable.tsx';

const gutter = 64;
const scavenge = 1;

/** Everything on one clock; a brushed stretch filters every view. */
export function TimelineView({
  info,
  model,
}: {
  readonly info: RunInfo;
  readonly model: RangeModel;
}): JSX.Element | null {
  const { brush, state } = usePage();
  const { timeline } = info;
  const floorUs = floorUsOf(info.manifest);
  const floors = useMemo(() => floorsOf(floorUs), [floorUs]);
  if (!timeline) return null;
  // Times of an invalid measurement, or of one that nobody judged, are the generator's as much as the service's: counts and lanes stand, quantiles don't.
  const trusted = info.manifest.verdict?.valid === true;
  return (
    <>
      <Figure
        id="timeline"
        title="On one clock"
        note="Drag over a stretch of time: every figure, table and flamegraph then speaks of it alone."
        class="timeline"
        aside={
          state.range && (
            <Button onClick={() => brush(null, true)} title="Show the whole measured window again">
              Clear range
            </Button>
          )
        }
        chart={() => <Lanes timeline={timeline} floors={floors} />}
        table={() => <TimelineTable timeline={timeline} trusted={trusted} floors={floors} />}
      />
      <BrushPanel model={trusted ? model : null} whole={timeline.window} />
      {trusted && <RangeSummary model={model} />}
    </>
  );
}

function Lanes(props: { readonly timeline: TimelineModel; readonly floors: readonly Floor[] }): JSX.Element {
  const { timeline, floors } = props;
  const { brush, state } = usePage();
  const { extent, bucketUs } = timeline;
  const rates = useMemo(
    () => [
      { values: timeline.sentPerSecond, color: 'rate' as const },
      { values: timeline.errorsPerSecond.map((rate) => (rate > 0 ? rate : NaN)), color: 'error' as const },
    ],
    [timeline],
  );
  const cpu = useMemo(
    () => [
      { values: timeline.cpuShare, color: 'cpu' as const },
      { values: timeline.waitShare, color: 'stall' as const },
    ],
    [timeline],
  );
  const mostRate = useMemo(() => niceMax(timeline.sentPerSecond), [timeline]);
  const mostCpu = useMemo(() => Math.max(1, Math.ceil(maxOf(timeline.cpuShare))), [timeline]);
  const gcColor = useCallback(
    (row: number, palette: Palette) => (timeline.gcKind[row] === scavenge ? palette.unearned : palette.gc),
    [timeline],
  );
  const hasScavenges = timeline.gcKind.includes(scavenge);
  const stallColor = useCallback((_: number, palette: Palette) => palette.stall, []);
  const hasCpu = timeline.cpuShare.some((share) => !Number.isNaN(share));
  return (
    <div class="lanes">
      <LaneRow label="Response time">
        <HeatmapCanvas heatmap={timeline.heatmap} floors={floors} height={190} gutter={gutter} />
      </LaneRow>
      <LaneRow label="Requests" hint="sent a second; errors in red">
        <AreaCanvas
          label="Requests sent per second"
          columns={rates}
          bucketUs={bucketUs}
          extent={extent}
          max={mostRate}
          format={formatRate}
          gutter={gutter}
          height={64}
        />
      </LaneRow>
      <LaneRow
        label="Event-loop stalls"
        hint={`${timeline.stalls.length}, longest ${formatUs(maxOf(timeline.stalls.durationUs))}`}
      >
        <LaneCanvas
          label="Event-loop stalls"
          lane={timeline.stalls}
          extent={extent}
          color={stallColor}
          gutter={gutter}
          height={36}
        />
      </LaneRow>
      <LaneRow
        label="Garbage collection"
        hint={`${timeline.gc.length}, longest ${formatUs(maxOf(timeline.gc.durationUs))}${hasScavenges ? '; scavenges in grey' : ''}`}
      >
        <LaneCanvas
          label="Garbage collections"
          lane={timeline.gc}
          extent={extent}
          color={gcColor}
          gutter={gutter}
          height={36}
        />
      </LaneRow>
      {hasCpu && (
        <LaneRow label="CPU" hint="of one core; waiting for a core in orange">
          <AreaCanvas
            label="CPU use"
            columns={cpu}
            bucketUs={bucketUs}
            extent={extent}
            max={mostCpu}
            format={formatShare}
            gutter={gutter}
            height={64}
          />
        </LaneRow>
      )}
      <TimeAxis extent={extent} gutter={gutter} />
      <Brush
        extent={extent}
        window={timeline.window}
        range={timeOf(state.range, timeline.window)}
        gutter={gutter}
        onBrush={(time, settled) => brush(withTime(state.range, time, timeline.window), settled)}
      />
    </div>
  );
}

function LaneRow(props: {
  readonly label: string;
  readonly hint?: string;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <div class="lane">
      <div class="lane-label">
        {props.label}
        {props.hint !== undefined && <span>{props.hint}</span>}
      </div>
      {props.children}
    </div>
  );
}

function RangeSummary({ model }: { readonly model: RangeModel }): JSX.Element {
  const value = (quantile: number): string => {
    const found = model.quantiles.find((row) => row.quantile === quantile)?.response.value;
    return formatUs(found !== undefined && Number.isFinite(found) ? found : null);
  };
  const p99 = model.quantiles.find((row) => row.quantile === 0.99)?.response.value ?? NaN;
  return (
    <div class="columns columns-why">
      <section class="figure range-summary" aria-live="polite">
        <header>
          <h2>{model.whole ? 'Whole measured window' : 'Chosen range'}</h2>
        </header>
        <p class="sentence">
          {headline(Number.isFinite(p99) ? p99 : null, model.tail).map((part, index) =>
            part.style === 'plain' ? (
              part.text
            ) : (
              <b key={index} class={part.style}>
                {part.text}
              </b>
            ),
          )}
        </p>
        <dl class="tiles small">
          <Tile name="requests" value={formatCount(model.requests)} />
          <Tile name="rate" value={formatRate(model.ratePerSecond)} />
          <Tile name="p50" value={value(0.5)} />
          <Tile name="p99" value={value(0.99)} />
          <Tile name="max" value={value(1)} />
          <Tile name="errors" value={formatCount(model.errors)} />
        </dl>
      </section>
      {model.tail && <Blockers tail={model.tail} limit={4} />}
    </div>
  );
}

function Tile({ name, value }: { readonly name: string; readonly value: string }): JSX.Element {
  return (
    <div class="tile">
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function maxOf(values: Float64Array): number {
  let most = 0;
  for (const value of values) if (value > most) most = value;
  return most;
}

/** A round figure a little above the largest value. */
function niceMax(values: Float64Array): number {
  const most = Math.max(maxOf(values), 1e-9) * 1.05;
  const magnitude = 10 ** Math.floor(Math.log10(most));
  return ([1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((step) => step * magnitude >= most) ?? 10) * magnitude;
}
