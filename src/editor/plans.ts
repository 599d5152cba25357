import * as vscode from 'vscode';
import { dirname, join } from 'node:path';
import { runsDirOf } from '../run/folder.ts';
import type { AnalysisThread } from './analysisThread.ts';
import { Command, ContextKey, planFileName } from './names.ts';
import { disposeAll, type Owned } from './owned.ts';

/** A scenario that can be started: which one, in which plan. */
export interface ScenarioReference {
  /** Absolute path. */
  readonly planFile: string;
  readonly scenario: string;
}

const mostPlans = 50;

/** The plans of the workspace: `slowpath.jsonc` in a folder or below one (a repository may hold several services). */
export class Plans implements vscode.Disposable {
  private readonly analysis: AnalysisThread;
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly subscriptions: readonly Owned[];
  private readonly extra = new Set</* folder */ string>();
  readonly onDidChange = this.changed.event;

  constructor(analysis: AnalysisThread) {
    this.analysis = analysis;
    const watcher = vscode.workspace.createFileSystemWatcher(`**/${planFileName}`, false, true, false);
    const refresh = (): void => void this.refresh();
    this.subscriptions = [
      this.changed,
      watcher,
      watcher.onDidCreate(refresh),
      watcher.onDidDelete(refresh),
      vscode.workspace.onDidChangeWorkspaceFolders(refresh),
    ];
    refresh();
  }

  /** A folder outside the workspace whose runs are shown too: the bundled sample. */
  addFolder(folder: string): void {
    if (this.extra.has(folder)) return;
    this.extra.add(folder);
    this.changed.fire();
  }

  /** Absolute paths, those nearest to a workspace folder first. */
  async files(): Promise<string[]> {
    const found = await vscode.workspace.findFiles(`**/${planFileName}`, '**/node_modules/**', mostPlans);
    return found
      .filter((uri) => uri.scheme === 'file')
      .map((uri) => uri.fsPath)
      .sort((a, b) => a.split('/').length - b.split('/').length || a.localeCompare(b));
  }

  /** Folders that hold runs: beside each plan and in each workspace folder. */
  async runsDirs(): Promise<string[]> {
    const folders = new Set([
      ...workspaceFolders(),
      ...(await this.files()).map((file) => dirname(file)),
      ...this.extra,
    ]);
    return [...folders].map(runsDirOf);
  }

  /** Asks which scenario, unless there is only one; undefined if the person turned away. Offers Create Plan without one. */
  async pick(placeHolder: string): Promise<ScenarioReference | undefined> {
    const files = await this.files();
    const scenarios = (await Promise.all(files.map((file) => this.scenariosOf(file)))).flat();
    if (files.length === 0) {
      await this.offerCreatePlan();
      return undefined;
    }
    if (scenarios.length <= 1 && files.length === 1 && files[0] !== undefined) {
      // A plan with a mistake has none: running it says what the mistake is.
      return scenarios[0] ?? { planFile: files[0], scenario: '' };
    }
    const items = scenarios.map((reference) => ({
      label: `$(pulse) ${reference.scenario}`,
      description: files.length > 1 ? vscode.workspace.asRelativePath(dirname(reference.planFile)) : '',
      reference,
    }));
    const chosen = await vscode.window.showQuickPick(items, { placeHolder, matchOnDescription: true });
    return chosen?.reference;
  }

  dispose(): void {
    disposeAll(this.subscriptions);
  }

  private async scenariosOf(planFile: string): Promise<ScenarioReference[]> {
    const bytes = await vscode.workspace.fs.readFile(vscode.Uri.file(planFile));
    const { scenarios } = await this.analysis.ask('readPlan', { text: new TextDecoder().decode(bytes) });
    return scenarios.map(({ name }) => ({ planFile, scenario: name }));
  }

  private async offerCreatePlan(): Promise<void> {
    const create = vscode.l10n.t('Create Plan');
    const sample = vscode.l10n.t('Profile the Sample');
    const chosen = await vscode.window.showInformationMessage(
      vscode.l10n.t('There is no {0} here yet: a plan says what to start and what load to offer.', planFileName),
      ...(workspaceFolders().length > 0 ? [create, sample] : [sample]),
    );
    if (chosen === create) await vscode.commands.executeCommand(Command.createPlan);
    if (chosen === sample) await vscode.commands.executeCommand(Command.profileSample);
  }

  private async refresh(): Promise<void> {
    const files = await this.files();
    void vscode.commands.executeCommand('setContext', ContextKey.hasPlan, files.length > 0);
    void vscode.commands.executeCommand('setContext', ContextKey.planKnown, true);
    this.changed.fire();
  }
}

/** Absolute paths of the workspace's folders that are on a disk. */
export function workspaceFolders(): string[] {
  return (vscode.workspace.workspaceFolders ?? [])
    .filter(({ uri }) => uri.scheme === 'file')
    .map(({ uri }) => uri.fsPath);
}

/** The plan of a folder, there or not. */
export function planFileOf(folder: string): string {
  return join(folder, planFileName);
}
