/** A profile on its own for a person at a terminal, and as JSON: what `slowpath import` prints. */
import { formatCount, formatUs } from '../plan/units.ts';
import { visible } from '../plan/visible.ts';
import { formatAmount } from '../profile/amount.ts';
import type { Profile, ProfileUnit } from '../profile/tables.ts';
import { cellsOf, keepEnd, keepStart, padEnd, padStart } from './paint.ts';
import { profileFunctions, type ProfileFunction } from './profileFunctions.ts';
import { shareText, type TableOptions } from './tableLayout.ts';

/** One object, its names kept from release to release. */
export interface ProfileJson {
  readonly file: string;
  /** What self, total and the whole's total are counted in. */
  readonly unit: ProfileUnit;
  /** Nothing is known of the order in which it happened. */
  readonly timeless: boolean;
  readonly samples: number;
  readonly total: number;
  readonly threads: readonly string[];
  readonly functions: readonly FunctionJson[];
}

interface FunctionJson {
  readonly function: string;
  readonly file: string | null;
  readonly line: number;
  readonly self: number;
  readonly total: number;
  /** Percent of all. */
  readonly selfPct: number;
  readonly totalPct: number;
}

export function profileJson(file: string, profile: Profile): ProfileJson {
  const { total, functions } = profileFunctions(profile);
  const { unit, timeless, samples, threads } = profile;
  return {
    file,
    unit,
    timeless,
    samples: samples.length,
    total: rounded(total),
    threads: threads.map(({ name }) => name),
    functions: functions.map(({ selfShare, totalShare, ...row }) => ({
      ...row,
      self: rounded(row.self),
      total: rounded(row.total),
      selfPct: percent(selfShare),
      totalPct: percent(totalShare),
    })),
  };
}

const mostRows = 40;
const leastAmountCells = 11;
const shareCells = 8;

/** The functions that have most, as a table that ends in a newline. Everything foreign is made safe to print. */
export function profileTable(
  file: string,
  profile: Profile,
  { width, paint, showPath }: Pick<TableOptions, 'width' | 'paint' | 'showPath'>,
): string {
  const { total, functions } = profileFunctions(profile);
  const { unit, samples, threads, startUs, endUs } = profile;
  const facts = [
    `${formatCount(samples.length)} ${samples.length === 1 ? 'sample' : 'samples'}`,
    `${formatAmount(total, unit)} in all`,
    ...(endUs > startUs ? [`over ${formatUs(endUs - startUs)}`] : []),
    ...(threads.length > 1 ? [`${formatCount(threads.length)} threads`] : []),
  ];
  const head = [`  ${paint.bold(visible(showPath(file), 300))}`, `  ${facts.join(paint.dim(' · '))}`];
  const shown = functions.slice(0, mostRows);
  if (shown.length === 0) return `\n${head.join('\n')}\n\n  It holds no samples of a function.\n`;
  const amounts = shown.map(({ self, total }) => [formatAmount(self, unit), formatAmount(total, unit)] as const);
  const amountCells = Math.max(leastAmountCells, ...amounts.flat().map((amount) => cellsOf(amount) + 2));
  const room = Math.min(160, Math.max(80, width)) - 2 * (amountCells + shareCells) - 4;
  const places = shown.map((row) => placeOf(row, showPath));
  const placeCells = Math.min(Math.max(...places.map(cellsOf)), Math.floor(room * 0.5));
  const names = shown.map((row) => visible(row.function, 300));
  const nameCells = Math.min(Math.max(...names.map(cellsOf), 8), room - placeCells - 2);
  const line = (name: string, place: string, figures: readonly string[]): string =>
    `  ${name}  ${place}${figures.join('')}`;
  const titles = ['self', '', 'total', ''].map((title, at) => padStart(title, at % 2 === 0 ? amountCells : shareCells));
  const rest = functions.length - shown.length;
  return `\n${[
    ...head,
    '',
    paint.dim(line(padEnd('function', nameCells), padEnd('', placeCells), titles).trimEnd()),
    ...shown.map((row, index) =>
      line(
        padEnd(keepStart(names[index] ?? '', nameCells), nameCells),
        paint.cyan(padEnd(keepEnd(places[index] ?? '', placeCells), placeCells)),
        [
          padStart(amounts[index]?.[0] ?? '', amountCells),
          padStart(shareText(row.selfShare), shareCells),
          padStart(amounts[index]?.[1] ?? '', amountCells),
          padStart(shareText(row.totalShare), shareCells),
        ],
      ),
    ),
    ...(rest > 0 ? [paint.dim(`  and ${formatCount(rest)} more; --json has all`)] : []),
  ].join('\n')}\n`;
}

function placeOf({ file, line }: ProfileFunction, showPath: (path: string) => string): string {
  return file === null ? '' : `${visible(showPath(file), 500)}${line > 0 ? `:${line}` : ''}`;
}

/** To a thousandth: a nanosecond, where the unit is µs. */
function rounded(amount: number): number {
  return Math.round(amount * 1000) / 1000;
}

function percent(share: number): number {
  return Math.round(share * 10_000) / 100;
}
