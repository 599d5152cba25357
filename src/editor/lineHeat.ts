import * as vscode from 'vscode';
import { formatShare } from '../plan/units.ts';
import type { HeatDrawing } from './heatDrawing.ts';
import { headShare, heatLevel, heatShare } from './heatLevel.ts';
import type { HeatStore } from './heatStore.ts';
import { Color, heatLevels, type HeatLevel } from './names.ts';
import { barType, figureOptions, mostMarks, tintType } from './lineMarks.ts';
import { disposeAll } from './owned.ts';
import { settingsFor } from './settings.ts';

/**
 * Hot lines as a tint, a bar at the left edge and a mark in the overview ruler; the heads of functions that are hot with all
 * they call as a bar alone. Nothing moves code. In a file that has changed since the run all that is left is a pale bar.
 */
export class LineHeat implements HeatDrawing {
  private readonly heat: HeatStore;
  private readonly tints = new Map(heatLevels.map((level) => [level, tintType(Color.heat(level))]));
  private readonly bars = new Map(heatLevels.map((level) => [level, bar(Color.heatBar(level))]));
  private readonly stale = bar(Color.heatStale);
  private readonly figures = vscode.window.createTextEditorDecorationType({});

  constructor(heat: HeatStore) {
    this.heat = heat;
  }

  dispose(): void {
    disposeAll([...this.tints.values(), ...this.bars.values(), this.stale, this.figures]);
  }

  draw(editor: vscode.TextEditor): void {
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
    editor.setDecorations(
      this.figures,
      settings.heatFigures ? lines.map(({ range, share }) => figureOptions(range, formatShare(share))) : [],
    );
  }

  private marks<Row extends { line: number }>(
    document: vscode.TextDocument,
    rows: readonly Row[],
    shareOf: (row: Row) => number,
  ): Mark[] {
    return rows.slice(0, mostMarks).flatMap((row) => {
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

function bar(color: string): vscode.TextEditorDecorationType {
  return barType({ color, style: 'solid', widthPx: 2, lane: vscode.OverviewRulerLane.Left });
}
