/** The result of a run for a person at a terminal: verdict first, then figures, then what to look at and what to do. */
import type { Finding } from '../advice/finding.ts';
import { steadyWords } from '../advice/steadyWords.ts';
import { untrustedWords } from '../advice/untrustedWords.ts';
import { errorInWords } from '../load/errorWords.ts';
import { formatCount, formatRate, formatUs } from '../plan/units.ts';
import { visible } from '../plan/visible.ts';
import type { Manifest, Run } from '../run/model.ts';
import { otherProfiles } from '../run/profiles.ts';
import type { Analysis } from '../trace/analysis.ts';
import { collectorLines, overheadSentence } from './collectorWords.ts';
import { findingLines } from './tableFindings.ts';
import { latencyLines, objectiveLines } from './tableLatency.ts';
import { hotLines, ledgerLines } from './tableTail.ts';
import { cellsOf, padEnd, wrap, type Paint } from './paint.ts';
import { heading, type TableOptions } from './tableLayout.ts';

export interface TableInput {
  readonly dir: string;
  readonly run: Run;
  readonly analysis: Analysis;
  readonly findings: readonly Finding[];
}

/** The whole table, ending in a newline. Everything foreign in it is made safe to print. */
export function resultTable({ dir, run, analysis, findings }: TableInput, options: TableOptions): string {
  const layout = { ...options, width: Math.min(140, Math.max(80, options.width)) };
  const { manifest } = run;
  const invalid = manifest.verdict?.valid !== true;
  const sections = [
    headLines(manifest, layout),
    trafficLines(manifest, layout),
    invalid ? reasonLines(manifest, layout) : latencyLines(manifest, layout),
    objectiveLines(manifest, layout),
    invalid ? [] : ledgerLines(analysis, layout),
    hotLines(run, analysis, layout),
    findingLines(findings, layout),
    lostLines(manifest, layout),
    noteLines(manifest, layout),
    watchedLines(manifest, layout),
    footLines(dir, manifest, layout),
  ];
  const text = sections.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'));
  return `\n${text.join('\n\n')}\n`;
}

function headLines(manifest: Manifest, { width, paint }: TableOptions): string[] {
  const name = visible(manifest.scenario.name, 40);
  const id = visible(manifest.id, 80);
  const result = resultOf(manifest, paint);
  const left = `  ${paint.bold(name)}  ${paint.dim(id)}`;
  const gap = width - cellsOf(left) - cellsOf(result) - 1;
  return gap >= 2 ? [left + ' '.repeat(gap) + result] : [left, `  ${result}`];
}

function resultOf({ state, verdict, summary }: Manifest, paint: Paint): string {
  if (state === 'failed') return paint.red('✗ failed');
  if (state === 'cancelled') return paint.yellow('■ cancelled, partial');
  if (state === 'incomplete') return paint.yellow('■ cut short, partial');
  if (state === 'running') return paint.cyan('… being measured');
  if (!verdict?.valid) return paint.red('✗ invalid measurement');
  const objectives = summary?.slo ?? [];
  const missed = objectives.filter(({ pass }) => !pass).length;
  if (missed > 0) return paint.red(`✗ ${missed} of ${objectives.length} objectives missed`);
  return paint.green(objectives.length > 0 ? `✓ all ${objectives.length} objectives met` : '✓ measured');
}

