import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { messageOf, SlowpathError } from '../errors.ts';
import type { MessageFromRecorder, MessageToRecorder, RecorderStart } from './messages.ts';
import type { LiveFigures } from './recording.ts';
import type { MeasuredWindow } from './result.ts';
import { newRingMemory, RingWriter } from './ring.ts';
import type { Recorded } from './sessionFacts.ts';

/**
 * For the thread that is started next; this one has its nursery already (run.ts), and a worker's own limits give way to the flags of the
 * process. The recorder makes little garbage: a roomy nursery would only be touched page by page until it is all resident.
 */
const recorderFlags = ['--min-semi-space-size=1', '--max-semi-space-size=2'];

/** The load process' handle on its recorder thread. */
export class RecorderThread {
  /** Rejects when the recorder fails or dies; settles with its summary otherwise. */
  readonly finished: Promise<Recorded>;
  /** Settles when rows can be recorded, or never will be. */
  readonly ready: Promise<void>;
  /** Takes the rows to be recorded. */
  readonly ring: RingWriter;
  onLive: (figures: LiveFigures) => void = () => undefined;
  private readonly worker: Worker;

  constructor(path: string, options: Omit<RecorderStart, 'ring'>) {
    const start: RecorderStart = { ...options, ring: newRingMemory() };
    this.ring = new RingWriter(start.ring);
    for (const flag of recorderFlags) setFlagsFromString(flag);
    this.worker = new Worker(path, { workerData: start });
    const ready = Promise.withResolvers<undefined>();
    this.ready = ready.promise;
    this.finished = new Promise((resolve, reject) => {
      this.worker.on('message', (message: MessageFromRecorder) => {
        ready.resolve(undefined);
        if (message.type === 'ready') return;
        if (message.type === 'live') this.onLive(message.figures);
        else if (message.type === 'finished') resolve(message.recorded);
        else reject(new SlowpathError(message.code, message.message));
      });
      this.worker.on('error', (cause) => {
        reject(new SlowpathError('LOAD_FAILED', `The recorder failed: ${messageOf(cause)}.`, { cause }));
      });
      this.worker.on('exit', () => reject(new SlowpathError('LOAD_FAILED', 'The recorder ended too early.')));
    });
    // Awaited at the end; until then a failure is heard by whoever asks.
    this.finished.catch(() => ready.resolve(undefined));
  }

  setWindow(window: MeasuredWindow): void {
    this.send({ type: 'window', window });
  }

  finish(): Promise<Recorded> {
    this.send({ type: 'finish' });
    return this.finished;
  }

  async dispose(): Promise<void> {
    await this.worker.terminate();
  }

  private send(message: MessageToRecorder): void {
    this.worker.postMessage(message);
    this.ring.wake();
  }
}
