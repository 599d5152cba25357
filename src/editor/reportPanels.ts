import * as vscode from 'vscode';
import { dirname, join } from 'node:path';
import { SlowpathError } from '../errors.ts';
import type { Brushed } from '../trace/analysis.ts';
import type { MessageToPage, PageCommand, RunPreview, ViewName } from '../protocol.ts';
import type { AnalysisThread } from './analysisThread.ts';
import type { HeatStore } from './heatStore.ts';
import { Command, PanelType } from './names.ts';
import { guarded } from './notify.ts';
import { openSource } from './openSource.ts';
import { Page } from './page.ts';
import type { PageMessage } from './pageMessages.ts';
import { pageRoot } from './pageHtml.ts';
import { sourceOf, type PageSource } from './pageSource.ts';
import type { RunStore } from './runStore.ts';

interface OpenReport {
  readonly panel: vscode.WebviewPanel;
  readonly page: Page;
  readonly source: PageSource;
  /** What was brushed in it last. */
  brushed: Brushed | null;
}

/** The reports that are open, one panel a run (or a pair of runs); they come back after a reload of the window. */
export class ReportPanels implements vscode.WebviewPanelSerializer, vscode.Disposable {
  private readonly context: vscode.ExtensionContext;
  private readonly analysis: AnalysisThread;
  private readonly runs: RunStore;
  private readonly heat: HeatStore;
  private readonly log: vscode.LogOutputChannel;
  private readonly open = new Map</* key of the source */ string, OpenReport>();
  private readonly registration: vscode.Disposable;

  constructor(
    context: vscode.ExtensionContext,
    analysis: AnalysisThread,
    runs: RunStore,
    heat: HeatStore,
    log: vscode.LogOutputChannel,
  ) {
    this.context = context;
    this.analysis = analysis;
    this.runs = runs;
    this.heat = heat;
    this.log = log;
    this.registration = vscode.window.registerWebviewPanelSerializer(PanelType.report, this);
  }

  /** Shows a run's report beside the code, or brings it to the front; with a baseline, against it. */
  show(dir: string, title: string, baseline: string | null = null): void {
    const source: PageSource = { dir, baseline };
    const known = this.open.get(keyOf(source));
    if (known) {
      known.panel.reveal(undefined, true);
      return;
    }
    const panel = vscode.window.createWebviewPanel(
      PanelType.report,
      baseline === null ? title : vscode.l10n.t('{0} compared', title),
      { viewColumn: this.column, preserveFocus: true },
      { enableScripts: true, localResourceRoots: [pageRoot(this.context.extensionUri)] },
    );
    this.adopt(panel, source);
  }

  /** Opens a run's report at a view, at one finding if given; with a baseline, the report against it. */
  reveal(
    dir: string,
    title: string,
    view: ViewName,
    { finding, baseline }: { readonly finding: number | null; readonly baseline: string | null },
  ): void {
    this.show(dir, title, baseline);
    this.open.get(keyOf({ dir, baseline }))?.page.post({ type: 'reveal', view, finding });
  }

  /** What the report that has the focus shows, or undefined. */
  get active(): PageSource | undefined {
    for (const { panel, source } of this.open.values()) if (panel.active) return source;
    return undefined;
  }

  /** What is brushed in an open report of a run; null: nothing, or none is open. */
  brushedIn(dir: string): Brushed | null {
    for (const { source, brushed } of this.open.values()) if (source.dir === dir && brushed) return brushed;
    return null;
  }

  close(dir: string): void {
    for (const { panel, source } of [...this.open.values()]) {
      if (source.dir === dir || source.baseline === dir) panel.dispose();
    }
  }

  /** After a reload of the window: the page kept its source in its state. */
  deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const source = sourceOf(state);
    if (source === null) {
      this.log.warn('a report could not be restored: its state names no run');
      panel.dispose();
    } else {
      this.adopt(panel, source);
    }
    return Promise.resolve();
  }

  dispose(): void {
    this.registration.dispose();
    for (const { page } of this.open.values()) page.dispose();
    this.open.clear();
  }

  /** Reports share a column: asked for from within one, another must not open a third. */
  private get column(): vscode.ViewColumn {
    for (const { panel } of this.open.values()) if (panel.viewColumn !== undefined) return panel.viewColumn;
    return vscode.ViewColumn.Beside;
  }

  private adopt(panel: vscode.WebviewPanel, source: PageSource): void {
    panel.iconPath = vscode.Uri.joinPath(this.context.extensionUri, 'media', 'icon.png');
    const hear = guarded(this.log, (message: PageMessage) => this.receive(panel, source, message));
    const page = new Page({
      webview: panel.webview,
      extensionUri: this.context.extensionUri,
      log: this.log,
      title: panel.title,
      source,
      load: () => this.load(source),
      preview: () => this.preview(source),
      onMessage: (message) => void hear(message),
    });
    const key = keyOf(source);
    this.open.set(key, { panel, page, source, brushed: null });
    panel.onDidChangeViewState(() => {
      if (!panel.visible) page.suspend();
    });
    panel.onDidDispose(() => {
      this.open.delete(key);
      page.dispose();
    });
  }

  private async preview({ dir }: PageSource): Promise<RunPreview | null> {
    return (await this.runs.find(dir))?.manifest ?? null;
  }

  private async load({ dir, baseline }: PageSource): Promise<MessageToPage> {
    const result = await this.analysis.ask('readResult', { dir });
    if (result) return { type: 'result', title: result.title, result };
    const [run, other] = await Promise.all([
      this.analysis.ask('packRun', { dir }),
      baseline === null ? null : this.analysis.ask('packRun', { dir: baseline }),
    ]);
    return {
      type: 'run',
      title: run.title,
      run: run.run,
      baseline: other && { title: other.timedTitle, run: other.run },
    };
  }

  private async receive(panel: vscode.WebviewPanel, source: PageSource, message: PageMessage): Promise<void> {
    const { dir } = source;
    switch (message.type) {
      case 'openSource':
        return openSource(message, (file) => this.analysis.ask('knowsFile', { dir, file }), panel.viewColumn);
      case 'openRun':
        // The levels of a search are runs beside its own folder.
        await vscode.commands.executeCommand(Command.openReport, join(dirname(dir), message.run));
        return;
      case 'rangeChanged': {
        const open = this.open.get(keyOf(source));
        if (open) open.brushed = message.range;
        return this.heat.brush(dir, message.range);
      }
      case 'command':
        return runCommand(message.command, source);
    }
  }
}

async function runCommand(command: PageCommand, { dir, baseline }: PageSource): Promise<void> {
  const commands: Readonly<Record<PageCommand, string>> = {
    runAgain: Command.runAgain,
    compareWith: Command.compareWith,
    showHeatDiff: Command.showHeatDiff,
    saveHtml: Command.saveReport,
    showLog: Command.showLog,
  };
  await vscode.commands.executeCommand(commands[command], ...(command === 'showLog' ? [] : [dir, baseline]));
}

function keyOf({ dir, baseline }: PageSource): string {
  return JSON.stringify([dir, baseline]);
}

/** A reference to a run or result as commands get it: a folder, a tree item, or nothing. */
export function dirOf(argument: unknown): string | undefined {
  if (typeof argument === 'string') return argument;
  if (typeof argument !== 'object' || argument === null) return undefined;
  const { run, result } = argument as { run?: { dir?: unknown }; result?: { dir?: unknown } };
  const item = run ?? result;
  if (item === undefined) return undefined;
  if (typeof item.dir !== 'string') throw new SlowpathError('USAGE', 'This command takes a run from the list.');
  return item.dir;
}
