import { spawn, type ChildProcess } from 'node:child_process';
import { bundlePath } from '../bundles.ts';
import { SlowpathError } from '../errors.ts';
import { guardEnvironment } from './environment.ts';
import type { GuardCommand, GuardEvent } from './guardMessages.ts';
import { endTree, startTimeOf, type TreeRoot } from './processTree.ts';

/** Time a target has to end by itself after SIGTERM. */
const GRACE_MS = 2000;
/** The guard's own time for SIGTERM, SIGKILL and saying so. */
const GUARD_PATIENCE_MS = GRACE_MS + 4000;
/** What was written before the end arrives at once, unless something that escaped still holds the pipe. */
const OUTPUT_PATIENCE_MS = 1000;

export interface GuardedCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Mark of the tree, the value of SLOWPATH_RUN in env. */
  readonly run: string;
  /** The run's temporary folder: removed by the guard if the launcher dies. */
  readonly folder: string;
}

export interface GuardedOutput {
  onChunk(stream: 'stdout' | 'stderr', chunk: Buffer): void;
  onEnd(stream: 'stdout' | 'stderr'): void;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

type Started = Extract<GuardEvent, { type: 'started' }>;

/** A process tree that ends with the launcher, however that ends. */
export class GuardedProcess {
  readonly pid: number;
  /** Which processes are its own. */
  readonly root: TreeRoot;
  /** Settles when the first process of the tree has ended and its output has arrived. */
  readonly exited: Promise<Exit>;
  private readonly guard: ChildProcess;
  private stopping: Promise<void> | undefined;

  private constructor(guard: ChildProcess, root: TreeRoot, exited: Promise<Exit>) {
    this.guard = guard;
    this.pid = root.pid;
    this.root = root;
    this.exited = exited;
  }

  /** @throws SlowpathError TARGET_COMMAND_NOT_FOUND if the system would not start it. */
  static async start(command: GuardedCommand, output: GuardedOutput): Promise<GuardedProcess> {
    const guard = spawn(process.execPath, [bundlePath('guard')], {
      env: guardEnvironment(process.env),
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // Its own session: a signal to the launcher's group, Ctrl-C among them, must not end the guard before its work is done.
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
    const outputEnded = relayOutput(guard, output);
    const started = Promise.withResolvers<Started>();
    const exit = Promise.withResolvers<Exit>();
    guard.on('message', (event) => onEvent(event as GuardEvent, command, started, exit));
    guard.once('error', (error) => started.reject(cannotStart(command, error.message, error)));
    guard.once('exit', () => {
      const gone = (): void => {
        started.reject(cannotStart(command, 'its guard process ended'));
        // Somebody ended the guard: whether the target still runs, stop() finds out.
        exit.resolve({ code: null, signal: null });
      };
      // Its last messages may still be on the way; the channel closes behind them.
      if (guard.connected) guard.once('disconnect', gone);
      else gone();
    });
    const start: GuardCommand = { type: 'start', ...command, graceMs: GRACE_MS };
    guard.send(start);
    const { pid, startTime } = await started.promise;
    const exited = exit.promise.then(async (how) => {
      await Promise.race([outputEnded, delay(OUTPUT_PATIENCE_MS)]);
      return how;
    });
    return new GuardedProcess(guard, { pid, run: command.run, startTime }, exited);
  }

  /** Asks the first process of the tree to end by itself, as Ctrl-C does; what becomes of it, `exited` tells. */
  interrupt(): void {
    // Its id may be another's by now.
    if (startTimeOf(this.pid) !== this.root.startTime) return;
    try {
      process.kill(this.pid, 'SIGINT');
    } catch {
      // It has ended.
    }
  }

  /** SIGTERM, after two seconds SIGKILL, to the whole tree; settles when nothing of it is left. */
  stop(): Promise<void> {
    this.stopping ??= this.end();
    return this.stopping;
  }

  private async end(): Promise<void> {
    const { guard } = this;
    if (guard.exitCode === null && guard.signalCode === null) {
      const gone = new Promise<void>((resolve) => void guard.once('exit', () => resolve()));
      const stop: GuardCommand = { type: 'stop' };
      if (guard.connected) guard.send(stop, () => undefined);
      await Promise.race([gone, delay(GUARD_PATIENCE_MS)]);
      guard.kill('SIGKILL');
    }
    // A guard that was killed could not do it.
    if (guard.exitCode !== 0) await endTree(this.root, GRACE_MS);
    guard.stdout?.destroy();
    guard.stderr?.destroy();
  }
}

function onEvent(
  event: GuardEvent,
  command: GuardedCommand,
  started: PromiseWithResolvers<Started>,
  exit: PromiseWithResolvers<Exit>,
): void {
  switch (event.type) {
    case 'started':
      started.resolve(event);
      return;
    case 'failed':
      started.reject(cannotStart(command, event.message));
      return;
    case 'exited':
      exit.resolve({ code: event.code, signal: event.signal });
      return;
    case 'ended':
      return;
  }
}

async function relayOutput(guard: ChildProcess, output: GuardedOutput): Promise<void> {
  await Promise.all(
    (['stdout', 'stderr'] as const).map(
      (stream) =>
        new Promise<void>((resolve) => {
          guard[stream]?.on('data', (chunk: Buffer) => output.onChunk(stream, chunk));
          guard[stream]?.once('error', () => undefined);
          guard[stream]?.once('close', () => {
            output.onEnd(stream);
            resolve();
          });
        }),
    ),
  );
}

function cannotStart(command: GuardedCommand, why: string, cause?: unknown): SlowpathError {
  return new SlowpathError(
    'TARGET_COMMAND_NOT_FOUND',
    `Cannot start ${command.file}: ${why}; check the command and "cwd" in the plan.`,
    { cause },
  );
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms).unref());
}
