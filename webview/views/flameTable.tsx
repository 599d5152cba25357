import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { formatShare } from '../../src/plan/units.ts';
import { type DataColumn, DataTable } from '../components/dataTable.tsx';
import { type FlameLayout, rowCount, widthOf } from '../flame/layout.ts';
import type { FrameLabels } from '../model/messages.ts';
import { formatWidth } from './boxFacts.tsx';
import { FunctionName } from './functions.tsx';

/** The flamegraph as a table: callers before callees, indented, so that it reads like the picture from left to right. */
export function FlameTable(props: {
  readonly layout: FlameLayout;
  readonly labels: FrameLabels;
  readonly matches: Uint8Array | null;
}): JSX.Element {
  const { layout, labels, matches } = props;
  const depth = useMemo(() => depths(layout), [layout]);
  const rows = useMemo(() => {
    const order = readingOrder(layout, depth);
    return matches ? order.filter((box) => matches[layout.frame[box] ?? 0] === 1) : order;
  }, [layout, depth, matches]);
  const columns = useMemo((): DataColumn[] => {
    const figure = (key: string, label: string, of: (box: number) => string): DataColumn => ({
      key,
      label,
      width: 'minmax(5.5rem, 7rem)',
      align: 'end',
      cell: of,
    });
    return [
      {
        key: 'name',
        label: 'Function',
        width: 'minmax(16rem, 1fr)',
        cell: (box) => (
          <span class="indent" style={{ paddingLeft: `${Math.min(depth[box] ?? 0, 40) * 10}px` }}>
            <FunctionName labels={labels} frame={layout.frame[box] ?? 0} />
          </span>
        ),
      },
      ...(layout.unit === 'clockUs'
        ? [figure('start', 'Start', (box) => formatWidth(layout, layout.start[box] ?? 0))]
        : []),
      figure('total', layout.contrast ? 'Slow' : 'Total', (box) => formatWidth(layout, widthOf(layout, box))),
      ...(layout.contrast ? [figure('typical', 'Typical', (box) => formatShare(layout.contrast?.[box] ?? 0))] : []),
      figure('self', 'Self', (box) => formatWidth(layout, Math.max(0, layout.self[box] ?? 0))),
    ];
  }, [layout, labels, depth]);
  return <DataTable label="Flamegraph as a table" columns={columns} rows={rows} />;
}

function depths(layout: FlameLayout): Int32Array {
  const depth = new Int32Array(layout.frame.length);
  for (let row = 0; row < rowCount(layout); row++) depth.fill(row, layout.rowStart[row], layout.rowStart[row + 1]);
  return depth;
}

/** By left edge, outer before inner: the order in which one reads the picture. */
function readingOrder(layout: FlameLayout, depth: Int32Array): Int32Array {
  return Int32Array.from(layout.frame.keys()).sort(
    (a, b) => (layout.start[a] ?? 0) - (layout.start[b] ?? 0) || (depth[a] ?? 0) - (depth[b] ?? 0),
  );
}
