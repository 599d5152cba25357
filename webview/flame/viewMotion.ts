import type { FlameView } from './draw.ts';
import { clampView, panView, viewBetween, zoomView, type ViewLimits } from './viewport.ts';

const animationMs = 140;

export interface MotionEvents {
  /** Asks for another frame. */
  readonly repaint: () => void;
  readonly onView: (view: FlameView) => void;
}

/** What part of a flamegraph is in view, never beyond its edges: there at once, or on its way over a few frames. */
export class ViewMotion {
  private readonly limits: () => ViewLimits;
  private readonly events: MotionEvents;
  private shown: FlameView = { x0: 0, x1: 1, scrollY: 0 };
  private animation: { readonly from: FlameView; readonly to: FlameView; readonly startMs: number } | null = null;

  constructor(limits: () => ViewLimits, events: MotionEvents) {
    this.limits = limits;
    this.events = events;
  }

  get view(): FlameView {
    return this.shown;
  }

  /** Where it will be when nothing moves any more. */
  get target(): FlameView {
    return this.animation?.to ?? this.shown;
  }

  /** Without a word: for a picture that is not drawn yet. */
  place(view: FlameView): void {
    this.shown = clampView(view, this.limits());
  }

  /** Stays where it is. */
  halt(): void {
    this.animation = null;
    this.events.onView(this.shown);
  }

  set(view: FlameView): void {
    this.place(view);
    this.halt();
    this.events.repaint();
  }

  moveTo(view: FlameView): void {
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) {
      this.set(view);
      return;
    }
    this.animation = { from: this.shown, to: clampView(view, this.limits()), startMs: performance.now() };
    this.events.repaint();
  }

  zoom(factor: number, at: number): void {
    this.moveTo(zoomView(this.target, factor, at));
  }

  /** Sideways by a share of the view, down by CSS pixels. */
  pan(share: number, scrolled: number): void {
    const from = this.target;
    this.moveTo(panView(from, (from.x1 - from.x0) * share, scrolled, this.limits().span));
  }

  /** Scrolls as little as shows what lies between two heights; on its way already, it arrives there too. */
  scrollTo(top: number, bottom: number): void {
    const { target } = this;
    const scrollY = Math.min(Math.max(target.scrollY, bottom - this.limits().height), top);
    if (scrollY === target.scrollY) return;
    if (this.animation) this.animation = { ...this.animation, to: clampView({ ...target, scrollY }, this.limits()) };
    else this.set({ ...target, scrollY });
  }

  /** A frame is painted. @param now its time, as requestAnimationFrame tells it. */
  step(now: number): void {
    const { animation } = this;
    if (!animation) return;
    const done = Math.min(1, (now - animation.startMs) / animationMs);
    this.shown = done >= 1 ? animation.to : viewBetween(animation.from, animation.to, 1 - (1 - done) ** 3);
    if (done >= 1) this.animation = null;
    else this.events.repaint();
    this.events.onView(this.shown);
  }
}
