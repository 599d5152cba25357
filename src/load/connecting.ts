import { lookup } from 'node:dns/promises';
import { connect, isIP } from 'node:net';
import { SlowpathError } from '../errors.ts';
import type { Endpoint } from './drivers/http1.ts';

const firstContactMs = 2000;
const retryMs = 50;

/**
 * Finds the address to load: resolves the name once, then takes the first of its addresses that accepts a connection
 * (`localhost` is often `::1` first, while a server listens on 127.0.0.1 alone). Tries for two seconds, for a target that is
 * still starting.
 * @throws SlowpathError LOAD_FAILED if nothing accepts a connection; CANCELLED.
 */
export async function findEndpoint(url: URL, signal: AbortSignal): Promise<Endpoint> {
  if (url.protocol !== 'http:') {
    throw new SlowpathError(
      'LOAD_FAILED',
      `${url.origin}: only http:// can be loaded so far; change "url" of the load.`,
    );
  }
  const port = Number(url.port || 80);
  const addresses = await resolve(url.hostname.replace(/^\[|\]$/g, ''));
  const deadline = performance.now() + firstContactMs;
  let code = 'ETIMEDOUT';
  do {
    for (const address of addresses) {
      if (signal.aborted) throw new SlowpathError('CANCELLED', 'Cancelled.');
      const failure = await tryConnect(address, port, Math.max(retryMs, deadline - performance.now()));
      if (failure === null) return { address, port };
      code = failure;
    }
    await new Promise((done) => setTimeout(done, retryMs));
  } while (performance.now() < deadline);
  throw new SlowpathError(
    'LOAD_FAILED',
    `Nothing accepts connections at ${url.origin} (${code}); start the service, or mend "url" of the load.`,
  );
}

async function resolve(host: string): Promise<string[]> {
  if (isIP(host)) return [host];
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch (cause) {
    throw new SlowpathError('LOAD_FAILED', `The name ${host} cannot be resolved; mend "url" of the load.`, { cause });
  }
}

/** @returns null if a connection was accepted, else the error's code. */
function tryConnect(host: string, port: number, timeoutMs: number): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (code: string | null): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(code);
    };
    const timer = setTimeout(() => end('ETIMEDOUT'), timeoutMs);
    socket.once('connect', () => end(null));
    socket.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? 'ESOCKET'));
  });
}
