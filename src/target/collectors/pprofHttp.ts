import { sanitizeLine } from '../output.ts';

const MAX_BYTES = 256 * 1024 * 1024;
const MAX_MESSAGE = 200;

/**
 * What `net/http/pprof` answers at the URL, or why there is nothing, as a clause.
 *
 * @param signal the message of the error it is aborted with is that clause.
 */
export async function fetchPprof(url: string, signal: AbortSignal): Promise<Buffer | string> {
  try {
    // A redirect could lead to another machine.
    const response = await fetch(url, { signal, redirect: 'error' });
    const bytes = await bounded(response);
    if (bytes === null) return `${url} answered more than ${MAX_BYTES / 2 ** 20} MB`;
    if (response.ok) return bytes;
    return `${url} answered ${response.status}: ${sanitizeLine(bytes.toString('utf8', 0, MAX_MESSAGE).split('\n')[0] ?? '')}`;
  } catch (error) {
    const given: unknown = signal.reason;
    if (given instanceof Error) return given.message;
    const reason = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    return `${url} did not answer (${reason}); correct "pprof" in the plan, and import net/http/pprof in the service`;
  }
}

async function bounded(response: Response): Promise<Buffer | null> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > MAX_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
