import { fork, type ChildProcess } from 'node:child_process';
import { bundlePath } from '../bundles.ts';
import { SlowpathError } from '../errors.ts';
import type { Load } from '../plan/scenario.ts';
import type { MessageFromLoad, MessageToLoad } from './messages.ts';
import type { LoadProgress, LoadResult } from './result.ts';
import { defaultRowLimit } from './rowStore.ts';

export interface RunLoadOptions {
  /** The run's folder; `latency.hlog` and `requests.parquet` are written here. */
  readonly dir: string;
  /** Aborting ends the load at once; the promise then resolves with what there is, `cancelled: true`. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: LoadProgress) => void;
  /** @param timeUs when the phase began, on the monotonic clock. */
  readonly onPhase: (phase: LoadProgress['phase'], timeUs: number) => void;
  /** Entries of the load process and its recorder thread, if not the bundles. */
  readonly entries?: { readonly load: string; readonly recorder: string };
  /** Requests kept one by one, see rowStore.ts. */
  readonly rowLimit?: number;
}

/** Of a load process that does not react to being cancelled. */
const cancelGraceMs = 30_000;
const keptStderr = 2000;
/**
 * The load process makes little garbage and none of it lives long: with a roomy nursery it is collected seldom, and as cheaply.
 * (V8 would start with 1 MB and, since nothing survives, never grow it.)
 */
const execArgv = ['--min-semi-space-size=8', '--max-semi-space-size=8'];

/**
 * Offers a load from a process of its own and returns what came of it.
 * @throws SlowpathError LOAD_FAILED if nothing can be loaded or the load process dies, RUN_WRITE_FAILED if its files cannot be written.
 */
export async function runLoad(load: Load, options: RunLoadOptions): Promise<LoadResult> {
  const entries = options.entries ?? { load: bundlePath('load'), recorder: bundlePath('recorder') };
  const child = fork(entries.load, [], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv,
    serialization: 'advanced',
  });
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-keptStderr)));
  const start: MessageToLoad = {
    type: 'start',
    load,
    dir: options.dir,
    recorderPath: entries.recorder,
    rowLimit: options.rowLimit ?? defaultRowLimit,
    part: null,
  };
  let killer: NodeJS.Timeout | undefined;
  const cancel = (): void => {
    tell(child, { type: 'cancel' });
    killer ??= setTimeout(() => child.kill('SIGKILL'), cancelGraceMs);
  };
  try {
    return await new Promise<LoadResult>((resolve, reject) => {
      let result: LoadResult | null = null;
      let failure: SlowpathError | null = null;
      child.on('message', (message: MessageFromLoad) => {
        switch (message.type) {
          case 'ready':
            tell(child, start);
            // After the start, so that a load cancelled at once also leaves its files.
            if (options.signal.aborted) cancel();
            else options.signal.addEventListener('abort', cancel, { once: true });
            break;
          case 'phase':
            options.onPhase(message.phase, message.timeUs);
            break;
          case 'progress':
            options.onProgress(message.progress);
            break;
          case 'result':
            result = message.result;
            break;
          case 'connected':
          case 'facts':
            // Between the load process and those it shares the load with.
            break;
          case 'failed':
            failure = new SlowpathError(message.code, message.message);
        }
      });
      child.on('error', (cause) => {
        reject(new SlowpathError('LOAD_FAILED', `The load generator cannot be started: ${cause.message}.`, { cause }));
      });
      // `close`, not `exit`: by then every message has been delivered; and nothing is left running once this settles.
      child.on('close', (code, signal) => {
        if (result) resolve(result);
        else reject(failure ?? died(code, signal, stderr));
      });
    });
  } finally {
    options.signal.removeEventListener('abort', cancel);
    clearTimeout(killer);
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  }
}

function tell(child: ChildProcess, message: MessageToLoad): void {
  // It may have just died: then `close` says so.
  if (child.connected) child.send(message, () => undefined);
}

function died(code: number | null, signal: NodeJS.Signals | null, stderr: string): SlowpathError {
  const how = signal ? `was killed by ${signal}` : `ended with exit code ${code ?? 'unknown'}`;
  const last = stderr.trim() === '' ? '' : ` Its last words: ${stderr.trim()}`;
  return new SlowpathError(
    'LOAD_FAILED',
    `The load generator ${how} before it was done; what it had recorded is kept.${last}`,
  );
}
