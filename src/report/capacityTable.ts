import type { Level } from '../capacity/level.ts';
import { finalLevels, type LevelOutcome, type SearchResult } from '../capacity/search.ts';
import { formatRate, formatShare, formatUs } from '../plan/units.ts';
import { visible } from '../plan/visible.ts';
import { bottleneckSentence, kneeSentence, repeatSentences } from './capacityWords.ts';
import { padEnd, padStart, wrap, type Paint } from './paint.ts';

interface CapacityTableOptions {
  readonly width: number;
  readonly paint: Paint;
}

const barCells = 16;
const verdicts: Readonly<Record<LevelOutcome, string>> = {
  good: 'good',
  slo: 'SLO missed',
  saturation: 'saturated',
  generator: 'not trusted',
};

/** The load curve, one line a rate from the lowest, and what it tells, for a person at a terminal; ends in a newline. */
export function capacityTable(scenario: string, result: SearchResult<Level>, options: CapacityTableOptions): string {
  const { paint } = options;
  const width = Math.min(140, Math.max(80, options.width));
  const levels = finalLevels(result.levels);
  const told = (text: string): string[] => wrap(visible(text, 1000), width - 4).map((line) => `  ${line}`);
  const bottleneck = bottleneckSentence(result);
  const sections = [
    [`  ${paint.bold(visible(scenario, 200))}`, ...told(kneeSentence(result)).map(paint.bold)],
    curve(levels, paint),
    reasons(levels, told),
    [...(bottleneck === null ? [] : told(bottleneck)), ...repeatSentences(result).flatMap(told).map(paint.dim)],
  ];
  return `\n${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function curve(levels: readonly Level[], paint: Paint): string[] {
  if (levels.length === 0) return [];
  const bar = barsOf(levels);
  const rows = levels.map((level) => [
    formatRate(level.ratePerSecond),
    formatRate(level.achieved),
    formatUs(level.latencyUs.p50),
    formatUs(level.latencyUs.p99),
    formatUs(level.latencyUs['p99.9']),
    formatShare(level.errors),
    formatShare(level.targetCores),
    formatShare(level.generatorShare),
  ]);
  const head = ['offered', 'achieved', 'p50', 'p99', 'p99.9', 'errors', 'CPU', 'generator'];
  const line = (cells: readonly string[]): string => cells.map((cell) => padStart(cell, 9)).join(' ');
  return [
    paint.dim(` ${line(head)}  ${padEnd('p99, log scale', barCells)}  verdict`),
    ...levels.map((level, index) => {
      const { outcome } = level;
      const colour = outcome === 'good' ? paint.green : outcome === 'generator' ? paint.yellow : paint.red;
      return ` ${line(rows[index] ?? [])}  ${padEnd(bar(level), barCells)}  ${colour(verdicts[outcome])}`;
    }),
  ];
}

/** Why each level that isn't good is not, with the run to look at. */
function reasons(levels: readonly Level[], told: (text: string) => string[]): string[] {
  return levels
    .filter(({ outcome }) => outcome !== 'good')
    .flatMap(({ ratePerSecond, reasons: why, run }) => told(`${formatRate(ratePerSecond)}: ${why.join(' ')} (${run})`));
}

/** Bars by the logarithm of p99: latency at the knee grows by powers, and a linear bar would show the last level only. */
function barsOf(levels: readonly Level[]): (level: Level) => string {
  const known = levels.map(({ latencyUs }) => latencyUs.p99).filter((p99) => p99 !== null && p99 > 0);
  const least = Math.min(...known.map(Number));
  const span = Math.log(Math.max(...known.map(Number)) / least);
  return ({ latencyUs: { p99 } }) => {
    if (p99 === null || p99 <= 0) return '';
    return '━'.repeat(1 + (span > 0 ? Math.round(((barCells - 1) * Math.log(p99 / least)) / span) : 0));
  };
}
