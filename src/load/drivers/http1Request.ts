import { SlowpathError } from '../../errors.ts';
import type { RequestTemplate } from '../../plan/scenario.ts';

/** The bytes of one request, made once and sent many times. */
export interface PreparedRequest {
  readonly bytes: Buffer;
  readonly isHead: boolean;
}

/** Field names and methods (RFC 9110 5.6.2), and field values without line ends (5.5). */
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const fieldValue = /^[\t\x20-\x7e\x80-\uffff]*$/;

/**
 * Writes out a request for a base address. The plan's own headers win over the ones added here (`host`, `content-length`,
 * `accept`, `user-agent`).
 * @throws SlowpathError LOAD_FAILED if a method, path or header cannot be sent.
 */
export function prepareRequest(base: URL, template: RequestTemplate): PreparedRequest {
  const { name, method } = template;
  const prefix = base.pathname.replace(/\/$/, '');
  const path = `${prefix}${template.path.startsWith('/') ? '' : '/'}${template.path}`;
  if (!token.test(method)) throw refused(name, `"${method}" is not a method`);
  if (!/^[\x21-\x7e\x80-\uffff]+$/.test(path))
    throw refused(name, 'its path holds spaces or control characters; encode them, e.g. %20');
  const body = Buffer.from(template.body ?? '');
  const given = new Set(Object.keys(template.headers).map((key) => key.toLowerCase()));
  const target = path.toWellFormed().replace(/[^\x21-\x7e]+/gu, encodeURIComponent);
  const lines = [`${method} ${target} HTTP/1.1`];
  const add = (key: string, value: string): void => {
    if (!given.has(key)) lines.push(`${key}: ${value}`);
  };
  add('host', base.host);
  for (const [key, value] of Object.entries(template.headers)) {
    if (!token.test(key)) throw refused(name, `"${key}" is not a header's name`);
    if (!fieldValue.test(value)) throw refused(name, `the value of header "${key}" holds control characters`);
    lines.push(`${key}: ${value}`);
  }
  add('user-agent', 'slowpath');
  add('accept', '*/*');
  const bodyExpected = template.body !== null || ['POST', 'PUT', 'PATCH'].includes(method);
  if (bodyExpected && !given.has('transfer-encoding')) add('content-length', String(body.length));
  return { bytes: Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body]), isHead: method === 'HEAD' };
}

function refused(name: string, why: string): SlowpathError {
  return new SlowpathError('LOAD_FAILED', `Request "${name}" cannot be sent: ${why}.`);
}
