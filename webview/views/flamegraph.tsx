import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { formatCount, formatShare } from '../../src/plan/units.ts';
import { formatAmount } from '../../src/profile/amount.ts';
import type { TimeRange } from '../../src/trace/analysis.ts';
import { Progress, SearchField, Segments } from '../components/controls.tsx';
import { Icon } from '../components/icons.tsx';
import { FlameCanvas } from '../flame/flameCanvas.tsx';
import { type FlameView, rowHeight } from '../flame/draw.ts';
import { type FlameLayout, matchShare, rowCount } from '../flame/layout.ts';
import { matchingFrames } from '../flame/search.ts';
import type { FlameMode, FlameModel, ProfileInfo, RangeModel } from '../model/messages.ts';
import { usePage } from '../page.ts';
import { noKind } from '../../src/profile/queries/threadLanes.ts';
import { BrushPanel } from './brushPanel.tsx';
import { boxMenu } from './boxMenu.ts';
import { BoxFacts, describeBox } from './boxFacts.tsx';
import { FlameLegend } from './flameLegend.tsx';
import { FlameSide } from './flameSide.tsx';
import { FlameTree } from './flameTree.tsx';
import { ThreadLanesPanel, useInView } from './threadLanes.tsx';
import { useFlameModel } from './useFlameModel.ts';
import { useLanes } from './useLanes.ts';

const modeOptions: readonly { readonly value: FlameMode; readonly label: string; readonly title: string }[] = [
  {
    value: 'tail',
    label: 'Slow vs typical',
    title: 'What ran while slow requests waited, coloured by how much less of it typical requests saw',
  },
  { value: 'heavy', label: 'Left-heavy', title: 'All samples, the heaviest stack first' },
  { value: 'time', label: 'Time order', title: 'One thread from left to right on the clock' },
  { value: 'sandwich', label: 'Callers & callees', title: 'Who calls the chosen function, and what it calls' },
];

