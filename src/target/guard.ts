/**
 * Stands between the launcher and the target, so that nothing is left running whatever happens to the launcher: when its IPC
 * channel closes, the guard ends the target's whole tree and goes itself. The kernel closes the channel however the
 * launcher ends, SIGKILL included. The target inherits the guard's stdout and stderr, so that no output passes through here.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import { messageOf } from '../errors.ts';
import type { GuardCommand, GuardEvent } from './guardMessages.ts';
import { endTree, rememberDescendants, startTimeOf, type TreeRoot } from './processTree.ts';

/** Remembers descendants while they still have ties, for those that later fork away with an environment of their own. */
const REMEMBER_EVERY_MS = 500;

class Guard {
  private root: TreeRoot | undefined;
  private graceMs = 0;
  private folder: string | undefined;
  private readonly known = new Map</* pid */ number, /* start time */ string>();
  private timer: NodeJS.Timeout | undefined;
  private ending: Promise<void> | undefined;

  obey(command: GuardCommand): void {
    if (command.type === 'stop') void this.end();
    else if (!this.root && !this.ending) this.start(command);
  }

  private start(command: Extract<GuardCommand, { type: 'start' }>): void {
    this.folder = command.folder;
    let child: ChildProcess;
    try {
      child = spawn(command.file, command.args, {
        cwd: command.cwd,
        env: command.env,
        stdio: ['ignore', 'inherit', 'inherit'],
        // A process group of its own (setsid): signals meant for the guard or a terminal pass it by.
        detached: process.platform !== 'win32',
        windowsHide: true,
      });
    } catch (error) {
      this.fail(error);
      return;
    }
    child.once('error', (error) => this.fail(error));
    child.once('exit', (code, signal) => {
      tell({ type: 'exited', code, signal });
      void this.end();
    });
    if (child.pid === undefined) return;
    // Its id is its own until it is reaped, here and not before the next turn.
    this.root = { pid: child.pid, run: command.run, startTime: startTimeOf(child.pid) };
    this.graceMs = command.graceMs;
    this.timer = setInterval(() => this.remember(), REMEMBER_EVERY_MS);
    tell({ type: 'started', pid: child.pid, startTime: this.root.startTime });
  }

  private fail(error: unknown): void {
    const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
    tell({
      type: 'failed',
      code: typeof code === 'string' ? code : '',
      message: messageOf(error),
    });
    void this.end();
  }

  private remember(): void {
    if (this.root) rememberDescendants(this.root, this.known);
  }

  end(): Promise<void> {
    this.ending ??= this.endAll();
    return this.ending;
  }

  private async endAll(): Promise<void> {
    clearInterval(this.timer);
    const left = this.root ? await endTree(this.root, this.graceMs, this.known) : [];
    if (!process.connected && this.folder !== undefined) rmSync(this.folder, { recursive: true, force: true });
    tell({ type: 'ended', left }, () => process.exit(0));
  }
}

/** Calls `then` once the message has left, or if nobody is there to read it. */
function tell(event: GuardEvent, then: () => void = () => undefined): void {
  if (!process.connected || !process.send) {
    then();
    return;
  }
  process.send(event, () => then());
}

const guard = new Guard();
process.on('message', (command) => guard.obey(command as GuardCommand));
process.on('disconnect', () => void guard.end());
process.on('uncaughtException', () => void guard.end());
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void guard.end());
if (!process.connected) process.exit(2);
