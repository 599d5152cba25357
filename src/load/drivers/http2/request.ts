import { SlowpathError } from '../../../errors.ts';
import type { RequestTemplate } from '../../../plan/scenario.ts';
import { newHeaderList, type HeaderField, type HeaderList } from './hpackEncoder.ts';

/** One kind of request, ready to be sent many times. */
export interface PreparedHttp2Request {
  readonly headers: HeaderList;
  /** null if there is none, not even an empty one. */
  readonly body: Uint8Array | null;
}

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const fieldValue = /^[\t\x20-\x7e\x80-\uffff]*$/;
/** What HTTP/2 says in other ways and forbids as fields (RFC 9113 8.2.2); `host` becomes `:authority`. */
const passedOver = new Set(['host', 'connection', 'proxy-connection', 'keep-alive', 'transfer-encoding', 'upgrade']);

/**
 * Prepares a request for a base address. The plan's own headers win over the ones added here (`:authority` from `host`,
 * `content-length`, `accept`, `user-agent`).
 * @throws SlowpathError LOAD_FAILED if a method, path or header cannot be sent.
 */
export function prepareHttp2Request(base: URL, template: RequestTemplate): PreparedHttp2Request {
  const { name, method } = template;
  const prefix = base.pathname.replace(/\/$/, '');
  const path = `${prefix}${template.path.startsWith('/') ? '' : '/'}${template.path}`;
  if (!token.test(method)) throw refused(name, `"${method}" is not a method`);
  if (!/^[\x21-\x7e\x80-\uffff]+$/.test(path))
    throw refused(name, 'its path holds spaces or control characters; encode them, e.g. %20');
  const given = new Map(Object.entries(template.headers).map(([key, value]) => [key.toLowerCase(), value]));
  const fields: HeaderField[] = [
    [':method', method],
    [':scheme', base.protocol === 'https:' ? 'https' : 'http'],
    [':authority', given.get('host') ?? base.host],
    [':path', path.toWellFormed().replace(/[^\x21-\x7e]+/gu, encodeURIComponent)],
  ];
  for (const [key, value] of given) {
    if (!token.test(key)) throw refused(name, `"${key}" is not a header's name`);
    if (!fieldValue.test(value)) throw refused(name, `the value of header "${key}" holds control characters`);
    if (!passedOver.has(key)) fields.push([key, Buffer.from(value.trim()).toString('latin1')]);
  }
  const add = (key: string, value: string): void => {
    if (!given.has(key)) fields.push([key, value]);
  };
  add('user-agent', 'slowpath');
  add('accept', '*/*');
  const hasBody = template.body !== null || ['POST', 'PUT', 'PATCH'].includes(method);
  const body = hasBody ? Buffer.from(template.body ?? '') : null;
  if (body) add('content-length', String(body.length));
  return { headers: newHeaderList(fields, true), body };
}

function refused(name: string, why: string): SlowpathError {
  return new SlowpathError('LOAD_FAILED', `Request "${name}" cannot be sent: ${why}.`);
}
