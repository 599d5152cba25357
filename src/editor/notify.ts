import * as vscode from 'vscode';
import { asSlowpathError } from '../errors.ts';
import { offerZerox } from './installing.ts';
import { Command } from './names.ts';

/** Shows an error as one sentence with "Show Log"; what was cancelled on purpose is only logged. */
function reportError(log: vscode.LogOutputChannel, thrown: unknown): void {
  const error = asSlowpathError(thrown);
  if (error.code === 'CANCELLED') {
    log.info(error.message);
    return;
  }
  log.error(`${error.code}: ${error.message}`);
  if (error.cause instanceof Error) log.debug(error.cause.stack ?? error.cause.message);
  log.debug(error.cause instanceof Error ? (error.cause.stack ?? error.cause.message) : String(error.cause));
  if (error.code === 'TARGET_PROFILER_MISSING') {
    void offerZerox(firstLine(error.message));
    return;
  }
  const showLog = vscode.l10n.t('Show Log');
  void vscode.window.showErrorMessage(firstLine(error.message), showLog).then((chosen) => {
    if (chosen === showLog) void vscode.commands.executeCommand(Command.showLog);
  });
}

/** A notification shows one line; the rest is in the log. */
function firstLine(message: string): string {
  const [first = '', ...rest] = message.split('\n');
  const text = first.length > 400 ? `${first.slice(0, 400)}…` : first;
  return rest.length > 0 ? `${text} …` : text;
}

/** A handler whose failure is shown instead of lost: for commands and events. */
export function guarded<Args extends unknown[]>(
  log: vscode.LogOutputChannel,
  work: (...args: Args) => void | Promise<void>,
): (...args: Args) => Promise<void> {
  return async (...args) => {
    try {
      await work(...args);
    } catch (error) {
      reportError(log, error);
    }
  };
}
