import { fork } from 'node:child_process';
import { delimiter, dirname } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { bundlePath } from '../bundles.ts';
import { SlowpathError } from '../errors.ts';
import type { MessageFromRunner, MessageToRunner, RunnerEvent, RunnerJob } from '../runnerMessages.ts';

export interface RunnerOptions {
  /** Path of the runner's script; default the built one. */
  readonly script?: string;
  /** The host's own environment; what belongs to the editor is taken out. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The Node that services are started with, or '' for the one on PATH. */
  readonly nodePath: string;
  readonly onEvent: (event: RunnerEvent) => void;
  /** What the runner itself printed: a sign of trouble, for the log. */
  readonly onStray: (line: string) => void;
  /** How long a cancelled runner may clean up before it is killed (its guard then ends the rest). */
  readonly graceMs?: number;
}

/** A failure with what was kept of the run. */
export class RunFailed extends SlowpathError {
  /** The failed target's last lines. */
  readonly lines: readonly string[];
  /** Folder of the partial run. */
  readonly dir: string | null;

  constructor(message: Extract<MessageFromRunner, { type: 'error' }>) {
    super(message.code, message.message);
    this.name = 'RunFailed';
    this.lines = message.lines ?? [];
    this.dir = message.dir ?? null;
  }
}

export interface RunnerProcess {
  readonly pid: number | undefined;
  /** Settles after the process has ended. @throws RunFailed, SlowpathError INTERNAL */
  readonly result: Promise<{ readonly dir: string; readonly id: string }>;
  /** Ends the run early; what was recorded is kept and `result` still settles. Asking twice is harmless. */
  cancel(): void;
  /** Lets go of the process: it sees the channel close, cancels and cleans up by itself. */
  dispose(): void;
}

/** Starts the process that measures. It never outlives this one for long: the closed channel ends it. */
export function startRunner(job: RunnerJob, options: RunnerOptions): RunnerProcess {
  const child = fork(options.script ?? bundlePath('runner'), [], {
    cwd: job.workspaceFolder,
    env: runnerEnvironment(options.env, options.nodePath),
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const send = (message: MessageToRunner): void => {
    // A runner that is gone by now has said why, or says it by its exit code.
    if (child.connected) child.send(message, () => undefined);
  };
  for (const stream of [child.stdout, child.stderr]) forwardLines(stream, options.onStray);

  let last: Extract<MessageFromRunner, { type: 'done' | 'error' }> | undefined;
  let killer: NodeJS.Timeout | undefined;
  child.on('message', (message) => {
    const typed = message as MessageFromRunner;
    if (typed.type === 'event') options.onEvent(typed.event);
    else last = typed;
  });
  const result = new Promise<{ dir: string; id: string }>((resolve, reject) => {
    child.once('error', (error) =>
      reject(
        new SlowpathError('INTERNAL', `The measuring process could not be started: ${error.message}`, { cause: error }),
      ),
    );
    child.once('exit', (code, signal) => {
      clearTimeout(killer);
      const settle = (): void => {
        if (last?.type === 'done') resolve({ dir: last.dir, id: last.id });
        else reject(last ? new RunFailed(last) : endedUnexpectedly(code, signal));
      };
      // Its last words may still be in the channel, which closes after them.
      if (child.connected) child.once('disconnect', settle);
      else settle();
    });
  });
  send({ ...job });
  return {
    pid: child.pid,
    result,
    cancel: () => {
      send({ type: 'cancel' });
      killer ??= setTimeout(() => child.kill('SIGKILL'), options.graceMs ?? 30_000);
    },
    dispose: () => {
      clearTimeout(killer);
      if (child.connected) child.disconnect();
    },
  };
}

/**
 * The environment of the measurement: the person's own, without what the editor added for itself. In the desktop's Electron
 * binary the runner must be told to be Node.
 */
export function runnerEnvironment(
  host: Readonly<Record<string, string | undefined>>,
  nodePath: string,
  inElectron = process.versions['electron'] !== undefined,
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(host)) {
    if (value !== undefined && !/^(VSCODE_|ELECTRON_|CODE_SERVER_)/.test(name) && !editorsOwn.has(name))
      env[name] = value;
  }
  if (inElectron) env['ELECTRON_RUN_AS_NODE'] = '1';
  if (nodePath !== '') {
    const pathName = Object.keys(env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH';
    env[pathName] = [dirname(nodePath), env[pathName]].filter(Boolean).join(delimiter);
  }
  return env;
}

function endedUnexpectedly(code: number | null, signal: NodeJS.Signals | null): SlowpathError {
  const how = signal ?? `exit code ${code ?? 'unknown'}`;
  return new SlowpathError('INTERNAL', `The measuring process ended unexpectedly (${how}).`);
}

/** Set by the editor for its own processes; a service under test must not inherit them. */
const editorsOwn = new Set(['NODE_OPTIONS', 'NODE_CHANNEL_FD', 'NODE_UNIQUE_ID', 'NODE_EXEC_PATH', 'NODE_V8_COVERAGE']);

function forwardLines(stream: Readable | null, onLine: (line: string) => void): void {
  if (stream) createInterface({ input: stream }).on('line', onLine);
}
