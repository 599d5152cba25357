import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { FrameLabels } from '../model/messages.ts';
import { usePage } from '../page.ts';
import { drawMinimap, drawMinimapView, type FlameView, rowHeight } from './draw.ts';
import { type FlameLayout, rowCount } from './layout.ts';
import { FlameSurface } from './surface.ts';

/** The flamegraph itself with its minimap: the canvas takes the keyboard, the tooltip follows the pointer. */
export function FlameCanvas(props: {
  readonly layout: FlameLayout;
  readonly labels: FrameLabels;
  readonly matches: Uint8Array | null;
  readonly selected: number;
  readonly onSelect: (box: number) => void;
  readonly onOpen: (box: number, beside: boolean) => void;
  readonly describe: (box: number) => string;
  readonly tooltip: (box: number) => JSX.Element;
  readonly label: string;
  readonly upwards?: boolean;
  readonly minimap?: boolean;
  /** CSS pixels; without it the canvas fills its box. */
  readonly height?: number;
}): JSX.Element {
  const { layout, labels, matches, selected, upwards = false, minimap = true } = props;
  const { palette } = usePage();
  const canvas = useRef<HTMLCanvasElement>(null);
  const surface = useRef<FlameSurface | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const [view, setView] = useState<FlameView>({ x0: 0, x1: 1, scrollY: 0 });
  const [hover, setHover] = useState({ box: -1, x: 0, y: 0 });

  useEffect(() => {
    if (!canvas.current) return undefined;
    const created = new FlameSurface(canvas.current, {
      onHover: (box, x, y) => setHover((before) => (before.box === box && box < 0 ? before : { box, x, y })),
      onSelect: (box) => latest.current.onSelect(box),
      onOpen: (box, beside) => latest.current.onOpen(box, beside),
      onView: setView,
    });
    surface.current = created;
    return () => created.dispose();
  }, []);
  useEffect(() => {
    surface.current?.update({ layout, labels, palette, matches, selected, upwards });
  }, [layout, labels, palette, matches, selected, upwards]);

  return (
    <div class="flame" style={props.height === undefined ? {} : { height: `${props.height}px`, flex: 'none' }}>
      {minimap && (
        <Minimap
          layout={layout}
          labels={labels}
          matches={matches}
          view={view}
          onShow={(x0, x1) => surface.current?.show(x0, x1)}
        />
      )}
      <div class="flame-box" style={{ minHeight: `${Math.min(rowCount(layout), 4) * rowHeight}px` }}>
        <canvas
          ref={canvas}
          class="flame-canvas"
          tabIndex={0}
          role="application"
          aria-roledescription="flamegraph"
          aria-label={`${props.label}. ${selected >= 0 ? props.describe(selected) : 'Arrow keys walk the frames.'}`}
          aria-keyshortcuts="W A S D ArrowUp ArrowDown ArrowLeft ArrowRight Enter Z 0 Escape"
        />
        {hover.box >= 0 && hover.box < layout.frame.length && (
          <Tooltip x={hover.x} y={hover.y}>
            {props.tooltip(hover.box)}
          </Tooltip>
        )}
      </div>
    </div>
  );
}

/** Beside the pointer, inside the window. */
function Tooltip({
  x,
  y,
  children,
}: {
  readonly x: number;
  readonly y: number;
  readonly children: JSX.Element;
}): JSX.Element {
  const right = x > innerWidth * 0.62;
  const low = y > innerHeight * 0.7;
  const style = {
    [right ? 'right' : 'left']: `${right ? innerWidth - x + 12 : x + 14}px`,
    [low ? 'bottom' : 'top']: `${low ? innerHeight - y + 12 : y + 16}px`,
  };
  return (
    <div class="tooltip" style={style} aria-hidden="true">
      {children}
    </div>
  );
}

const minimapHeight = 44;

/** The whole picture in a strip; dragging in it chooses what the canvas shows. */
function Minimap(props: {
  readonly layout: FlameLayout;
  readonly labels: FrameLabels;
  readonly matches: Uint8Array | null;
  readonly view: FlameView;
  readonly onShow: (x0: number, x1: number) => void;
}): JSX.Element {
  const { layout, labels, matches, view, onShow } = props;
  const { palette } = usePage();
  const canvas = useRef<HTMLCanvasElement>(null);
  const picture = useRef<HTMLCanvasElement | null>(null);
  const dragFrom = useRef<number | null>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = canvas.current;
    if (!element) return undefined;
    const resizes = new ResizeObserver(() => setWidth(element.clientWidth));
    resizes.observe(element);
    return () => resizes.disconnect();
  }, []);
  // The strip is painted once for a layout and then only copied: it holds every box, the view just a few.
  useEffect(() => {
    const strip = document.createElement('canvas');
    const dpr = devicePixelRatio;
    strip.width = Math.max(1, Math.round(width * dpr));
    strip.height = Math.round(minimapHeight * dpr);
    const context = strip.getContext('2d', { alpha: false });
    if (context) drawMinimap(context, { layout, labels, matches, width, height: minimapHeight, dpr, palette });
    picture.current = strip;
  }, [layout, labels, matches, palette, width]);
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d', { alpha: false });
    if (!element || !context || !picture.current || width === 0) return;
    element.width = picture.current.width;
    element.height = picture.current.height;
    context.drawImage(picture.current, 0, 0);
    drawMinimapView(context, { layout, view, width, height: minimapHeight, dpr: devicePixelRatio, palette });
  }, [layout, labels, matches, palette, width, view]);

  const at = (event: PointerEvent): number => {
    const bounds = (event.currentTarget as HTMLElement).getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - bounds.left) / Math.max(bounds.width, 1))) * layout.span;
  };
  return (
    <canvas
      ref={canvas}
      class="minimap"
      style={{ height: `${minimapHeight}px` }}
      aria-hidden="true"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        dragFrom.current = at(event);
      }}
      onPointerMove={(event) => {
        if (dragFrom.current === null) return;
        const to = at(event);
        if (Math.abs(to - dragFrom.current) > layout.span / 400)
          onShow(Math.min(dragFrom.current, to), Math.max(dragFrom.current, to));
      }}
      onPointerUp={(event) => {
        const from = dragFrom.current;
        dragFrom.current = null;
        if (from === null || Math.abs(at(event) - from) > layout.span / 400) return;
        // A click centres the view there.
        const half = (view.x1 - view.x0) / 2;
        onShow(from - half, from + half);
      }}
      onDblClick={() => onShow(0, layout.span)}
    />
  );
}