function trafficLines({ summary, window, scenario }: Manifest, options: TableOptions): string[] {
  const { paint, width } = options;
  if (!summary) return [];
  const { sent, errors, timeouts, unsent, inFlight } = summary.requests;
  const { offered, achieved } = summary.ratePerSecond;
  const span = window && window.endUs > window.startUs ? ` in ${formatUs(window.endUs - window.startUs)}` : '';
  const rate = offered === null ? formatRate(achieved) : `${formatRate(achieved)} of ${formatRate(offered)} offered`;
  const bad = (count: number, what: string, always = false): string[] =>
    count > 0 ? [paint.red(`${formatCount(count)} ${what}`)] : always ? [`0 ${what}`] : [];
  const parts = [
    `${formatCount(sent)} requests${span}`,
    ...(achieved === null ? [] : [`${rate} ${paint.dim(`(${scenario.load.arrivals.model})`)}`]),
    ...bad(errors, errors === 1 ? 'error' : 'errors', true),
    ...bad(timeouts, timeouts === 1 ? 'time-out' : 'time-outs'),
    ...bad(unsent, 'unsent'),
    ...(inFlight > 0 ? [`${formatCount(inFlight)} in flight at the end`] : []),
    ...answerParts(summary, options),
  ];
  const lines: string[] = [];
  for (const part of parts) {
    const longer = lines.length === 0 ? `  ${part}` : `${lines.at(-1) ?? ''}${paint.dim(' · ')}${part}`;
    if (lines.length === 0 || cellsOf(longer) > width) lines.push(`  ${part}`);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

/** What answers came and what went wrong, where that says more than "all is well". */
function answerParts({ answers, requests }: NonNullable<Manifest['summary']>, { paint }: TableOptions): string[] {
  if (!answers) return [];
  const statuses = Object.entries(answers.byStatus);
  const parts = (counts: readonly (readonly [string, number])[]): string[] =>
    counts.filter(([, count]) => count > 0).map(([name, count]) => `${formatCount(count)} × ${visible(name, 90)}`);
  return [
    ...(statuses.length > 1 || requests.errors > 0
      ? parts(statuses.map(([name, count]) => [/^\d+$/.test(name) ? `status ${name}` : name, count])).map((text) =>
          paint.dim(text),
        )
      : []),
    ...parts(Object.entries(answers.byError).map(([code, count]) => [errorInWords(code), count])).map((text) =>
      paint.red(text),
    ),
    ...parts(Object.entries(answers.byProtocol)).map((text) => paint.yellow(text)),
  ];
}

function reasonLines(manifest: Manifest, options: TableOptions): string[] {
  const { width, paint } = options;
  const { verdict, error } = manifest;
  const texts = untrustedWords(manifest);
  const title = error !== null || !verdict ? 'why there are no figures' : 'why these figures are not shown';
  return [
    heading(title, options),
    ...texts.flatMap((text) =>
      text
        .split('\n')
        .slice(0, 25)
        .flatMap((line, index) =>
          wrap(visible(line, 2000), width - 6).map((part, row) =>
            index + row === 0 ? `  ${paint.red('✗')} ${part}` : `    ${part}`,
          ),
        ),
    ),
  ];
}

/** Files of the run that are gone or damaged since it was recorded. */
function lostLines({ gaps }: Manifest, options: TableOptions): string[] {
  const lost = gaps.filter((gap) => gap.lost);
  if (lost.length === 0) return [];
  const shown = lost.slice(0, 8).map(({ what, why }) => `${visible(what, 200)}: ${visible(why, 600)}.`);
  if (lost.length > shown.length) shown.push(`and ${lost.length - shown.length} more`);
  const lines = shown.flatMap((text) =>
    wrap(text, options.width - 6).map((part, row) =>
      row === 0 ? `  ${options.paint.yellow('!')} ${part}` : `    ${part}`,
    ),
  );
  return [heading('files that are damaged or missing', options), ...lines];
}

function noteLines(manifest: Manifest, options: TableOptions): string[] {
  const { verdict, gaps } = manifest;
  const steady = steadyWords(manifest);
  const texts = [
    ...(steady === null ? [] : [steady]),
    ...(verdict?.warnings ?? []).map(({ text }) => visible(text, 500)),
    ...gaps
      .filter(({ lost }) => !lost)
      .map(({ what, why }) => `not measured: ${visible(what, 200)} (${visible(why, 400)})`),
  ];
  if (texts.length === 0) return [];
  const shown = texts.slice(0, 8);
  if (texts.length > shown.length) shown.push(`and ${texts.length - shown.length} more, in run.json`);
  const lines = shown.flatMap((text) =>
    wrap(text, options.width - 6).map((part, row) => options.paint.dim(row === 0 ? `  · ${part}` : `    ${part}`)),
  );
  return [heading('notes', options), ...lines];
}

/** What looked into the targets, what it lost and can't see, and what it cost them. */
function watchedLines({ collectors, overhead, scenario }: Manifest, options: TableOptions): string[] {
  if (collectors.length === 0) return [];
  const texts = [
    overhead
      ? `${overheadSentence(overhead)} Measured ${visible(overhead.measuredAt.slice(0, 10))}.`
      : `What watching costs was not measured here yet: slowpath overhead ${visible(scenario.name, 100)}`,
    ...collectorLines(collectors),
  ];
  const lines = texts.flatMap((text) =>
    wrap(visible(text, 1500), options.width - 6).map((part, row) =>
      options.paint.dim(row === 0 ? `  · ${part}` : `    ${part}`),
    ),
  );
  return [heading('watched by', options), ...lines];
}

function footLines(dir: string, manifest: Manifest, { paint, showPath, reference }: TableOptions): string[] {
  const { git, host } = manifest;
  const others = otherProfiles(manifest);
  const label = (text: string): string => `  ${paint.dim(padEnd(text, 9))}`;
  const code = git
    ? `${visible(git.commit.slice(0, 10))}${git.branch === null ? '' : ` on ${visible(git.branch, 60)}`}${git.dirty ? ', with changes' : ''}`
    : null;
  return [
    ...(others.length > 0 ? [`${label('also')}${others.map((name) => visible(name, 100)).join(', ')}`] : []),
    `${label('recorded')}${visible(showPath(dir), 400)}`,
    ...(code === null ? [] : [`${label('commit')}${code}`]),
    `${label('machine')}${visible(host.cpuModel, 40)}, ${host.cpuCount} CPUs ${paint.dim(`(${visible(host.fingerprint, 16)})`)}`,
    `${label('open it')}slowpath report ${visible(reference, 400)} --html report.html`,
  ];
}
