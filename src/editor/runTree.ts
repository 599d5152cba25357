import * as vscode from 'vscode';
import { basename, isAbsolute, relative, sep } from 'node:path';
import { formatShare } from '../plan/units.ts';
import { visible } from '../plan/visible.ts';
import type { Finding } from '../advice/finding.ts';
import type { FunctionRow } from '../trace/analysis.ts';
import type { RunItem } from './analysisMessages.ts';
import type { AnalysisThread } from './analysisThread.ts';
import { Command, PanelType, TreeItemKind, View } from './names.ts';
import { disposeAll, type Owned } from './owned.ts';
import { runDescription, runIcon, runTooltip } from './runLabel.ts';
import type { RunStore } from './runStore.ts';

export type RunNode =
  | { readonly kind: 'run'; readonly run: RunItem }
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
    if (!node) return (await this.runs.list()).map((run) => ({ kind: 'run', run }));
    if (node.kind === 'group') return [...node.children];
    return node.kind === 'run' ? this.childrenOf(node.run) : [];
  }

  getTreeItem(node: RunNode): vscode.TreeItem {
    switch (node.kind) {
      case 'run':
        return runItem(node.run);
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
      return [{ kind: 'note', text: error instanceof Error ? error.message : String(error) }];
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

function runItem(run: RunItem): vscode.TreeItem {
  const broken = run.error !== null;
  const item = new vscode.TreeItem(
    visible(run.manifest.scenario || run.id),
    broken ? vscode.TreeItemCollapsibleState.None : vscode.TreeItemCollapsibleState.Collapsed,
  );
  item.id = run.dir;
  item.description = runDescription(run);
  item.iconPath = runIcon(run);
  item.tooltip = runTooltip(run);
  item.contextValue = broken ? TreeItemKind.brokenRun : TreeItemKind.run;
  item.accessibilityInformation = { label: `${run.manifest.scenario}, ${runDescription(run)}` };
  if (!broken) {
    item.command = {
      title: vscode.l10n.t('Open Report'),
      command: Command.openReport,
      arguments: [{ kind: 'run', run }],
    };
  }
  return item;
}

const findingIcons: Readonly<Record<Finding['severity'], vscode.ThemeIcon>> = {
  error: new vscode.ThemeIcon('error', new vscode.ThemeColor('problemsErrorIcon.foreground')),
  warning: new vscode.ThemeIcon('warning', new vscode.ThemeColor('problemsWarningIcon.foreground')),
  info: new vscode.ThemeIcon('info', new vscode.ThemeColor('problemsInfoIcon.foreground')),
  hint: new vscode.ThemeIcon('lightbulb'),
};

function findingItem(dir: string, index: number, finding: Finding): vscode.TreeItem {
  const item = new vscode.TreeItem(visible(finding.title, 200));
  item.description = finding.rule;
  item.iconPath = findingIcons[finding.severity];
  item.tooltip = `${visible(finding.explanation, 1000)}\n\n${visible(finding.suggestion, 1000)}`;
  item.command = {
    title: vscode.l10n.t('Show Finding'),
    command: Command.revealInReport,
    arguments: [dir, 'findings', index],
  };
  return item;
}

function functionItem(row: FunctionRow): vscode.TreeItem {
  const place = row.file !== null && row.line > 0 ? `${visible(basename(row.file), 100)}:${row.line}` : '';
  const anonymous = row.name === '(anonymous)' && place !== '';
  const item = new vscode.TreeItem(anonymous ? place : visible(row.name));
  item.description = [
    ...(row.tailShare === null ? [] : [vscode.l10n.t('slow {0}', formatShare(row.tailShare))]),
    vscode.l10n.t('total {0}', formatShare(row.totalShare)),
    vscode.l10n.t('self {0}', formatShare(row.selfShare)),
  ].join(' · ');
  item.iconPath = new vscode.ThemeIcon('symbol-function');
  if (row.file !== null && row.line > 0) {
    item.tooltip = `${visible(row.file, 500)}:${row.line}`;
    if (isAbsolute(row.file)) {
      item.command = {
        title: vscode.l10n.t('Open Source'),
        command: Command.openSource,
        arguments: [row.file, row.line],
      };
    }
  }
  return item;
}

function profileItem(file: string): vscode.TreeItem {
  const item = new vscode.TreeItem(visible(basename(file)));
  item.iconPath = new vscode.ThemeIcon('graph-line');
  item.tooltip = vscode.l10n.t('Opens as a flamegraph');
  item.command = {
    title: vscode.l10n.t('Open Profile'),
    command: 'vscode.openWith',
    arguments: [vscode.Uri.file(file), PanelType.cpuProfile],
  };
  return item;
}
