import type { JSX } from 'preact';
import { useCallback, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { FrameLabels } from '../model/messages.ts';
import { ContextMenu, type MenuItem } from '../components/contextMenu.tsx';
import { usePage } from '../page.ts';
import { type FlameView, rowHeight } from './draw.ts';
import { Minimap } from './minimap.tsx';
import { type FlameLayout, rowCount } from './layout.ts';
import { savePng } from './savePng.ts';
import { FlameSurface } from './surface.ts';

/** The flamegraph itself with its minimap: the canvas takes the keyboard, the tooltip follows the pointer. */
export function FlameCanvas(props: {
  readonly layout: FlameLayout;
  readonly labels: FrameLabels;
  /** Coloured by how code ran instead of whose it is. */
  readonly byTier?: boolean;
  readonly matches: Uint8Array | null;
  readonly selected: number;
  readonly onSelect: (box: number) => void;
  readonly onOpen: (box: number, beside: boolean) => void;
  readonly describe: (box: number) => string;
  readonly tooltip: (box: number) => JSX.Element;
  /** What one can do with a box beyond zooming. */
  readonly menu: (box: number) => readonly MenuItem[];
  readonly label: string;
  readonly upwards?: boolean;
  readonly minimap?: boolean;
  /** What part is in view, as it changes: on each frame of a zoom. */
  readonly onView?: (view: FlameView) => void;
  /** CSS pixels; without it the canvas fills its box. */
  readonly height?: number;
}): JSX.Element {
  const { layout, labels, matches, selected, byTier = false, upwards = false, minimap = true } = props;
  const { palette } = usePage();
  const canvas = useRef<HTMLCanvasElement>(null);
  const surface = useRef<FlameSurface | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const [view, setView] = useState<FlameView>({ x0: 0, x1: 1, scrollY: 0 });
  const [menu, setMenu] = useState<{ readonly box: number; readonly x: number; readonly y: number } | null>(null);
  const save = (): void => {
    const width = canvas.current?.clientWidth ?? 0;
    if (width > 0) void savePng('flamegraph', { layout, labels, palette, byTier, matches, upwards, view, width });
  };
  const closeMenu = useCallback(() => setMenu(null), []);
  const [hover, setHover] = useState({ box: -1, x: 0, y: 0 });

  // Before the browser paints: the picture is in the same frame as the words about it.
  useLayoutEffect(() => {
    if (!canvas.current) return undefined;
    const created = new FlameSurface(canvas.current, {
      onHover: (box, x, y) => setHover((before) => (before.box === box && box < 0 ? before : { box, x, y })),
      onSelect: (box) => latest.current.onSelect(box),
      onOpen: (box, beside) => latest.current.onOpen(box, beside),
      onView: (shown) => {
        setView(shown);
        latest.current.onView?.(shown);
      },
      onMenu: (box, x, y) => setMenu({ box, x, y }),
    });
    surface.current = created;
    return () => created.dispose();
  }, []);
  useLayoutEffect(() => {
    surface.current?.update({ layout, labels, palette, byTier, matches, selected, upwards });
  }, [layout, labels, palette, byTier, matches, selected, upwards]);

  return (
    <div class="flame" style={props.height === undefined ? {} : { height: `${props.height}px`, flex: 'none' }}>
      {minimap && (
        <Minimap
          layout={layout}
          labels={labels}
          byTier={byTier}
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
          aria-keyshortcuts="W A S D ArrowUp ArrowDown ArrowLeft ArrowRight Enter Z 0 Escape Shift+F10"
        />
        {hover.box >= 0 && hover.box < layout.frame.length && (
          <Tooltip x={hover.x} y={hover.y}>
            {props.tooltip(hover.box)}
          </Tooltip>
        )}
        {menu && menu.box < layout.frame.length && (
          <ContextMenu
            label={labels.name[layout.frame[menu.box] ?? 0] ?? ''}
            x={menu.x}
            y={menu.y}
            items={[
              { label: 'Zoom to this', key: 'Z', run: () => surface.current?.zoomTo(menu.box) },
              { label: 'Zoom out', key: '0', run: () => surface.current?.reset() },
              ...props.menu(menu.box),
              { label: 'Save as PNG', run: save },
            ]}
            onClose={closeMenu}
          />
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