export function FlamegraphView(props: {
  readonly profile: ProfileInfo;
  /** null until the range's figures are there: the picture does not wait for them. */
  readonly model: RangeModel | null;
  readonly hasRequests: boolean;
  /** The stretch that is looked at when nothing is brushed; null where nothing has a time. */
  readonly whole: TimeRange | null;
}): JSX.Element {
  const { profile, model, hasRequests, whole } = props;
  const page = usePage();
  const { state, change, openSource, announce } = page;
  const { labels, threads } = profile;
  const options = modeOptions.filter(
    ({ value }) => (value !== 'tail' || hasRequests) && (value !== 'time' || !profile.timeless),
  );
  const mode = options.some((option) => option.value === state.mode) ? state.mode : 'heavy';
  const thread = threadFor(mode, state.thread, profile);
  const range = model ? (model.whole ? null : model.range) : state.range;
  const flame = useFlameModel({ mode, range, thread, frame: state.frame });
  const lanes = useLanes(mode === 'time' && threads.length > 1, range);
  const laneKinds = useMemo(() => new Set(lanes?.kind.filter((kind) => kind !== noKind)), [lanes]);
  const inView = useInView();
  const [selection, setSelection] = useState<{ readonly layout: FlameLayout; readonly box: number } | null>(null);
  const matches = useMemo(() => matchingFrames(labels, state.search), [labels, state.search]);
  const share = useMemo(() => (flame && matches ? matchShare(flame.layout, matches) : null), [flame, matches]);
  const tiered = useMemo(() => labels.tier.some((tier) => tier > 0), [labels]);
  const byTier = tiered && state.byTier && mode !== 'tail';
  const asTable = state.tables.includes('flame');

  const select = (layout: FlameLayout) => (box: number) => {
    setSelection(box >= 0 ? { layout, box } : null);
    if (box >= 0) announce(describeBox(layout, labels, box));
  };
  const open = (layout: FlameLayout) => (box: number, beside: boolean) => {
    const frame = layout.frame[box];
    if (frame !== undefined)
      openSource(labels.file[frame] ?? null, labels.line[frame] ?? 1, labels.column[frame] ?? 1, beside);
  };
  const menu = (layout: FlameLayout, upwards: boolean) => (box: number) =>
    boxMenu(page, { layout, labels, box, upwards });
  useEffect(() => setSelection(null), [mode]);

  const canvas = (
    layout: FlameLayout,
    label: string,
    extra: { upwards?: boolean; minimap?: boolean; height?: number } = {},
  ): JSX.Element => (
    <FlameCanvas
      layout={layout}
      labels={labels}
      byTier={byTier}
      matches={matches}
      selected={selection?.layout === layout ? selection.box : -1}
      onSelect={select(layout)}
      onOpen={open(layout)}
      menu={menu(layout, extra.upwards === true)}
      describe={(box) => describeBox(layout, labels, box)}
      tooltip={(box) => <BoxFacts layout={layout} labels={labels} box={box} />}
      label={label}
      onView={({ x0, x1 }: FlameView) => inView.show(x0 / layout.span, x1 / layout.span)}
      {...extra}
    />
  );

  return (
    <div class="flamegraph">
      <div class="toolbar">
        <Segments
          label="Flamegraph mode"
          value={mode}
          options={options}
          onChange={(value) => change({ mode: value })}
        />
        {threads.length > 1 && mode !== 'tail' && (
          <label class="select">
            <span class="visually-hidden">Thread</span>
            <select value={thread} onChange={(event) => change({ thread: Number(event.currentTarget.value) })}>
              {mode !== 'time' && <option value={-1}>All threads</option>}
              {threads.map((entry, index) => (
                <option key={index} value={index}>
                  {entry.name} ({formatAmount(entry.busyUs, profile.unit)})
                </option>
              ))}
            </select>
          </label>
        )}
        <SearchField label="Search functions" value={state.search} onInput={(search) => change({ search })} />
        <span class="muted matches" role="status">
          {share === null ? '' : `${formatShare(share)} under matches`}
        </span>
        <span class="spacer" />
        {tiered && mode !== 'tail' && (
          <button
            type="button"
            class="toggle"
            aria-pressed={byTier}
            title="Colour code by how it ran: interpreted, compiled, optimised"
            onClick={() => change({ byTier: !state.byTier })}
          >
            <Icon name="layers" />
            Tiers
          </button>
        )}
        {whole && (
          <button
            type="button"
            class="toggle"
            aria-pressed={state.picker}
            title="Choose the time and the requests this speaks of"
            onClick={() => change({ picker: !state.picker })}
          >
            <Icon name="brush" />
            Brush
          </button>
        )}
        <button
          type="button"
          class="twin"
          aria-pressed={asTable}
          onClick={() =>
            change({ tables: asTable ? state.tables.filter((id) => id !== 'flame') : [...state.tables, 'flame'] })
          }
        >
          <Icon name={asTable ? 'chart' : 'table'} />
          {asTable ? 'Show as chart' : 'Show as table'}
        </button>
      </div>
      {whole && state.picker && <BrushPanel model={model} whole={whole} thread={mode === 'tail' ? -1 : thread} />}
      <div class="flame-main">
        <div class="flame-stage">
          {lanes && (
            <ThreadLanesPanel
              threads={threads}
              lanes={lanes}
              chosen={thread}
              onChoose={(chosen) => change({ thread: chosen })}
              originUs={(whole ?? profile.extent).startUs}
              inView={inView.attach}
            />
          )}
          {!flame ? (
            <Progress label="Laying out…" />
          ) : flame.empty !== null ? (
            <p class="empty">{flame.empty}</p>
          ) : asTable ? (
            <FlameTree
              label={`${flameLabel(flame)}, as a tree`}
              layout={flame.layout}
              labels={labels}
              matches={matches}
              selected={selection?.layout === flame.layout ? selection.box : -1}
              onSelect={select(flame.layout)}
              onOpen={open(flame.layout)}
              menu={menu(flame.layout, false)}
            />
          ) : (
            <Stage flame={flame} canvas={canvas} />
          )}
          {flame?.empty === null && (
            <FlameLegend mode={flame.mode} labels={labels} layout={flame.layout} byTier={byTier} beside={laneKinds} />
          )}
        </div>
        <FlameSide
          mode={mode}
          labels={labels}
          model={model}
          selection={selection}
          onSandwich={(frame) => change({ mode: 'sandwich', frame })}
        />
      </div>
    </div>
  );
}

/** Tallest the callers' part gets before it scrolls. */
const callersShare = 0.45;

function Stage(props: {
  readonly flame: FlameModel;
  readonly canvas: (
    layout: FlameLayout,
    label: string,
    extra?: { upwards?: boolean; minimap?: boolean; height?: number },
  ) => JSX.Element;
}): JSX.Element {
  const { flame, canvas } = props;
  if (!flame.callers) return canvas(flame.layout, flameLabel(flame));
  const height = Math.min((rowCount(flame.callers) + 0.4) * rowHeight, Math.max(120, innerHeight * callersShare));
  return (
    <div class="sandwich">
      <h3>Callers</h3>
      {canvas(flame.callers, 'Callers, from the function upwards', { upwards: true, minimap: false, height })}
      <h3>Callees</h3>
      {canvas(flame.layout, 'Callees, from the function downwards', { minimap: false })}
    </div>
  );
}

function flameLabel(flame: FlameModel): string {
  const option = modeOptions.find((entry) => entry.value === flame.mode);
  return `Flamegraph, ${option?.label ?? ''}, ${formatCount(flame.layout.frame.length)} frames in ${rowCount(flame.layout)} rows`;
}

/** Time order has one picture a thread; the busiest comes first. */
function threadFor(mode: FlameMode, wanted: number, profile: ProfileInfo): number {
  const known = wanted >= 0 && wanted < profile.threads.length;
  if (known || mode !== 'time') return known ? wanted : -1;
  return profile.threads.reduce(
    (best, entry, index) => (entry.busyUs > (profile.threads[best]?.busyUs ?? -1) ? index : best),
    0,
  );
}
