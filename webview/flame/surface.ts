/**
 * The flamegraph's canvas: owns what part is in view and turns pointer, wheel and keys into zooming, panning and selecting.
 * It repaints at most once a frame and only when something changed.
 */
import { boxAt, firstBoxAfter, type FlameLayout, rowCount, rowOf, widestChild } from './layout.ts';
import { drawFlame, type FlameView, rowAtY, rowHeight } from './draw.ts';
import type { FrameLabels } from '../model/messages.ts';
import type { Palette } from '../theme.ts';

export interface SurfaceEvents {
  readonly onHover: (box: number, clientX: number, clientY: number) => void;
  readonly onSelect: (box: number) => void;
  /** Enter or Ctrl/Cmd-click on a box. */
  readonly onOpen: (box: number, beside: boolean) => void;
  readonly onView: (view: FlameView) => void;
}

export interface SurfaceInput {
  readonly layout: FlameLayout;
  readonly labels: FrameLabels;
  readonly palette: Palette;
  readonly matches: Uint8Array | null;
  readonly selected: number;
  readonly upwards: boolean;
}

const zoomStep = 1.6;
const animationMs = 140;
/** Beyond this a float64 edge no longer moves by less than a pixel (2^-53 of the span, with room for the arithmetic). */
const maxZoom = 2 ** 38;

export class FlameSurface {
  private readonly canvas: HTMLCanvasElement;
  private readonly events: SurfaceEvents;
  private readonly aborter = new AbortController();
  private readonly resizes: ResizeObserver;
  private input: SurfaceInput | null = null;
  private view: FlameView = { x0: 0, x1: 1, scrollY: 0 };
  private hovered = -1;
  /** What the arrow keys chose and the page has not rendered yet: until it has, its own `selected` is older than ours. */
  private chosen: number | null = null;
  private frame = 0;
  private animation: { readonly from: FlameView; readonly to: FlameView; readonly startMs: number } | null = null;
  private drag: { x: number; y: number; moved: boolean } | null = null;

  constructor(canvas: HTMLCanvasElement, events: SurfaceEvents) {
    this.canvas = canvas;
    this.events = events;
    this.resizes = new ResizeObserver(() => this.repaint());
    this.resizes.observe(canvas);
    const { signal } = this.aborter;
    canvas.addEventListener('wheel', (event) => this.onWheel(event), { passive: false, signal });
    canvas.addEventListener('pointerdown', (event) => this.onDown(event), { signal });
    canvas.addEventListener('pointermove', (event) => this.onMove(event), { signal });
    canvas.addEventListener('pointerup', (event) => this.onUp(event), { signal });
    canvas.addEventListener('pointercancel', () => (this.drag = null), { signal });
    canvas.addEventListener('pointerleave', () => this.hover(-1, 0, 0), { signal });
    canvas.addEventListener('dblclick', (event) => this.onDoubleClick(event), { signal });
    canvas.addEventListener('keydown', (event) => this.onKey(event), { signal });
  }

  dispose(): void {
    this.aborter.abort();
    this.resizes.disconnect();
    cancelAnimationFrame(this.frame);
  }

  /** New data or looks; a new layout starts at full width unless `view` says where. */
  update(input: SurfaceInput, view?: FlameView): void {
    const fresh = this.input?.layout !== input.layout;
    if (fresh || input.selected === this.chosen) this.chosen = null;
    this.input = this.chosen === null ? input : { ...input, selected: this.chosen };
    if (view) this.view = this.clamp(view);
    else if (fresh) this.view = { x0: 0, x1: Math.max(input.layout.span, Number.MIN_VALUE), scrollY: 0 };
    if (fresh) {
      this.animation = null;
      this.hovered = -1;
      this.events.onView(this.view);
    }
    this.repaint();
  }

  reset(): void {
    this.moveTo({ x0: 0, x1: this.span, scrollY: 0 });
  }

  /** Fits a box to the canvas's width. */
  zoomTo(box: number): void {
    const layout = this.input?.layout;
    if (!layout || box < 0) return;
    this.moveTo({ ...this.view, x0: layout.start[box] ?? 0, x1: layout.end[box] ?? this.span });
    this.revealRow(box);
  }

  /** Moves the view, for the minimap. */
  show(x0: number, x1: number): void {
    this.set({ ...this.view, x0, x1 });
  }

  private get span(): number {
    return Math.max(this.input?.layout.span ?? 1, Number.MIN_VALUE);
  }

  private get width(): number {
    return Math.max(this.canvas.clientWidth, 1);
  }

  private get height(): number {
    return Math.max(this.canvas.clientHeight, 1);
  }

