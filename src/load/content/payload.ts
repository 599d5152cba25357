import type { RequestTemplate } from '../../plan/scenario.ts';
import { newRandom } from '../random.ts';
import type { Templates } from './template.ts';

/** The bytes of a request's body or message: the same each time, or made anew for each. */
export interface PayloadSource {
  /** null if they change. */
  readonly fixed: Uint8Array | null;
  /** For the request that `Templates.advance` was last called for. */
  next(): Uint8Array;
}

/** @throws SlowpathError LOAD_FAILED for a template that can't be filled in. */
export function newPayload(
  { body, bodyEncoding }: Pick<RequestTemplate, 'body' | 'bodyEncoding'>,
  templates: Templates,
  seed: number,
): PayloadSource {
  if (body === null || bodyEncoding !== 'utf8') {
    const fixed = body === null ? new Uint8Array(0) : madeOf(body, bodyEncoding, seed);
    return { fixed, next: () => fixed };
  }
  const text = templates.compile(body);
  if (text.fixed !== null) {
    const fixed = Buffer.from(text.fixed);
    return { fixed, next: () => fixed };
  }
  return { fixed: null, next: () => Buffer.from(text.next()) };
}

function madeOf(body: string, encoding: RequestTemplate['bodyEncoding'], seed: number): Uint8Array {
  if (encoding === 'base64') return Buffer.from(body, 'base64');
  const random = newRandom(seed);
  return Uint8Array.from({ length: Number(body) }, () => Math.floor(random.next() * 256));
}
