import * as vscode from 'vscode';
import { messageOf } from '../errors.ts';
import type { FunctionRow } from '../trace/analysis.ts';
import type { FunctionCallers } from '../trace/functionCallers.ts';
import { callersText } from './callersText.ts';
import { diffHoverText } from './heatDiffHover.ts';
import { unitOf } from './heatSource.ts';
import type { HeatStore } from './heatStore.ts';
import { heatText } from './heatText.ts';
import { trusted } from './markdown.ts';
import { Command } from './names.ts';
import { settingsFor } from './settings.ts';

/** A hover waits no longer for the callers: the figures are there at once, and the next one has them. */
const patienceMs = 1500;
const linked = [Command.revealInReport, Command.openProfile, Command.openSource, Command.endHeatDiff];

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
    const { source, run, diff } = this.heat;
    if (!source || !settingsFor(document.uri).heatEnabled) return null;
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
    const isBrushed = source.reading.range !== null;
    const changedSinceBaseline = this.heat.drift.isNewerThanBaseline(document);
    const { range } = document.lineAt(position.line);
    const found = row ? await this.callersOf(row) : null;
    const callers = found && callersText(found, unitOf(source), (path, at) => this.heat.currentLine(path, at));
    const text =
      diff && run
        ? diffHoverText(diff, {
            dir: run.dir,
            isBrushed,
            line: change,
            row: head,
            callers,
            isStale,
            changedSinceBaseline,
          })
        : heatText(source, document.uri.fsPath, { line, row, callers, isStale });
    return new vscode.Hover(trusted(text, linked), range);
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
      this.log.debug(`no callers: ${messageOf(error)}`);
      return null;
    } finally {
      clearTimeout(timer);
    }
  }
}
