import * as vscode from 'vscode';
import { Color } from './names.ts';

/** More marked lines than this in one file would be noise, and slow to draw. */
export const mostMarks = 2000;

/** How a bar at the left edge of a line looks, and which lane of the overview ruler its mark has. */
export interface BarLook {
  readonly color: string;
  readonly style: 'solid' | 'dashed';
  readonly widthPx: number;
  readonly lane: vscode.OverviewRulerLane;
}

/** A whole line's background. @param color one of package.json's */
export function tintType(color: string): vscode.TextEditorDecorationType {
  return vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    backgroundColor: new vscode.ThemeColor(color),
  });
}

/** Drawn over the line's own box: no glyph margin is taken and no text moves. */
export function barType({ color, style, widthPx, lane }: BarLook): vscode.TextEditorDecorationType {
  return vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    borderStyle: style,
    borderWidth: `0 0 0 ${widthPx}px`,
    borderColor: new vscode.ThemeColor(color),
    overviewRulerColor: new vscode.ThemeColor(color),
    overviewRulerLane: lane,
  });
}

/** A figure after a line's text. */
export function figureOptions({ end }: vscode.Range, contentText: string): vscode.DecorationOptions {
  return {
    range: new vscode.Range(end, end),
    renderOptions: {
      after: { contentText, margin: '0 0 0 3ch', color: new vscode.ThemeColor(Color.heatFigures) },
    },
  };
}
