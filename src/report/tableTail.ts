import { recordedUs } from '../latency/histogram.ts';
import { formatUs } from '../plan/units.ts';
import { visible } from '../plan/visible.ts';
import type { Run } from '../run/model.ts';
import type { Analysis, Ledger } from '../trace/analysis.ts';
import { hotSpots } from './hotSpots.ts';
import { cellsOf, keepEnd, keepStart, padEnd, padStart, wrap } from './paint.ts';
import { requestCountText } from './requestCount.ts';
import { heading, shareText, type TableOptions } from './tableLayout.ts';

const ENTRIES: readonly (readonly [keyof Ledger, string])[] = [
  ['ownCpu', 'their own code'],
  ['otherCpu', 'other code on the thread'],
  ['gc', 'garbage collection'],
  ['runnable', 'ready, but no CPU free'],
  ['downstream', 'waiting for a service behind'],
  ['idle', 'thread idle'],
  ['client', 'not yet sent'],
  ['unknown', 'unknown'],
];
const LABEL_CELLS = 30;
const SHARE_CELLS = 9;

/** Fewer separate slow stretches are an anecdote, not evidence (facts: the tail flamegraph). */
const LEAST_EPISODES = 10;

/** Where the slow requests' time went, beside the typical ones'. Each column sums to 100 %. */
export function ledgerLines({ tail }: Analysis, options: TableOptions): string[] {
  if (!tail) return [];
  const { paint, width } = options;
  const bar = Math.min(40, width - LABEL_CELLS - 2 * SHARE_CELLS - 6);
  const rows = ENTRIES.map(([key, label]) => ({
    key,
    label,
    slow: tail.slow.ledger[key],
    typical: tail.typical.ledger[key],
  })).filter(({ key, slow, typical }) => key === 'unknown' || slow >= 0.0005 || typical >= 0.0005);
  const worst = rows.reduce((most, row) => (row.slow - row.typical > most.slow - most.typical ? row : most));
  const above = `${requestCountText(tail.slow)} slow requests, above ${formatUs(recordedUs(tail.thresholdUs, Infinity))} (p${Number((tail.quantile * 100).toFixed(2))})`;
  const anecdote = tail.episodes < LEAST_EPISODES ? ', few: read it as an anecdote' : '';
  const episodes = `${tail.episodes} separate ${tail.episodes === 1 ? 'stretch' : 'stretches'}${anecdote}`;
  return [
    heading('where the slow requests’ time went', options),
    ...wrap(`${above}, in ${episodes}; against ${requestCountText(tail.typical)} typical ones`, width - 4).map((line) =>
      paint.dim(`  ${line}`),
    ),
    paint.dim(`  ${padEnd('', LABEL_CELLS)}${padStart('slow', SHARE_CELLS)}${padStart('typical', SHARE_CELLS)}`),
    ...rows.map((row) => {
      const shares = `${padStart(shareText(row.slow), SHARE_CELLS)}${paint.dim(padStart(shareText(row.typical), SHARE_CELLS))}`;
      const line = `  ${padEnd(row.label, LABEL_CELLS)}${shares}  `;
      const filled = barOf(row.slow, bar);
      return (
        row === worst && row.slow > row.typical ? paint.bold(line) + paint.red(filled) : line + paint.dim(filled)
      ).trimEnd();
    }),
    ...tail.notes.flatMap((note) => wrap(visible(note, 500), width - 4)).map((line) => paint.dim(`  ${line}`)),
  ];
}

/** Eighths of a cell, so that a small share still shows. */
function barOf(share: number, cells: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * cells * 8);
  return '█'.repeat(Math.floor(eighths / 8)) + (['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'].at(eighths % 8) ?? '');
}

/** The functions that cost most, each at its hottest line. */
export function hotLines(run: Run, analysis: Analysis, options: TableOptions): string[] {
  const spots = hotSpots(run, analysis, 8);
  if (spots.length === 0) return [];
  const { paint, width, showPath } = options;
  const shares = 3 * SHARE_CELLS;
  const places = spots.map(({ file, line }) => `${visible(showPath(file), 500)}${line > 0 ? `:${line}` : ''}`);
  const names = spots.map((spot) => visible(spot.function, 200));
  const room = width - shares - 4;
  const placeCells = Math.min(Math.max(...places.map(cellsOf)), Math.floor(room * 0.6));
  const nameCells = Math.min(Math.max(...names.map(cellsOf)), room - placeCells - 2);
  const gap = ' '.repeat(2);
  const titles = ['self', 'total', 'tail'].map((title) => padStart(title, SHARE_CELLS)).join('');
  return [
    `${heading(padEnd('hot lines', placeCells + 2 + nameCells), options)}${paint.dim(titles)}`,
    ...spots.map(({ selfShare, totalShare, tailShare }, index) => {
      const place = padEnd(keepEnd(places[index] ?? '', placeCells), placeCells);
      const name = padEnd(keepStart(names[index] ?? '', nameCells), nameCells);
      const figures = [selfShare, totalShare, tailShare].map((share) => padStart(shareText(share), SHARE_CELLS));
      return `  ${paint.cyan(place)}${gap}${name}${figures.join('')}`;
    }),
    paint.dim('  self, total: of all CPU time; tail: of the time slow requests were waiting'),
  ];
}
