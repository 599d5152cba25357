import * as vscode from 'vscode';
import { formatShare } from '../plan/units.ts';
import { formatAmount } from '../profile/amount.ts';
import type { ProfileUnit } from '../profile/tables.ts';
import type { FunctionRow, LineRow } from '../trace/analysis.ts';
import { unitOf, type HeatSource } from './heatSource.ts';
import { codeSpan, commandLink, escaped } from './markdown.ts';
import { Command } from './names.ts';

export interface HeatTextParts {
  readonly line: LineRow | undefined;
  readonly row: FunctionRow | undefined;
  /** Who called it, as Markdown. */
  readonly callers: string | null;
  readonly isStale: boolean;
}

/** Markdown: what a line and its function cost in what is shown. @param file the document's path */
export function heatText(source: HeatSource, file: string, { line, row, callers, isStale }: HeatTextParts): string {
  const { reading } = source;
  return [
    `**Slowpath** · ${escaped(source.kind === 'file' ? source.reading.title : source.reading.scenario)}`,
    ...(line ? [lineText(line, unitOf(source))] : []),
    ...(row ? [functionText(row)] : []),
    ...(callers === null ? [] : [callers]),
    ...(reading.range === null ? [] : [vscode.l10n.t('Only what is brushed in the report counts.')]),
    ...remarks(source, file, isStale),
    reportLink(source),
  ].join('\n\n');
}

/** What a person must know before believing the figures. */
function remarks(source: HeatSource, file: string, isStale: boolean): string[] {
  const stale =
    source.kind === 'run'
      ? vscode.l10n.t('This file has changed since the run; the figures belong to the text of then.')
      : vscode.l10n.t(
          'This file has changed since the profile was taken, by the time of its file; the figures belong to the text of then.',
        );
  const named = source.kind === 'file' ? source.reading.guesses.get(file) : undefined;
  const guess = (path: string): string =>
    vscode.l10n.t(
      'The profile names {0}: of this workspace only this file ends like it and has its functions.',
      codeSpan(path),
    );
  return [...(named === undefined ? [] : [`$(info) ${guess(named)}`]), ...(isStale ? [`$(warning) ${stale}`] : [])];
}

function reportLink(source: HeatSource): string {
  const [label, command, args] =
    source.kind === 'file'
      ? [vscode.l10n.t('Show the profile'), Command.openProfile, [source.reading.uri.toString()]]
      : [vscode.l10n.t('Show in report'), Command.revealInReport, [source.reading.dir, 'functions', null]];
  return commandLink(label, command, args);
}

function lineText(line: LineRow, unit: ProfileUnit): string {
  const share = formatShare(line.selfShare);
  const amount = formatAmount(line.selfUs, unit);
  const self =
    unit === 'us'
      ? vscode.l10n.t('This line: {0} of the CPU time ({1})', share, amount)
      : unit === 'bytes'
        ? vscode.l10n.t('This line: {0} of the memory ({1})', share, amount)
        : vscode.l10n.t('This line: {0} of all that was counted ({1})', share, amount);
  const tail =
    line.tailShare === null
      ? ''
      : ` · ${vscode.l10n.t('{0} of the time of the slow requests', `**${formatShare(line.tailShare)}**`)}`;
  return self + tail;
}

function functionText(row: FunctionRow): string {
  const costs = vscode.l10n.t(
    '{0}: self {1}, total {2}',
    codeSpan(row.name),
    formatShare(row.selfShare),
    formatShare(row.totalShare),
  );
  if (row.tailShare === null) return costs;
  const typical = row.typicalShare === null ? '–' : formatShare(row.typicalShare);
  return `${costs} · ${vscode.l10n.t('on the stack in {0} of the slow requests’ time, {1} of typical ones’', `**${formatShare(row.tailShare)}**`, typical)}`;
}
