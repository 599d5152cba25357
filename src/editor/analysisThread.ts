import { Worker } from 'node:worker_threads';
import { bundlePath } from '../bundles.ts';
import { SlowpathError } from '../errors.ts';
import type { AnalysisAnswer, AnalysisOperation, AnalysisOperations, AnalysisRequest } from './analysisMessages.ts';

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: SlowpathError) => void;
  readonly timer: NodeJS.Timeout;
}

export interface AnalysisThreadOptions {
  /** Path of the worker's script; default the built one. */
  readonly script?: string;
  /** How long one request may take before its thread is given up. */
  readonly timeoutMs?: number;
  /** How long an unused thread is kept with what it has read. */
  readonly idleMs?: number;
  /** Memory of its heap, beyond which a file is too large for us. */
  readonly maxHeapMb?: number;
}

/**
 * The worker thread that reads runs, profiles and plans for the extension host. Started at the first request, ended when
 * nobody has asked for a while; a thread that hangs or dies fails its requests with one sentence and is replaced.
 */
export class AnalysisThread {
  private readonly options: Required<AnalysisThreadOptions>;
  private worker: Worker | undefined;
  private readonly pending = new Map</* request */ number, Pending>();
  private lastId = 0;
  private idle: NodeJS.Timeout | undefined;
  private disposed = false;

  constructor(options: AnalysisThreadOptions = {}) {
    this.options = {
      script: options.script ?? bundlePath('analysis'),
      timeoutMs: options.timeoutMs ?? 60_000,
      idleMs: options.idleMs ?? 120_000,
      maxHeapMb: options.maxHeapMb ?? 4096,
    };
  }

  /** @throws SlowpathError what the worker threw, FORMAT_TOO_LARGE when it hung or ran out of memory, CANCELLED when disposed. */
  ask<Operation extends AnalysisOperation>(
    operation: Operation,
    args: AnalysisOperations[Operation]['args'],
  ): Promise<AnalysisOperations[Operation]['answer']> {
    if (this.disposed) return Promise.reject(new SlowpathError('CANCELLED', 'The window is closing.'));
    const id = ++this.lastId;
    const request: AnalysisRequest = { id, operation, args };
    clearTimeout(this.idle);
    const worker = (this.worker ??= this.start());
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.giveUp(worker, tooLong(this.options.timeoutMs)), this.options.timeoutMs);
      this.pending.set(id, { resolve: resolve as (value: unknown) => void, reject, timer });
      worker.postMessage(request);
    });
  }

  async dispose(): Promise<void> {
    this.disposed = true;
    clearTimeout(this.idle);
    const worker = this.worker;
    this.failAll(new SlowpathError('CANCELLED', 'The window is closing.'));
    this.worker = undefined;
    await worker?.terminate();
  }

  private start(): Worker {
    const worker = new Worker(this.options.script, {
      resourceLimits: { maxOldGenerationSizeMb: this.options.maxHeapMb },
      // The host's own flags and preloads are none of the worker's business.
      execArgv: [],
    });
    worker.on('message', (answer: AnalysisAnswer) => this.settle(answer));
    worker.on('error', (error: Error) => this.giveUp(worker, workerDied(error)));
    worker.on('exit', () => this.giveUp(worker, workerDied(new Error('it ended'))));
    worker.unref();
    return worker;
  }

  private settle(answer: AnalysisAnswer): void {
    const pending = this.pending.get(answer.id);
    if (!pending) return;
    this.pending.delete(answer.id);
    clearTimeout(pending.timer);
    if (answer.ok) pending.resolve(answer.value);
    else pending.reject(new SlowpathError(answer.code, answer.message));
    if (this.pending.size === 0 && !this.disposed) this.endWhenIdle();
  }

  private endWhenIdle(): void {
    clearTimeout(this.idle);
    this.idle = setTimeout(() => {
      const worker = this.worker;
      this.worker = undefined;
      void worker?.terminate();
    }, this.options.idleMs);
    this.idle.unref();
  }

  /** All requests of a thread fail with it: they share its memory and its time. */
  private giveUp(worker: Worker, error: SlowpathError): void {
    if (this.worker !== worker) return;
    this.worker = undefined;
    this.failAll(error);
    void worker.terminate();
  }

  private failAll(error: SlowpathError): void {
    for (const pending of this.pending.values()) {
      clearTimeout(pending.timer);
      pending.reject(error);
    }
    this.pending.clear();
  }
}

function tooLong(timeoutMs: number): SlowpathError {
  return new SlowpathError(
    'FORMAT_TOO_LARGE',
    `Reading took longer than ${Math.round(timeoutMs / 1000)} s and was given up; a smaller file or a shorter run will open.`,
  );
}

function workerDied(error: Error): SlowpathError {
  const outOfMemory = (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY';
  return outOfMemory
    ? new SlowpathError(
        'FORMAT_TOO_LARGE',
        'This needs more memory than there is; a smaller file or a shorter run will open.',
        { cause: error },
      )
    : new SlowpathError('INTERNAL', `The reader thread failed: ${error.message}`, { cause: error });
}
