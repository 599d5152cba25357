/** What part of a flamegraph is in view, and how zooming and panning change it. Pure: a view in, a view out. */
import type { FlameView } from './draw.ts';

/** Beyond this a float64 edge no longer moves by less than a pixel (2^-53 of the span, with room for the arithmetic). */
const maxZoom = 2 ** 38;

/** What a view must stay inside. */
export interface ViewLimits {
  /** Width of the whole picture, in the layout's unit. */
  readonly span: number;
  /** CSS pixels of all rows, and of the canvas. */
  readonly contentHeight: number;
  readonly height: number;
}

export function clampView(view: FlameView, { span, contentHeight, height }: ViewLimits): FlameView {
  const width = Math.min(span, Math.max(view.x1 - view.x0, span / maxZoom));
  const x0 = Math.min(Math.max(view.x0, 0), span - width);
  return { x0, x1: x0 + width, scrollY: Math.min(Math.max(view.scrollY, 0), Math.max(0, contentHeight - height)) };
}

/** By a factor around a share (0…1) of the width, which stays where it is. */
export function zoomView(view: FlameView, factor: number, at: number): FlameView {
  const width = view.x1 - view.x0;
  const x0 = view.x0 + (width - width / factor) * at;
  return { ...view, x0, x1: x0 + width / factor };
}

/** Sideways by a part of the layout's unit, at most to the picture's edge; down by CSS pixels. */
export function panView(view: FlameView, shift: number, scrolled: number, span: number): FlameView {
  const width = view.x1 - view.x0;
  const x0 = Math.min(Math.max(view.x0 + shift, 0), span - width);
  return { x0, x1: x0 + width, scrollY: view.scrollY + scrolled };
}

/** Between two views; `share` from 0 to 1. */
export function viewBetween(from: FlameView, to: FlameView, share: number): FlameView {
  const mix = (a: number, b: number): number => a + (b - a) * share;
  return { x0: mix(from.x0, to.x0), x1: mix(from.x1, to.x1), scrollY: mix(from.scrollY, to.scrollY) };
}
