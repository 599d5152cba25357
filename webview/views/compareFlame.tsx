import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { formatCount, formatShare } from '../../src/plan/units.ts';
import { DiffPresence } from '../../src/profile/queries/diff.ts';
import { Progress, SearchField, Segments } from '../components/controls.tsx';
import { Figure } from '../components/figure.tsx';
import { Section } from '../components/section.tsx';
import { rowHeight } from '../flame/draw.ts';
import { FlameCanvas } from '../flame/flameCanvas.tsx';
import { matchShare, rowCount } from '../flame/layout.ts';
import { matchingFrames } from '../flame/search.ts';
import type { DiffFlame, DiffModel, DiffWidths } from '../model/messages.ts';
import { usePage } from '../page.ts';
import { boxMenu } from './boxMenu.ts';
import { amountPer, describeDiffBox, DiffFacts } from './diffFacts.tsx';
import { DiffTable } from './diffTable.tsx';
import { FunctionName } from './functions.tsx';
import { useDiff } from './useDiff.ts';

const widthOptions: readonly { readonly value: DiffWidths; readonly label: string; readonly title: string }[] = [
  { value: 'equal', label: 'Both', title: 'Boxes as wide as the mean of A and B: new and gone frames show' },
  { value: 'a', label: 'A', title: 'Boxes as wide as in A: what is new is missing' },
  { value: 'b', label: 'B', title: 'Boxes as wide as in B: what is gone is missing' },
];
const height = 440;
/** Beside the rows, CSS pixels. */
const minimapAndAir = 72;
const mostListed = 8;

/** The CPU time of both runs in one flamegraph, with what is new and what is gone, or as a table. */
export function CompareFlame(): JSX.Element | null {
  const { state, change } = usePage();
  const [widths, setWidths] = useState<DiffWidths>('equal');
  const { model, flame } = useDiff(widths);
  const matches = useMemo(() => (model ? matchingFrames(model.labels, state.search) : null), [model, state.search]);
  const share = useMemo(() => (flame && matches ? matchShare(flame.layout, matches) : null), [flame, matches]);
  if (model === null) return null;
  if (model === undefined || !flame) return <Progress label="Comparing CPU time…" />;
  const toolbar = (
    <div class="toolbar">
      <Segments label="Width of the boxes" value={widths} options={widthOptions} onChange={setWidths} />
      <SearchField label="Search functions" value={state.search} onInput={(search) => change({ search })} />
      <span class="muted matches" role="status">
        {share === null ? '' : `${formatShare(share)} under matches`}
      </span>
    </div>
  );
  return (
    <>
      <Figure
        id="compare-flame"
        title="CPU time"
        note={`A ${amountPer(model, model.sumA)}, B ${amountPer(model, model.sumB)}. Blue: less in B, orange: more.`}
        chart={() => (
          <>
            {toolbar}
            <DiffPicture model={model} flame={flame} matches={matches} />
          </>
        )}
        table={() => (
          <>
            {toolbar}
            <DiffTable model={model} matches={matches} height={height} />
          </>
        )}
      />
      <div class="diff-lists">
        <Listed model={model} title="New in B" presence={DiffPresence.new} totals={model.functions.totalB} />
        <Listed model={model} title="Gone from B" presence={DiffPresence.gone} totals={model.functions.totalA} />
      </div>
    </>
  );
}

function DiffPicture(props: {
  readonly model: DiffModel;
  readonly flame: DiffFlame;
  readonly matches: Uint8Array | null;
}): JSX.Element {
  const { model, flame, matches } = props;
  const page = usePage();
  const { palette, openSource, announce } = page;
  const { layout } = flame;
  const { labels } = model;
  const [selection, setSelection] = useState<{ readonly flame: DiffFlame; readonly box: number } | null>(null);
  const selected = selection?.flame === flame ? selection.box : -1;
  if (layout.frame.length === 0) return <p class="empty">No CPU samples in either run.</p>;
  return (
    <>
      <FlameCanvas
        layout={layout}
        labels={labels}
        matches={matches}
        selected={selected}
        onSelect={(box) => {
          setSelection(box >= 0 ? { flame, box } : null);
          if (box >= 0) announce(describeDiffBox(model, flame, box));
        }}
        onOpen={(box, beside) => {
          const row = layout.frame[box] ?? 0;
          openSource(labels.file[row] ?? null, labels.line[row] ?? 1, labels.column[row] ?? 1, beside);
        }}
        menu={(box) =>
          boxMenu(page, { layout, labels, box, upwards: false }).filter(({ label }) => label !== 'Callers and callees')
        }
        describe={(box) => describeDiffBox(model, flame, box)}
        tooltip={(box) => <DiffFacts model={model} flame={flame} box={box} />}
        label={`Differential flamegraph, ${formatCount(layout.frame.length)} frames in ${rowCount(layout)} rows`}
        height={Math.min(height, rowCount(layout) * rowHeight + minimapAndAir)}
      />
      <div class="flame-legend">
        <span class="scale">
          only A
          {palette.difference.map((color) => (
            <i key={color} style={{ background: color }} />
          ))}
          only B
        </span>
      </div>
      {selected >= 0 && (
        <div class="details diff-details">
          <DiffFacts model={model} flame={flame} box={selected} />
        </div>
      )}
    </>
  );
}

/** Functions that only one of the runs has, the most expensive first. */
function Listed(props: {
  readonly model: DiffModel;
  readonly title: string;
  readonly presence: number;
  readonly totals: Float64Array;
}): JSX.Element | null {
  const { model, title, presence, totals } = props;
  const rows = useMemo(
    () =>
      Int32Array.from(totals.keys())
        .filter((row) => model.functions.presence[row] === presence)
        .sort((a, b) => (totals[b] ?? 0) - (totals[a] ?? 0)),
    [model, presence, totals],
  );
  if (rows.length === 0) return null;
  return (
    <Section
      id={`functions-${presence}`}
      title={title}
      note={
        <>
          {formatCount(rows.length)} {rows.length === 1 ? 'function' : 'functions'}
        </>
      }
    >
      <ul>
        {Array.from(rows.subarray(0, mostListed), (row) => (
          <li key={row}>
            <FunctionName labels={model.labels} frame={row} />
            <b>{amountPer(model, totals[row] ?? 0)}</b>
          </li>
        ))}
      </ul>
      {rows.length > mostListed && <p class="note">and {formatCount(rows.length - mostListed)} more, in the table</p>}
    </Section>
  );
}
