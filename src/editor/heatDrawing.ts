import * as vscode from 'vscode';
import type { HeatStore } from './heatStore.ts';
import { disposeAll, type Owned } from './owned.ts';
import { onSettingChange } from './settings.ts';

/** One way to show heat beside the text. It owns decorations and nothing else. */
export interface HeatDrawing extends Owned {
  /** Draws what is shown now, or takes away what is shown no more. */
  draw(editor: vscode.TextEditor): void;
}

/**
 * Draws the visible editors whenever what is shown, a text or a setting has changed. The drawing, and with it the editor's
 * decoration types, is made when there is something to draw for the first time.
 */
export class HeatRedraw implements vscode.Disposable {
  private readonly make: () => HeatDrawing | undefined;
  private readonly subscriptions: readonly Owned[];
  private drawing: HeatDrawing | undefined;
  private redraw: NodeJS.Timeout | undefined;

  /** @param make undefined as long as there is nothing to draw. */
  constructor(heat: HeatStore, make: () => HeatDrawing | undefined) {
    this.make = make;
    this.subscriptions = [
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
    this.drawing?.dispose();
  }

  /** While someone types, the editor moves the decorations by itself; ours need only catch up. */
  private drawSoon(): void {
    clearTimeout(this.redraw);
    this.redraw = setTimeout(() => this.drawAll(), 120);
  }

  private drawAll(): void {
    this.drawing ??= this.make();
    if (!this.drawing) return;
    for (const editor of vscode.window.visibleTextEditors) this.drawing.draw(editor);
  }
}
