/** Paints a flamegraph: only rows and boxes in view, edges on device pixels, slivers of a pixel skipped in one search. */
import { firstBoxAfter, rowCount } from './layout.ts';
import { type LookInput, type Looks, looksFor } from './looks.ts';
import type { BoxPainter } from './pixelRows.ts';

/** What part of the layout the canvas shows. */
export interface FlameView {
  /** Left and right edge, in the layout's unit. */
  readonly x0: number;
  readonly x1: number;
  /** CSS pixels scrolled down. */
  readonly scrollY: number;
}

export interface FlamePaint extends LookInput {
  readonly view: FlameView;
  /** CSS pixels. */
  readonly width: number;
  readonly height: number;
  readonly dpr: number;
  readonly selected: number;
  readonly hovered: number;
  /** Row 0 at the bottom: callers grow upwards. */
  readonly upwards: boolean;
}

export const rowHeight = 20;
const fontSize = 11.5;
const minTextWidth = 26;
const textPadding = 5;

/** Top of a row in CSS pixels from the canvas's top. */
export function rowTop(paint: Pick<FlamePaint, 'upwards' | 'height' | 'view'>, row: number): number {
  return paint.upwards
    ? paint.height - (row + 1) * rowHeight + paint.view.scrollY
    : row * rowHeight - paint.view.scrollY;
}

/** The row at a height in CSS pixels; may lie outside the layout. */
export function rowAtY(paint: Pick<FlamePaint, 'upwards' | 'height' | 'view'>, y: number): number {
  return Math.floor((paint.upwards ? paint.height - y + paint.view.scrollY : y + paint.view.scrollY) / rowHeight);
}

/** Paints everything; the context's size must be width × dpr by height × dpr. */
export function drawFlame(context: CanvasRenderingContext2D, boxes: BoxPainter, paint: FlamePaint): void {
  const { view, dpr, palette, width, height } = paint;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = palette.background;
  context.fillRect(0, 0, width * dpr, height * dpr);
  context.textBaseline = 'middle';
  const scale = (width * dpr) / Math.max(view.x1 - view.x0, Number.MIN_VALUE);
  const looks = looksFor(boxes, paint);
  looks.writeIn(context, `${fontSize * dpr}px ${palette.font}`);
  const outlined = palette.frameOutline === null ? null : boxes.color(palette.frameOutline);
  const texts: BoxText[] = [];
  const rows = rowsInView(paint);
  // Two lines of pixels a row: as tall as the row, and inside of the outlines.
  boxes.begin(Math.round(width * dpr), rows.length * 2);
  for (const [line, row] of rows.entries()) fillRow({ boxes, looks, outlined, scale, texts }, paint, row, line);
  const boxHeight = Math.round(rowHeight * dpr) - 1;
  for (const [line, row] of rows.entries()) {
    const top = Math.round(rowTop(paint, row) * dpr);
    boxes.paint(context, line * 2, top, boxHeight);
    if (outlined !== null) boxes.paint(context, line * 2 + 1, top + 1, boxHeight - 2);
  }
  drawTexts(context, looks, paint, texts);
  outline(context, paint, paint.hovered, scale, palette.text, 1);
  outline(context, paint, paint.selected, scale, palette.focus, 2);
}

function rowsInView(paint: FlamePaint): number[] {
  const rows: number[] = [];
  for (let row = 0; row < rowCount(paint.layout); row++) {
    const top = rowTop(paint, row);
    if (top + rowHeight > 0 && top < paint.height) rows.push(row);
  }
  return rows;
}

/** A name that may be written: where its box stands in device pixels. */
interface BoxText {
  readonly row: number;
  readonly frame: number;
  readonly left: number;
  readonly right: number;
}

/** What the boxes of a picture are painted with, and the names that came up. */
interface Painting {
  readonly boxes: BoxPainter;
  readonly looks: Looks;
  /** Colour of the outlines, null where boxes have none. */
  readonly outlined: number | null;
  /** Device pixels in one unit of the layout. */
  readonly scale: number;
  readonly texts: BoxText[];
}

