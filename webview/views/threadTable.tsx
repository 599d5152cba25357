/** The lanes' twin: every thread with its figures, those without a lane of their own too. */
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { formatCount, formatUs } from '../../src/plan/units.ts';
import type { ThreadLanes } from '../../src/profile/queries/threadLanes.ts';
import { type DataColumn, DataTable } from '../components/dataTable.tsx';
import { formatPercent } from '../format.ts';
import type { ThreadInfo } from '../model/messages.ts';

const height = 240;

export function ThreadTable(props: {
  readonly threads: readonly ThreadInfo[];
  readonly lanes: ThreadLanes;
  readonly chosen: number;
  readonly onChoose: (thread: number) => void;
}): JSX.Element {
  const { threads, lanes, chosen, onChoose } = props;
  const rows = useMemo(() => Int32Array.from(threads.keys()), [threads]);
  const columns = useMemo(() => threadColumns(threads, lanes), [threads, lanes]);
  return (
    <DataTable
      label="Threads"
      columns={columns}
      rows={rows}
      initialSort="busy"
      active={chosen}
      onActive={onChoose}
      height={height}
    />
  );
}

function threadColumns(threads: readonly ThreadInfo[], { busyUs, samples }: ThreadLanes): DataColumn[] {
  const sum = busyUs.reduce((total, us) => total + us, 0);
  const processOf = (row: number): string => threads[row]?.process ?? '';
  const ownOf = (row: number): string => threads[row]?.own ?? '';
  const figure = (
    key: string,
    label: string,
    title: string,
    column: Float64Array | Int32Array,
    text: (value: number) => string,
  ): DataColumn => ({
    key,
    label,
    title,
    width: 'minmax(5rem, 8rem)',
    align: 'end',
    order: (row) => column[row] ?? 0,
    cell: (row) => text(column[row] ?? 0),
  });
  return [
    {
      key: 'process',
      label: 'Process',
      width: 'minmax(8rem, 1fr)',
      order: processOf,
      cell: (row) => processOf(row) || '–',
    },
    { key: 'thread', label: 'Thread', width: 'minmax(10rem, 2fr)', order: ownOf, cell: ownOf },
    figure('busy', 'Busy', 'CPU time in the range that is shown', busyUs, formatUs),
    figure('share', 'Share', 'Of all threads’ CPU time', busyUs, (us) => formatPercent(sum > 0 ? us / sum : 0)),
    figure('samples', 'Samples', 'Samples on the CPU', samples, formatCount),
  ];
}
