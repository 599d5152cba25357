import * as vscode from 'vscode';
import type { FunctionChange, LineChange } from '../profile/queries/placedDiff.ts';
import type { DiffReading } from './analysisMessages.ts';
import { changeText } from './changeText.ts';
import { codeSpan, commandLink, escaped } from './markdown.ts';
import { Command } from './names.ts';

export interface DiffHoverParts {
  readonly dir: string;
  /** Whether only a part of the run counts. */
  readonly isBrushed: boolean;
  readonly line: LineChange | undefined;
  readonly row: FunctionChange | undefined;
  /** Who called it in the run, as Markdown. */
  readonly callers: string | null;
  readonly isStale: boolean;
  readonly changedSinceBaseline: boolean;
}

/** Markdown: what a line and its function cost a request in the baseline and in the run. */
export function diffHoverText({ heat, baseline }: DiffReading, parts: DiffHoverParts): string {
  const { dir, isBrushed, line, row, callers, isStale, changedSinceBaseline } = parts;
  const warnings = [
    ...(isStale ? [vscode.l10n.t('This file has changed since the run; the figures belong to the text of then.')] : []),
    ...(changedSinceBaseline
      ? [
          vscode.l10n.t(
            'This file has changed since the baseline; its lines are matched by the functions they stand in.',
          ),
        ]
      : []),
  ];
  return [
    `**Slowpath** · ${vscode.l10n.t('against {0}', escaped(baseline.title))}`,
    ...(line ? [vscode.l10n.t('This line: {0}', changeText(line.self, heat))] : []),
    ...(row
      ? [
          vscode.l10n.t(
            '{0}: self {1}; total {2}',
            codeSpan(row.name),
            changeText(row.self, heat),
            changeText(row.total, heat),
          ),
        ]
      : []),
    ...(callers === null ? [] : [callers]),
    ...(isBrushed
      ? [vscode.l10n.t('Of this run only what is brushed in its report counts, against the whole of the other.')]
      : []),
    ...warnings.map((warning) => `$(warning) ${warning}`),
    [
      commandLink(vscode.l10n.t('Show in report'), Command.revealInReport, [dir, 'compare', null, baseline.dir]),
      commandLink(vscode.l10n.t('Back to the run’s own heat'), Command.endHeatDiff, []),
    ].join(' · '),
  ].join('\n\n');
}
