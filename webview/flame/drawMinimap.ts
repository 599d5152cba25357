/** Paints the strip that shows the whole flamegraph, and what of it is in view. */
import type { FlamePaint } from './draw.ts';
import { firstBoxAfter, rowCount } from './layout.ts';
import { looksFor } from './looks.ts';
import type { BoxPainter } from './pixelRows.ts';

type MinimapPaint = Pick<
  FlamePaint,
  'layout' | 'labels' | 'width' | 'height' | 'dpr' | 'palette' | 'byTier' | 'matches'
>;

/** The whole layout in a thin strip. */
export function drawMinimap(context: CanvasRenderingContext2D, boxes: BoxPainter, paint: MinimapPaint): void {
  const { layout, width, height, dpr, palette } = paint;
  const rows = rowCount(layout);
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = palette.background;
  context.fillRect(0, 0, width * dpr, height * dpr);
  const scale = (width * dpr) / Math.max(layout.span, Number.MIN_VALUE);
  const band = Math.min(3 * dpr, (height * dpr) / Math.max(rows, 1));
  // A row has a line of its own, or shares a pixel with others where there are more rows than pixels.
  const lineOf = (row: number): number => (band < 1 ? Math.floor(row * band) : row);
  const lines = rows > 0 ? lineOf(rows - 1) + 1 : 0;
  const looks = looksFor(boxes, paint);
  boxes.begin(Math.round(width * dpr), lines);
  for (let row = 0; row < rows; row++) {
    const rowEnd = layout.rowStart[row + 1] ?? 0;
    for (let box = layout.rowStart[row] ?? 0; box < rowEnd;) {
      const left = Math.round((layout.start[box] ?? 0) * scale);
      const edge = Math.round((layout.end[box] ?? 0) * scale);
      boxes.fill(lineOf(row), left, Math.max(edge, left + 1), looks.color(box, layout.frame[box] ?? 0));
      box = edge > left ? box + 1 : firstBoxAfter(layout, row, (left + 1) / scale, box + 1);
    }
  }
  const tall = Math.max(1, Math.ceil(band) - (band > 2 ? 1 : 0));
  for (let line = 0; line < lines; line++) boxes.paint(context, line, band < 1 ? line : Math.floor(line * band), tall);
}

/** What of the strip is in view: the rest fades. */
export function drawMinimapView(
  context: CanvasRenderingContext2D,
  paint: Pick<FlamePaint, 'layout' | 'view' | 'width' | 'height' | 'dpr' | 'palette'>,
): void {
  const { layout, view, width, height, dpr, palette } = paint;
  const scale = (width * dpr) / Math.max(layout.span, Number.MIN_VALUE);
  const x0 = view.x0 * scale;
  const x1 = view.x1 * scale;
  if (x0 <= 0.5 && x1 >= width * dpr - 0.5) return;
  context.globalAlpha = 0.6;
  context.fillStyle = palette.background;
  context.fillRect(0, 0, x0, height * dpr);
  context.fillRect(x1, 0, width * dpr - x1, height * dpr);
  context.globalAlpha = 1;
  context.strokeStyle = palette.focus;
  context.lineWidth = dpr;
  context.strokeRect(
    Math.round(x0) + dpr / 2,
    dpr / 2,
    Math.max(2 * dpr, Math.round(x1 - x0) - dpr),
    height * dpr - dpr,
  );
}
