/** What is drawn over a load curve: the knee, the objectives' limits, a verdict a level. */
import type uPlot from 'uplot';
import { formatRate } from '../../src/plan/units.ts';
import { visible } from '../../src/plan/visible.ts';
import type { CapacityPage } from '../../src/report/resultPage.ts';
import type { Level, LoadCurve } from '../model/loadCurve.ts';
import type { Palette } from '../theme.ts';

/** Room for the verdicts above the curves, CSS pixels. */
const verdictRow = 9;
const longestLabel = 60;

/** A line at the highest good rate, and a band up to the first that is not: the knee lies in between. */
export function drawKnee(plot: uPlot, knee: CapacityPage['knee'], palette: Palette): void {
  if (knee === null) return;
  const { ctx, bbox } = plot;
  const scale = devicePixelRatio;
  const bottom = bbox.top + bbox.height;
  const x = plot.valToPos(knee.ratePerSecond, 'x', true);
  ctx.save();
  if (knee.firstBad !== null) {
    ctx.globalAlpha = 0.16;
    ctx.fillStyle = knee.limitedBy === 'generator' ? palette.muted : palette.error;
    ctx.fillRect(x, bbox.top, plot.valToPos(knee.firstBad, 'x', true) - x, bbox.height);
    ctx.globalAlpha = 1;
  }
  ctx.strokeStyle = palette.text;
  ctx.lineWidth = 1.5 * scale;
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bottom);
  ctx.stroke();
  ctx.font = `600 ${11 * scale}px ${palette.font}`;
  ctx.textBaseline = 'top';
  const isKnee = knee.limitedBy === 'slo' || knee.limitedBy === 'saturation';
  const text = `${isKnee ? 'knee' : 'good up to'} ${formatRate(knee.ratePerSecond)}`;
  // To the left: on the right the curves rise.
  const fits = x - ctx.measureText(text).width - 6 * scale > bbox.left;
  ctx.textAlign = fits ? 'right' : 'left';
  ctx.fillStyle = palette.text;
  ctx.fillText(text, x + (fits ? -6 : 6) * scale, bbox.top + (verdictRow + 10) * scale);
  ctx.restore();
}

/** Each objective about a quantile: dashed, from edge to edge; where it is a multiple of another quantile it moves with it. */
export function drawLimits(plot: uPlot, { rates, limits }: LoadCurve, palette: Palette): void {
  const { ctx, bbox } = plot;
  const scale = devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.lineWidth = 1.25 * scale;
  ctx.font = `600 ${11 * scale}px ${palette.font}`;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'bottom';
  for (const { expr, us, missed } of limits) {
    const points = us.flatMap((bound, index) =>
      bound === null ? [] : [[plot.valToPos(rates[index] ?? 0, 'x', true), plot.valToPos(bound, 'y', true)] as const],
    );
    const first = points[0];
    const last = points.at(-1);
    if (!first || !last) continue;
    const color = missed ? palette.error : palette.muted;
    ctx.strokeStyle = color;
    ctx.setLineDash([6 * scale, 4 * scale]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, first[1]);
    for (const [x, y] of points) ctx.lineTo(x, y);
    ctx.lineTo(bbox.left + bbox.width, last[1]);
    ctx.stroke();
    ctx.fillStyle = color;
    ctx.fillText(visible(expr, longestLabel), bbox.left + 6 * scale, first[1] - 3 * scale);
  }
  ctx.restore();
}

/** A row of marks at the top, told apart by shape as well as by colour. */
export function drawVerdicts(plot: uPlot, levels: readonly Level[], palette: Palette): void {
  const { ctx, bbox } = plot;
  const scale = devicePixelRatio;
  const y = bbox.top + verdictRow * scale;
  const size = 3.5 * scale;
  ctx.save();
  ctx.lineWidth = 1.75 * scale;
  for (const { ratePerSecond, outcome } of levels) {
    const x = plot.valToPos(ratePerSecond, 'x', true);
    ctx.beginPath();
    if (outcome === 'good' || outcome === 'generator') {
      ctx.arc(x, y, size, 0, 2 * Math.PI);
    } else {
      ctx.moveTo(x - size, y - size);
      ctx.lineTo(x + size, y + size);
      ctx.moveTo(x + size, y - size);
      ctx.lineTo(x - size, y + size);
    }
    if (outcome === 'good') {
      ctx.fillStyle = palette.good;
      ctx.fill();
    } else {
      ctx.strokeStyle = outcome === 'generator' ? palette.unearned : palette.error;
      ctx.stroke();
    }
  }
  ctx.restore();
}
