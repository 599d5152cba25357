import * as vscode from 'vscode';
import { evidenceFigure, evidenceName } from '../advice/evidenceWords.ts';
import type { Finding } from '../advice/finding.ts';
import { visible } from '../plan/visible.ts';
import type { AnalysisThread } from './analysisThread.ts';

const scheme = 'slowpath-finding';

/** The address of a finding's explanation: a read-only document that the editor opens like a file. */
export function findingUri(dir: string, index: number, rule: string): vscode.Uri {
  return vscode.Uri.from({ scheme, path: `/${rule}.md`, query: JSON.stringify({ dir, index }) });
}

/** Writes the explanation of a finding as Markdown: what was measured, what it means, what to change, where it is from. */
export class FindingDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly analysis: AnalysisThread;
  private readonly registration: vscode.Disposable;

  constructor(analysis: AnalysisThread) {
    this.analysis = analysis;
    this.registration = vscode.workspace.registerTextDocumentContentProvider(scheme, this);
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const { dir, index } = parseQuery(uri.query);
    const { findings } = await this.analysis.ask('readRun', { dir, range: null });
    const finding = findings[index];
    return finding ? findingText(finding) : vscode.l10n.t('This finding is no longer in the run.');
  }

  dispose(): void {
    this.registration.dispose();
  }
}

function findingText(finding: Finding): string {
  const place = finding.file === null ? [] : [`${visible(finding.file, 500)}:${finding.line ?? 1}`, ''];
  return [
    `# ${finding.rule}: ${visible(finding.title, 500)}`,
    '',
    ...place,
    visible(finding.explanation, 4000),
    '',
    `## ${vscode.l10n.t('What to change')}`,
    '',
    visible(finding.suggestion, 4000),
    '',
    `## ${vscode.l10n.t('Evidence')}`,
    '',
    ...Object.entries(finding.evidence).map(
      ([name, value]) => `- ${evidenceName(name)}: ${evidenceFigure(name, value)}`,
    ),
    '',
    `## ${vscode.l10n.t('Source')}`,
    '',
    visible(finding.source, 500),
    '',
  ].join('\n');
}

function parseQuery(query: string): { dir: string; index: number } {
  const value: unknown = JSON.parse(query);
  const record = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  return { dir: String(record['dir']), index: Number(record['index']) };
}
