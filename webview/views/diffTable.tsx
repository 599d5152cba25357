import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { formatAmount } from '../../src/profile/amount.ts';
import { type DataColumn, DataTable } from '../components/dataTable.tsx';
import type { DiffModel } from '../model/messages.ts';
import { usePage } from '../page.ts';
import { changeText, differenceText } from './diffFacts.tsx';
import { FunctionName } from './functions.tsx';

/** A normal deviate is beyond it in 1 of 100 cases. */
const z99 = 2.576;

/** Every function of the two runs, by how much its own time changed: the differential flamegraph's twin. */
export function DiffTable(props: {
  readonly model: DiffModel;
  readonly matches: Uint8Array | null;
  readonly height: number;
}): JSX.Element {
  const { model, matches } = props;
  const { openSource } = usePage();
  const { functions, labels } = model;
  const rows = useMemo(
    () =>
      Int32Array.from(functions.presence.keys()).filter(
        (row) => functions.presence[row] !== 0 && (!matches || matches[row] === 1),
      ),
    [functions, matches],
  );
  const columns = useMemo(() => columnsOf(model), [model]);
  return (
    <DataTable
      label="CPU time of each function in both runs"
      columns={columns}
      rows={rows}
      initialSort="change"
      height={props.height}
      onOpen={(row) => openSource(labels.file[row] ?? null, labels.line[row] ?? 1, labels.column[row] ?? 1)}
    />
  );
}

function columnsOf(model: DiffModel): DataColumn[] {
  const { functions, labels, unit } = model;
  const { selfA, selfB, totalA, totalB, selfError } = functions;
  const amounts = (key: string, label: string, column: Float64Array): DataColumn => ({
    key,
    label,
    width: 'minmax(5rem, 6.5rem)',
    align: 'end',
    order: (row) => column[row] ?? 0,
    cell: (row) => formatAmount(column[row] ?? 0, unit),
  });
  const changeOf = (row: number): number => (selfB[row] ?? 0) - (selfA[row] ?? 0);
  return [
    {
      key: 'name',
      label: 'Function',
      width: 'minmax(14rem, 1fr)',
      order: (row) => labels.name[row] ?? '',
      cell: (row) => <FunctionName labels={labels} frame={row} />,
    },
    amounts('selfA', 'Self A', selfA),
    amounts('selfB', 'Self B', selfB),
    {
      key: 'change',
      label: 'Change',
      title: 'Of its own time; grey where the number of samples makes it likely by chance. Sorted by size.',
      width: 'minmax(9rem, 11rem)',
      align: 'end',
      order: (row) => Math.abs(changeOf(row)),
      cell: (row) => {
        const [a, b] = [selfA[row] ?? 0, selfB[row] ?? 0];
        if (a === b) return '–';
        const isChance = Math.abs(changeOf(row)) <= z99 * (selfError[row] ?? 0);
        return (
          <span class={isChance ? 'muted' : ''}>
            {differenceText(model, a, b)} <b>{changeText(a, b)}</b>
          </span>
        );
      },
    },
    amounts('totalA', 'Total A', totalA),
    amounts('totalB', 'Total B', totalB),
  ];
}
