/**
 * The flamegraph's canvas: paints what is in view (viewMotion.ts) and turns pointer, wheel and keys into zooming, panning and selecting.
 * It repaints at most once a frame and only when something changed.
 */
import { boxAt, type FlameLayout, rowCount, rowOf } from './layout.ts';
import { drawFlame, type FlameView, rowAtY, rowHeight, rowTop } from './draw.ts';
import { PixelRows } from './pixelRows.ts';
import { bindKeys } from './surfaceKeys.ts';
import { bindPointer } from './surfacePointer.ts';
import { ViewMotion } from './viewMotion.ts';
import type { ViewLimits } from './viewport.ts';
import { boxAfterArrow } from './walk.ts';
import type { FrameLabels } from '../model/messages.ts';
import type { Palette } from '../theme.ts';

export interface SurfaceEvents {
  readonly onHover: (box: number, clientX: number, clientY: number) => void;
  readonly onSelect: (box: number) => void;
  /** Enter or Ctrl/Cmd-click on a box. */
  readonly onOpen: (box: number, beside: boolean) => void;
  readonly onView: (view: FlameView) => void;
  /** Right click on a box, or the menu key with one selected; a place in the window. */
  readonly onMenu: (box: number, clientX: number, clientY: number) => void;
}

export interface SurfaceInput {
  readonly layout: FlameLayout;
  readonly labels: FrameLabels;
  readonly palette: Palette;
  readonly byTier: boolean;
  readonly matches: Uint8Array | null;
  readonly selected: number;
  readonly upwards: boolean;
}

export class FlameSurface {
  private readonly canvas: HTMLCanvasElement;
  private readonly events: SurfaceEvents;
  private readonly aborter = new AbortController();
  private readonly resizes: ResizeObserver;
  private readonly boxes = new PixelRows();
  private readonly motion: ViewMotion;
  private input: SurfaceInput | null = null;
  private hovered = -1;
  /** What the arrow keys chose and the page has not rendered yet: until it has, its own `selected` is older than ours. */
  private chosen: number | null = null;
  private frame = 0;

  constructor(canvas: HTMLCanvasElement, events: SurfaceEvents) {
    this.canvas = canvas;
    this.events = events;
    this.motion = new ViewMotion(() => this.limits(), {
      repaint: () => this.repaint(),
      onView: (view) => events.onView(view),
    });
    this.resizes = new ResizeObserver(() => this.repaint());
    this.resizes.observe(canvas);
    const { signal } = this.aborter;
    bindPointer(canvas, this, signal);
    bindKeys(canvas, this, signal);
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
    if (view) this.motion.place(view);
    else if (fresh) this.motion.place(this.whole);
    if (fresh) {
      this.hovered = -1;
      this.motion.halt();
    }
    this.repaint();
  }

  reset(): void {
    this.motion.moveTo(this.whole);
  }

  /** Fits a box to the canvas's width. */
  zoomTo(box: number): void {
    const layout = this.input?.layout;
    if (!layout || box < 0) return;
    this.motion.moveTo({ ...this.view, x0: layout.start[box] ?? 0, x1: layout.end[box] ?? this.span });
    this.revealRow(box);
  }

  /** Moves the view, for the minimap. */
  show(x0: number, x1: number): void {
    this.set({ ...this.view, x0, x1 });
  }

  get view(): FlameView {
    return this.motion.view;
  }

  get upwards(): boolean {
    return this.input?.upwards ?? false;
  }

  /** The box chosen last, or -1. */
  get selected(): number {
    return this.input?.selected ?? -1;
  }

  get span(): number {
    return Math.max(this.input?.layout.span ?? 1, Number.MIN_VALUE);
  }

  get width(): number {
    return Math.max(this.canvas.clientWidth, 1);
  }

  get height(): number {
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
    this.motion.step(now);
    const dpr = devicePixelRatio;
    const width = Math.round(this.width * dpr);
    const height = Math.round(this.height * dpr);
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    drawFlame(context, this.boxes, {
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

  set(view: FlameView): void {
    this.motion.set(view);
  }

  zoom(factor: number, at: number): void {
    this.motion.zoom(factor, at);
  }

  pan(share: number, rows = 0): void {
    this.motion.pan(share, rows * rowHeight);
  }

  /** The box under the pointer, or -1. */
  at(event: MouseEvent): number {
    if (!this.input) return -1;
    const bounds = this.canvas.getBoundingClientRect();
    const x = this.view.x0 + ((event.clientX - bounds.left) / this.width) * (this.view.x1 - this.view.x0);
    const row = rowAtY(
      { upwards: this.input.upwards, height: this.height, view: this.view },
      event.clientY - bounds.top,
    );
    return boxAt(this.input.layout, row, x);
  }

  hover(box: number, clientX: number, clientY: number): void {
    if (box !== this.hovered) this.repaint();
    this.hovered = box;
    this.events.onHover(box, clientX, clientY);
  }

  /** As `choose`, without moving the view: for what the pointer is on. */
  pick(box: number): void {
    this.events.onSelect(box);
  }

  open(box: number, beside: boolean): void {
    if (box >= 0) this.events.onOpen(box, beside);
  }

  /** For a menu at a place in the window; without one, below the selected box, which alone has a place. */
  menu(box: number, at: { readonly clientX: number; readonly clientY: number } | null): void {
    if (box < 0 || !this.input) return;
    if (at) {
      this.events.onMenu(box, at.clientX, at.clientY);
      return;
    }
    const { layout, upwards } = this.input;
    const bounds = this.canvas.getBoundingClientRect();
    const x = (((layout.start[box] ?? 0) - this.view.x0) / (this.view.x1 - this.view.x0)) * this.width;
    const y = rowTop({ upwards, height: this.height, view: this.view }, rowOf(layout, box));
    this.events.onMenu(box, bounds.left + Math.min(Math.max(x, 0), this.width), bounds.top + y + rowHeight);
  }

  walk(key: string): void {
    if (!this.input) return;
    const { layout, selected, upwards } = this.input;
    this.select(boxAfterArrow(layout, selected, key, this.view.x0, upwards));
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
      this.motion.moveTo({ ...this.view, x0: middle - width / 2, x1: middle + width / 2 });
    }
  }

  private get whole(): FlameView {
    return { x0: 0, x1: this.span, scrollY: 0 };
  }

  private limits(): ViewLimits {
    const rows = this.input ? rowCount(this.input.layout) + 1 : 0;
    return { span: this.span, contentHeight: rows * rowHeight, height: this.height };
  }

  private revealRow(box: number): void {
    if (!this.input) return;
    const top = rowOf(this.input.layout, box) * rowHeight;
    this.motion.scrollTo(top, top + rowHeight);
  }
}
