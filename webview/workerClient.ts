import workerSource from './worker.ts?bundled';
import { SlowpathError } from '../src/errors.ts';
import type { WorkerAnswer, WorkerReply, WorkerRequest } from './model/messages.ts';

/** Asks the page's worker; answers come in order. */
export class WorkerClient {
  private readonly worker: Worker;
  private readonly waiting = new Map<
    number,
    { resolve: (answer: unknown) => void; reject: (error: Error) => void; type: string }
  >();
  private nextId = 1;
  private ahead: { readonly key: string; readonly answer: Promise<unknown> } | null = null;

  constructor() {
    const url = URL.createObjectURL(new Blob([workerSource], { type: 'text/javascript' }));
    this.worker = new Worker(url);
    URL.revokeObjectURL(url);
    this.worker.addEventListener('message', (event: MessageEvent<WorkerReply>) => this.settle(event.data));
    this.worker.addEventListener('error', (event) => {
      const error = new SlowpathError(
        'INTERNAL',
        `The report's analysis stopped: ${event.message || 'its worker failed'}.`,
      );
      for (const call of this.waiting.values()) call.reject(error);
      this.waiting.clear();
    });
  }

  /** Asks ahead: the next `ask` for exactly the same gets this answer. */
  prefetch(request: WorkerRequest): void {
    const answer = this.ask(request);
    // Whoever asks for it later hears of a failure; if nobody does, the request it followed has failed and told.
    answer.catch(() => undefined);
    this.ahead = { key: JSON.stringify(request), answer };
  }

  ask<R extends WorkerRequest>(request: R, transfer: Transferable[] = []): Promise<WorkerAnswer<R['type']>> {
    const { ahead } = this;
    if (ahead && request.type === 'flame' && ahead.key === JSON.stringify(request)) {
      this.ahead = null;
      return ahead.answer as Promise<WorkerAnswer<R['type']>>;
    }
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve: resolve as (answer: unknown) => void, reject, type: request.type });
      this.worker.postMessage({ id, request }, transfer);
    });
  }

  private settle(reply: WorkerReply): void {
    const call = this.waiting.get(reply.id);
    this.waiting.delete(reply.id);
    if (!call) return;
    if ('error' in reply) {
      call.reject(new SlowpathError('FORMAT_MALFORMED', reply.error.message));
      return;
    }
    performance.measure(`slowpath:worker:${call.type}`, {
      start: performance.now() - reply.tookMs,
      duration: reply.tookMs,
    });
    call.resolve(reply.answer);
  }
}
