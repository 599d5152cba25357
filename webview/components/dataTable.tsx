import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';

export interface DataColumn {
  readonly key: string;
  readonly label: string;
  readonly title?: string;
  /** A CSS grid track, e.g. `minmax(12rem, 1fr)`. */
  readonly width: string;
  /** The same in a narrow panel. A table whose columns all have one never scrolls sideways: see `stackedBelow`. */
  readonly narrowWidth?: string;
  readonly align?: 'start' | 'end';
  readonly cell: (row: number) => ComponentChildren;
  /** What the column sorts by; without it the column can't be sorted. Numbers sort greatest first. */
  readonly order?: (row: number) => number | string;
}

const flatRowHeight = 28;
const stackedRowHeight = 50;
/** CSS pixels: where columns side by side would leave no room for the first one, it stands on a line of its own above the others. */
const stackedBelow = 500;
const overscan = 8;

/**
 * A table of any length: only the rows in view exist. Rows are indices; sorting and filtering reorder them. Arrow keys,
 * Page, Home and End move the active row, Enter opens it.
 */
export function DataTable(props: {
  readonly label: string;
  readonly columns: readonly DataColumn[];
  readonly rows: Int32Array;
  readonly active?: number;
  readonly onActive?: (row: number) => void;
  readonly onOpen?: (row: number) => void;
  readonly initialSort?: string;
  /** CSS pixels; without it the table fills its box. */
  readonly height?: number;
}): JSX.Element {
  const { label, columns, rows, active = -1, onActive, onOpen } = props;
  const [sort, setSort] = useState({ key: props.initialSort ?? '', descending: true });
  const [scrollTop, setScrollTop] = useState(0);
  const [{ viewHeight, viewWidth }, setView] = useState({ viewHeight: 400, viewWidth: Infinity });
  const table = useRef<HTMLDivElement>(null);
  const body = useRef<HTMLDivElement>(null);

  const sorted = useMemo(() => sortRows(rows, columns, sort), [rows, columns, sort]);
  const position = useMemo(() => sorted.indexOf(active), [sorted, active]);
  useEffect(() => {
    const [inner, outer] = [body.current, table.current];
    if (!inner || !outer) return undefined;
    const resizes = new ResizeObserver(() => setView({ viewHeight: inner.clientHeight, viewWidth: outer.clientWidth }));
    resizes.observe(inner);
    resizes.observe(outer);
    return () => resizes.disconnect();
  }, []);
  const isSlim = columns.every(({ narrowWidth }) => narrowWidth !== undefined);
  const isStacked = isSlim && viewWidth < stackedBelow;
  const rowHeight = isStacked ? stackedRowHeight : flatRowHeight;

  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - overscan);
  const last = Math.min(sorted.length, Math.ceil((scrollTop + viewHeight) / rowHeight) + overscan);
  const template = {
    '--columns': columns.map(({ width }) => width).join(' '),
    '--columns-narrow': columns.map(({ width, narrowWidth = width }) => narrowWidth).join(' '),
    '--below': columns.length - 1,
  };

  const moveTo = (to: number): void => {
    const at = Math.min(sorted.length - 1, Math.max(0, to));
    const row = sorted[at];
    if (row === undefined) return;
    onActive?.(row);
    const element = body.current;
    if (!element) return;
    const top = at * rowHeight;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + rowHeight > element.scrollTop + element.clientHeight)
      element.scrollTop = top + rowHeight - element.clientHeight;
  };
  const onKey = (event: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor(viewHeight / rowHeight) - 1);
    const to = {
      ArrowDown: position + 1,
      ArrowUp: position - 1,
      PageDown: position + page,
      PageUp: position - page,
      Home: 0,
      End: sorted.length - 1,
    }[event.key];
    if (to !== undefined) moveTo(to);
    else if (event.key === 'Enter' && active >= 0) onOpen?.(active);
    else return;
    event.preventDefault();
  };

  const visibleRows: JSX.Element[] = [];
  for (let at = first; at < last; at++) {
    const row = sorted[at] ?? 0;
    visibleRows.push(
      <div
        key={row}
        role="row"
        aria-rowindex={at + 2}
        aria-selected={row === active}
        class="row"
        style={{ ...template, top: `${at * rowHeight}px` }}
        onClick={() => onActive?.(row)}
        onDblClick={() => onOpen?.(row)}
      >
        {columns.map((column) => (
          <div key={column.key} role="cell" class={column.align === 'end' ? 'end' : ''}>
            {column.cell(row)}
          </div>
        ))}
      </div>,
    );
  }
  return (
    <div
      ref={table}
      class={`data-table ${isSlim ? 'slim' : ''} ${isStacked ? 'stacked' : ''}`}
      role="table"
      aria-label={label}
      aria-rowcount={sorted.length + 1}
      style={props.height === undefined ? {} : { height: `${props.height}px` }}
    >
      <div role="row" aria-rowindex={1} class="head" style={template}>
        {columns.map((column) => (
          <div
            key={column.key}
            role="columnheader"
            class={column.align === 'end' ? 'end' : ''}
            aria-sort={sort.key === column.key ? (sort.descending ? 'descending' : 'ascending') : 'none'}
          >
            {column.order ? (
              <button
                type="button"
                title={column.title}
                onClick={() =>
                  setSort({ key: column.key, descending: sort.key === column.key ? !sort.descending : true })
                }
              >
                {column.label}
                <i aria-hidden="true">{sort.key === column.key ? (sort.descending ? '▾' : '▴') : ''}</i>
              </button>
            ) : (
              column.label
            )}
          </div>
        ))}
      </div>
      <div
        ref={body}
        class="body"
        tabIndex={0}
        role="rowgroup"
        onScroll={(event) => setScrollTop(event.currentTarget.scrollTop)}
        onKeyDown={onKey}
      >
        <div style={{ height: `${sorted.length * rowHeight}px` }}>{visibleRows}</div>
      </div>
    </div>
  );
}

function sortRows(
  rows: Int32Array,
  columns: readonly DataColumn[],
  sort: { readonly key: string; readonly descending: boolean },
): Int32Array {
  const order = columns.find((column) => column.key === sort.key)?.order;
  if (!order) return rows;
  const keys = new Map(Array.from(rows, (row): [number, number | string] => [row, order(row)]));
  const direction = sort.descending ? -1 : 1;
  return rows.slice().sort((a, b) => {
    const keyA = keys.get(a) ?? 0;
    const keyB = keys.get(b) ?? 0;
    // Text reads from A to Z first; what is unknown (NaN) stays at the end either way.
    if (typeof keyA === 'string' || typeof keyB === 'string')
      return -direction * String(keyA).localeCompare(String(keyB));
    if (Number.isNaN(keyA) || Number.isNaN(keyB)) return Number(Number.isNaN(keyA)) - Number(Number.isNaN(keyB));
    return direction * (keyA - keyB);
  });
}
