import * as vscode from 'vscode';
import { formatShare, formatUs } from '../plan/units.ts';
import type { FunctionRow, LineRow } from '../trace/analysis.ts';
import type { FileHeat, HeatStore } from './heatStore.ts';
import { commandLink, escaped, trusted } from './markdown.ts';
import { Command } from './names.ts';
import { settingsFor } from './settings.ts';

/** Over a hot line or the head of a hot function: what it cost, itself and with what it calls, and in the slow requests. */
export class HeatHover implements vscode.HoverProvider, vscode.Disposable {
  private readonly heat: HeatStore;
  private readonly registration: vscode.Disposable;

  constructor(heat: HeatStore) {
    this.heat = heat;
    this.registration = vscode.languages.registerHoverProvider({ scheme: 'file' }, this);
  }

  provideHover(document: vscode.TextDocument, position: vscode.Position): vscode.Hover | null {
    const file = this.heat.heatOf(document);
    if (!file || !settingsFor(document.uri).heatEnabled) return null;
    const here = <Row extends { line: number }>(rows: readonly Row[]): Row | undefined =>
      rows.find((row) => this.heat.drift.currentLine(document, row.line) === position.line + 1);
    const line = here(file.lines);
    const head = here(file.functions);
    if (!line && !head) return null;
    const text = this.text(file, line, head, this.heat.drift.isStale(document));
    return new vscode.Hover(trusted(text, [Command.revealInReport]), document.lineAt(position.line).range);
  }

  dispose(): void {
    this.registration.dispose();
  }

  private text(file: FileHeat, line: LineRow | undefined, head: FunctionRow | undefined, isStale: boolean): string {
    const run = this.heat.run;
    const within = line && (head ?? file.functions.find((row) => row.name === line.functionName));
    const row = head ?? within;
    const parts = [
      `**Slowpath** · ${escaped(run?.scenario ?? '')}`,
      ...(line ? [lineText(line)] : []),
      ...(row ? [functionText(row)] : []),
      ...(isStale
        ? [
            `$(warning) ${vscode.l10n.t('This file has changed since the run; the figures belong to the text of then.')}`,
          ]
        : []),
      ...(run
        ? [commandLink(vscode.l10n.t('Show in report'), Command.revealInReport, [run.dir, 'functions', null])]
        : []),
    ];
    return parts.join('\n\n');
  }
}

function lineText(line: LineRow): string {
  const self = vscode.l10n.t(
    'This line: {0} of the CPU time ({1})',
    formatShare(line.selfShare),
    formatUs(line.selfUs),
  );
  const tail =
    line.tailShare === null
      ? ''
      : ` · ${vscode.l10n.t('{0} of the time of the slow requests', `**${formatShare(line.tailShare)}**`)}`;
  return self + tail;
}

function functionText(row: FunctionRow): string {
  const name = `\`${escapedCode(row.name)}\``;
  const costs = vscode.l10n.t(
    '{0}: self {1}, total {2}',
    name,
    formatShare(row.selfShare),
    formatShare(row.totalShare),
  );
  if (row.tailShare === null) return costs;
  const typical = row.typicalShare === null ? '–' : formatShare(row.typicalShare);
  return `${costs} · ${vscode.l10n.t('on the stack in {0} of the slow requests’ time, {1} of typical ones’', `**${formatShare(row.tailShare)}**`, typical)}`;
}

function escapedCode(name: string): string {
  return escaped(name, 80)
    .replace(/\\([^\\])/g, '$1')
    .replaceAll('`', "'");
}
