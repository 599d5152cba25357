import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { TimeRange } from '../../src/trace/analysis.ts';
import { formatClock } from '../format.ts';

/** Shorter than this share of the whole is a click, not a brush. */
const leastShare = 0.004;

/**
 * Lies over charts that share a time axis and lets one choose a stretch: drag a new one, move it, pull its ends; or, by
 * keyboard, the two sliders: arrows by 1 %, with Shift by 5 %, Escape clears.
 */
export function Brush(props: {
  readonly extent: TimeRange;
  readonly window: TimeRange;
  readonly range: TimeRange | null;
  readonly gutter: number;
  /** What is chosen from, for screen readers. Default: the range. */
  readonly what?: string;
  /** A place on the axis in words. Default: seconds since the extent's start. */
  readonly describe?: (place: number) => string;
  /** Where the axis has steps: grows a choice to whole ones. */
  readonly snap?: (range: TimeRange) => TimeRange;
  readonly onBrush: (range: TimeRange | null, settled: boolean) => void;
}): JSX.Element {
  const { extent, window, range, gutter, snap, what = 'range', onBrush } = props;
  const box = useRef<HTMLDivElement>(null);
  const drag = useRef<{
    readonly kind: 'new' | 'move' | 'start' | 'end';
    readonly at: number;
    readonly from: TimeRange;
  } | null>(null);
  const [shown, setShown] = useState<TimeRange | null>(range);
  // A held arrow key is faster than the page renders: steps count from the latest choice, and an older one that comes back
  // meanwhile is passed over.
  const latest = useRef<TimeRange | null>(range);
  const awaited = useRef<{ readonly range: TimeRange | null } | null>(null);
  useEffect(() => {
    if (awaited.current && !isSame(awaited.current.range, range)) return;
    awaited.current = null;
    latest.current = range;
    setShown(range);
  }, [range?.startUs, range?.endUs]);
  const choose = (wanted: TimeRange | null, settled: boolean): void => {
    const next = wanted && snap ? snap(wanted) : wanted;
    latest.current = next;
    if (settled && !isSame(next, range)) awaited.current = { range: next };
    setShown(next);
    onBrush(next, settled);
  };
  const length = extent.endUs - extent.startUs;
  const share = (us: number): number => (us - extent.startUs) / length;

  const timeAt = (event: PointerEvent): number => {
    const bounds = box.current?.getBoundingClientRect();
    const x = bounds ? (event.clientX - bounds.left) / Math.max(bounds.width, 1) : 0;
    return extent.startUs + Math.min(1, Math.max(0, x)) * length;
  };
  const within = (startUs: number, endUs: number): TimeRange => ({
    startUs: Math.max(extent.startUs, Math.min(startUs, endUs)),
    endUs: Math.min(extent.endUs, Math.max(startUs, endUs)),
  });
  const dragged = (event: PointerEvent): TimeRange | null => {
    const start = drag.current;
    if (!start) return null;
    const shift = timeAt(event) - start.at;
    switch (start.kind) {
      case 'new':
        return within(start.at, start.at + shift);
      case 'start':
        return within(start.from.startUs + shift, start.from.endUs);
      case 'end':
        return within(start.from.startUs, start.from.endUs + shift);
      case 'move': {
        const limited = Math.max(extent.startUs - start.from.startUs, Math.min(extent.endUs - start.from.endUs, shift));
        return { startUs: start.from.startUs + limited, endUs: start.from.endUs + limited };
      }
    }
  };
  const begin =
    (kind: 'new' | 'move' | 'start' | 'end') =>
    (event: PointerEvent): void => {
      if (event.button !== 0) return;
      event.stopPropagation();
      box.current?.setPointerCapture(event.pointerId);
      drag.current = { kind, at: timeAt(event), from: shown ?? window };
    };
  const isClick = (next: TimeRange): boolean => (next.endUs - next.startUs) / length < leastShare;
  const onMove = (event: PointerEvent): void => {
    const next = dragged(event);
    if (next && !isClick(next)) choose(next, false);
  };
  const onUp = (event: PointerEvent): void => {
    const next = dragged(event);
    const kind = drag.current?.kind;
    drag.current = null;
    if (!next) return;
    if (!isClick(next)) choose(next, true);
    else if (kind === 'new') choose(null, true);
  };

  const clock =
    props.describe ?? ((us: number): string => formatClock((us - extent.startUs) / 1e6, length / 1e6 / 200));
  /** Axes with steps are told by step, time in seconds. */
  const figure = (value: number): number => Number(((value - extent.startUs) / (snap ? 1 : 1e6)).toFixed(3));
  const handle = (which: 'start' | 'end'): JSX.Element => {
    const at = shown ?? window;
    const value = which === 'start' ? at.startUs : at.endUs;
    const onKey = (event: KeyboardEvent): void => {
      const step = Math.max((event.shiftKey ? 0.05 : 0.01) * length, snap ? 1 : 0);
      const shift = { ArrowRight: step, ArrowUp: step, ArrowLeft: -step, ArrowDown: -step }[event.key];
      const from = latest.current ?? window;
      const edge = which === 'start' ? from.startUs : from.endUs;
      if (event.key === 'Escape') choose(null, true);
      else if (shift === undefined) return;
      else {
        const least = length * leastShare;
        const moved =
          which === 'start'
            ? within(Math.min(edge + shift, from.endUs - least), from.endUs)
            : within(from.startUs, Math.max(edge + shift, from.startUs + least));
        choose(moved, true);
      }
      event.preventDefault();
    };
    return (
      <div
        class={`handle handle-${which}`}
        style={{ left: `${share(value) * 100}%` }}
        tabIndex={0}
        role="slider"
        aria-label={`${which === 'start' ? 'Start' : 'End'} of the ${what}`}
        aria-valuemin={0}
        aria-valuemax={figure(extent.endUs)}
        aria-valuenow={figure(value)}
        aria-valuetext={clock(value)}
        onPointerDown={begin(which)}
        onKeyDown={onKey}
      />
    );
  };

  return (
    <div
      ref={box}
      class={`brush ${shown ? 'active' : ''}`}
      style={{ left: `${gutter}px` }}
      onPointerDown={begin('new')}
      onPointerMove={onMove}
      onPointerUp={onUp}
      onDblClick={() => choose(null, true)}
    >
      {window.startUs > extent.startUs && (
        <div class="warmup" style={{ width: `${share(window.startUs) * 100}%` }}>
          <span>warm-up</span>
        </div>
      )}
      {shown && (
        <>
          <div class="shade" style={{ left: '0', width: `${share(shown.startUs) * 100}%` }} />
          <div class="shade" style={{ left: `${share(shown.endUs) * 100}%`, right: '0' }} />
          <div
            class="selection"
            style={{
              left: `${share(shown.startUs) * 100}%`,
              width: `${(share(shown.endUs) - share(shown.startUs)) * 100}%`,
            }}
            onPointerDown={begin('move')}
          />
        </>
      )}
      {handle('start')}
      {handle('end')}
    </div>
  );
}

function isSame(a: TimeRange | null, b: TimeRange | null): boolean {
  return a === b || (a?.startUs === b?.startUs && a?.endUs === b?.endUs);
}
