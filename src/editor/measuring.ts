import * as vscode from 'vscode';
import { formatRate, formatUs } from '../plan/units.ts';
import { visible } from '../plan/visible.ts';
import { SlowpathError } from '../errors.ts';
import type { LoadProgress } from '../load/result.ts';
import type { MeasureEvent, MeasurePhase } from '../run/measureEvent.ts';
import type { StartMessage } from '../runnerMessages.ts';
import { ContextKey } from './names.ts';
import { MeasuringStatus } from './measuringStatus.ts';
import { RunFailed, startRunner, type RunnerProcess } from './runnerProcess.ts';
import { settingsFor } from './settings.ts';

export interface Measured {
  readonly dir: string;
  readonly id: string;
}

type Progress = vscode.Progress<{ message?: string; increment?: number }>;

/**
 * The one measurement of this window: a notification with live figures that can be cancelled, a status bar item that stops
 * it, and the target's output in a channel of its own.
 */
export class Measuring implements vscode.Disposable {
  private readonly log: vscode.LogOutputChannel;
  private readonly status = new MeasuringStatus();
  private output: vscode.OutputChannel | undefined;
  private current: { readonly start: StartMessage; readonly runner: RunnerProcess } | undefined;
  private disposed = false;

  constructor(log: vscode.LogOutputChannel) {
    this.log = log;
  }

  get running(): boolean {
    return this.current !== undefined;
  }

  /**
   * Measures and resolves with the run's folder, a cancelled run's too if it left a record.
   * @throws SlowpathError RUN_BUSY while another one is measured here; whatever the runner failed with.
   */
  async measure(start: StartMessage): Promise<Measured> {
    if (this.current) {
      throw new SlowpathError(
        'RUN_BUSY',
        vscode.l10n.t(
          '“{0}” is still being measured, and two at once would disturb each other: stop it first, or wait for it.',
          this.current.start.scenario,
        ),
      );
    }
    this.log.info(`measuring ${visible(start.scenario)} of ${visible(start.planFile, 500)}`);
    const live = new LiveText(start.scenario);
    let report: Progress | undefined;
    const runner = startRunner(start, {
      env: process.env,
      nodePath: settingsFor(vscode.Uri.file(start.planFile)).nodePath,
      onStray: (line) => this.log.warn(`runner: ${visible(line, 2000)}`),
      onEvent: (event) => {
        this.logEvent(event);
        const update = live.take(event);
        if (!update) return;
        report?.report(update);
        this.status.show(live.short);
      },
    });
    this.current = { start, runner };
    this.log.debug(`runner is process ${runner.pid ?? 'unknown'}`);
    this.status.show(live.short);
    void vscode.commands.executeCommand('setContext', ContextKey.measuring, true);
    try {
      return await vscode.window.withProgress(
        {
          location: vscode.ProgressLocation.Notification,
          title: `Slowpath: ${visible(start.scenario)}`,
          cancellable: true,
        },
        (progress, token) => {
          report = progress;
          token.onCancellationRequested(() => this.stop());
          return runner.result;
        },
      );
    } catch (error) {
      if (error instanceof RunFailed) for (const line of error.lines) this.log.info(`  ${visible(line, 2000)}`);
      throw error;
    } finally {
      this.current = undefined;
      if (!this.disposed) {
        this.status.hide();
        void vscode.commands.executeCommand('setContext', ContextKey.measuring, false);
      }
    }
  }

  /** Ends the measurement early; what was recorded is kept. */
  stop(): void {
    if (!this.current) return;
    this.log.info('stopping');
    this.status.show(vscode.l10n.t('stopping'));
    this.current.runner.cancel();
  }

  dispose(): void {
    this.disposed = true;
    this.current?.runner.dispose();
    this.status.dispose();
    this.output?.dispose();
  }

  private logEvent(event: MeasureEvent): void {
    switch (event.type) {
      case 'created':
        this.log.info(`recording into ${event.dir}`);
        return;
      case 'phase':
        this.log.info(event.phase);
        return;
      case 'log':
        this.log.info(visible(event.text, 4000));
        return;
      case 'warning':
        this.log.warn(`${visible(event.gap.what, 500)}: ${visible(event.gap.why, 2000)}`);
        return;
      case 'output':
        this.output ??= vscode.window.createOutputChannel('Slowpath: Targets');
        this.output.appendLine(`[${event.output.target}] ${visible(event.output.text, 8192)}`);
        return;
      case 'progress':
        this.log.trace(JSON.stringify(event.progress));
    }
  }
}

/** What the person reads while a run goes on. */
class LiveText {
  private readonly scenario: string;
  private phase: MeasurePhase = 'launching';
  private figures = '';
  private shareShown = 0;
  /** For the status bar. */
  short = '';

  constructor(scenario: string) {
    this.scenario = visible(scenario, 40);
    this.short = this.scenario;
  }

  /** The next step of the notification, or null where an event is not shown. */
  take(event: MeasureEvent): { message: string; increment: number } | null {
    let increment = 0;
    if (event.type === 'phase') this.phase = event.phase;
    else if (event.type === 'progress') increment = this.takeProgress(event.progress);
    else return null;
    const what = phaseText(this.phase);
    this.short = this.figures === '' ? `${this.scenario}: ${what}` : `${this.scenario}: ${this.figures}`;
    return { message: this.figures === '' ? what : `${what} · ${this.figures}`, increment };
  }

  private takeProgress(progress: LoadProgress): number {
    this.phase = progress.phase;
    const share = Math.min(1, Math.max(progress.share, 0));
    const increment = Math.max(0, share - this.shareShown) * 100;
    this.shareShown = Math.max(share, this.shareShown);
    this.figures = [
      `${Math.round(share * 100)}%`,
      `p50 ${formatUs(progress.p50Us)}`,
      `p99 ${formatUs(progress.p99Us)}`,
      formatRate(progress.ratePerSecond),
      ...(progress.errors > 0 ? [vscode.l10n.t('{0} errors', progress.errors)] : []),
    ].join(' · ');
    return increment;
  }
}

function phaseText(phase: MeasurePhase): string {
  switch (phase) {
    case 'launching':
      return vscode.l10n.t('starting the targets');
    case 'connecting':
      return vscode.l10n.t('connecting');
    case 'warmup':
      return vscode.l10n.t('warming up');
    case 'measuring':
      return vscode.l10n.t('measuring');
    case 'draining':
      return vscode.l10n.t('waiting for the last answers');
    case 'collecting':
      return vscode.l10n.t('collecting the profile');
    case 'writing':
      return vscode.l10n.t('writing');
    case 'analysing':
      return vscode.l10n.t('analysing');
  }
}
