import type { JSX } from 'preact';
import { useCallback, useRef, useState } from 'preact/hooks';
import type { TimeRange } from '../../src/trace/analysis.ts';
import { Canvas } from '../components/canvas.tsx';
import type { SubsecondModel } from '../model/messages.ts';
import { usePage } from '../page.ts';
import { cellAfterKey, cellAt, cellsOfRange, outlineOfCells, rangeOfCells } from './subsecondCells.ts';

/**
 * The subsecond heatmap: seconds to the right, each second upwards. Drag from cell to cell to choose the stretch between; by keyboard
 * arrows walk, Shift extends, Enter chooses the one cell, Escape clears.
 */
export function SubsecondPicker(props: {
  readonly model: SubsecondModel;
  readonly range: TimeRange | null;
  readonly height: number;
  readonly describe: (cell: number) => string;
  readonly onBrush: (range: TimeRange | null, settled: boolean) => void;
}): JSX.Element {
  const { model, range, height, describe, onBrush } = props;
  const { grid, cells, most, of } = model;
  const { palette, announce } = usePage();
  const [pointed, setPointed] = useState(-1);
  const [cursor, setCursor] = useState(-1);
  const anchor = useRef(-1);
  const dragging = useRef(false);
  const [draft, setDraft] = useState<readonly [number, number] | null>(null);
  const paint = useCallback(
    (context: CanvasRenderingContext2D, width: number) => {
      const snap = (value: number): number => Math.round(value * devicePixelRatio) / devicePixelRatio;
      const top = (colors: readonly string[], value: number): string | undefined =>
        colors[Math.min(colors.length - 1, Math.max(0, Math.ceil(value * (colors.length - 1))))];
      const least = cells.reduce((sum, value) => (value > 0 ? Math.min(sum, value) : sum), most);
      for (const [cell, value] of cells.entries()) {
        if (!(value > 0)) continue;
        const column = Math.floor(cell / grid.rows);
        const row = cell - column * grid.rows;
        const left = snap((column / grid.columns) * width);
        const upper = snap(height - ((row + 1) / grid.rows) * height);
        // Response times span decades, shares of a core don't.
        const level = of === 'cpu' ? value / most : Math.log(value / least) / Math.max(Math.log(most / least), 1e-9);
        context.fillStyle = top(palette.heat, Math.max(level, 1e-6)) ?? palette.text;
        context.fillRect(
          left,
          upper,
          Math.max(1, snap(((column + 1) / grid.columns) * width) - left),
          Math.max(1, snap(height - (row / grid.rows) * height) - upper),
        );
      }
    },
    [cells, grid, height, most, of, palette],
  );
  const at = (event: PointerEvent): number => {
    const bounds = (event.currentTarget as HTMLElement).getBoundingClientRect();
    return cellAt(grid, (event.clientX - bounds.left) / bounds.width, (event.clientY - bounds.top) / bounds.height);
  };
  const choose = (to: number, settled: boolean): void => {
    setDraft(settled ? null : [Math.min(anchor.current, to), Math.max(anchor.current, to)]);
    onBrush(rangeOfCells(grid, anchor.current, to), settled);
  };
  const onKey = (event: KeyboardEvent): void => {
    const from = cursor < 0 ? 0 : cursor;
    const next = cursor < 0 && event.key.startsWith('Arrow') ? 0 : cellAfterKey(grid, from, event.key);
    if (next !== null) {
      if (!event.shiftKey || anchor.current < 0) anchor.current = event.shiftKey ? from : next;
      setCursor(next);
      announce(describe(next));
      if (event.shiftKey) choose(next, true);
    } else if (event.key === 'Enter' || event.key === ' ') {
      anchor.current = from;
      choose(from, true);
    } else if (event.key === 'Escape') {
      onBrush(null, true);
    } else return;
    event.preventDefault();
  };
  const shown = draft ?? (range && cellsOfRange(grid, range));
  const box = (cell: number): string => corners(outlineOfCells(grid, [cell, cell]));
  return (
    <div class="subsecond">
      <Canvas label="" height={height} paint={paint} />
      <div
        class="subsecond-pick"
        tabIndex={0}
        role="application"
        aria-roledescription="subsecond heatmap"
        aria-label={`Subsecond heatmap. ${cursor >= 0 ? describe(cursor) : 'Arrow keys walk the cells, Shift extends, Enter chooses.'}`}
        aria-keyshortcuts="ArrowUp ArrowDown ArrowLeft ArrowRight Shift+ArrowRight Enter Escape"
        onKeyDown={onKey}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          anchor.current = at(event);
          dragging.current = true;
          setCursor(anchor.current);
        }}
        onPointerMove={(event) => {
          const cell = at(event);
          setPointed(cell);
          if (dragging.current) choose(cell, false);
        }}
        onPointerUp={(event) => {
          if (!dragging.current) return;
          dragging.current = false;
          choose(at(event), true);
        }}
        onPointerCancel={() => {
          dragging.current = false;
          setDraft(null);
        }}
        onPointerLeave={() => setPointed(-1)}
        onDblClick={() => onBrush(null, true)}
      >
        <svg viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">
          {shown && <path class="shade" d={`M0,0H1V1H0Z M${corners(outlineOfCells(grid, shown))}Z`} />}
          {shown && <polygon class="chosen" points={corners(outlineOfCells(grid, shown))} />}
          {cursor >= 0 && <polygon class="cursor" points={box(cursor)} />}
        </svg>
      </div>
      <p class="subsecond-readout note">{pointed >= 0 ? describe(pointed) : ' '}</p>
    </div>
  );
}

function corners(points: readonly (readonly [number, number])[]): string {
  return points.map(([x, y]) => `${x},${y}`).join(' ');
}
