import * as vscode from 'vscode';
import { basename, isAbsolute } from 'node:path';
import { formatShare } from '../plan/units.ts';
import { visible } from '../plan/visible.ts';
import type { Finding } from '../advice/finding.ts';
import type { FunctionRow } from '../trace/analysis.ts';
import type { ResultItem, RunItem } from './analysisMessages.ts';
import { Command, PanelType, TreeItemKind } from './names.ts';
import { runsOf, resultDescription, resultIcon, resultTitle, resultTooltip } from './resultLabel.ts';
import { runDescription, runIcon, runTooltip, titleOf } from './runLabel.ts';

export function runItem(run: RunItem): vscode.TreeItem {
  const broken = run.error !== null;
  const item = new vscode.TreeItem(
    visible(titleOf(run)),
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

export function resultItem(result: ResultItem): vscode.TreeItem {
  const hasLevels = runsOf(result).length > 0;
  const { Collapsed, None } = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(resultTitle(result), hasLevels || result.error !== null ? Collapsed : None);
  item.id = result.dir;
  item.description = resultDescription(result);
  item.iconPath = resultIcon(result);
  item.tooltip = resultTooltip(result);
  item.contextValue = result.error === null ? TreeItemKind.result : TreeItemKind.brokenRun;
  item.accessibilityInformation = { label: `${resultTitle(result)}, ${resultDescription(result)}` };
  if (result.error === null) {
    item.command = {
      title: vscode.l10n.t('Open Report'),
      command: Command.openReport,
      arguments: [{ kind: 'result', result }],
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

export function findingItem(dir: string, index: number, finding: Finding): vscode.TreeItem {
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

export function functionItem(row: FunctionRow): vscode.TreeItem {
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

export function profileItem(file: string): vscode.TreeItem {
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
