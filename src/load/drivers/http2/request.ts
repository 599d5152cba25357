import { SlowpathError } from '../../../errors.ts';
import type { RequestTemplate } from '../../../plan/scenario.ts';
import { newPayload } from '../../content/payload.ts';
import { Templates } from '../../content/template.ts';
import type { RequestParts } from '../http1Request.ts';
import { newHeaderList, type HeaderField, type HeaderList } from './hpackEncoder.ts';

/** One kind of request, ready to be sent many times. */
export interface PreparedHttp2Request {
  readonly headers: HeaderList;
  /** null if there is none, not even an empty one. */
  readonly body: Uint8Array | null;
  /** Makes the next request's headers and body; not there where they are the same each time. */
  readonly advance?: () => void;
}

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const fieldValue = /^[\t\x20-\x7e\x80-\uffff]*$/;
const pathPart = /^[\x21-\x7e\x80-\uffff]*$/;
/** What HTTP/2 says in other ways and forbids as fields (RFC 9113 8.2.2); `host` becomes `:authority`. */
const passedOver = new Set(['host', 'connection', 'proxy-connection', 'keep-alive', 'transfer-encoding', 'upgrade']);

/**
 * Prepares a request for a base address. The plan's own headers win over the ones added here (`:authority` from `host`,
 * `content-length`, `accept`, `user-agent`).
 * @throws SlowpathError LOAD_FAILED if a method, path, header or template cannot be sent.
 */
export function prepareHttp2Request(
  base: URL,
  template: RequestTemplate,
  { templates, seed }: Pick<RequestParts, 'templates' | 'seed'> = { templates: new Templates(1, new Map()), seed: 1 },
): PreparedHttp2Request {
  const { name, method } = template;
  const prefix = base.pathname.replace(/\/$/, '');
  const path = `${prefix}${template.path.startsWith('/') ? '' : '/'}${template.path}`;
  if (!token.test(method)) throw refused(name, `"${method}" is not a method`);
  const target = templates.compile(path, pathPart);
  if (target.fixed !== null && !pathPart.test(target.fixed))
    throw refused(name, 'its path holds spaces or control characters; encode them, e.g. %20');
  const given = Object.entries(template.headers).map(([key, value]) => {
    if (!token.test(key)) throw refused(name, `"${key}" is not a header's name`);
    const source = templates.compile(value, fieldValue);
    if (source.fixed !== null && !fieldValue.test(source.fixed))
      throw refused(name, `the value of header "${key}" holds control characters`);
    return [key.toLowerCase(), source] as const;
  });
  const payload = newPayload(template, templates, seed);
  const hasBody = template.body !== null || ['POST', 'PUT', 'PATCH'].includes(method);
  const isFixed = target.fixed !== null && payload.fixed !== null && given.every(([, { fixed }]) => fixed !== null);
  const make = (): { headers: HeaderList; body: Uint8Array | null } => {
    const values = new Map(given.map(([key, source]) => [key, source.next()]));
    const body = hasBody ? payload.next() : null;
    return { headers: newHeaderList(fieldsOf(base, method, target.next(), values, body), isFixed), body };
  };
  if (isFixed) return make();
  let current = { headers: newHeaderList([], false), body: null as Uint8Array | null };
  return {
    get headers() {
      return current.headers;
    },
    get body() {
      return current.body;
    },
    advance: () => {
      templates.advance();
      current = make();
    },
  };
}

function fieldsOf(
  base: URL,
  method: string,
  path: string,
  given: ReadonlyMap<string, string>,
  body: Uint8Array | null,
): HeaderField[] {
  const fields: HeaderField[] = [
    [':method', method],
    [':scheme', base.protocol === 'https:' ? 'https' : 'http'],
    [':authority', given.get('host') ?? base.host],
    [':path', path.toWellFormed().replace(/[^\x21-\x7e]+/gu, encodeURIComponent)],
  ];
  for (const [key, value] of given) {
    if (!passedOver.has(key)) fields.push([key, Buffer.from(value.trim()).toString('latin1')]);
  }
  const add = (key: string, value: string): void => {
    if (!given.has(key)) fields.push([key, value]);
  };
  add('user-agent', 'slowpath');
  add('accept', '*/*');
  if (body) add('content-length', String(body.length));
  return fields;
}

function refused(name: string, why: string): SlowpathError {
  return new SlowpathError('LOAD_FAILED', `Request "${name}" cannot be sent: ${why}.`);
}
