import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { formatCount, formatShare } from '../../src/plan/units.ts';
import { formatAmount } from '../../src/profile/amount.ts';
import type { ProfileUnit } from '../../src/profile/tables.ts';
import { type DataColumn, DataTable } from '../components/dataTable.tsx';
import { Button, SearchField } from '../components/controls.tsx';
import { SourceLink } from '../components/sourceLink.tsx';
import { isSource } from '../format.ts';
import { matchingFrames } from '../flame/search.ts';
import type { FrameLabels, FunctionColumns, ProfileInfo, RangeModel } from '../model/messages.ts';
import { usePage } from '../page.ts';
import { tierNames } from './tiers.ts';

/** Every function that ran, by its own time, its total, and its part in the slow requests. */
export function FunctionsView({
  profile,
  model,
}: {
  readonly profile: ProfileInfo;
  readonly model: RangeModel;
}): JSX.Element {
  const { state, change, openSource } = usePage();
  const { labels, unit } = profile;
  const { functions } = model;
  const [active, setActive] = useState(-1);
  const rows = useMemo(() => {
    const matches = matchingFrames(labels, state.filter);
    const all = Int32Array.from(functions.frame.keys());
    return matches ? all.filter((row) => matches[functions.frame[row] ?? 0] === 1) : all;
  }, [functions, labels, state.filter]);
  const columns = useMemo(() => functionColumns(labels, functions, unit), [labels, functions, unit]);
  const frame = functions.frame[active] ?? -1;
  const open = (row: number): void => {
    const at = functions.frame[row] ?? 0;
    openSource(labels.file[at] ?? null, labels.line[at] ?? 1, labels.column[at] ?? 1);
  };
  return (
    <div class="functions">
      <div class="toolbar">
        <SearchField label="Filter by name or file" value={state.filter} onInput={(filter) => change({ filter })} />
        <span class="muted" role="status">
          {formatCount(rows.length)} of {formatCount(functions.length)} functions
        </span>
        <span class="spacer" />
        {frame >= 0 && (
          <>
            <Button onClick={() => change({ view: 'flamegraph', mode: 'sandwich', frame })}>Callers and callees</Button>
            {isSource(labels.file[frame] ?? '') && <Button onClick={() => open(active)}>Open source</Button>}
          </>
        )}
      </div>
      <DataTable
        label="Functions"
        columns={columns}
        rows={rows}
        initialSort="self"
        active={active}
        onActive={setActive}
        onOpen={open}
      />
    </div>
  );
}

/** What self and total are shares of. */
const amountNames: Readonly<Record<ProfileUnit, string>> = { us: 'Time', bytes: 'Memory', count: 'Samples' };

function functionColumns(labels: FrameLabels, functions: FunctionColumns, unit: ProfileUnit): DataColumn[] {
  const { frame, selfUs, totalUs, selfShare, totalShare, tailShare, typicalShare } = functions;
  const hasTail = tailShare.some((share) => !Number.isNaN(share));
  const timed = (key: string, label: string, title: string, us: Float64Array, share: Float64Array): DataColumn => ({
    key,
    label,
    title,
    width: 'minmax(9.5rem, 11rem)',
    narrowWidth: '4rem',
    align: 'end',
    order: (row) => us[row] ?? 0,
    cell: (row) => (
      <>
        <i class="cell-bar" style={{ width: `${Math.min(100, (share[row] ?? 0) * 100).toFixed(1)}%` }} />
        <span>{formatAmount(us[row] ?? null, unit)}</span>
        <b title={formatAmount(us[row] ?? null, unit)}>{formatShare(share[row] ?? null)}</b>
      </>
    ),
  });
  const shared = (key: string, label: string, title: string, share: Float64Array, kind: string): DataColumn => ({
    key,
    label,
    title,
    width: 'minmax(6rem, 7.5rem)',
    narrowWidth: '4.2rem',
    align: 'end',
    order: (row) => share[row] ?? NaN,
    cell: (row) => (
      <>
        <i class={`cell-bar ${kind}`} style={{ width: `${Math.min(100, known(share[row]) * 100).toFixed(1)}%` }} />
        <b>{Number.isNaN(share[row] ?? NaN) ? '–' : formatShare(share[row] ?? null)}</b>
      </>
    ),
  });
  return [
    {
      key: 'name',
      label: 'Function',
      width: 'minmax(14rem, 1fr)',
      narrowWidth: 'minmax(8rem, 1fr)',
      order: (row) => labels.name[frame[row] ?? 0] ?? '',
      cell: (row) => <FunctionName labels={labels} frame={frame[row] ?? 0} />,
    },
    timed('self', 'Self', `${amountNames[unit]} on top of the stack`, selfUs, selfShare),
    timed('total', 'Total', `${amountNames[unit]} anywhere on the stack, once a stack`, totalUs, totalShare),
    ...(labels.tier.some((tier) => tier > 0)
      ? [
          {
            key: 'tier',
            label: 'Ran',
            title: 'How the code ran: a function has a row for each way',
            width: 'minmax(7rem, 8.5rem)',
            narrowWidth: '6.5rem',
            order: (row: number) => labels.tier[frame[row] ?? 0] ?? 0,
            cell: (row: number) => <Tier tier={labels.tier[frame[row] ?? 0] ?? 0} />,
          },
        ]
      : []),
    ...(hasTail
      ? [
          shared('tail', 'In slow', 'Share of the slow requests’ time it was on the stack', tailShare, 'slow'),
          shared('typical', 'In typical', 'The same for typical requests', typicalShare, 'typical'),
        ]
      : []),
  ];
}

function Tier({ tier }: { readonly tier: number }): JSX.Element {
  return tier === 0 ? (
    <span class="muted">–</span>
  ) : (
    <span class="function-name">
      <i class={`kind tier-${tier}`} aria-hidden="true" />
      {tierNames[tier]}
    </span>
  );
}

/** Name, kind and place of a function, in one line. */
export function FunctionName({ labels, frame }: { readonly labels: FrameLabels; readonly frame: number }): JSX.Element {
  return (
    <span class="function-name">
      <i class={`kind kind-${labels.kind[frame] ?? 0}`} aria-hidden="true" />
      <code>{labels.name[frame]}</code>
      <SourceLink
        file={labels.file[frame] ?? null}
        line={labels.line[frame] ?? 0}
        column={labels.column[frame] ?? 1}
        outOfTabOrder
      />
    </span>
  );
}

function known(share: number | undefined): number {
  return share === undefined || Number.isNaN(share) ? 0 : share;
}
