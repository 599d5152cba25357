import * as vscode from 'vscode';
import { formatShare } from '../plan/units.ts';
import type { FunctionChange } from '../profile/queries/placedDiff.ts';
import type { FunctionRow } from '../trace/analysis.ts';
import type { DiffReading } from './analysisMessages.ts';
import { changed } from './change.ts';
import { changeFigure } from './changeText.ts';
import type { HeatStore } from './heatStore.ts';
import { lensTitle } from './lensTitle.ts';
import { Command } from './names.ts';
import { disposeAll, type Owned } from './owned.ts';
import { onSettingChange, settingsFor } from './settings.ts';

/** Cooler functions get no lens. */
const leastTotalShare = 0.01;
const mostLenses = 100;

/** Above each hot function what it cost; off unless asked for, since a lens takes a line of its own. */
export class HotCodeLens implements vscode.CodeLensProvider, vscode.Disposable {
  private readonly heat: HeatStore;
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly subscriptions: readonly Owned[];
  readonly onDidChangeCodeLenses = this.changed.event;

  constructor(heat: HeatStore) {
    this.heat = heat;
    this.subscriptions = [
      this.changed,
      heat.onDidChange(() => this.changed.fire()),
      heat.drift.onDidChange(() => this.changed.fire()),
      onSettingChange(() => this.changed.fire()),
      vscode.languages.registerCodeLensProvider({ scheme: 'file' }, this),
    ];
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    const { source, run, diff } = this.heat;
    if (!source || !settingsFor(document.uri).codeLensEnabled) return [];
    const stale = this.heat.drift.isStale(document);
    if (diff && run) {
      const rows =
        this.heat.diffOf(document)?.functions.filter(({ total }) => changed(total, diff.heat) !== null) ?? [];
      const args = [run.dir, 'compare', null, diff.baseline.dir];
      const command = { command: Command.revealInReport, arguments: args };
      return this.lenses(document, rows, command, (row) => changeTitle(row, diff, stale));
    }
    const rows = this.heat.heatOf(document)?.functions.filter((row) => row.totalShare >= leastTotalShare) ?? [];
    const command =
      source.kind === 'file'
        ? { command: Command.openProfile, arguments: [source.reading.uri.toString()] }
        : { command: Command.revealInReport, arguments: [source.reading.dir, 'functions', null] };
    return this.lenses(document, rows, command, (row) => title(row, stale));
  }

  private lenses<Row extends { line: number }>(
    document: vscode.TextDocument,
    rows: readonly Row[],
    command: Pick<vscode.Command, 'command' | 'arguments'>,
    titleOf: (row: Row) => string,
  ): vscode.CodeLens[] {
    return rows.slice(0, mostLenses).flatMap((row) => {
      const line = this.heat.drift.currentLine(document, row.line);
      if (line === null) return [];
      const position = new vscode.Position(line - 1, 0);
      return new vscode.CodeLens(new vscode.Range(position, position), {
        title: titleOf(row),
        ...command,
      });
    });
  }

  dispose(): void {
    disposeAll(this.subscriptions);
  }
}

function title(row: FunctionRow, stale: boolean): string {
  const figures = [
    vscode.l10n.t('self {0}', formatShare(row.selfShare)),
    vscode.l10n.t('total {0}', formatShare(row.totalShare)),
    ...(row.tailShare === null ? [] : [vscode.l10n.t('slow requests {0}', formatShare(row.tailShare))]),
    ...(stale ? [vscode.l10n.t('before your edits')] : []),
  ];
  return lensTitle('flame', figures.join(' · '));
}

function changeTitle({ self, total }: FunctionChange, { heat }: DiffReading, stale: boolean): string {
  const figures = [
    vscode.l10n.t('total {0}', changeFigure(total, heat)),
    vscode.l10n.t('self {0}', changeFigure(self, heat)),
    ...(stale ? [vscode.l10n.t('before your edits')] : []),
  ];
  return lensTitle('diff', figures.join(' · '));
}
