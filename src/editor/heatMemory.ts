import type * as vscode from 'vscode';
import { messageOf } from '../errors.ts';
import { brushedOf } from '../trace/brushed.ts';
import type { HeatStore, ShownRun } from './heatStore.ts';
import { disposeAll, type Owned } from './owned.ts';
import { onSettingChange, settingsFor } from './settings.ts';

const key = 'slowpath.shownRun';

/**
 * Which run's heat a workspace showed last, so that it is there again after the window was reloaded. Nothing is read while
 * the extension starts, nor where the settings leave nothing to show.
 */
export class HeatMemory implements vscode.Disposable {
  private readonly heat: HeatStore;
  private readonly memory: vscode.Memento;
  private readonly log: vscode.LogOutputChannel;
  private readonly subscriptions: readonly Owned[];
  private readonly timer: NodeJS.Timeout;
  private done = false;

  constructor(heat: HeatStore, memory: vscode.Memento, log: vscode.LogOutputChannel) {
    this.heat = heat;
    this.memory = memory;
    this.log = log;
    this.subscriptions = [
      heat.onDidChange(() => this.remember()),
      // What was turned off at the start may be turned on later.
      onSettingChange(() => void this.restore()),
    ];
    this.timer = setTimeout(() => void this.restore(), 0);
  }

  dispose(): void {
    clearTimeout(this.timer);
    disposeAll(this.subscriptions);
  }

  private remember(): void {
    this.done = true;
    void this.memory.update(key, this.heat.shown);
  }

  private async restore(): Promise<void> {
    const { heatEnabled, codeLensEnabled, diagnosticsEnabled } = settingsFor();
    if (this.done || !(heatEnabled || codeLensEnabled || diagnosticsEnabled)) return;
    this.done = true;
    const shown = shownRun(this.memory.get(key));
    // Whoever asked for a run's heat meanwhile knows better.
    if (shown === null || this.heat.asked) return;
    try {
      await this.heat.show(shown.dir, shown.range, shown.baseline);
    } catch (error) {
      // Deleted or damaged since: nobody asked for it now, so nobody is told.
      this.log.debug(`the heat shown last is not restored: ${messageOf(error)}`);
      await this.memory.update(key, undefined);
    }
  }
}

/** What was remembered, as far as it still makes sense: it may come from another version. */
function shownRun(value: unknown): ShownRun | null {
  if (typeof value !== 'object' || value === null) return null;
  const { dir, range, baseline } = value as Record<string, unknown>;
  return typeof dir === 'string'
    ? { dir, range: brushedOf(range), baseline: typeof baseline === 'string' ? baseline : null }
    : null;
}
