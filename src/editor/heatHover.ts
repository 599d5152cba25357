import * as vscode from 'vscode';
import { formatShare, formatUs } from '../plan/units.ts';
import type { FunctionRow, LineRow } from '../trace/analysis.ts';
import type { FunctionCallers } from '../trace/functionCallers.ts';
import type { RunReading } from './analysisMessages.ts';
import { callersText } from './callersText.ts';
import { diffHoverText } from './heatDiffHover.ts';
import type { HeatStore } from './heatStore.ts';
import { codeSpan, commandLink, escaped, trusted } from './markdown.ts';
import { Command } from './names.ts';
import { settingsFor } from './settings.ts';

/** A hover waits no longer for the callers: the figures are there at once, and the next one has them. */
const patienceMs = 1500;

/**
 * Over a hot line or the head of a hot function: what it cost, itself and with what it calls, in the slow requests, and who
 * called it.
 */
export class HeatHover implements vscode.HoverProvider, vscode.Disposable {
  private readonly heat: HeatStore;
  private readonly log: vscode.LogOutputChannel;
  private readonly registration: vscode.Disposable;

  constructor(heat: HeatStore, log: vscode.LogOutputChannel) {
    this.heat = heat;
    this.log = log;
    this.registration = vscode.languages.registerHoverProvider({ scheme: 'file' }, this);
  }

  async provideHover(document: vscode.TextDocument, position: vscode.Position): Promise<vscode.Hover | null> {
    const file = this.heat.heatOf(document);
    const { run, diff } = this.heat;
    if (!run || !settingsFor(document.uri).heatEnabled) return null;
    const here = <Row extends { line: number }>(rows: readonly Row[] = []): Row | undefined =>
      rows.find((row) => this.heat.drift.currentLine(document, row.line) === position.line + 1);
    const line = here(file?.lines);
    const row = here(file?.functions) ?? (line && file?.functions.find(({ frame }) => frame === line.frame));
    const changes = diff && this.heat.diffOf(document);
    const change = here(changes?.lines);
    const head =
      here(changes?.functions) ??
      (row && changes?.functions.find(({ name, line: at }) => name === row.name && at === row.line));
    if (diff ? !change && !head : !line && !row) return null;
    const isStale = this.heat.drift.isStale(document);
    const isBrushed = run.range !== null;
    const changedSinceBaseline = this.heat.drift.isNewerThanBaseline(document);
    const { range } = document.lineAt(position.line);
    const found = row ? await this.callersOf(row) : null;
    const callers = found && callersText(found, (path, at) => this.heat.currentLine(path, at));
    const text = diff
      ? diffHoverText(diff, {
          dir: run.dir,
          isBrushed,
          line: change,
          row: head,
          callers,
          isStale,
          changedSinceBaseline,
        })
      : heatText(run, { line, row, callers, isStale });
    return new vscode.Hover(trusted(text, [Command.revealInReport, Command.openSource, Command.endHeatDiff]), range);
  }

  dispose(): void {
    this.registration.dispose();
  }

  /** null where they cannot be told, or not in time. */
  private async callersOf({ frame }: FunctionRow): Promise<FunctionCallers | null> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(() => resolve(null), patienceMs);
    });
    try {
      return await Promise.race([this.heat.callersOf(frame), late]);
    } catch (error) {
      this.log.debug(`no callers: ${error instanceof Error ? error.message : String(error)}`);
      return null;
    } finally {
      clearTimeout(timer);
    }
  }
}

function heatText(
  { scenario, dir, range }: RunReading,
  {
    line,
    row,
    callers,
    isStale,
  }: {
    readonly line: LineRow | undefined;
    readonly row: FunctionRow | undefined;
    readonly callers: string | null;
    readonly isStale: boolean;
  },
): string {
  const stale = vscode.l10n.t('This file has changed since the run; the figures belong to the text of then.');
  return [
    `**Slowpath** · ${escaped(scenario)}`,
    ...(line ? [lineText(line)] : []),
    ...(row ? [functionText(row)] : []),
    ...(callers === null ? [] : [callers]),
    ...(range === null ? [] : [vscode.l10n.t('Only what is brushed in the report counts.')]),
    ...(isStale ? [`$(warning) ${stale}`] : []),
    commandLink(vscode.l10n.t('Show in report'), Command.revealInReport, [dir, 'functions', null]),
  ].join('\n\n');
}

function lineText(line: LineRow): string {
  const self = vscode.l10n.t(
    'This line: {0} of the CPU time ({1})',
    formatShare(line.selfShare),
    formatUs(line.selfUs),
  );
  const tail =
    line.tailShare === null
      ? ''
      : ` · ${vscode.l10n.t('{0} of the time of the slow requests', `**${formatShare(line.tailShare)}**`)}`;
  return self + tail;
}

function functionText(row: FunctionRow): string {
  const costs = vscode.l10n.t(
    '{0}: self {1}, total {2}',
    codeSpan(row.name),
    formatShare(row.selfShare),
    formatShare(row.totalShare),
  );
  if (row.tailShare === null) return costs;
  const typical = row.typicalShare === null ? '–' : formatShare(row.typicalShare);
  return `${costs} · ${vscode.l10n.t('on the stack in {0} of the slow requests’ time, {1} of typical ones’', `**${formatShare(row.tailShare)}**`, typical)}`;
}
