import type { JSX } from 'preact';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { FrameLabels } from '../model/messages.ts';
import { usePage } from '../page.ts';
import type { FlameView } from './draw.ts';
import { drawMinimap, drawMinimapView } from './drawMinimap.ts';
import type { FlameLayout } from './layout.ts';
import { PixelRows } from './pixelRows.ts';

const minimapHeight = 44;

/** The whole picture in a strip; dragging in it chooses what the canvas shows. */
export function Minimap(props: {
  readonly layout: FlameLayout;
  readonly labels: FrameLabels;
  readonly byTier: boolean;
  readonly matches: Uint8Array | null;
  readonly view: FlameView;
  readonly onShow: (x0: number, x1: number) => void;
}): JSX.Element {
  const { layout, labels, byTier, matches, view, onShow } = props;
  const { palette } = usePage();
  const canvas = useRef<HTMLCanvasElement>(null);
  const picture = useRef<HTMLCanvasElement | null>(null);
  const boxes = useMemo(() => new PixelRows(), []);
  const dragFrom = useRef<number | null>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = canvas.current;
    if (!element) return undefined;
    const resizes = new ResizeObserver(() => setWidth(element.clientWidth));
    resizes.observe(element);
    return () => resizes.disconnect();
  }, []);
  // The strip is painted once for a layout and then only copied: it holds every box, the view just a few.
  useLayoutEffect(() => {
    const strip = document.createElement('canvas');
    const dpr = devicePixelRatio;
    strip.width = Math.max(1, Math.round(width * dpr));
    strip.height = Math.round(minimapHeight * dpr);
    const context = strip.getContext('2d', { alpha: false });
    if (context)
      drawMinimap(context, boxes, { layout, labels, byTier, matches, width, height: minimapHeight, dpr, palette });
    picture.current = strip;
  }, [layout, labels, byTier, matches, palette, width]);
  useLayoutEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d', { alpha: false });
    if (!element || !context || !picture.current || width === 0) return;
    element.width = picture.current.width;
    element.height = picture.current.height;
    context.drawImage(picture.current, 0, 0);
    drawMinimapView(context, { layout, view, width, height: minimapHeight, dpr: devicePixelRatio, palette });
  }, [layout, labels, byTier, matches, palette, width, view]);

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
