/**
 * The composition root of the extension: builds the stores, passes them on, and hands whatever was started to one owner.
 * Reading and measuring happen in a thread and in processes of their own, started on first use.
 */
import * as vscode from 'vscode';
import { AnalysisThread } from './editor/analysisThread.ts';
import { registerCommands } from './editor/commands.ts';
import { FileEditors } from './editor/fileEditors.ts';
import { FindingDiagnostics } from './editor/findingDiagnostics.ts';
import { FindingDocuments } from './editor/findingDocument.ts';
import { HeatRedraw } from './editor/heatDrawing.ts';
import { HeatHover } from './editor/heatHover.ts';
import { HeatMemory } from './editor/heatMemory.ts';
import { HeatStore } from './editor/heatStore.ts';
import { HotCodeLens } from './editor/hotCodeLens.ts';
import { LineHeat } from './editor/lineHeat.ts';
import { LineHeatDiff } from './editor/lineHeatDiff.ts';
import { Measuring } from './editor/measuring.ts';
import { PlanLanguage } from './editor/planLanguage.ts';
import { Plans } from './editor/plans.ts';
import type { Rooms } from './editor/profiling.ts';
import { ReportPanels } from './editor/reportPanels.ts';
import { RunStore } from './editor/runStore.ts';
import { RunTree } from './editor/runTree.ts';
import type { Owned } from './editor/owned.ts';
import { existingSample } from './editor/sample.ts';

/** What the extension answers to others that activate it, tests among them. */
export interface SlowpathApi extends Rooms {
  readonly tree: RunTree;
  /** Time spent in `activate`, ms. */
  readonly activationMs: number;
}

export function activate(context: vscode.ExtensionContext): SlowpathApi {
  const started = performance.now();
  const own = <T extends Owned>(item: T): T => {
    context.subscriptions.push(item);
    return item;
  };
  const log = own(vscode.window.createOutputChannel('Slowpath', { log: true }));
  const analysis = new AnalysisThread();
  own({ dispose: () => void analysis.dispose() });
  const plans = own(new Plans(analysis));
  const runs = own(new RunStore(analysis, plans, log));
  const heat = own(new HeatStore(analysis));
  const measuring = own(new Measuring(log));
  const reports = own(new ReportPanels(context, analysis, runs, heat, log));
  const tree = own(new RunTree(runs, analysis));
  const files = own(new FileEditors(context.extensionUri, heat, log));
  const rooms: Rooms = { context, log, analysis, plans, runs, heat, measuring, reports, files };
  own(registerCommands(rooms));
  own(new HeatMemory(heat, context.workspaceState, log));
  own(new HeatRedraw(heat, () => (heat.source ? new LineHeat(heat) : undefined)));
  own(new HeatRedraw(heat, () => (heat.diff ? new LineHeatDiff(heat) : undefined)));
  own(new HeatHover(heat, log));
  own(new HotCodeLens(heat));
  own(new FindingDiagnostics(heat));
  own(new FindingDocuments(analysis));
  own(new PlanLanguage(analysis));
  void existingSample(context).then((folder) => {
    if (folder !== undefined) plans.addFolder(folder);
  });
  const activationMs = performance.now() - started;
  log.debug(`activated in ${activationMs.toFixed(1)} ms`);
  return { ...rooms, tree, activationMs };
}
