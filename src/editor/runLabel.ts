import * as vscode from 'vscode';
import { formatRate, formatUs } from '../plan/units.ts';
import type { SloResult } from '../run/model.ts';
import { visible } from '../plan/visible.ts';
import type { RunItem } from './analysisMessages.ts';
import { escaped } from './markdown.ts';
import { timedTitle, timeText } from './timeText.ts';

export const icon = (id: string, color?: string): vscode.ThemeIcon =>
  color === undefined ? new vscode.ThemeIcon(id) : new vscode.ThemeIcon(id, new vscode.ThemeColor(color));

export function titleOf({ id, manifest }: RunItem): string {
  return manifest.scenario || id;
}

/** For a report's tab. */
export function tabTitle(run: RunItem): string {
  return timedTitle(titleOf(run), run.manifest.startedAt);
}

/** The verdict at a glance: running, failed, not to be trusted, objective missed, good. */
export function runIcon({ manifest, error }: RunItem): vscode.ThemeIcon {
  if (error !== null) return icon('question', 'list.errorForeground');
  if (manifest.state === 'running') return icon('sync~spin');
  if (manifest.state === 'failed') return icon('error', 'testing.iconErrored');
  if (manifest.state !== 'complete') return icon('debug-disconnect', 'list.warningForeground');
  if (manifest.verdict?.valid !== true) return icon('warning', 'list.warningForeground');
  const slo = manifest.summary?.slo ?? [];
  if (slo.length === 0) return icon('circle-filled', 'descriptionForeground');
  return slo.every(({ pass }) => pass) ? icon('pass', 'testing.iconPassed') : icon('flame', 'testing.iconFailed');
}

/** `p99 8.9 ms · SLO 2/3 · 14:03`. Percentiles of a run that is not to be trusted are not shown (law 7). */
export function runDescription({ manifest, error }: RunItem): string {
  if (error !== null) return vscode.l10n.t('does not open');
  return [...stateText(manifest), timeText(manifest.startedAt)].join(' · ');
}

function stateText({ state, verdict, summary }: RunItem['manifest']): string[] {
  if (state === 'running') return [vscode.l10n.t('running')];
  if (state === 'failed') return [vscode.l10n.t('failed')];
  const partial =
    state === 'complete' ? [] : [state === 'cancelled' ? vscode.l10n.t('cancelled') : vscode.l10n.t('incomplete')];
  if (!summary || !verdict) return partial;
  if (!verdict.valid) return [...partial, vscode.l10n.t('invalid measurement')];
  return [...partial, `p99 ${formatUs(summary.latencyUs.response.p99)}`, ...sloText(summary.slo)];
}

function sloText(slo: readonly SloResult[]): string[] {
  if (slo.length === 0) return [];
  return [vscode.l10n.t('SLO {0}/{1}', slo.filter(({ pass }) => pass).length, slo.length)];
}

export function runTooltip(run: RunItem): vscode.MarkdownString {
  const { id, manifest, error, dir } = run;
  const lines = [`**${escaped(titleOf(run))}** · ${escaped(id)}`];
  if (error !== null) lines.push(escaped(error, 500));
  if (manifest.error) lines.push(`$(error) ${escaped(manifest.error.message, 500)}`);
  for (const { text } of manifest.verdict?.reasons ?? []) lines.push(`$(warning) ${escaped(text, 300)}`);
  const { summary, verdict } = manifest;
  if (summary && verdict?.valid) {
    const { p50, p99, 'p99.9': p999, max } = summary.latencyUs.response;
    lines.push(`p50 ${formatUs(p50)} · p99 ${formatUs(p99)} · p99.9 ${formatUs(p999)} · max ${formatUs(max)}`);
    lines.push(`${summary.requests.sent} ${vscode.l10n.t('requests')} · ${formatRate(summary.ratePerSecond.achieved)}`);
    lines.push(summary.slo.map(({ expr, pass }) => `$(${pass ? 'pass' : 'error'}) ${escaped(expr)}`).join('  \n'));
  }
  lines.push(escaped(visible(dir, 500), 500));
  return new vscode.MarkdownString(lines.filter((line) => line !== '').join('\n\n'), true);
}
