import { createServer } from 'node:net';
import { once } from 'node:events';
import { parentPort, Worker } from 'node:worker_threads';
import { newHistogram, quantile, record } from '../latency/histogram.ts';
import { AnswerWatch } from './answerWatch.ts';
import { nowUs } from './clock.ts';
import { Templates } from './content/template.ts';
import type { Driver } from './drivers/driver.ts';
import { newHttp1Driver } from './drivers/http1.ts';
import { prepareRequest } from './drivers/http1Request.ts';

const pingPongMs = 200;
const warmUpMs = 50;
const timeoutUs = 2_000_000;
const nothing = { headers: {}, body: null, bodyEncoding: 'utf8', weight: 1, check: null } as const;
const answer = Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');

/** `workerData` that tells an entry, started as a worker thread, which part to play. */
export const nullServerRole = 'null-server';

/**
 * The floor: median round trip of this generator against a server that does nothing, over loopback, one request at a time
 * with no pause. It goes through the same driver, parser and clock as the load, so it is the least that this machine and this
 * generator can report at this moment; a target that is not clearly slower has not been measured.
 *
 * @param script the load process' own entry, started again as a worker thread to be the server.
 * @returns µs, or null if it could not be measured.
 */
export async function measureFloor(script: string, signal: AbortSignal): Promise<number | null> {
  if (signal.aborted) return null;
  const worker = new Worker(script, { workerData: nullServerRole });
  try {
    const [port] = (await once(worker, 'message', { signal })) as [number];
    return await pingPong(port, signal);
  } catch {
    return null;
  } finally {
    await worker.terminate();
  }
}

/** The server's side, in the worker thread: one fixed answer for every read; the client sends one request at a time. */
export function serveNothing(): void {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', () => socket.write(answer));
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    parentPort?.postMessage(address && typeof address === 'object' ? address.port : 0);
  });
}

/** Asks the null server on a port, in the way of any HTTP load. */
export function nullServerDriver(port: number): Driver {
  const template = { ...nothing, name: 'floor', method: 'GET', path: '/' };
  const parts = { templates: new Templates(1, new Map()), seed: 1, tracePrefix: null };
  return newHttp1Driver({
    endpoint: { address: '127.0.0.1', port },
    tls: null,
    requests: [prepareRequest(new URL(`http://127.0.0.1:${port}`), template, parts)],
    checks: [null],
    connectTimeoutUs: timeoutUs,
  });
}

function pingPong(port: number, signal: AbortSignal): Promise<number | null> {
  const driver = nullServerDriver(port);
  const histogram = newHistogram();
  const watch = new AnswerWatch();
  return new Promise((resolve) => {
    const startUs = nowUs();
    let sentUs = 0;
    const end = (): void => {
      clearTimeout(deadline);
      signal.removeEventListener('abort', end);
      watch.stop();
      lane.destroy();
      resolve(quantile(histogram, 0.5));
    };
    const send = (): void => {
      sentUs = nowUs();
      lane.send(0, 1);
      watch.sent(sentUs);
    };
    const deadline = setTimeout(end, 5 * (pingPongMs + warmUpMs));
    signal.addEventListener('abort', end, { once: true });
    const lane = driver.open(0, {
      onReady: send,
      onAnswer: (_ordinal, _good, _status, _bytes, _firstByteUs, doneUs) => {
        if (doneUs - startUs > warmUpMs * 1000) record(histogram, doneUs - sentUs);
        if (doneUs - startUs > (warmUpMs + pingPongMs) * 1000) end();
        else send();
      },
      onDown: end,
    });
  });
}
