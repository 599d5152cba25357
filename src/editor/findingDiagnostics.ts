import * as vscode from 'vscode';
import type { Finding } from '../advice/finding.ts';
import { visible } from '../plan/visible.ts';
import { findingUri } from './findingDocument.ts';
import type { HeatStore } from './heatStore.ts';
import { Command } from './names.ts';
import { disposeAll, type Owned } from './owned.ts';
import { onSettingChange, settingsFor } from './settings.ts';

const severities: Readonly<Record<Finding['severity'], vscode.DiagnosticSeverity>> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  info: vscode.DiagnosticSeverity.Information,
  hint: vscode.DiagnosticSeverity.Hint,
};

/** The findings of the shown run that name a source line, as problems; each links to its explanation. */
export class FindingDiagnostics implements vscode.CodeActionProvider, vscode.Disposable {
  private readonly heat: HeatStore;
  private readonly collection = vscode.languages.createDiagnosticCollection('slowpath.findings');
  private readonly findings = new WeakMap<vscode.Diagnostic, { dir: string; index: number }>();
  private readonly subscriptions: readonly Owned[];

  constructor(heat: HeatStore) {
    this.heat = heat;
    this.subscriptions = [
      this.collection,
      heat.onDidChange(() => this.publish()),
      heat.drift.onDidChange(() => this.publish()),
      onSettingChange(() => this.publish()),
      vscode.languages.registerCodeActionsProvider({ scheme: 'file' }, this, {
        providedCodeActionKinds: [vscode.CodeActionKind.QuickFix],
      }),
    ];
  }

  provideCodeActions(
    document: vscode.TextDocument,
    _range: vscode.Range,
    context: vscode.CodeActionContext,
  ): vscode.CodeAction[] {
    const own = this.collection.get(document.uri) ?? [];
    return context.diagnostics.flatMap((diagnostic) => {
      // The host hands back copies: the same rule at the same place is the same one.
      const original =
        own.find((each) => each.message === diagnostic.message && each.range.isEqual(diagnostic.range)) ?? diagnostic;
      const finding = this.findings.get(original);
      if (!finding) return [];
      const action = new vscode.CodeAction(
        vscode.l10n.t('Show the evidence in the report'),
        vscode.CodeActionKind.QuickFix,
      );
      action.command = {
        title: action.title,
        command: Command.revealInReport,
        arguments: [finding.dir, 'findings', finding.index],
      };
      action.diagnostics = [diagnostic];
      return action;
    });
  }

  dispose(): void {
    disposeAll(this.subscriptions);
  }

  private publish(): void {
    this.collection.clear();
    const run = this.heat.run;
    if (!run) return;
    const byFile = new Map</* path */ string, vscode.Diagnostic[]>();
    for (const [index, finding] of run.findings.entries()) {
      if (finding.file === null || !settingsFor(vscode.Uri.file(finding.file)).diagnosticsEnabled) continue;
      const list = byFile.get(finding.file) ?? [];
      byFile.set(finding.file, list);
      list.push(this.diagnostic(run.dir, index, finding, finding.file));
    }
    for (const [file, list] of byFile) this.collection.set(vscode.Uri.file(file), list);
  }

  private diagnostic(dir: string, index: number, finding: Finding, file: string): vscode.Diagnostic {
    const row = Math.max(0, this.heat.currentLine(file, finding.line ?? 1) - 1);
    const stale = this.heat.isStale(file) ? `\n${vscode.l10n.t('Measured before this file was changed.')}` : '';
    const text = `${visible(finding.title, 300)}\n${visible(finding.suggestion, 500)}${stale}`;
    const diagnostic = new vscode.Diagnostic(new vscode.Range(row, 0, row, 1000), text, severities[finding.severity]);
    diagnostic.source = 'Slowpath';
    diagnostic.code = { value: finding.rule, target: findingUri(dir, index, finding.rule) };
    this.findings.set(diagnostic, { dir, index });
    return diagnostic;
  }
}
