/** The flamegraph's pointer: the wheel zooms, dragging pans, a click selects, a double click zooms, a right click asks what else. */
import type { FlameView } from './draw.ts';
import { panView, zoomView } from './viewport.ts';

/** What the pointer acts on; FlameSurface has it. */
interface PointerTarget {
  readonly view: FlameView;
  readonly width: number;
  readonly height: number;
  readonly span: number;
  readonly upwards: boolean;
  readonly selected: number;
  at(event: MouseEvent): number;
  set(view: FlameView): void;
  hover(box: number, clientX: number, clientY: number): void;
  pick(box: number): void;
  open(box: number, beside: boolean): void;
  zoomTo(box: number): void;
  reset(): void;
  menu(box: number, at: { readonly clientX: number; readonly clientY: number } | null): void;
}

/** CSS pixels the pointer may tremble within a click. */
const clickSlack = 4;

export function bindPointer(canvas: HTMLCanvasElement, target: PointerTarget, signal: AbortSignal): void {
  let drag: { x: number; y: number; moved: boolean } | null = null;

  const onMove = (event: PointerEvent): void => {
    if (!drag) {
      target.hover(target.at(event), event.clientX, event.clientY);
      return;
    }
    const dx = event.clientX - drag.x;
    const dy = event.clientY - drag.y;
    if (!drag.moved && Math.hypot(dx, dy) < clickSlack) return;
    const shift = (-dx / target.width) * (target.view.x1 - target.view.x0);
    target.set(panView(target.view, shift, target.upwards ? dy : -dy, target.span));
    drag = { x: event.clientX, y: event.clientY, moved: true };
    target.hover(-1, 0, 0);
  };
  const onUp = (event: PointerEvent): void => {
    const ended = drag;
    drag = null;
    if (!ended || ended.moved) return;
    const box = target.at(event);
    target.pick(box);
    if (event.ctrlKey || event.metaKey) target.open(box, event.altKey);
  };

  canvas.addEventListener('wheel', (event) => onWheel(event, target), { passive: false, signal });
  canvas.addEventListener(
    'pointerdown',
    (event) => {
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      drag = { x: event.clientX, y: event.clientY, moved: false };
    },
    { signal },
  );
  canvas.addEventListener('pointermove', onMove, { signal });
  canvas.addEventListener('pointerup', onUp, { signal });
  canvas.addEventListener('pointercancel', () => (drag = null), { signal });
  canvas.addEventListener('pointerleave', () => target.hover(-1, 0, 0), { signal });
  canvas.addEventListener(
    'dblclick',
    (event) => {
      const box = target.at(event);
      if (box >= 0) target.zoomTo(box);
      else target.reset();
    },
    { signal },
  );
  canvas.addEventListener('contextmenu', (event) => onContextMenu(event, target), { signal });
}

function onWheel(event: WheelEvent, target: PointerTarget): void {
  event.preventDefault();
  const { view } = target;
  // Lines and pages to pixels, as browsers scroll them.
  const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? target.height : 1;
  if (event.shiftKey || event.altKey) {
    const down = (event.deltaY || event.deltaX) * unit;
    target.set({ ...view, scrollY: view.scrollY + (target.upwards ? -down : down) });
  } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
    target.set(panView(view, (event.deltaX * unit * (view.x1 - view.x0)) / target.width, 0, target.span));
  } else {
    const bounds = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const turned = Math.max(-80, Math.min(80, event.deltaY * unit));
    target.set(zoomView(view, Math.exp(-turned * 0.006), (event.clientX - bounds.left) / target.width));
  }
  target.hover(target.at(event), event.clientX, event.clientY);
}

/** The menu key makes this event too, but has no place: the browser says then that no button was used. */
function onContextMenu(event: MouseEvent, target: PointerTarget): void {
  const byPointer = event.button === 2;
  const box = byPointer ? target.at(event) : target.selected;
  event.preventDefault();
  if (box < 0) return;
  target.hover(-1, 0, 0);
  if (byPointer) target.pick(box);
  target.menu(box, byPointer ? event : null);
}
