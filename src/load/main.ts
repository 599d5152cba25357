import { setFlagsFromString } from 'node:v8';
import { isMainThread } from 'node:worker_threads';
import { asSlowpathError } from '../errors.ts';
import { nowUs } from './clock.ts';
import { measureFloor, serveNothing } from './floor.ts';
import { newLoadResult } from './loadResult.ts';
import type { LoadStart, MessageFromLoad, MessageToLoad } from './messages.ts';
import type { LoadResult } from './result.ts';
import { runSession } from './session.ts';
import { wholeLoad } from './share.ts';
import { runShared } from './shared/coordinator.ts';
import { newTracePrefix } from './traceparent.ts';

/**
 * V8 compiles a function well once it has been called some thousands of times: at 2,000 requests a second in the fourth second, all of them at
 * once, for 100 ms of the generator's core and of the measured window. A tenth of the calls is enough for code that does one thing; so it
 * happens in the warm-up, that of the parser too, which returns early from most calls. (A V8 that doesn't know one of these passes it over.)
 */
const compileEarly = ['--invocation-count-for-maglev=150', '--invocation-count-for-turbofan=400'];
/** Between the last preparation and the first arrival. */
const leadUs = 5000;

/**
 * Entry of the load process (and, as a worker thread of it, of the null server; and, started by it with a share, of each of several
 * processes that offer one load). One load, then it ends. It ends by itself, its files finished, when cancelled, on SIGINT or
 * SIGTERM, and when whoever started it is gone (the channel closes, also after SIGKILL).
 */
function runLoadProcess(): void {
  for (const flag of compileEarly) setFlagsFromString(flag);
  const cancel = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => cancel.abort());
  process.on('disconnect', () => cancel.abort());
  const go = Promise.withResolvers<number>();
  cancel.signal.addEventListener('abort', () => go.resolve(nowUs()));
  let started = false;
  process.on('message', (message: MessageToLoad) => {
    if (message.type === 'cancel') {
      cancel.abort();
    } else if (message.type === 'go') {
      go.resolve(message.warmupStartUs);
    } else if (!started) {
      started = true;
      void run(message, go.promise, cancel.signal);
    }
  });
  // Told to end before anything was started.
  cancel.signal.addEventListener('abort', () => {
    if (!started) process.exit(0);
  });
  send({ type: 'ready' });
}

async function run(start: LoadStart, go: Promise<number>, signal: AbortSignal): Promise<void> {
  try {
    if (start.part) {
      const connected = (): Promise<number> => {
        send({ type: 'connected' });
        return go;
      };
      const facts = await runSession({ ...start, ...start.part, signal, send, connected });
      await sendLast({ type: 'facts', facts });
    } else {
      await sendLast({ type: 'result', result: await runWhole(start, signal) });
    }
  } catch (error) {
    const { code, message } = asSlowpathError(error, 'LOAD_FAILED');
    await sendLast({ type: 'failed', code, message });
  }
  process.exit(0);
}

async function runWhole(start: LoadStart, signal: AbortSignal): Promise<LoadResult> {
  const { load } = start;
  const script = process.argv[1] ?? '';
  const tracePrefix = load.traceparent ? newTracePrefix() : null;
  send({ type: 'phase', phase: 'connecting', timeUs: nowUs() });
  const floorUs = await measureFloor(script, signal);
  if (load.processes > 1) return runShared({ start, script, tracePrefix, floorUs, signal, send });
  const connected = (): Promise<number> => Promise.resolve(nowUs() + leadUs);
  const session = await runSession({ ...start, share: wholeLoad, tracePrefix, signal, send, connected });
  const { sampling, medians, files } = session.recorded;
  return newLoadResult({
    load,
    floorUs,
    sessions: [session],
    lost: [],
    sampling,
    medians,
    files,
    cancelled: session.cancelled,
  });
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
