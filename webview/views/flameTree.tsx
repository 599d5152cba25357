import type { ComponentChildren, JSX } from 'preact';
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { formatShare } from '../../src/plan/units.ts';
import { ContextMenu, type MenuItem } from '../components/contextMenu.tsx';
import { type FlameLayout, widthOf } from '../flame/layout.ts';
import { listedBoxes, matchingBranches, moveForKey, placeAmongSiblings, treeOf } from '../flame/tree.ts';
import type { FrameLabels } from '../model/messages.ts';
import { formatWidth } from './boxFacts.tsx';
import { FunctionName } from './functions.tsx';

const rowHeight = 28;
const overscan = 8;
/** Deeper levels are indented no further: the name must stay in sight. The level itself is told to screen readers. */
const deepestIndent = 40;

/**
 * The flamegraph as a tree of rows, equal to the picture: the same boxes, callers before callees, from left to right. Only the rows in
 * view exist, and the one with the focus. Arrows walk, open and close; Enter opens the source.
 */
export function FlameTree(props: {
  readonly label: string;
  readonly layout: FlameLayout;
  readonly labels: FrameLabels;
  readonly matches: Uint8Array | null;
  readonly selected: number;
  readonly onSelect: (box: number) => void;
  readonly onOpen: (box: number, beside: boolean) => void;
  readonly menu: (box: number) => readonly MenuItem[];
}): JSX.Element {
  const { layout, labels, matches, onSelect, onOpen } = props;
  const [collapsed, setCollapsed] = useState<ReadonlySet<number>>(new Set());
  const [scrollTop, setScrollTop] = useState(0);
  const [viewHeight, setViewHeight] = useState(400);
  const body = useRef<HTMLDivElement>(null);
  const takesFocus = useRef(false);
  const [menu, setMenu] = useState<{ readonly box: number; readonly x: number; readonly y: number } | null>(null);
  const closeMenu = useCallback(() => setMenu(null), []);

  const tree = useMemo(() => treeOf(layout), [layout]);
  const shown = useMemo(() => (matches ? matchingBranches(layout, matches) : null), [layout, matches]);
  const listed = useMemo(() => listedBoxes(layout, tree, collapsed, shown), [layout, tree, collapsed, shown]);
  const columns = useMemo(() => figuresOf(layout), [layout]);
  const active = listed.includes(props.selected) ? props.selected : (listed[0] ?? -1);
  const place = listed.indexOf(active);
  useEffect(() => setCollapsed(new Set()), [layout]);
  useEffect(() => {
    const element = body.current;
    if (!element) return undefined;
    const resizes = new ResizeObserver(() => setViewHeight(element.clientHeight));
    resizes.observe(element);
    return () => resizes.disconnect();
  }, []);
  // With the rows, not after the paint: a key pressed in between would spend its focus on the row before.
  useLayoutEffect(() => {
    if (!takesFocus.current) return;
    takesFocus.current = false;
    const row = body.current?.querySelector<HTMLElement>('[tabindex="0"]');
    row?.focus({ preventScroll: true });
  }, [active, listed]);
  // A box chosen in the picture is in sight when the tree is shown.
  useEffect(() => reveal(body.current, place), [layout]);

  const onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey) return;
    const page = Math.max(1, Math.floor(viewHeight / rowHeight) - 1);
    const move = moveForKey(event.key, { layout, tree, listed, collapsed, box: active, page });
    if (event.key === 'Enter' && active >= 0) onOpen(active, event.altKey);
    else if (!move) return;
    else if (move.kind === 'go') {
      takesFocus.current = true;
      reveal(body.current, listed.indexOf(move.box));
      onSelect(move.box);
    } else {
      const next = new Set(collapsed);
      for (const box of move.boxes) {
        if (move.kind === 'collapse') next.add(box);
        else next.delete(box);
      }
      takesFocus.current = true;
      setCollapsed(next);
    }
    event.preventDefault();
  };
  const toggle = (box: number): void => {
    const next = new Set(collapsed);
    if (!next.delete(box)) next.add(box);
    setCollapsed(next);
  };

  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - overscan);
  const last = Math.min(listed.length, Math.ceil((scrollTop + viewHeight) / rowHeight) + overscan);
  const places = Array.from({ length: Math.max(0, last - first) }, (_, index) => first + index);
  if (place >= 0 && (place < first || place >= last)) places.push(place);
  const template = {
    gridTemplateColumns: ['minmax(16rem, 1fr)', ...columns.map(() => 'minmax(5.5rem, 7rem)')].join(' '),
  };
  return (
    <div class="data-table" role="treegrid" aria-label={props.label} aria-rowcount={listed.length + 1}>
      <div role="row" aria-rowindex={1} class="head" style={template}>
        <div role="columnheader">Function</div>
        {columns.map(({ label }) => (
          <div key={label} role="columnheader" class="end">
            {label}
          </div>
        ))}
      </div>
      <div
        ref={body}
        class="body"
        role="rowgroup"
        onScroll={(event) => setScrollTop(event.currentTarget.scrollTop)}
        onKeyDown={onKey}
      >
        <div style={{ height: `${listed.length * rowHeight}px` }}>
          {places.map((at) => {
            const box = listed[at] ?? 0;
            const [position, size] = placeAmongSiblings(layout, tree, box);
            const level = (tree.depth[box] ?? 0) + 1;
            const inner = (tree.childEnd[box] ?? 0) > (tree.childStart[box] ?? 0);
            return (
              <div
                key={box}
                role="row"
                aria-rowindex={at + 2}
                aria-level={level}
                aria-posinset={position}
                aria-setsize={size}
                aria-selected={box === props.selected}
                {...(inner ? { 'aria-expanded': !collapsed.has(box) } : {})}
                tabIndex={box === active ? 0 : -1}
                class="row"
                style={{ ...template, top: `${at * rowHeight}px` }}
                onClick={() => onSelect(box)}
                onDblClick={() => onOpen(box, false)}
                onContextMenu={(event) => {
                  event.preventDefault();
                  const { left, bottom } = event.currentTarget.getBoundingClientRect();
                  // The menu key has no place of its own: the menu opens below the row.
                  const byPointer = event.button === 2;
                  onSelect(box);
                  setMenu({ box, x: byPointer ? event.clientX : left + 24, y: byPointer ? event.clientY : bottom });
                }}
              >
                <div role="gridcell">
                  <span class="indent" style={{ paddingLeft: `${Math.min(level - 1, deepestIndent) * 10}px` }}>
                    <Twisty inner={inner} open={!collapsed.has(box)} onToggle={() => toggle(box)} />
                    <FunctionName labels={labels} frame={layout.frame[box] ?? 0} />
                  </span>
                </div>
                {columns.map(({ label, cell }) => (
                  <div key={label} role="gridcell" class="end">
                    {cell(box)}
                  </div>
                ))}
              </div>
            );
          })}
        </div>
      </div>
      {menu && (
        <ContextMenu
          label={labels.name[layout.frame[menu.box] ?? 0] ?? ''}
          x={menu.x}
          y={menu.y}
          items={props.menu(menu.box)}
          onClose={closeMenu}
        />
      )}
    </div>
  );
}

