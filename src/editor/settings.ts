import * as vscode from 'vscode';
import { Setting, settingsSection } from './names.ts';

export type HeatMetric = 'tail' | 'self';

/** The settings as they stand now for a resource; reads are cheap, nothing is cached. */
export function settingsFor(resource?: vscode.Uri): {
  readonly heatEnabled: boolean;
  readonly heatMetric: HeatMetric;
  readonly heatFigures: boolean;
  readonly codeLensEnabled: boolean;
  readonly planCodeLensEnabled: boolean;
  readonly diagnosticsEnabled: boolean;
  readonly openReportAfterRun: boolean;
  /** Empty: whatever `node` the PATH names. */
  readonly nodePath: string;
} {
  const section = vscode.workspace.getConfiguration(settingsSection, resource ?? null);
  return {
    heatEnabled: section.get(Setting.heatEnabled, true),
    heatMetric: section.get<HeatMetric>(Setting.heatMetric, 'tail'),
    heatFigures: section.get(Setting.heatFigures, false),
    codeLensEnabled: section.get(Setting.codeLensEnabled, false),
    planCodeLensEnabled: section.get(Setting.planCodeLensEnabled, true),
    diagnosticsEnabled: section.get(Setting.diagnosticsEnabled, true),
    openReportAfterRun: section.get(Setting.openReportAfterRun, true),
    nodePath: section.get(Setting.nodePath, '').trim(),
  };
}

/** Calls back when one of our settings changed, with its name. */
export function onSettingChange(callback: () => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration(settingsSection)) callback();
  });
}
