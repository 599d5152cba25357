/** The flamegraph's keys: W A S D or plus and minus zoom and pan, arrows walk the boxes, Enter opens, the menu key asks what else. */

/** What the keys do; FlameSurface has it. */
interface KeyTarget {
  readonly selected: number;
  zoom(factor: number, at: number): void;
  pan(share: number, rows?: number): void;
  reset(): void;
  walk(key: string): void;
  zoomTo(box: number): void;
  open(box: number, beside: boolean): void;
}

const zoomStep = 1.6;
const middle = 0.5;

export function bindKeys(canvas: HTMLCanvasElement, target: KeyTarget, signal: AbortSignal): void {
  const onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey) return;
    const action = actionFor(event, target);
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  };
  canvas.addEventListener('keydown', onKey, { signal });
}

function actionFor(event: KeyboardEvent, target: KeyTarget): (() => void) | null {
  const share = event.shiftKey ? 0.5 : 0.15;
  switch (event.key) {
    case 'w':
    case 'W':
    case '+':
    case '=':
      return () => target.zoom(zoomStep, middle);
    case 's':
    case 'S':
    case '-':
      return () => target.zoom(1 / zoomStep, middle);
    case 'a':
    case 'A':
      return () => target.pan(-share);
    case 'd':
    case 'D':
      return () => target.pan(share);
    case 'PageDown':
      return () => target.pan(0, 10);
    case 'PageUp':
      return () => target.pan(0, -10);
    case '0':
    case 'Escape':
      return () => target.reset();
    case 'ArrowUp':
    case 'ArrowDown':
    case 'ArrowLeft':
    case 'ArrowRight':
      return () => target.walk(event.key);
    case 'z':
    case 'Z':
      return () => target.zoomTo(target.selected);
    case 'Enter':
      return () => target.open(target.selected, event.altKey);
    default:
      return null;
  }
}
