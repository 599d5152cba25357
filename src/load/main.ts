import { isMainThread } from 'node:worker_threads';
import { asSlowpathError } from '../errors.ts';
import { serveNothing } from './floor.ts';
import type { MessageFromLoad, MessageToLoad } from './messages.ts';
import { runSession } from './session.ts';

/**
 * Entry of the load process (and, as a worker thread of it, of the null server). One load, then it ends. It ends by itself, its files
 * finished, when cancelled, on SIGINT or SIGTERM, and when whoever started it is gone (the channel closes, also after SIGKILL).
 */
function runLoadProcess(): void {
  const cancel = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => cancel.abort());
  process.on('disconnect', () => cancel.abort());
  let started = false;
  process.on('message', (message: MessageToLoad) => {
    if (message.type === 'cancel') {
      cancel.abort();
    } else if (!started) {
      started = true;
      void run(message, cancel.signal);
    }
  });
  // Told to end before anything was started.
  cancel.signal.addEventListener('abort', () => {
    if (!started) process.exit(0);
  });
  send({ type: 'ready' });
}

async function run(start: Extract<MessageToLoad, { type: 'start' }>, signal: AbortSignal): Promise<void> {
  try {
    const { load, dir, recorderPath, rowLimit } = start;
    const script = process.argv[1] ?? '';
    const result = await runSession({ load, dir, recorderPath, rowLimit, script, signal, send });
    await sendLast({ type: 'result', result });
  } catch (error) {
    const { code, message } = asSlowpathError(error, 'LOAD_FAILED');
    await sendLast({ type: 'failed', code, message });
  }
  process.exit(0);
}

function send(message: MessageFromLoad): void {
  // A closed channel is heard as `disconnect`; nobody is left to tell.
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

/** Waits until it is on its way: `process.exit` would cut it off. */
function sendLast(message: MessageFromLoad): Promise<void> {
  return new Promise((resolve) => {
    if (!process.connected || !process.send) resolve();
    else process.send(message, undefined, undefined, () => resolve());
  });
}

if (isMainThread) runLoadProcess();
else serveNothing();
