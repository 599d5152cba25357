import * as vscode from 'vscode';
import type { Change } from '../profile/queries/placedDiff.ts';
import { changed, type Changed } from './change.ts';
import { changeFigure } from './changeText.ts';
import type { HeatDrawing } from './heatDrawing.ts';
import type { HeatStore } from './heatStore.ts';
import { barType, figureOptions, mostMarks, tintType } from './lineMarks.ts';
import { Color, diffLevels, diffSides, type DiffSide } from './names.ts';
import { disposeAll } from './owned.ts';
import { settingsFor } from './settings.ts';

/**
 * What lines and functions cost more or less than in the baseline: a tint, a figure with its sign, a bar (unbroken for more,
 * dashed for less) and a mark in the overview ruler (left for more, right for less). In a file that has changed since the
 * run the tints are gone; figures and bars stay, pale.
 */
export class LineHeatDiff implements HeatDrawing {
  private readonly heat: HeatStore;
  private readonly tints = diffSides.flatMap((side) =>
    diffLevels.map((level) => ({ side, level, type: tintType(Color.diff(side, level)) })),
  );
  private readonly bars = diffSides.map((side) => ({ side, type: bar(side, Color.diffBar(side)) }));
  private readonly stale = diffSides.map((side) => ({ side, type: bar(side, Color.heatStale) }));
  private readonly figures = vscode.window.createTextEditorDecorationType({});

  constructor(heat: HeatStore) {
    this.heat = heat;
  }

  dispose(): void {
    disposeAll([...this.tints, ...this.bars, ...this.stale].map(({ type }) => type));
    this.figures.dispose();
  }

  draw(editor: vscode.TextEditor): void {
    const marks = this.marks(editor.document);
    const isStale = this.heat.drift.isStale(editor.document);
    const ranges = (wanted: (mark: Mark) => boolean): vscode.Range[] => marks.filter(wanted).map(({ range }) => range);
    for (const { side, level, type } of this.tints)
      editor.setDecorations(
        type,
        ranges((mark) => !isStale && mark.isLine && mark.side === side && mark.level === level),
      );
    for (const { side, type } of this.bars)
      editor.setDecorations(
        type,
        ranges((mark) => !isStale && mark.side === side),
      );
    for (const { side, type } of this.stale)
      editor.setDecorations(
        type,
        ranges((mark) => isStale && mark.side === side),
      );
    editor.setDecorations(
      this.figures,
      marks.map(({ range, text }) => figureOptions(range, text)),
    );
  }

  /** One a line of the text: a line's own change stands before that of the function that starts on it. */
  private marks(document: vscode.TextDocument): Mark[] {
    const file = settingsFor(document.uri).heatEnabled ? this.heat.diffOf(document) : undefined;
    const diff = this.heat.diff;
    if (!file || !diff) return [];
    const marks = new Map</* row */ number, Mark>();
    const add = (line: number, change: Change, isLine: boolean): void => {
      const found = marks.size < mostMarks ? changed(change, diff.heat) : null;
      const current = found && this.heat.drift.currentLine(document, line);
      if (!found || current === null || marks.has(current)) return;
      const text = changeFigure(change, diff.heat);
      const shown = isLine ? text : vscode.l10n.t('{0}, with what it calls', text);
      marks.set(current, { ...found, range: document.lineAt(current - 1).range, isLine, text: shown });
    };
    for (const { line, self } of file.lines) add(line, self, true);
    for (const { line, total } of file.functions) add(line, total, false);
    return [...marks.values()];
  }
}

interface Mark extends Changed {
  readonly range: vscode.Range;
  readonly isLine: boolean;
  readonly text: string;
}

function bar(side: DiffSide, color: string): vscode.TextEditorDecorationType {
  const { Left, Right } = vscode.OverviewRulerLane;
  const look =
    side === 'more' ? ({ style: 'solid', lane: Left } as const) : ({ style: 'dashed', lane: Right } as const);
  return barType({ color, widthPx: 3, ...look });
}
