import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';

export interface MenuItem {
  readonly label: string;
  /** The key that does the same without the menu, for whoever wants to learn it. */
  readonly key?: string;
  readonly run: () => void;
}

/**
 * A menu at a place in the window. It takes the focus, arrows and first letters walk it, Enter or a click runs an item; Escape, Tab or a
 * click elsewhere closes it. The focus goes back to where it was.
 */
export function ContextMenu(props: {
  readonly label: string;
  readonly x: number;
  readonly y: number;
  readonly items: readonly MenuItem[];
  readonly onClose: () => void;
}): JSX.Element {
  const { label, x, y, items, onClose } = props;
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const menu = box.current;
    if (!menu) return undefined;
    const before = document.activeElement;
    const { width, height } = menu.getBoundingClientRect();
    menu.style.left = `${Math.max(4, Math.min(x, innerWidth - width - 4))}px`;
    menu.style.top = `${Math.max(4, Math.min(y, innerHeight - height - 4))}px`;
    menu.querySelector<HTMLElement>('[role=menuitem]')?.focus();
    return () => {
      if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    };
  }, [x, y]);
  useEffect(() => {
    const elsewhere = (event: Event): void => {
      if (!(event.target instanceof Node && box.current?.contains(event.target))) onClose();
    };
    const aborter = new AbortController();
    const { signal } = aborter;
    addEventListener('pointerdown', elsewhere, { capture: true, signal });
    addEventListener('wheel', elsewhere, { capture: true, signal });
    addEventListener('blur', onClose, { signal });
    addEventListener('resize', onClose, { signal });
    return () => aborter.abort();
  }, [onClose]);

  const onKey = (event: KeyboardEvent): void => {
    const entries = [...(box.current?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])];
    const at = entries.findIndex((entry) => entry === document.activeElement);
    const to = placeAfterKey(
      items.map((item) => item.label),
      at,
      event.key,
    );
    if (to !== null) entries[to]?.focus();
    else if (event.key === 'Escape' || event.key === 'Tab') onClose();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div ref={box} class="context-menu" role="menu" aria-label={label} onKeyDown={onKey}>
      {items.map((item) => (
        <button
          key={item.label}
          type="button"
          role="menuitem"
          tabIndex={-1}
          onClick={() => {
            onClose();
            item.run();
          }}
        >
          {item.label}
          {item.key !== undefined && <kbd aria-hidden="true">{item.key}</kbd>}
        </button>
      ))}
    </div>
  );
}

/** Where a key leads in a menu: around at the ends, a letter to the next item that begins with it; null for other keys. */
function placeAfterKey(labels: readonly string[], at: number, key: string): number | null {
  const count = labels.length;
  if (count === 0) return null;
  if (key === 'ArrowDown') return (at + 1) % count;
  if (key === 'ArrowUp') return (at - 1 + count) % count;
  if (key === 'Home') return 0;
  if (key === 'End') return count - 1;
  if (!/^\p{L}$/u.test(key)) return null;
  for (let step = 1; step <= count; step++) {
    const place = (at + step) % count;
    if (labels[place]?.toLowerCase().startsWith(key.toLowerCase())) return place;
  }
  return at;
}
