import * as vscode from 'vscode';
import type { PlanReading } from './analysisMessages.ts';
import type { AnalysisThread } from './analysisThread.ts';
import { lensTitle } from './lensTitle.ts';
import { Command, planFileName } from './names.ts';
import { disposeAll, type Owned } from './owned.ts';
import { onSettingChange, settingsFor } from './settings.ts';

const planDocuments: vscode.DocumentSelector = { pattern: `**/${planFileName}` };
const diagnosticSource = 'Slowpath';

/** In a plan: a "Profile" lens above each scenario, and squiggles for what the JSON Schema cannot say. */
export class PlanLanguage implements vscode.CodeLensProvider, vscode.Disposable {
  private readonly analysis: AnalysisThread;
  private readonly diagnostics = vscode.languages.createDiagnosticCollection('slowpath.plan');
  private readonly readings = new WeakMap<vscode.TextDocument, { version: number; reading: Promise<PlanReading> }>();
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly timers = new Map</* uri */ string, NodeJS.Timeout>();
  private readonly subscriptions: readonly Owned[];
  readonly onDidChangeCodeLenses = this.changed.event;

  constructor(analysis: AnalysisThread) {
    this.analysis = analysis;
    this.subscriptions = [
      this.diagnostics,
      this.changed,
      vscode.languages.registerCodeLensProvider(planDocuments, this),
      vscode.workspace.onDidOpenTextDocument((document) => this.checkSoon(document, 0)),
      vscode.workspace.onDidChangeTextDocument((event) => this.checkSoon(event.document, 200)),
      vscode.workspace.onDidCloseTextDocument((document) => this.diagnostics.delete(document.uri)),
      onSettingChange(() => this.changed.fire()),
    ];
    for (const document of vscode.workspace.textDocuments) this.checkSoon(document, 0);
  }

  async provideCodeLenses(document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
    if (!settingsFor(document.uri).planCodeLensEnabled || document.uri.scheme !== 'file') return [];
    const { scenarios } = await this.read(document);
    return scenarios.map(({ name, line }) => {
      const position = new vscode.Position(Math.min(line, document.lineCount) - 1, 0);
      return new vscode.CodeLens(new vscode.Range(position, position), {
        title: lensTitle('play', vscode.l10n.t('Profile')),
        tooltip: vscode.l10n.t('Start the targets of this scenario, offer its load and record what was slow'),
        command: Command.profileScenario,
        arguments: [{ planFile: document.uri.fsPath, scenario: name }],
      });
    });
  }

  dispose(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    disposeAll(this.subscriptions);
  }

  private checkSoon(document: vscode.TextDocument, delayMs: number): void {
    if (vscode.languages.match(planDocuments, document) === 0) return;
    const key = document.uri.toString();
    clearTimeout(this.timers.get(key));
    this.timers.set(
      key,
      setTimeout(() => {
        this.timers.delete(key);
        void this.check(document);
      }, delayMs),
    );
  }

  private async check(document: vscode.TextDocument): Promise<void> {
    const version = document.version;
    const reading = await this.read(document).catch((): PlanReading => ({ scenarios: [], problems: [] }));
    if (document.isClosed || document.version !== version) return;
    this.diagnostics.set(
      document.uri,
      reading.problems.map((problem) => {
        const range = new vscode.Range(
          problem.line - 1,
          problem.column - 1,
          problem.endLine - 1,
          problem.endColumn - 1,
        );
        const diagnostic = new vscode.Diagnostic(range, problem.message, vscode.DiagnosticSeverity.Error);
        diagnostic.source = diagnosticSource;
        return diagnostic;
      }),
    );
  }

  /** Once a version, however many ask. */
  private read(document: vscode.TextDocument): Promise<PlanReading> {
    const known = this.readings.get(document);
    if (known?.version === document.version) return known.reading;
    const reading = this.analysis.ask('readPlan', { text: document.getText() });
    this.readings.set(document, { version: document.version, reading });
    return reading;
  }
}
