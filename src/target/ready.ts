import http from 'node:http';
import https from 'node:https';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { SlowpathError } from '../errors.ts';
import type { Ready } from '../plan/scenario.ts';
import { grpcHealth } from './grpcHealth.ts';

const POLL_MS = 25;
const ATTEMPT_MS = 1000;
const FAIR_ATTEMPT_MS = 250;

/** The port a readiness check looks at, and where; null for a log line. */
function readyAddress(ready: Ready): { readonly host: string; readonly port: number } | null {
  if (ready.kind === 'log') return null;
  if (ready.kind === 'port') return { host: '127.0.0.1', port: ready.port };
  const url = new URL(ready.url);
  const port = Number(url.port) || (url.protocol === 'https:' || url.protocol === 'grpcs:' ? 443 : 80);
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port };
}

/**
 * What answers before the target has started is not the target: the run would measure a stranger.
 *
 * @throws SlowpathError TARGET_PORT_IN_USE
 */
export async function assertPortFree(ready: Ready | null, target: string): Promise<void> {
  const address = ready && readyAddress(ready);
  if (address && (await accepts(address.host, address.port))) throw portInUse(target, address.port);
}

export function portInUse(target: string, port: number | null): SlowpathError {
  const which = port === null ? 'its port' : `port ${port}`;
  return new SlowpathError(
    'TARGET_PORT_IN_USE',
    `Target "${target}" cannot listen: ${which} is already in use; stop the process that holds it, or write \${port:${target}} in the plan to get a free one.`,
  );
}

/** The port of the last EADDRINUSE in some output; undefined if there is none, null if it doesn't say. */
export function portInOutput(lines: readonly string[]): number | null | undefined {
  const at = lines.findLastIndex((line) => line.includes('EADDRINUSE'));
  if (at < 0) return undefined;
  const text = lines.slice(at).join('\n');
  const port =
    /EADDRINUSE[^\n]*:(?<port>\d{1,5})\b/.exec(text)?.groups?.['port'] ??
    /\bport: (?<port>\d{1,5})\b/.exec(text)?.groups?.['port'];
  return port === undefined ? null : Number(port);
}

/**
 * Waits until the target is ready: an HTTP answer with a status below 500 (a 404 too is a service at work), a gRPC health check that
 * says SERVING, a port that accepts, or a line of output that contains a text.
 *
 * @param sawLine settles when a line with the given text has been printed.
 * @returns what was seen last if the time ran out, e.g. `it answered 503`; null when ready.
 */
export async function waitReady(
  ready: Ready,
  sawLine: (text: string) => Promise<void>,
  signal: AbortSignal,
): Promise<string | null> {
  const deadline = performance.now() + ready.timeoutUs / 1000;
  if (ready.kind === 'log') {
    const timeUp = sleep(ready.timeoutUs / 1000, 'late', { signal });
    // Aborted when the line comes first: nobody waits for it any more.
    timeUp.catch(() => undefined);
    const first = await Promise.race([sawLine(ready.text).then(() => null), timeUp]);
    return first === null ? null : `it did not print "${ready.text}"`;
  }
  let seen = '';
  while (performance.now() < deadline) {
    signal.throwIfAborted();
    const patienceMs = Math.min(ATTEMPT_MS, Math.max(1, deadline - performance.now()));
    const problem = await attempt(ready, patienceMs);
    if (problem === null) return null;
    // A last attempt that was hardly given time says nothing of the target; what the one before it saw does.
    if (seen === '' || patienceMs >= FAIR_ATTEMPT_MS) seen = problem;
    await sleep(POLL_MS, undefined, { signal });
  }
  return seen;
}

async function attempt(ready: Exclude<Ready, { kind: 'log' }>, timeoutMs: number): Promise<string | null> {
  if (ready.kind === 'port')
    return (await accepts('127.0.0.1', ready.port)) ? null : `nothing accepts connections on port ${ready.port}`;
  if (ready.kind === 'grpc') {
    const problem = await grpcHealth(new URL(ready.url), timeoutMs);
    return problem === null ? null : `the health check of ${ready.url} failed (${problem})`;
  }
  const answer = await httpStatus(ready.url, timeoutMs);
  if (typeof answer === 'string') return `${ready.url} did not answer (${answer})`;
  return answer < 500 ? null : `${ready.url} answered ${answer}`;
}

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: ATTEMPT_MS });
    const settle = (accepted: boolean): void => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once('connect', () => settle(true));
    socket.once('timeout', () => settle(false));
    socket.once('error', () => settle(false));
  });
}

/** A status, or the code of what went wrong. */
function httpStatus(url: string, timeoutMs: number): Promise<number | string> {
  return new Promise((resolve) => {
    const { get } = url.startsWith('https:') ? https : http;
    // Readiness asks for an answer, not for a certificate anybody else would trust.
    const request = get(url, { agent: false, timeout: timeoutMs, rejectUnauthorized: false }, (response) => {
      resolve(response.statusCode ?? 0);
      request.destroy();
    });
    request.once('timeout', () =>
      request.destroy(Object.assign(new Error('timed out'), { code: 'no answer in time' })),
    );
    request.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}