/** For the pointer alone: the keyboard has its arrows, a screen reader the row's own state. */
function Twisty(props: {
  readonly inner: boolean;
  readonly open: boolean;
  readonly onToggle: () => void;
}): JSX.Element {
  const { inner, open, onToggle } = props;
  return (
    <i
      class="twisty"
      aria-hidden="true"
      onClick={(event) => {
        event.stopPropagation();
        if (inner) onToggle();
      }}
    >
      {inner ? (open ? '▾' : '▸') : ''}
    </i>
  );
}

function reveal(element: HTMLElement | null, place: number): void {
  if (!element || place < 0) return;
  const top = place * rowHeight;
  if (top < element.scrollTop) element.scrollTop = top;
  else if (top + rowHeight > element.scrollTop + element.clientHeight)
    element.scrollTop = top + rowHeight - element.clientHeight;
}

interface FigureColumn {
  readonly label: string;
  readonly cell: (box: number) => ComponentChildren;
}

function figuresOf(layout: FlameLayout): FigureColumn[] {
  return [
    ...(layout.unit === 'clockUs'
      ? [{ label: 'Start', cell: (box: number) => formatWidth(layout, layout.start[box] ?? 0) }]
      : []),
    { label: layout.contrast ? 'Slow' : 'Total', cell: (box) => formatWidth(layout, widthOf(layout, box)) },
    ...(layout.contrast ? [{ label: 'Typical', cell: (box: number) => formatShare(layout.contrast?.[box] ?? 0) }] : []),
    { label: 'Self', cell: (box) => formatWidth(layout, Math.max(0, layout.self[box] ?? 0)) },
  ];
}
