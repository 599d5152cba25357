import { SlowpathError } from '../../errors.ts';
import type { RequestTemplate } from '../../plan/scenario.ts';
import { newPayload, type PayloadSource } from '../content/payload.ts';
import type { Templates, TextSource } from '../content/template.ts';
import { sequenceOffsets, traceparent, writeSequence } from '../traceparent.ts';

/** One kind of request, ready to be sent many times. */
export interface PreparedRequest {
  readonly isHead: boolean;
  /**
   * The bytes of the next request. Valid until the next call, unless `keeps` is set: then they are the caller's.
   * @param sequence the last part of its trace id.
   */
  next(sequence: number, keeps: boolean): Uint8Array;
  /** Body of the request that was made last. */
  readonly body: Uint8Array;
}

/** Field names and methods (RFC 9110 5.6.2), and field values without line ends (5.5). */
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const fieldValue = /^[\t\x20-\x7e\x80-\uffff]*$/;
const pathPart = /^[\x21-\x7e\x80-\uffff]*$/;

/** What requests are made from. */
export interface RequestParts {
  readonly templates: Templates;
  readonly seed: number;
  /** Of the run's trace ids; null: no `traceparent` is sent. */
  readonly tracePrefix: string | null;
}

/**
 * Prepares a request for a base address. The plan's own headers win over the ones added here (`host`, `content-length`,
 * `accept`, `user-agent`, `traceparent`).
 * @throws SlowpathError LOAD_FAILED if a method, path, header or template cannot be sent.
 */
export function prepareRequest(base: URL, template: RequestTemplate, parts: RequestParts): PreparedRequest {
  const { templates, tracePrefix } = parts;
  const { method } = template;
  const given = new Set(Object.keys(template.headers).map((key) => key.toLowerCase()));
  const path = targetOf(base, template, templates);
  const lines: HeadPiece[] = [`${method} `, path, ' HTTP/1.1\r\n'];
  const add = (key: string, value: HeadPiece): void => void lines.push(`${key}: `, value, '\r\n');
  const addOwn = (key: string, value: string): void => {
    if (!given.has(key)) add(key, value);
  };
  addOwn('host', base.host);
  for (const [key, value] of Object.entries(template.headers)) add(key, headerSource(template, key, value, templates));
  addOwn('user-agent', 'slowpath');
  addOwn('accept', '*/*');
  const isTraced = tracePrefix !== null && !given.has('traceparent');
  if (isTraced) add('traceparent', traceparent(tracePrefix, 0));
  const payload = newPayload(template, templates, parts.seed);
  const hasBody = template.body !== null || ['POST', 'PUT', 'PATCH'].includes(method);
  const fixedLength = hasBody && !given.has('transfer-encoding') ? payload.fixed?.length : undefined;
  if (fixedLength !== undefined) add('content-length', String(fixedLength));
  const isHead = method === 'HEAD';
  const head = lines.map((piece) => (typeof piece === 'string' ? piece : piece.fixed)).join('');
  if (payload.fixed && lines.every((piece) => typeof piece === 'string' || piece.fixed !== null)) {
    return fixedRequest(`${head}\r\n`, payload.fixed, isHead, isTraced);
  }
  return madeRequest(lines, payload, isHead, isTraced ? tracePrefix : null, templates);
}

type HeadPiece = string | TextSource;

function targetOf(base: URL, template: RequestTemplate, templates: Templates): TextSource {
  const prefix = base.pathname.replace(/\/$/, '');
  const path = `${prefix}${template.path.startsWith('/') ? '' : '/'}${template.path}`;
  if (!token.test(template.method)) throw refused(template.name, `"${template.method}" is not a method`);
  const source = templates.compile(path, pathPart);
  if (source.fixed === null) return { fixed: null, next: () => encoded(source.next()) };
  if (!pathPart.test(source.fixed))
    throw refused(template.name, 'its path holds spaces or control characters; encode them, e.g. %20');
  const fixed = encoded(source.fixed);
  return { fixed, next: () => fixed };
}

function encoded(path: string): string {
  return path.toWellFormed().replace(/[^\x21-\x7e]+/gu, encodeURIComponent);
}

function headerSource({ name }: RequestTemplate, key: string, value: string, templates: Templates): TextSource {
  if (!token.test(key)) throw refused(name, `"${key}" is not a header's name`);
  const source = templates.compile(value, fieldValue);
  if (source.fixed !== null && !fieldValue.test(source.fixed))
    throw refused(name, `the value of header "${key}" holds control characters`);
  return source;
}

/** The same bytes each time, but for the number in the trace context. */
function fixedRequest(head: string, body: Uint8Array, isHead: boolean, isTraced: boolean): PreparedRequest {
  const bytes = Buffer.concat([Buffer.from(head), body]);
  if (!isTraced) return { isHead, body, next: () => bytes };
  const [first, second] = sequenceOffsets;
  const at = bytes.indexOf('\r\ntraceparent: ') + '\r\ntraceparent: '.length;
  return {
    isHead,
    body,
    next: (sequence, keeps) => {
      const mine = keeps ? Buffer.from(bytes) : bytes;
      writeSequence(mine, at + first, sequence);
      writeSequence(mine, at + second, sequence);
      return mine;
    },
  };
}

function madeRequest(
  pieces: readonly HeadPiece[],
  payload: PayloadSource,
  isHead: boolean,
  tracePrefix: string | null,
  templates: Templates,
): PreparedRequest {
  const zero = tracePrefix === null ? null : traceparent(tracePrefix, 0);
  let last: Uint8Array = new Uint8Array(0);
  return {
    isHead,
    get body() {
      return last;
    },
    next: (sequence) => {
      templates.advance();
      let head = '';
      for (const piece of pieces) {
        if (typeof piece !== 'string') head += piece.next();
        else head += piece === zero && tracePrefix !== null ? traceparent(tracePrefix, sequence) : piece;
      }
      last = payload.next();
      if (payload.fixed === null) head += `content-length: ${last.length}\r\n`;
      return Buffer.concat([Buffer.from(`${head}\r\n`), last]);
    },
  };
}

function refused(name: string, why: string): SlowpathError {
  return new SlowpathError('LOAD_FAILED', `Request "${name}" cannot be sent: ${why}.`);
}
