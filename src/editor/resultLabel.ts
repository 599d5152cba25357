import * as vscode from 'vscode';
import { formatRate, formatUs } from '../plan/units.ts';
import { visible } from '../plan/visible.ts';
import type { ResultItem } from './analysisMessages.ts';
import { escaped } from './markdown.ts';
import { icon } from './runLabel.ts';
import { timeText } from './timeText.ts';

/** Folders of the runs that a result is made of. */
export function runsOf({ result }: ResultItem): readonly string[] {
  return result === null || result.kind === 'doctor' ? [] : result.runs;
}

export function resultTitle({ id, result }: ResultItem): string {
  switch (result?.kind) {
    case undefined:
      return visible(id);
    case 'capacity':
      return vscode.l10n.t('Capacity of {0}', visible(result.scenario, 100));
    case 'matrix':
      return vscode.l10n.t('Matrix of {0}', visible(result.scenario, 100));
    case 'doctor':
      return vscode.l10n.t('This Machine');
  }
}

/** `knee 787/s · 14:03`. */
export function resultDescription({ result, startedAt }: ResultItem): string {
  return [resultText(result), timeText(startedAt)].filter((text) => text !== '').join(' · ');
}

function resultText(result: ResultItem['result']): string {
  if (result === null) return vscode.l10n.t('does not open');
  if (result.kind === 'doctor') {
    if (!result.valid) return vscode.l10n.t('not fit for measuring');
    return result.p99BudgetUs === null ? '' : vscode.l10n.t('for p99 from {0} on', formatUs(result.p99BudgetUs));
  }
  const soFar = result.ended === 'complete' ? '' : ` (${endedText(result.ended)})`;
  if (result.kind === 'matrix') {
    const { bad, runs } = result;
    const text =
      bad === 0
        ? vscode.l10n.t('{0} shapes', runs.length)
        : vscode.l10n.t('{0} of {1} shapes not good', bad, runs.length);
    return `${text}${soFar}`;
  }
  const { knee } = result;
  if (knee === null) return `${vscode.l10n.t('no good rate')}${soFar}`;
  const rate = formatRate(knee.ratePerSecond);
  const isKnee = knee.limitedBy === 'slo' || knee.limitedBy === 'saturation';
  return `${isKnee ? vscode.l10n.t('knee {0}', rate) : vscode.l10n.t('good up to {0}', rate)}${soFar}`;
}

function endedText(ended: 'cancelled' | 'failed' | null): string {
  if (ended === null) return vscode.l10n.t('not finished');
  return ended === 'failed' ? vscode.l10n.t('failed') : vscode.l10n.t('cancelled');
}

export function resultIcon({ result }: ResultItem): vscode.ThemeIcon {
  switch (result?.kind) {
    case undefined:
      return icon('question', 'list.errorForeground');
    case 'capacity':
      return icon('graph-line');
    case 'matrix':
      return icon('table');
    case 'doctor':
      return result.valid ? icon('heart') : icon('warning', 'list.warningForeground');
  }
}

export function resultTooltip(item: ResultItem): vscode.MarkdownString {
  const lines = [
    `**${escaped(resultTitle(item))}** · ${escaped(item.id)}`,
    escaped(item.error ?? resultText(item.result), 500),
    escaped(visible(item.dir, 500), 500),
  ];
  return new vscode.MarkdownString(lines.filter((line) => line !== '').join('\n\n'), true);
}