function fillRow(
  { boxes, looks, outlined, scale, texts }: Painting,
  paint: FlamePaint,
  row: number,
  line: number,
): void {
  const { layout, view, dpr, width } = paint;
  const rowEnd = layout.rowStart[row + 1] ?? 0;
  const right = width * dpr;
  for (let box = firstBoxAfter(layout, row, view.x0); box < rowEnd;) {
    const start = layout.start[box] ?? 0;
    if (start >= view.x1) break;
    const left = Math.max(0, Math.round((start - view.x0) * scale));
    const edge = Math.min(right, Math.round(((layout.end[box] ?? 0) - view.x0) * scale));
    const frame = layout.frame[box] ?? 0;
    const fill = looks.color(box, frame);
    if (edge <= left) {
      // Narrower than a pixel: the first of them colours it, and one search finds the next box that reaches past it.
      const pixel = Math.floor((start - view.x0) * scale);
      boxes.fill(line * 2, pixel, pixel + 1, fill);
      box = firstBoxAfter(layout, row, view.x0 + (pixel + 1) / scale, box + 1);
      continue;
    }
    if (edge - left <= 2) {
      boxes.fill(line * 2, left, edge, fill);
    } else if (outlined !== null) {
      boxes.fill(line * 2, left, edge - 1, outlined);
      boxes.fill(line * 2 + 1, left + 1, edge - 2, fill);
    } else {
      boxes.fill(line * 2, left, edge - 1, fill);
    }
    if (edge - left > minTextWidth * dpr) texts.push({ row, frame, left, right: edge });
    box++;
  }
}

function drawTexts(
  context: CanvasRenderingContext2D,
  looks: Looks,
  paint: FlamePaint,
  texts: readonly BoxText[],
): void {
  const { labels, dpr, palette, matches } = paint;
  const boxHeight = Math.round(rowHeight * dpr) - 1;
  for (const { row, frame, left, right } of texts) {
    const room = right - left - 2 * textPadding * dpr;
    const text = fit(context, labels.name[frame] ?? '', looks.nameWidth(context, frame), room);
    if (text === '') continue;
    context.fillStyle = matches && !matches[frame] ? palette.muted : palette.frameText;
    const top = Math.round(rowTop(paint, row) * dpr);
    context.fillText(text, left + textPadding * dpr, top + boxHeight / 2 + 0.5 * dpr);
  }
}

/** The name, or as much of it as there is room for. */
function fit(context: CanvasRenderingContext2D, text: string, width: number, room: number): string {
  if (width <= room) return text;
  const letter = width / text.length;
  const keep = Math.floor(room / letter) - 1;
  if (keep < 2) return '';
  let cut = `${text.slice(0, keep)}…`;
  for (let length = keep; length > 1 && context.measureText(cut).width > room; length--)
    cut = `${text.slice(0, length - 1)}…`;
  return cut;
}

function outline(
  context: CanvasRenderingContext2D,
  paint: FlamePaint,
  box: number,
  scale: number,
  color: string,
  thickness: number,
): void {
  const { layout, view, dpr, width } = paint;
  if (box < 0 || box >= layout.frame.length) return;
  let row = 0;
  while (row < rowCount(layout) - 1 && (layout.rowStart[row + 1] ?? 0) <= box) row++;
  const left = Math.max(-4, Math.round(((layout.start[box] ?? 0) - view.x0) * scale));
  const right = Math.min(width * dpr + 4, Math.round(((layout.end[box] ?? 0) - view.x0) * scale));
  if (right < 0 || left > width * dpr) return;
  const line = thickness * dpr;
  context.strokeStyle = color;
  context.lineWidth = line;
  context.strokeRect(
    left + line / 2,
    Math.round(rowTop(paint, row) * dpr) + line / 2,
    Math.max(right - left - 1 - line, 1),
    Math.round(rowHeight * dpr) - 1 - line,
  );
}
