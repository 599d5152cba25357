import { isFew } from '../latency/quantiles.ts';
import type { Cell, Drift, Matrix, Soak } from '../matrix/model.ts';
import { formatRate, formatShare, formatUs } from '../plan/units.ts';
import { visible } from '../plan/visible.ts';
import type { Chain } from '../trace/chain.ts';
import {
  cellName,
  chainSentence,
  driftFigures,
  driftName,
  loadName,
  loadSentence,
  hopsSentence,
  hasFew,
  overviewQuantiles,
  partName,
  stateSentence,
} from './matrixWords.ts';
import { fewRequestsNote, quantileFigure } from './quantileColumns.ts';
import { padEnd, padStart, wrap, type Paint } from './paint.ts';

interface MatrixTableOptions {
  readonly width: number;
  readonly paint: Paint;
}

const barCells = 20;
const outcomes: Readonly<Record<Cell['outcome'], string>> = {
  good: 'good',
  slo: 'SLO missed',
  invalid: 'invalid',
  failed: 'target failed',
};
const verdicts: Readonly<Record<Drift['verdict'], string>> = {
  drifts: 'drifts',
  steady: 'steady',
  untold: "can't tell",
};

/** The shapes side by side, where a chain's time goes, and what drifts, for a person at a terminal; ends in a newline. */
export function matrixTable(matrix: Matrix, { width, paint }: MatrixTableOptions): string {
  const cells = Math.min(140, Math.max(80, width)) - 4;
  const told = (text: string): string[] => wrap(visible(text, 1000), cells).map((line) => `  ${line}`);
  const load = loadSentence(matrix);
  const sections = [
    [`  ${paint.bold(visible(matrix.scenario, 200))}`, ...told(stateSentence(matrix)).map(paint.bold)],
    overview(matrix.cells, paint),
    matrix.cells.flatMap((cell) =>
      cell.reasons.length === 0 ? [] : told(`${cellName(cell)}: ${cell.reasons.join(' ')} (${cell.run})`),
    ),
    load === null ? [] : told(load),
    ...matrix.cells.map((cell) => chainOfCell(cell, told, paint)),
    ...matrix.cells.map(({ soak }) => (soak === null ? [] : drifts(soak, told, paint))),
  ];
  return `\n${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function overview(cells: readonly Cell[], paint: Paint): string[] {
  if (cells.length === 0) return [];
  const line = (names: readonly [string, string], figures: readonly string[]): string =>
    `  ${padEnd(names[0], 6)} ${padEnd(names[1], 13)} ${figures.join('')}`;
  const head = ['achieved', 'p50', 'p90', 'p99', 'p99.9', 'errors'];
  return [
    paint.dim(`${line(['shape', 'load'], head.map(plainFigure))} verdict`),
    ...cells.map((cell) => {
      const { latencyUs, requests, outcome } = cell;
      const figures = [
        plainFigure(formatRate(cell.ratePerSecond?.achieved ?? null)),
        ...overviewQuantiles.map(([name, of]) => figureOf(latencyUs?.[name] ?? null, requests, of, paint)),
        plainFigure(formatShare(cell.errors)),
      ];
      const colour = outcome === 'good' ? paint.green : outcome === 'invalid' ? paint.yellow : paint.red;
      return `${line([cell.shape, loadName(cell)], figures)} ${colour(outcomes[outcome])}`;
    }),
    ...(hasFew(cells) ? [paint.dim(`  ${fewRequestsNote}`)] : []),
  ];
}

/** Of a figure, the gap behind it included. */
const figureCells = 10;

function plainFigure(text: string): string {
  return `${padStart(text, figureCells - 1)} `;
}

function figureOf(us: number | null, count: number | null, quantile: number, paint: Paint): string {
  return quantileFigure(us, isFew(us, count, quantile), { cells: figureCells, paint, emphasis: (text) => text });
}

function chainOfCell(cell: Cell, told: (text: string) => string[], paint: Paint): string[] {
  if (cell.chainMissing !== null) return told(`The chain (${cellName(cell)}) can't be told. ${cell.chainMissing}`);
  const { chain } = cell;
  if (chain === null) return [];
  return [
    ...told(`The chain (${cellName(cell)}). ${chainSentence(chain)}`),
    ...parts(chain, paint),
    ...hops(chain, paint),
    ...told(hopsSentence(chain)).map(paint.dim),
  ];
}

function parts({ parts: all, hops: [first] }: Chain, paint: Paint): string[] {
  if (all.length === 0) return [];
  const names = all.map((part) => visible(partName(part, first?.target ?? ''), 60));
  const wide = Math.max(...names.map((name) => name.length));
  return all.map(({ us, share }, index) => {
    const figures = [formatUs(us.mean), formatShare(share)].map((figure) => padStart(figure, 9)).join(' ');
    const bar = '━'.repeat(Math.max(0, Math.round(share * barCells)));
    return `  ${padEnd(names[index] ?? '', wide)} ${figures}  ${paint.cyan(bar)}`;
  });
}

function hops({ hops: all }: Chain, paint: Paint): string[] {
  const names = all.map(({ target }) => visible(target, 60));
  const wide = Math.max(7, ...names.map((name) => name.length));
  const line = (name: string, figures: readonly string[]): string =>
    `  ${padEnd(name, wide)} ${figures.join('')}`.trimEnd();
  return [
    '',
    paint.dim(line('service', ['calls', 'p50', 'p99'].map(plainFigure))),
    ...all.map(({ perRequest, servedUs: { count, p50, p99 } }, index) =>
      line(names[index] ?? '', [
        plainFigure(perRequest.toPrecision(3)),
        figureOf(p50, count, 0.5, paint),
        figureOf(p99, count, 0.99, paint),
      ]),
    ),
  ];
}

function drifts(soak: Soak, told: (text: string) => string[], paint: Paint): string[] {
  const names = soak.drifts.map((drift) => visible(driftName(drift), 60));
  const wide = Math.max(...names.map((name) => name.length));
  return [
    ...told(
      `The soak: ${soak.startSeconds.length} intervals of ${formatUs(soak.intervalUs)}, slopes with 95 % intervals.`,
    ),
    ...soak.drifts.map((drift, index) => {
      const { verdict, why } = drift;
      const rises = verdict === 'drifts' && (drift.trend?.slope ?? 0) > 0;
      const colour = rises ? paint.red : verdict === 'steady' ? paint.green : paint.yellow;
      const figures = driftFigures(drift);
      const name = padEnd(names[index] ?? '', wide);
      return `  ${name}  ${colour(padEnd(verdicts[verdict], 10))}  ${figures === '' ? '' : `${figures}. `}${visible(why, 500)}`;
    }),
  ];
}