  private repaint(): void {
    if (this.frame !== 0) return;
    this.frame = requestAnimationFrame((now) => {
      this.frame = 0;
      this.paint(now);
    });
  }

  private paint(now: number): void {
    const { input, canvas } = this;
    const context = canvas.getContext('2d', { alpha: false });
    if (!input || !context || canvas.clientWidth === 0) return;
    if (this.animation) this.step(now);
    const dpr = devicePixelRatio;
    const width = Math.round(this.width * dpr);
    const height = Math.round(this.height * dpr);
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    drawFlame(context, {
      ...input,
      view: this.view,
      width: this.width,
      height: this.height,
      dpr,
      hovered: this.hovered,
    });
    // For whoever times the page from outside: the flamegraph has been painted.
    canvas.dataset['drawn'] = '';
  }

  private step(now: number): void {
    const { animation } = this;
    if (!animation) return;
    const done = Math.min(1, (now - animation.startMs) / animationMs);
    const eased = 1 - (1 - done) ** 3;
    const between = (from: number, to: number): number => from + (to - from) * eased;
    this.view =
      done >= 1
        ? animation.to
        : {
            x0: between(animation.from.x0, animation.to.x0),
            x1: between(animation.from.x1, animation.to.x1),
            scrollY: between(animation.from.scrollY, animation.to.scrollY),
          };
    if (done >= 1) this.animation = null;
    else this.repaint();
    this.events.onView(this.view);
  }

  private set(view: FlameView): void {
    this.animation = null;
    this.view = this.clamp(view);
    this.events.onView(this.view);
    this.repaint();
  }

