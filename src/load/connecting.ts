import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { SlowpathError } from '../errors.ts';
import { speaksTls } from '../plan/protocols.ts';
import { visible } from '../plan/visible.ts';
import type { Load } from '../plan/scenario.ts';
import { Connector, tlsOptions, type Endpoint } from './drivers/connectTo.ts';

const firstContactMs = 2000;
const retryMs = 50;

/**
 * Finds the address to load: resolves the name once, then takes the first of its addresses that accepts a connection
 * (`localhost` is often `::1` first, while a server listens on 127.0.0.1 alone). Tries for two seconds, for a target that is
 * still starting.
 * @throws SlowpathError LOAD_FAILED if nothing accepts a connection; CANCELLED.
 */
export async function findEndpoint(load: Load, signal: AbortSignal): Promise<Endpoint> {
  const { url: address, socket, protocol } = load;
  if (socket !== null) {
    const endpoint = { socketPath: socket };
    const code = await firstContact([endpoint], load, signal);
    if (typeof code !== 'string') return code;
    throw new SlowpathError(
      'LOAD_FAILED',
      `Nothing accepts connections at the socket ${visible(socket, 200)} (${code}); start the service, or mend "socket" of the load.`,
    );
  }
  const url = new URL(address);
  const port = Number(url.port || defaultPort(url.protocol));
  const addresses = await resolve(url.hostname.replace(/^\[|\]$/g, ''));
  if (protocol === 'udp') return { address: datagramAddress(addresses), port };
  const found = await firstContact(
    addresses.map((each) => ({ address: each, port })),
    load,
    signal,
  );
  if (typeof found !== 'string') return found;
  throw new SlowpathError(
    'LOAD_FAILED',
    `Nothing accepts connections at ${url.protocol}//${url.host} (${found}); start the service, or mend "url" of the load.`,
  );
}

/**
 * Nothing answers a datagram that is not a request, so there is no asking which of a name's addresses is listened at. IPv4 is heard by
 * sockets of either kind, those bound to `::` too, while `localhost` is often `::1` first.
 */
export function datagramAddress(addresses: readonly string[]): string {
  return addresses.find((each) => isIP(each) === 4) ?? addresses[0] ?? '127.0.0.1';
}

function defaultPort(scheme: string): number {
  return speaksTls(scheme) ? 443 : 80;
}

/**
 * @returns the candidate that accepted a connection, or the code of the last failure.
 * @throws SlowpathError LOAD_FAILED if something listens there that no TLS can be agreed on with.
 */
async function firstContact(
  candidates: readonly Endpoint[],
  { url, tls }: Load,
  signal: AbortSignal,
): Promise<Endpoint | string> {
  const { hostname, host } = new URL(url);
  const options = tls ? tlsOptions(tls, hostname.replace(/^\[|\]$/g, '')) : null;
  const deadline = performance.now() + firstContactMs;
  let code = 'ETIMEDOUT';
  do {
    for (const candidate of candidates) {
      if (signal.aborted) throw new SlowpathError('CANCELLED', 'Cancelled.');
      const timeoutMs = Math.max(retryMs, deadline - performance.now());
      const failure = await tryConnect(new Connector({ endpoint: candidate, tls: options }), timeoutMs, signal);
      if (failure === null) return candidate;
      if (failure.isTls) {
        throw new SlowpathError(
          'LOAD_FAILED',
          `${host} and this machine agree on no TLS connection (${failure.code}: ${failure.message}); give "ca" in "tls" of the load, or mend the address.`,
        );
      }
      code = failure.code;
    }
    await new Promise((done) => setTimeout(done, retryMs));
  } while (performance.now() < deadline);
  return code;
}

async function resolve(host: string): Promise<string[]> {
  if (isIP(host)) return [host];
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch (cause) {
    throw new SlowpathError('LOAD_FAILED', `The name ${host} cannot be resolved; mend "url" of the load.`, { cause });
  }
}

interface Failure {
  readonly code: string;
  readonly message: string;
  /** Something accepted the connection and then the handshake failed. */
  readonly isTls: boolean;
}

/** @returns null if a connection was accepted, and TLS agreed on where it is spoken; `signal` gives it up at once. */
function tryConnect(connector: Connector, timeoutMs: number, signal: AbortSignal): Promise<Failure | null> {
  return new Promise((resolve) => {
    const socket = connector.open(() => true);
    let isConnected = false;
    const end = (failure: Failure | null): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
      socket.destroy();
      resolve(failure);
    };
    const giveUp = (): void => end({ code: 'ETIMEDOUT', message: 'no answer', isTls: false });
    const timer = setTimeout(giveUp, timeoutMs);
    signal.addEventListener('abort', giveUp);
    socket.once('connect', () => (isConnected = true));
    socket.once(connector.readyEvent, () => end(null));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const isTls = isConnected && connector.speaksTls;
      end({ code: error.code ?? 'ESOCKET', message: visible(error.message, 200), isTls });
    });
  });
}
