import type uPlot from 'uplot';
import { formatUs } from '../../src/plan/units.ts';
import type { Floor } from '../model/floor.ts';
import type { Palette } from '../theme.ts';

/** The part of a chart that is drawn on, and where a latency lies in it; all in the canvas' own units. */
interface Area {
  readonly context: CanvasRenderingContext2D;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Canvas units in a CSS pixel. */
  readonly scale: number;
  readonly yOf: (us: number) => number;
}

/** Height of a label's line, CSS pixels. */
const labelHeight = 14;

/** Each floor on a uPlot whose y axis is latency in µs. */
export function drawFloorsOnPlot(plot: uPlot, floors: readonly Floor[], palette: Palette): void {
  const { ctx: context, bbox } = plot;
  const yOf = (us: number): number => plot.valToPos(us, 'y', true);
  drawFloors({ context, ...bbox, scale: devicePixelRatio, yOf }, floors, palette);
}

/**
 * Each floor as a line with the band below it, in which nothing can be told apart, and its name at the right. A floor below
 * the chart is named at its lower edge.
 */
export function drawFloors(area: Area, floors: readonly Floor[], palette: Palette): void {
  const { context, left, top, width, height, scale, yOf } = area;
  const bottom = top + height;
  const right = left + width;
  context.save();
  context.font = `${11 * scale}px ${palette.font}`;
  context.textAlign = 'right';
  context.textBaseline = 'bottom';
  let lastLabel = Infinity;
  for (const { us, label } of [...floors].sort((a, b) => a.us - b.us)) {
    const y = yOf(us);
    const isInside = y >= top && y <= bottom;
    if (isInside) {
      context.globalAlpha = 0.14;
      context.fillStyle = palette.muted;
      context.fillRect(left, y, width, bottom - y);
      context.globalAlpha = 1;
      context.strokeStyle = palette.muted;
      context.lineWidth = scale;
      context.setLineDash([2 * scale, 3 * scale]);
      context.beginPath();
      context.moveTo(left, y);
      context.lineTo(right, y);
      context.stroke();
    }
    if (y < top) continue;
    const fits = (words: string): boolean => context.measureText(words).width <= width - 12 * scale;
    const whole = isInside ? label : `↓ ${label}`;
    // Without its explanation where the chart is narrow.
    const text = fits(whole) ? whole : (whole.split(':')[0] ?? whole);
    // Above the line before, where two would lie on each other.
    const at = Math.min((isInside ? y : bottom) - 2 * scale, lastLabel - labelHeight * scale);
    lastLabel = at;
    // On a plate of its own: cells of a heatmap may lie behind it.
    const textWidth = context.measureText(text).width;
    context.globalAlpha = 0.92;
    context.fillStyle = palette.background;
    context.fillRect(right - textWidth - 9 * scale, at - 12 * scale, textWidth + 6 * scale, 13 * scale);
    context.globalAlpha = 1;
    context.fillStyle = palette.muted;
    context.fillText(text, right - 6 * scale, at);
  }
  context.restore();
}

/** For who can't see it: `, floor 28 µs`. */
export function floorsInWords(floors: readonly Floor[]): string {
  return floors.map(({ us }) => `, floor ${formatUs(us)}`).join('');
}
