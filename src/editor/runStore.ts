import * as vscode from 'vscode';
import type { ResultItem, RunItem } from './analysisMessages.ts';
import type { AnalysisThread } from './analysisThread.ts';
import { ContextKey } from './names.ts';
import { disposeAll, type Owned } from './owned.ts';
import type { Plans } from './plans.ts';

/** The recorded runs of the workspace, newest first; follows the disk. */
export class RunStore implements vscode.Disposable {
  private readonly analysis: AnalysisThread;
  private readonly plans: Plans;
  private readonly log: vscode.LogOutputChannel;
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly subscriptions: readonly Owned[];
  private items: Promise<readonly RunItem[]> | undefined;
  private resultItems: Promise<readonly ResultItem[]> | undefined;
  private timer: NodeJS.Timeout | undefined;
  readonly onDidChange = this.changed.event;

  constructor(analysis: AnalysisThread, plans: Plans, log: vscode.LogOutputChannel) {
    this.analysis = analysis;
    this.plans = plans;
    this.log = log;
    const watcher = vscode.workspace.createFileSystemWatcher(
      '**/.slowpath/runs/*/{run,findings,capacity,matrix,doctor}.json',
    );
    const soon = (): void => this.refreshSoon();
    this.subscriptions = [
      this.changed,
      watcher,
      watcher.onDidCreate(soon),
      watcher.onDidChange(soon),
      watcher.onDidDelete(soon),
      plans.onDidChange(soon),
    ];
  }

  list(): Promise<readonly RunItem[]> {
    return (this.items ??= this.read());
  }

  /** What came of several runs, or of none; newest first. */
  results(): Promise<readonly ResultItem[]> {
    return (this.resultItems ??= this.readResults());
  }

  async findResult(dir: string | undefined): Promise<ResultItem | undefined> {
    return dir === undefined ? undefined : (await this.results()).find((item) => item.dir === dir);
  }

  async find(dir: string): Promise<RunItem | undefined> {
    return (await this.list()).find((item) => item.dir === dir);
  }

  refresh(): void {
    this.items = undefined;
    this.resultItems = undefined;
    this.changed.fire();
  }

  dispose(): void {
    clearTimeout(this.timer);
    disposeAll(this.subscriptions);
  }

  /** A run writes its manifest several times within moments. */
  private refreshSoon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.refresh(), 250);
  }

  private async readResults(): Promise<readonly ResultItem[]> {
    try {
      return await this.analysis.ask('listResults', { runsDirs: await this.plans.runsDirs() });
    } catch (error) {
      this.log.error(error instanceof Error ? error : String(error));
      return [];
    }
  }

  private async read(): Promise<readonly RunItem[]> {
    try {
      const items = await this.analysis.ask('listRuns', { runsDirs: await this.plans.runsDirs() });
      void vscode.commands.executeCommand('setContext', ContextKey.hasRuns, items.length > 0);
      return items;
    } catch (error) {
      this.log.error(error instanceof Error ? error : String(error));
      return [];
    }
  }
}
