import { isTrusted, type Pair } from '../overhead/estimate.ts';
import type { OverheadResult } from '../overhead/measureOverhead.ts';
import type { Trial } from '../overhead/trial.ts';
import { formatRate, formatUs } from '../plan/units.ts';
import { visible } from '../plan/visible.ts';
import type { Ratio } from '../run/overheadFacts.ts';
import { collectorLines, overheadSentence, ratioText } from './collectorWords.ts';
import { padEnd, padStart, wrap, type Paint } from './paint.ts';

interface OverheadTableOptions {
  readonly width: number;
  readonly paint: Paint;
}

interface Figure {
  readonly label: string;
  readonly ratio: Ratio | null;
  readonly of: (trial: Trial) => number | null;
  readonly text: (value: number) => string;
}

/** What watching costs, for a person at a terminal; ends in a newline. */
export function overheadTable(scenario: string, result: OverheadResult, options: OverheadTableOptions): string {
  const { paint } = options;
  const width = Math.min(140, Math.max(80, options.width));
  const told = (text: string): string[] => wrap(visible(text, 2000), width - 4).map((line) => `  ${line}`);
  const sections = [
    [`  ${paint.bold(visible(scenario, 200))}`, ...told(resultSentence(result)).map(paint.bold)],
    figureLines(result, paint),
    reasonLines(result.pairs, told),
    collectorLines(result.collectors).flatMap(told).map(paint.dim),
  ];
  return `\n${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

/** One pair as it is measured. */
export function pairLine(pair: Pair): string {
  const { watched, bare } = pair;
  const cpu =
    watched.cpuUs !== null && bare.cpuUs !== null
      ? `, CPU a request ${formatUs(watched.cpuUs)} against ${formatUs(bare.cpuUs)}`
      : '';
  const trust = isTrusted(pair) ? '' : ': not to be trusted';
  return `watched ${rateText(watched)}, bare ${rateText(bare)}${cpu}${trust}`;
}

function resultSentence({ overhead, pairs, cancelled }: OverheadResult): string {
  const start = cancelled ? 'Cancelled. ' : '';
  if (overhead) return start + overheadSentence(overhead);
  if (pairs.length === 0) return `${start}No pair was measured.`;
  return `${start}None of the ${pairs.length} pairs can be trusted, so the overhead isn’t told.`;
}

function figureLines({ overhead, pairs }: OverheadResult, paint: Paint): string[] {
  if (!overhead) return [];
  const trusted = pairs.filter(isTrusted);
  const figures: readonly Figure[] = [
    { label: 'CPU a request', ratio: overhead.cpu, of: ({ cpuUs }) => cpuUs, text: formatUs },
    { label: 'throughput', ratio: overhead.throughput, of: ({ achieved }) => achieved, text: formatRate },
    { label: 'p50', ratio: overhead.p50, of: ({ p50Us }) => p50Us, text: formatUs },
    { label: 'p99', ratio: overhead.p99, of: ({ p99Us }) => p99Us, text: formatUs },
  ];
  const line = (label: string, cells: readonly string[]): string =>
    `  ${padEnd(label, 14)}${cells.map((cell, index) => padStart(cell, [11, 11, 11, 20][index] ?? 0)).join('')}`;
  const side = (which: keyof Pair, { of, text }: Figure): string => {
    const values = trusted.flatMap((pair) => of(pair[which]) ?? []).sort((a, b) => a - b);
    const middle = values[(values.length - 1) >> 1];
    return middle === undefined ? '–' : text(middle);
  };
  return [
    paint.dim(line('', ['watched', 'bare', 'ratio', '95% interval'])),
    ...figures.map((figure) => {
      const { label, ratio } = figure;
      const interval = intervalText(ratio);
      const cells = [side('watched', figure), side('bare', figure), ratio ? ratioText(ratio.ratio) : '–', interval];
      return line(label, cells);
    }),
  ];
}

function intervalText(ratio: Ratio | null): string {
  const { low, high } = ratio ?? { low: null, high: null };
  return low === null || high === null ? '–' : `${ratioText(low)} to ${ratioText(high)}`;
}

/** Why pairs were left out, with the runs to look at. */
function reasonLines(pairs: readonly Pair[], told: (text: string) => string[]): string[] {
  return pairs
    .flatMap(({ watched, bare }) => [watched, bare])
    .filter(({ reasons }) => reasons.length > 0)
    .flatMap(({ run, reasons }) => told(`left out: ${reasons.join(' ')} (${run})`));
}

function rateText({ achieved }: Trial): string {
  return achieved === null ? 'without figures' : formatRate(achieved);
}
