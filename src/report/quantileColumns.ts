/** The columns of quantiles that tables in a terminal share; what is not earned is grey and starred (architecture, law 7). */
import type { LatencySummary } from '../latency/summary.ts';
import { minSamplesAbove } from '../latency/quantiles.ts';
import { formatUs } from '../plan/units.ts';
import { padStart, type Paint } from './paint.ts';

const columns: readonly (readonly [keyof LatencySummary, number])[] = [
  ['p50', 0.5],
  ['p90', 0.9],
  ['p95', 0.95],
  ['p99', 0.99],
  ['p99.9', 0.999],
  ['max', 1],
];

export const quantileColumnCount = columns.length;

/** What the star says. */
export const fewRequestsNote = `* few samples: fewer than ${minSamplesAbove} requests lie above it`;

/** How wide a figure stands, the gap behind it included, and in what. */
interface FigureStyle {
  readonly cells: number;
  readonly paint: Paint;
  readonly emphasis: Paint['bold'];
}

/** One figure, grey if it is starred. The star stands in the column's gap, so that the figures stay aligned. */
export function quantileFigure(us: number | null, isStarred: boolean, { cells, paint, emphasis }: FigureStyle): string {
  const text = padStart(formatUs(us), cells - 1);
  return isStarred ? paint.dim(`${text}*`) : `${emphasis(text)} `;
}

/** @param cells of each column, the gap behind it included. */
export function quantileTitles(cells: number): string {
  return columns
    .map(([key]) => `${padStart(key, cells - 1)} `)
    .join('')
    .trimEnd();
}

/** @param isEarned whether enough values lie above a quantile of 0…1; of the maximum, which is one by nature, nobody asks. */
export function quantileFigures(
  summary: LatencySummary,
  isEarned: (quantile: number) => boolean,
  style: FigureStyle,
): string {
  const figures = columns.map(([key, quantile]) =>
    quantileFigure(summary[key], isStarred(summary[key], quantile, isEarned), style),
  );
  return figures.join('').trimEnd();
}

export function hasStars(summary: LatencySummary, isEarned: (quantile: number) => boolean): boolean {
  return columns.some(([key, quantile]) => isStarred(summary[key], quantile, isEarned));
}

function isStarred(us: number | null, quantile: number, isEarned: (quantile: number) => boolean): boolean {
  return us !== null && quantile < 1 && !isEarned(quantile);
}
