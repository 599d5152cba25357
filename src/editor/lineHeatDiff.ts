import * as vscode from 'vscode';
import type { Change } from '../profile/queries/placedDiff.ts';
import { changed, type Changed } from './change.ts';
import { changeFigure } from './changeText.ts';
import type { HeatStore } from './heatStore.ts';
import { Color, diffLevels, diffSides, type DiffLevel, type DiffSide } from './names.ts';
import { disposeAll, type Owned } from './owned.ts';
import { onSettingChange, settingsFor } from './settings.ts';

/** More changed lines than this in one file would be noise, and slow to draw. */
const maxLines = 2000;

/**
 * What lines and functions cost more or less than in the baseline: a tint, a figure with its sign, a bar (unbroken for more,
 * dashed for less) and a mark in the overview ruler (left for more, right for less). In a file that has changed since the
 * run the tints are gone; figures and bars stay, pale.
 */
export class LineHeatDiff implements vscode.Disposable {
  private readonly heat: HeatStore;
  private readonly tints = diffSides.flatMap((side) =>
    diffLevels.map((level) => ({ side, level, type: tint(side, level) })),
  );
  private readonly bars = diffSides.map((side) => ({ side, type: bar(side, Color.diffBar(side)) }));
  private readonly stale = diffSides.map((side) => ({ side, type: bar(side, Color.heatStale) }));
  private readonly figures = vscode.window.createTextEditorDecorationType({});
  private readonly subscriptions: readonly Owned[];
  private redraw: NodeJS.Timeout | undefined;

  constructor(heat: HeatStore) {
    this.heat = heat;
    this.subscriptions = [
      ...[...this.tints, ...this.bars, ...this.stale].map(({ type }) => type),
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
    editor.setDecorations(this.figures, marks.map(figure));
  }

  /** One a line of the text: a line's own change stands before that of the function that starts on it. */
  private marks(document: vscode.TextDocument): Mark[] {
    const file = settingsFor(document.uri).heatEnabled ? this.heat.diffOf(document) : undefined;
    const diff = this.heat.diff;
    if (!file || !diff) return [];
    const marks = new Map</* row */ number, Mark>();
    const add = (line: number, change: Change, isLine: boolean): void => {
      const found = marks.size < maxLines ? changed(change, diff.heat) : null;
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

function tint(side: DiffSide, level: DiffLevel): vscode.TextEditorDecorationType {
  return vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    backgroundColor: new vscode.ThemeColor(Color.diff(side, level)),
  });
}

/** Drawn over the line's own box: no glyph margin is taken and no text moves. */
function bar(side: DiffSide, color: string): vscode.TextEditorDecorationType {
  const { Left, Right } = vscode.OverviewRulerLane;
  return vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    borderStyle: side === 'more' ? 'solid' : 'dashed',
    borderWidth: '0 0 0 3px',
    borderColor: new vscode.ThemeColor(color),
    overviewRulerColor: new vscode.ThemeColor(color),
    overviewRulerLane: side === 'more' ? Left : Right,
  });
}

function figure({ range: { end }, text }: Mark): vscode.DecorationOptions {
  return {
    range: new vscode.Range(end, end),
    renderOptions: {
      after: { contentText: text, margin: '0 0 0 3ch', color: new vscode.ThemeColor(Color.heatFigures) },
    },
  };
}
