import * as vscode from 'vscode';
import { formatShare } from '../plan/units.ts';
import { headShare, heatLevel, heatShare } from './heatLevel.ts';
import type { HeatStore } from './heatStore.ts';
import { Color, heatLevels, type HeatLevel } from './names.ts';
import { disposeAll, type Owned } from './owned.ts';
import { onSettingChange, settingsFor } from './settings.ts';

/** Hotter lines than this in one file would be noise, and slow to draw. */
const maxLines = 2000;

/**
 * Hot lines as a tint, a bar at the left edge and a mark in the overview ruler; the heads of functions that are hot with all
 * they call as a bar alone. Nothing moves code. In a file that has changed since the run all that is left is a pale bar.
 */
export class LineHeat implements vscode.Disposable {
  private readonly heat: HeatStore;
  private readonly tints = new Map(heatLevels.map((level) => [level, tint(level)]));
  private readonly bars = new Map(heatLevels.map((level) => [level, bar(Color.heatBar(level))]));
  private readonly stale = bar(Color.heatStale);
  private readonly figures = vscode.window.createTextEditorDecorationType({});
  private readonly subscriptions: readonly Owned[];
  private redraw: NodeJS.Timeout | undefined;

  constructor(heat: HeatStore) {
    this.heat = heat;
    this.subscriptions = [
      ...this.tints.values(),
      ...this.bars.values(),
      this.stale,
      this.figures,
      heat.onDidChange(() => this.drawAll()),
      heat.drift.onDidChange(() => this.drawSoon()),
      vscode.window.onDidChangeVisibleTextEditors(() => this.drawAll()),
      onSettingChange(() => this.drawAll()),
    ];
    this.drawAll();
  }

  dispose(): void {
    clearTimeout(this.redraw);
    disposeAll(this.subscriptions);
  }

  /** While someone types, the editor moves the decorations by itself; ours need only catch up. */
  private drawSoon(): void {
    clearTimeout(this.redraw);
    this.redraw = setTimeout(() => this.drawAll(), 120);
  }

  private drawAll(): void {
    for (const editor of vscode.window.visibleTextEditors) this.draw(editor);
  }

  private draw(editor: vscode.TextEditor): void {
    const { document } = editor;
    const settings = settingsFor(document.uri);
    const heat = settings.heatEnabled && !this.heat.diff ? this.heat.heatOf(document) : undefined;
    const isStale = this.heat.drift.isStale(document);
    const lines = this.marks(document, heat?.lines ?? [], (line) => heatShare(line, settings.heatMetric));
    const heads = this.marks(document, heat?.functions ?? [], (row) => headShare(row, settings.heatMetric));
    const rangesOf = (marks: readonly Mark[], level: HeatLevel): vscode.Range[] =>
      isStale ? [] : marks.filter((mark) => mark.level === level).map(({ range }) => range);
    for (const [level, decoration] of this.tints) editor.setDecorations(decoration, rangesOf(lines, level));
    for (const [level, decoration] of this.bars)
      editor.setDecorations(decoration, rangesOf([...lines, ...heads], level));
    editor.setDecorations(this.stale, isStale ? [...lines, ...heads].map(({ range }) => range) : []);
    editor.setDecorations(this.figures, settings.heatFigures ? lines.map(figure) : []);
  }

  private marks<Row extends { line: number }>(
    document: vscode.TextDocument,
    rows: readonly Row[],
    shareOf: (row: Row) => number,
  ): Mark[] {
    return rows.slice(0, maxLines).flatMap((row) => {
      const share = shareOf(row);
      const level = heatLevel(share);
      const current = level === null ? null : this.heat.drift.currentLine(document, row.line);
      return level === null || current === null ? [] : { range: document.lineAt(current - 1).range, level, share };
    });
  }
}

interface Mark {
  readonly range: vscode.Range;
  readonly level: HeatLevel;
  readonly share: number;
}

function tint(level: HeatLevel): vscode.TextEditorDecorationType {
  return vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    backgroundColor: new vscode.ThemeColor(Color.heat(level)),
  });
}

/** Drawn over the line's own box: no glyph margin is taken and no text moves. */
function bar(color: string): vscode.TextEditorDecorationType {
  return vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    borderStyle: 'solid',
    borderWidth: '0 0 0 2px',
    borderColor: new vscode.ThemeColor(color),
    overviewRulerColor: new vscode.ThemeColor(color),
    overviewRulerLane: vscode.OverviewRulerLane.Left,
  });
}

function figure({ range: { end }, share }: Mark): vscode.DecorationOptions {
  return {
    range: new vscode.Range(end, end),
    renderOptions: {
      after: {
        contentText: formatShare(share),
        margin: '0 0 0 3ch',
        color: new vscode.ThemeColor(Color.heatFigures),
      },
    },
  };
}
