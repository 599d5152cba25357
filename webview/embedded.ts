import { SlowpathError } from '../src/errors.ts';
import type { MessageToPage } from '../src/protocol.ts';
import type { ResultPage } from '../src/report/resultPage.ts';
import { packedKind, unpackResult } from '../src/run/pack.ts';

/**
 * What report/html.ts put into the file: base64 of gzip of the packed run in a script element that is data, not code.
 * @throws SlowpathError FORMAT_MALFORMED when it is missing or damaged.
 */
export async function embeddedRun(document: Document): Promise<MessageToPage> {
  const packed = await decode(document, 'slowpath-data');
  if (!packed) throw damaged('the data is missing');
  const title = document.title;
  if (packedKind(packed) === 'profile') return { type: 'profile', title, profile: packed, types: null };
  if (packedKind(packed) === 'result') return { type: 'result', title, result: unpackResult(packed) as ResultPage };
  const baseline = await decode(document, 'slowpath-baseline');
  const baselineTitle = document.getElementById('slowpath-baseline')?.dataset['title'] ?? 'baseline';
  return { type: 'run', title, run: packed, baseline: baseline ? { title: baselineTitle, run: baseline } : null };
}

async function decode(document: Document, id: string): Promise<ArrayBuffer | null> {
  const element = document.getElementById(id);
  if (!element) return null;
  try {
    const zipped = new Blob([fromBase64(element.textContent.trim())]);
    return await new Response(zipped.stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer();
  } catch (cause) {
    throw damaged('it is cut or was changed', cause);
  }
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index++) bytes[index] = binary.charCodeAt(index);
  return bytes;
}

function damaged(why: string, cause?: unknown): SlowpathError {
  return new SlowpathError('FORMAT_MALFORMED', `This report can't be shown: ${why}. Export it again.`, { cause });
}
