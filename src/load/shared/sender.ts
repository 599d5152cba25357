import { fork, type ChildProcess } from 'node:child_process';
import { SlowpathError } from '../../errors.ts';
import type { LoadStart, MessageFromLoad, MessageToLoad } from '../messages.ts';
import type { LoadProgress } from '../result.ts';
import type { SessionFacts } from '../sessionFacts.ts';

/** How a process with a share came to its end. */
export type SenderEnd =
  | { readonly kind: 'facts'; readonly facts: SessionFacts }
  | { readonly kind: 'failed'; readonly error: SlowpathError }
  /** @param how e.g. `was killed by SIGKILL`. */
  | { readonly kind: 'lost'; readonly how: string };

export interface SenderOptions {
  /** The load process' own entry. */
  readonly script: string;
  readonly start: LoadStart;
  readonly onPhase: (phase: LoadProgress['phase'], timeUs: number) => void;
  readonly onProgress: (progress: LoadProgress) => void;
}

/** Of a process that does not react to being cancelled; less than whoever waits for all of them allows. */
const cancelGraceMs = 20_000;

/** The handle on one of several processes that offer a load. */
export class Sender {
  /** Its connections are open, or it has ended. */
  readonly connected: Promise<void>;
  /** Settles when the process is gone, never rejects. */
  readonly ended: Promise<SenderEnd>;
  private readonly child: ChildProcess;
  private isStarted = false;
  private isCancelled = false;
  private killer: NodeJS.Timeout | null = null;

  constructor({ script, start, onPhase, onProgress }: SenderOptions) {
    // What it says last is passed on to whoever started this process.
    this.child = fork(script, [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], serialization: 'advanced' });
    const connected = Promise.withResolvers<undefined>();
    this.connected = connected.promise;
    this.ended = new Promise((resolve) => {
      let end: SenderEnd | null = null;
      this.child.on('message', (message: MessageFromLoad) => {
        switch (message.type) {
          case 'ready':
            this.tell(start);
            this.isStarted = true;
            if (this.isCancelled) this.tell({ type: 'cancel' });
            break;
          case 'connected':
            connected.resolve(undefined);
            break;
          case 'phase':
            onPhase(message.phase, message.timeUs);
            break;
          case 'progress':
            onProgress(message.progress);
            break;
          case 'facts':
            end = { kind: 'facts', facts: message.facts };
            break;
          case 'result':
            // Of whole loads alone.
            break;
          case 'failed':
            end = { kind: 'failed', error: new SlowpathError(message.code, message.message) };
        }
      });
      const settle = (last: SenderEnd): void => {
        if (this.killer) clearTimeout(this.killer);
        connected.resolve(undefined);
        resolve(last);
      };
      this.child.on('error', (cause) => {
        const error = new SlowpathError('LOAD_FAILED', `The load generator cannot be started: ${cause.message}.`, {
          cause,
        });
        if (this.child.pid === undefined) settle({ kind: 'failed', error });
      });
      this.child.on('close', (code, signal) => {
        const how = signal ? `was killed by ${signal}` : `ended with exit code ${code ?? 'unknown'}`;
        settle(end ?? { kind: 'lost', how });
      });
    });
  }

  go(warmupStartUs: number): void {
    this.tell({ type: 'go', warmupStartUs });
  }

  /** It ends soon, its files written. */
  cancel(): void {
    if (this.isCancelled) return;
    this.isCancelled = true;
    // Not before its start: so that one cancelled at once leaves its files too.
    if (this.isStarted) this.tell({ type: 'cancel' });
    this.killer = setTimeout(() => this.child.kill('SIGKILL'), cancelGraceMs);
  }

  private tell(message: MessageToLoad): void {
    // It may have just died: then `close` says so.
    if (this.child.connected) this.child.send(message, () => undefined);
  }
}
