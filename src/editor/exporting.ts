import * as vscode from 'vscode';
import { dirname, extname, join } from 'node:path';
import { exportExtensions, exportFormats, type ExportFormat, type ExportView } from '../report/exportFormats.ts';
import type { Rooms } from './profiling.ts';
import { theRun } from './reviewing.ts';

interface FormatItem extends vscode.QuickPickItem {
  readonly format: ExportFormat;
  readonly view: ExportView;
}

/** Writes a run for another tool: asks which run if not told, in which format, and where to. */
export async function exportRun(rooms: Rooms, dir: string | undefined): Promise<void> {
  const run = await theRun(rooms, dir ?? rooms.reports.active?.dir, vscode.l10n.t('Which run shall be exported?'));
  if (!run) return;
  const placeHolder = vscode.l10n.t('Export {0} as what?', run.id);
  const chosen = await vscode.window.showQuickPick(formatItems(), { placeHolder, matchOnDescription: true });
  if (!chosen) return;
  const extension = exportExtensions[chosen.format];
  const target = await vscode.window.showSaveDialog({
    title: vscode.l10n.t('Export the Run'),
    defaultUri: vscode.Uri.file(join(dirname(run.dir), `${run.id}${extension}`)),
    filters: { [chosen.label]: [extname(extension).slice(1)] },
  });
  if (!target) return;
  // The dialog has asked whether a file that exists may be replaced.
  await rooms.analysis.ask('exportRun', {
    dir: run.dir,
    format: chosen.format,
    view: chosen.view,
    file: target.fsPath,
  });
  const show = vscode.l10n.t('Show');
  const message = vscode.l10n.t('The export stands in {0}.', target.fsPath);
  if ((await vscode.window.showInformationMessage(message, show)) === show)
    await vscode.commands.executeCommand('revealFileInOS', target);
}

function formatItems(): FormatItem[] {
  const descriptions: Readonly<Record<ExportFormat, string>> = {
    pprof: vscode.l10n.t('go tool pprof, Grafana, Parca'),
    collapsed: vscode.l10n.t('flamegraph.pl, inferno'),
    speedscope: 'speedscope.app',
    cpuprofile: vscode.l10n.t('DevTools, VS Code'),
    svg: vscode.l10n.t('the flamegraph as a picture: all CPU time'),
    'chrome-trace': vscode.l10n.t('ui.perfetto.dev: every request, collection, stall and sample'),
  };
  return exportFormats.flatMap((format): FormatItem[] => {
    const item = { label: format, description: descriptions[format], format, view: 'heavy' } as const;
    if (format !== 'svg') return [item];
    const tail = vscode.l10n.t('the flamegraph as a picture: slow requests against typical ones');
    return [item, { label: 'svg (tail)', description: tail, format, view: 'tail' }];
  });
}
