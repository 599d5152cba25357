/** Paints a flamegraph: only rows and boxes in view, edges on device pixels, slivers of a pixel skipped in one search. */
import type { FrameLabels } from '../model/messages.ts';
import { differenceStep } from '../../src/profile/difference.ts';
import { FrameKind, FrameTier } from '../../src/profile/tables.ts';
import type { Palette } from '../theme.ts';
import { firstBoxAfter, type FlameLayout, rowCount } from './layout.ts';
import type { BoxPainter } from './pixelRows.ts';

/** What part of the layout the canvas shows. */
export interface FlameView {
  /** Left and right edge, in the layout's unit. */
  readonly x0: number;
  readonly x1: number;
  /** CSS pixels scrolled down. */
  readonly scrollY: number;
}

export interface FlamePaint {
  readonly layout: FlameLayout;
  readonly labels: FrameLabels;
  readonly view: FlameView;
  /** CSS pixels. */
  readonly width: number;
  readonly height: number;
  readonly dpr: number;
  readonly palette: Palette;
  /** Coloured by how code ran instead of whose it is. */
  readonly byTier: boolean;
  /** One flag a frame, or null while nothing is searched. */
  readonly matches: Uint8Array | null;
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
  context.font = `${fontSize * dpr}px ${palette.font}`;
  context.textBaseline = 'middle';
  const scale = (width * dpr) / Math.max(view.x1 - view.x0, Number.MIN_VALUE);
  const texts: BoxText[] = [];
  const rows = rowsInView(paint);
  // Two lines of pixels a row: as tall as the row, and inside of the outlines.
  boxes.begin(Math.round(width * dpr), rows.length * 2);
  for (const [line, row] of rows.entries()) fillRow(boxes, paint, row, line, scale, texts);
  const boxHeight = Math.round(rowHeight * dpr) - 1;
  for (const [line, row] of rows.entries()) {
    const top = Math.round(rowTop(paint, row) * dpr);
    boxes.paint(context, line * 2, top, boxHeight);
    if (palette.frameOutline) boxes.paint(context, line * 2 + 1, top + 1, boxHeight - 2);
  }
  drawTexts(context, paint, texts);
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

function fillRow(
  boxes: BoxPainter,
  paint: FlamePaint,
  row: number,
  line: number,
  scale: number,
  texts: BoxText[],
): void {
  const { layout, view, dpr, palette, width } = paint;
  const rowEnd = layout.rowStart[row + 1] ?? 0;
  const right = width * dpr;
  for (let box = firstBoxAfter(layout, row, view.x0); box < rowEnd;) {
    const start = layout.start[box] ?? 0;
    if (start >= view.x1) break;
    const left = Math.max(0, Math.round((start - view.x0) * scale));
    const edge = Math.min(right, Math.round(((layout.end[box] ?? 0) - view.x0) * scale));
    const frame = layout.frame[box] ?? 0;
    const fill = fillOf(paint, box, frame);
    if (edge <= left) {
      // Narrower than a pixel: the first of them colours it, and one search finds the next box that reaches past it.
      const pixel = Math.floor((start - view.x0) * scale);
      boxes.fill(line * 2, pixel, pixel + 1, fill);
      box = firstBoxAfter(layout, row, view.x0 + (pixel + 1) / scale, box + 1);
      continue;
    }
    if (edge - left <= 2) {
      boxes.fill(line * 2, left, edge, fill);
    } else if (palette.frameOutline) {
      boxes.fill(line * 2, left, edge - 1, palette.frameOutline);
      boxes.fill(line * 2 + 1, left + 1, edge - 2, fill);
    } else {
      boxes.fill(line * 2, left, edge - 1, fill);
    }
    if (edge - left > minTextWidth * dpr) texts.push({ row, frame, left, right: edge });
    box++;
  }
}

function drawTexts(context: CanvasRenderingContext2D, paint: FlamePaint, texts: readonly BoxText[]): void {
  const { labels, dpr, palette, matches } = paint;
  const letter = context.measureText('abcdefghij').width / 10;
  const boxHeight = Math.round(rowHeight * dpr) - 1;
  for (const { row, frame, left, right } of texts) {
    const room = right - left - 2 * textPadding * dpr;
    const text = fit(context, labels.name[frame] ?? '', room, letter);
    if (text === '') continue;
    context.fillStyle = matches && !matches[frame] ? palette.muted : palette.frameText;
    const top = Math.round(rowTop(paint, row) * dpr);
    context.fillText(text, left + textPadding * dpr, top + boxHeight / 2 + 0.5 * dpr);
  }
}

/** The colour of a box. */
export function fillOf(
  paint: Pick<FlamePaint, 'layout' | 'labels' | 'palette' | 'byTier' | 'matches'>,
  box: number,
  frame: number,
): string {
  const { layout, labels, palette, matches } = paint;
  if (matches) return matches[frame] ? palette.match : palette.dimmed;
  if (layout.tint) return palette.difference[layout.tint[box] ?? 0] ?? palette.dimmed;
  if (layout.contrast) {
    return (
      palette.difference[
        differenceStep((layout.end[box] ?? 0) - (layout.start[box] ?? 0), layout.contrast[box] ?? 0)
      ] ?? palette.dimmed
    );
  }
  const shades =
    (paint.byTier ? tierShades(palette, labels, frame) : palette.frames[labels.kind[frame] ?? 0]) ?? palette.frames[0];
  return shades?.[labels.shade[frame] ?? 0] ?? palette.dimmed;
}

/** What has no tier is native; collecting garbage and the kernel's work stay to be told apart. */
function tierShades(palette: Palette, labels: FrameLabels, frame: number): readonly string[] | undefined {
  const tier = labels.tier[frame] ?? FrameTier.unknown;
  if (tier !== FrameTier.unknown) return palette.tiers[tier];
  const kind = labels.kind[frame] ?? FrameKind.native;
  return palette.frames[
    kind === FrameKind.gc || kind === FrameKind.kernel || kind === FrameKind.idle ? kind : FrameKind.native
  ];
}

/** The text, or as much of it as there is room for. */
function fit(context: CanvasRenderingContext2D, text: string, room: number, letter: number): string {
  if (text.length * letter * 1.6 < room || context.measureText(text).width <= room) return text;
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
