import * as vscode from 'vscode';
import { visible } from '../plan/visible.ts';
import { SlowpathError } from '../errors.ts';
import type { RunnerEvent, RunnerJob } from '../runnerMessages.ts';
import { LiveText, titleOf } from './liveText.ts';
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
  private current: { readonly title: string; readonly runner: RunnerProcess } | undefined;
  private disposed = false;

  constructor(log: vscode.LogOutputChannel) {
    this.log = log;
  }

  get running(): boolean {
    return this.current !== undefined;
  }

  /**
   * Measures and resolves with the folder of the run or result, a cancelled one's too if it left a record.
   * @throws SlowpathError RUN_BUSY while another one is measured here; whatever the runner failed with.
   */
  async measure(job: RunnerJob): Promise<Measured> {
    if (this.current) {
      throw new SlowpathError(
        'RUN_BUSY',
        vscode.l10n.t(
          '“{0}” is still being measured, and two at once would disturb each other: stop it first, or wait for it.',
          this.current.title,
        ),
      );
    }
    const title = titleOf(job);
    const place = job.type === 'doctor' ? job.workspaceFolder : job.planFile;
    this.log.info(`measuring ${visible(title)} (${visible(place, 500)})`);
    const live = new LiveText(job);
    let report: Progress | undefined;
    const runner = startRunner(job, {
      env: process.env,
      nodePath: settingsFor(vscode.Uri.file(place)).nodePath,
      onStray: (line) => this.log.warn(`runner: ${visible(line, 2000)}`),
      onEvent: (event) => {
        this.logEvent(event);
        const update = live.take(event);
        if (!update) return;
        report?.report(update);
        this.status.show(live.short);
      },
    });
    this.current = { title, runner };
    this.log.debug(`runner is process ${runner.pid ?? 'unknown'}`);
    this.status.show(live.short);
    void vscode.commands.executeCommand('setContext', ContextKey.measuring, true);
    try {
      return await vscode.window.withProgress(
        {
          location: vscode.ProgressLocation.Notification,
          title: `Slowpath: ${visible(title)}`,
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

  private logEvent(event: RunnerEvent): void {
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
      case 'level':
      case 'levelDone':
      case 'cell':
      case 'doctorStep':
        this.log.info(JSON.stringify(event));
        return;
      case 'progress':
        this.log.trace(JSON.stringify(event.progress));
    }
  }
}