  private moveTo(view: FlameView): void {
    const to = this.clamp(view);
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) {
      this.set(to);
      return;
    }
    this.animation = { from: this.view, to, startMs: performance.now() };
    this.repaint();
  }

  private clamp(view: FlameView): FlameView {
    const { span } = this;
    const width = Math.min(span, Math.max(view.x1 - view.x0, span / maxZoom));
    const x0 = Math.min(Math.max(view.x0, 0), span - width);
    const tallest = this.input ? rowCount(this.input.layout) * rowHeight + rowHeight : 0;
    return { x0, x1: x0 + width, scrollY: Math.min(Math.max(view.scrollY, 0), Math.max(0, tallest - this.height)) };
  }

  /** Zooms by a factor around a share (0…1) of the width. */
  private zoom(factor: number, at: number): void {
    const from = this.animation?.to ?? this.view;
    const width = (from.x1 - from.x0) / factor;
    const x0 = from.x0 + (from.x1 - from.x0) * at - width * at;
    this.moveTo({ ...from, x0, x1: x0 + width });
  }

  private pan(share: number, rows = 0): void {
    const from = this.animation?.to ?? this.view;
    const shift = (from.x1 - from.x0) * share;
    const width = from.x1 - from.x0;
    const x0 = Math.min(Math.max(from.x0 + shift, 0), this.span - width);
    this.moveTo({ x0, x1: x0 + width, scrollY: from.scrollY + rows * rowHeight });
  }

  private at(event: MouseEvent): number {
    if (!this.input) return -1;
    const bounds = this.canvas.getBoundingClientRect();
    const x = this.view.x0 + ((event.clientX - bounds.left) / this.width) * (this.view.x1 - this.view.x0);
    const row = rowAtY(
      { upwards: this.input.upwards, height: this.height, view: this.view },
      event.clientY - bounds.top,
    );
    return boxAt(this.input.layout, row, x);
  }

  private hover(box: number, clientX: number, clientY: number): void {
    if (box !== this.hovered) this.repaint();
    this.hovered = box;
    this.events.onHover(box, clientX, clientY);
  }

  private onWheel(event: WheelEvent): void {
    event.preventDefault();
    // Lines and pages to pixels, as browsers scroll them.
    const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? this.height : 1;
    const width = this.view.x1 - this.view.x0;
    if (event.shiftKey || event.altKey) {
      const down = (event.deltaY || event.deltaX) * unit;
      this.set({ ...this.view, scrollY: this.view.scrollY + (this.input?.upwards ? -down : down) });
    } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      const shift = (event.deltaX * unit * width) / this.width;
      const x0 = Math.min(Math.max(this.view.x0 + shift, 0), this.span - width);
      this.set({ ...this.view, x0, x1: x0 + width });
    } else {
      const at = (event.clientX - this.canvas.getBoundingClientRect().left) / this.width;
      const zoomed = width * Math.exp(Math.max(-80, Math.min(80, event.deltaY * unit)) * 0.006);
      const x0 = this.view.x0 + (width - zoomed) * at;
      this.set({ ...this.view, x0, x1: x0 + zoomed });
    }
    this.hover(this.at(event), event.clientX, event.clientY);
  }

  private onDown(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.drag = { x: event.clientX, y: event.clientY, moved: false };
  }

  private onMove(event: PointerEvent): void {
    const { drag } = this;
    if (!drag) {
      this.hover(this.at(event), event.clientX, event.clientY);
      return;
    }
    const dx = event.clientX - drag.x;
    const dy = event.clientY - drag.y;
    if (!drag.moved && Math.hypot(dx, dy) < 4) return;
    const width = this.view.x1 - this.view.x0;
    const x0 = Math.min(Math.max(this.view.x0 - (dx / this.width) * width, 0), this.span - width);
    this.set({ x0, x1: x0 + width, scrollY: this.view.scrollY + (this.input?.upwards ? dy : -dy) });
    this.drag = { x: event.clientX, y: event.clientY, moved: true };
    this.hover(-1, 0, 0);
  }

  private onUp(event: PointerEvent): void {
    const { drag } = this;
    this.drag = null;
    if (!drag || drag.moved) return;
    const box = this.at(event);
    this.events.onSelect(box);
    if (box >= 0 && (event.ctrlKey || event.metaKey)) this.events.onOpen(box, event.altKey);
  }

  private onDoubleClick(event: MouseEvent): void {
    const box = this.at(event);
    if (box >= 0) this.zoomTo(box);
    else this.reset();
  }

  private onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey) return;
    const action = this.actionFor(event);
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }

  private actionFor(event: KeyboardEvent): (() => void) | null {
    const fine = event.shiftKey ? 0.5 : 0.15;
    switch (event.key) {
      case 'w':
      case 'W':
      case '+':
      case '=':
        return () => this.zoom(zoomStep, 0.5);
      case 's':
      case 'S':
      case '-':
        return () => this.zoom(1 / zoomStep, 0.5);
      case 'a':
      case 'A':
        return () => this.pan(-fine);
      case 'd':
      case 'D':
        return () => this.pan(fine);
      case 'PageDown':
        return () => this.pan(0, 10);
      case 'PageUp':
        return () => this.pan(0, -10);
      case '0':
      case 'Escape':
        return () => this.reset();
      case 'ArrowUp':
      case 'ArrowDown':
      case 'ArrowLeft':
      case 'ArrowRight':
        return () => this.walk(event.key);
      case 'z':
      case 'Z':
        return () => this.zoomTo(this.input?.selected ?? -1);
      case 'Enter':
        return () => this.events.onOpen(this.input?.selected ?? -1, event.altKey);
      default:
        return null;
    }
  }

  /** Arrow keys walk the tree: towards the caller, the widest callee, the neighbours in the row. */
  private walk(key: string): void {
    const { input } = this;
    if (!input || input.layout.frame.length === 0) return;
    const { layout, selected, upwards } = input;
    if (selected < 0) {
      const row = 0;
      this.select(firstBoxAfter(layout, row, this.view.x0));
      return;
    }
    const row = rowOf(layout, selected);
    const towardsCallers = upwards ? 'ArrowDown' : 'ArrowUp';
    if (key === 'ArrowLeft') this.select(selected > (layout.rowStart[row] ?? 0) ? selected - 1 : selected);
    else if (key === 'ArrowRight')
      this.select(selected + 1 < (layout.rowStart[row + 1] ?? 0) ? selected + 1 : selected);
    else if (key === towardsCallers) this.select(layout.parent[selected] ?? -1);
    else this.select(widestChild(layout, selected));
  }

  private select(box: number): void {
    if (box < 0 || !this.input) return;
    // At once, not when the page has rendered: a held arrow key is faster than that.
    this.chosen = box;
    this.input = { ...this.input, selected: box };
    this.repaint();
    this.events.onSelect(box);
    this.revealRow(box);
    const { layout } = this.input;
    const start = layout.start[box] ?? 0;
    const end = layout.end[box] ?? 0;
    const { x0, x1 } = this.view;
    if (end <= x0 || start >= x1) {
      const middle = (start + end) / 2;
      const width = Math.max(x1 - x0, end - start);
      this.moveTo({ ...this.view, x0: middle - width / 2, x1: middle + width / 2 });
    }
  }

  private revealRow(box: number): void {
    const { input } = this;
    if (!input) return;
    const top = rowOf(input.layout, box) * rowHeight;
    const target = this.animation?.to ?? this.view;
    const scrollY = Math.min(Math.max(target.scrollY, top + rowHeight - this.height), top);
    if (scrollY === target.scrollY) return;
    if (this.animation) this.animation = { ...this.animation, to: this.clamp({ ...target, scrollY }) };
    else this.set({ ...target, scrollY });
  }
}
