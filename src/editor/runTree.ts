import * as vscode from 'vscode';
import { isAbsolute, relative, sep } from 'node:path';
import type { Finding } from '../advice/finding.ts';
import { messageOf } from '../errors.ts';
import type { FunctionRow } from '../trace/analysis.ts';
import type { ResultItem, RunItem } from './analysisMessages.ts';
import type { AnalysisThread } from './analysisThread.ts';
import { ContextKey, View } from './names.ts';
import { disposeAll, type Owned } from './owned.ts';
import type { RunStore } from './runStore.ts';
import { runsOf } from './resultLabel.ts';
import { findingItem, functionItem, profileItem, resultItem, runItem } from './treeItems.ts';

export type RunNode =
  | { readonly kind: 'run'; readonly run: RunItem }
  | { readonly kind: 'result'; readonly result: ResultItem }
  | { readonly kind: 'group'; readonly title: string; readonly icon: string; readonly children: readonly RunNode[] }
  | { readonly kind: 'finding'; readonly dir: string; readonly index: number; readonly finding: Finding }
  | { readonly kind: 'function'; readonly row: FunctionRow }
  | { readonly kind: 'profile'; readonly file: string }
  | { readonly kind: 'note'; readonly text: string };

const mostFunctions = 10;

/** The runs, newest first; below each what was found and which functions were hot. */
export class RunTree implements vscode.TreeDataProvider<RunNode>, vscode.Disposable {
  private readonly runs: RunStore;
  private readonly analysis: AnalysisThread;
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly subscriptions: readonly Owned[];
  readonly onDidChangeTreeData = this.changed.event;
  readonly view: vscode.TreeView<RunNode>;

  constructor(runs: RunStore, analysis: AnalysisThread) {
    this.runs = runs;
    this.analysis = analysis;
    this.view = vscode.window.createTreeView(View.runs, { treeDataProvider: this, showCollapseAll: true });
    this.subscriptions = [this.changed, this.view, runs.onDidChange(() => this.changed.fire())];
  }

  async getChildren(node?: RunNode): Promise<RunNode[]> {
    if (!node) return this.roots();
    if (node.kind === 'group') return [...node.children];
    if (node.kind === 'result') return this.levelsOf(node.result);
    return node.kind === 'run' ? this.childrenOf(node.run) : [];
  }

  getTreeItem(node: RunNode): vscode.TreeItem {
    switch (node.kind) {
      case 'run':
        return runItem(node.run);
      case 'result':
        return resultItem(node.result);
      case 'group': {
        const item = new vscode.TreeItem(node.title, vscode.TreeItemCollapsibleState.Expanded);
        item.iconPath = new vscode.ThemeIcon(node.icon);
        return item;
      }
      case 'finding':
        return findingItem(node.dir, node.index, node.finding);
      case 'function':
        return functionItem(node.row);
      case 'profile':
        return profileItem(node.file);
      case 'note':
        return new vscode.TreeItem(node.text);
    }
  }

  dispose(): void {
    disposeAll(this.subscriptions);
  }

  /** Runs and results, newest first; the runs of a result stand below it. */
  private async roots(): Promise<RunNode[]> {
    const [runs, results] = await Promise.all([this.runs.list(), this.runs.results()]);
    const levels = new Set(results.flatMap(runsOf));
    const nodes: { readonly id: string; readonly node: RunNode }[] = [
      ...runs.filter(({ dir }) => !levels.has(dir)).map((run) => ({ id: run.id, node: { kind: 'run' as const, run } })),
      ...results.map((result) => ({ id: result.id, node: { kind: 'result' as const, result } })),
    ];
    void vscode.commands.executeCommand('setContext', ContextKey.noRuns, nodes.length === 0);
    return nodes.sort((a, b) => b.id.localeCompare(a.id)).map(({ node }) => node);
  }

  /** In the order they were measured; one that was deleted is left out. */
  private async levelsOf(item: ResultItem): Promise<RunNode[]> {
    if (item.error !== null) return [{ kind: 'note', text: item.error }];
    const runs = await this.runs.list();
    return runsOf(item).flatMap((dir) => {
      const run = runs.find((each) => each.dir === dir);
      return run ? [{ kind: 'run' as const, run }] : [];
    });
  }

  private async childrenOf(run: RunItem): Promise<RunNode[]> {
    if (run.error !== null) return [{ kind: 'note', text: run.error }];
    try {
      const { dir, findings, functions, otherProfiles, workspaceFolder } = await this.analysis.ask('readRun', {
        dir: run.dir,
        range: null,
      });
      const groups: RunNode[] = [];
      if (findings.length > 0) {
        const children = findings.map((finding, index): RunNode => ({ kind: 'finding', dir, index, finding }));
        groups.push({ kind: 'group', title: vscode.l10n.t('Findings'), icon: 'lightbulb', children });
      }
      const hot = ownFirst(functions, workspaceFolder).slice(0, mostFunctions);
      if (hot.length > 0) {
        const children = hot.map((row): RunNode => ({ kind: 'function', row }));
        groups.push({ kind: 'group', title: vscode.l10n.t('Hot functions'), icon: 'flame', children });
      }
      if (otherProfiles.length > 0) {
        const children = otherProfiles.map((file): RunNode => ({ kind: 'profile', file }));
        groups.push({ kind: 'group', title: vscode.l10n.t('Other profiles'), icon: 'graph', children });
      }
      return groups.length > 0
        ? groups
        : [{ kind: 'note', text: vscode.l10n.t('No findings and no CPU samples in this run') }];
    } catch (error) {
      return [{ kind: 'note', text: messageOf(error) }];
    }
  }
}

/** Functions of the person's own code, by what they cost with all they call; without any, whatever was hot by itself. */
function ownFirst(functions: readonly FunctionRow[], folder: string): readonly FunctionRow[] {
  const own = functions.filter(({ file }) => file !== null && isBelow(file, folder));
  const cost = (row: FunctionRow): number => row.tailShare ?? row.totalShare;
  return own.length > 0 ? [...own].sort((a, b) => cost(b) - cost(a)) : functions;
}

function isBelow(file: string, folder: string): boolean {
  const path = relative(folder, file);
  return isAbsolute(file) && !isAbsolute(path) && !path.startsWith('..') && !path.split(sep).includes('node_modules');
}
