import * as vscode from 'vscode';
import { Command } from './names.ts';

/** One status bar item, there only while something is measured; a click stops it. */
export class MeasuringStatus implements vscode.Disposable {
  private item: vscode.StatusBarItem | undefined;

  show(text: string): void {
    if (!this.item) {
      this.item = vscode.window.createStatusBarItem('slowpath.measuring', vscode.StatusBarAlignment.Left, 50);
      this.item.name = 'Slowpath';
      this.item.command = Command.stop;
      this.item.tooltip = vscode.l10n.t('Slowpath is measuring. Click to stop; what was recorded is kept.');
    }
    this.item.text = `$(pulse) ${text.replaceAll('$(', '$ (')}`;
    this.item.show();
  }

  hide(): void {
    this.item?.dispose();
    this.item = undefined;
  }

  dispose(): void {
    this.hide();
  }
}
