import { formatUs } from '../plan/units.ts';
import { visible } from '../plan/visible.ts';
import { formatAmount } from '../profile/amount.ts';
import type { DiffResult, DiffRow } from './diff.ts';
import { keepEnd, keepStart, padEnd, padStart, wrap, type Paint } from './paint.ts';

export interface DiffTableOptions {
  readonly width: number;
  readonly paint: Paint;
  readonly showPath: (file: string) => string;
  /** What A and B are called. */
  readonly names: readonly [a: string, b: string];
}

const mostFunctions = 25;
const figureCells = 11;

/** Two runs or profiles beside each other for a person at a terminal; ends in a newline. */
export function diffTable(diff: DiffResult, options: DiffTableOptions): string {
  const layout = { ...options, width: Math.min(140, Math.max(80, options.width)) };
  const sections = [
    headLines(layout),
    objectionLines(diff, layout),
    latencyLines(diff, layout),
    functionLines(diff, layout),
  ];
  return `\n${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function headLines({ names, paint, width }: DiffTableOptions): string[] {
  return names.map(
    (name, side) => `  ${paint.bold(side === 0 ? 'A' : 'B')}  ${keepStart(visible(name, 200), width - 6)}`,
  );
}

function objectionLines({ objections }: DiffResult, { paint, width }: DiffTableOptions): string[] {
  return objections.flatMap((text) =>
    wrap(visible(text, 500), width - 4).map((line, row) => paint.yellow(row === 0 ? `! ${line}` : `  ${line}`)),
  );
}

function latencyLines({ latency, trusted }: DiffResult, { paint, width }: DiffTableOptions): string[] {
  const all = latency?.groups[0];
  if (!latency || !all) return [];
  if (!trusted) return [paint.dim('  Response times are not shown: a measurement is invalid, or was not judged.')];
  const row = (label: string, figures: readonly string[]): string =>
    `  ${padEnd(label, 14)}${figures.map((figure) => padStart(figure, figureCells)).join('')}`;
  const { quantiles } = all;
  return [
    paint.bold(
      row(
        'response time',
        quantiles.map(({ quantile }) => `p${Number((quantile * 100).toFixed(3))}`),
      ),
    ),
    row(
      'A',
      quantiles.map(({ before }) => formatUs(before.value)),
    ),
    row(
      'B',
      quantiles.map(({ after }) => formatUs(after.value)),
    ),
    row(
      'B ÷ A',
      quantiles.map(({ ratio, earned }) => (Number.isFinite(ratio) ? `×${ratio.toFixed(2)}${earned ? '' : '*'}` : '–')),
    ),
    ...(quantiles.every(({ earned }) => earned)
      ? []
      : [paint.dim('  * few samples: fewer than 10 requests lie above it')]),
    ...wrap(latency.caveat, width - 4).map((line) => paint.dim(`  ${line}`)),
  ];
}

function functionLines(diff: DiffResult, options: DiffTableOptions): string[] {
  const { paint, width } = options;
  const changed = diff.functions.filter(({ selfA, selfB }) => selfA !== selfB);
  const shown = changed.slice(0, mostFunctions);
  const per = { request: ' a request', second: ' a second', whole: '' }[diff.per];
  const what = diff.unit === 'us' ? `CPU time${per}` : diff.unit === 'bytes' ? 'memory' : 'events';
  const amount = (value: number): string => formatAmount(value, diff.unit);
  const place = width - 2 - 4 * figureCells - 2;
  const line = (figures: readonly string[], text: string): string =>
    `  ${figures.map((figure) => padStart(figure, figureCells)).join('')}  ${text}`;
  const rowLine = (row: DiffRow): string => {
    const delta = row.selfB - row.selfA;
    const figures = [amount(row.selfA), amount(row.selfB), `${delta > 0 ? '+' : ''}${amount(delta)}`, changeText(row)];
    const text = line(figures, placeText(row, options, place));
    if (!row.beyondNoise) return paint.dim(text);
    return delta > 0 ? paint.red(text) : paint.green(text);
  };
  return [
    `  ${paint.bold(what)}  A ${amount(diff.sumA)}, B ${amount(diff.sumB)}${diff.sumA > 0 ? ` (${percent(diff.sumB / diff.sumA - 1)})` : ''}`,
    paint.dim(line(['self A', 'self B', 'change', ''], 'function')),
    ...(shown.length > 0 ? shown.map(rowLine) : ['  No function changed.']),
    ...(changed.length > shown.length
      ? [paint.dim(`  and ${changed.length - shown.length} more, all with --json`)]
      : []),
    ...(shown.every(({ beyondNoise }) => beyondNoise)
      ? []
      : [paint.dim('  ~ within what the number of samples makes likely by chance')]),
  ];
}

function changeText({ presence, selfA, selfB, beyondNoise }: DiffRow): string {
  if (presence !== 'both') return `${beyondNoise ? '' : '~'}${presence}`;
  return selfA > 0 ? `${beyondNoise ? '' : '~'}${percent(selfB / selfA - 1)}` : beyondNoise ? '' : '~';
}

function placeText(row: DiffRow, { showPath }: DiffTableOptions, cells: number): string {
  const name = keepStart(visible(row.function, 80), Math.max(12, Math.floor(cells / 2)));
  if (row.file === '') return name;
  const file = visible(showPath(row.file), 400);
  const rest = Math.max(8, cells - name.length - 2);
  return `${name}  ${keepEnd(row.line > 0 ? `${file}:${row.line}` : file, rest)}`;
}

function percent(change: number): string {
  const shown =
    Math.abs(change) >= 10 ? `×${(change + 1).toFixed(0)}` : `${change > 0 ? '+' : ''}${(change * 100).toFixed(1)}%`;
  return shown === '-0.0%' ? '0.0%' : shown;
}
