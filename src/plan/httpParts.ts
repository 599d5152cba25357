/** What HTTP/1.1 (RFC 9110, RFC 9112) allows in a request that is written to the socket as it stands in the plan. */
import { nearest } from './suggest.ts';
import { quoted } from './visible.ts';

/** Without CONNECT and TRACE, which are for proxies. */
export const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/** Set by the load generator, which frames the request and keeps the connection. */
const ownHeaders = [
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** What is wrong with a request's path, or null. */
export function pathFault(path: string): string | null {
  if (!path.startsWith('/'))
    return `a path begins with a slash, not ${quoted(path.slice(0, 1))}; write ${quoted(`/${path.replace(/^\.?\/+/, '')}`)}`;
  // Visible ASCII without '#': anything else would break the request line or never reach the server.
  const wrong = /[^\x21-\x22\x24-\x7e]/u.exec(path)?.[0];
  if (wrong === undefined) return null;
  const hint =
    wrong === '#'
      ? 'the part from # on stays in the browser; leave it out, or write %23'
      : `write it percent-encoded, ${quoted(encoded(wrong))}`;
  return `the path holds ${quoted(wrong)}, which can't stand in a request; ${hint}`;
}

function encoded(character: string): string {
  return character.isWellFormed() ? encodeURIComponent(character) : '%EF%BF%BD';
}

/** What is wrong with a header, and whether in its name, or null. */
export function headerFault(
  name: string,
  value: string,
): { readonly atName: boolean; readonly message: string } | null {
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) {
    return {
      atName: true,
      message: `${quoted(name)} can't be the name of a header; write letters, digits and dashes, as in "x-request-id"`,
    };
  }
  if (ownHeaders.includes(name.toLowerCase())) {
    return { atName: true, message: `${quoted(name)} is set by the load generator; leave it out` };
  }
  if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
    return {
      atName: false,
      message: `the value of ${quoted(name)} holds a character that can't stand in a header; write visible ASCII characters on one line`,
    };
  }
  return null;
}

/** Names that differ only in case are one header: the second of them, or null. */
export function repeatedHeader(names: readonly string[]): string | null {
  const seen = new Set<string>();
  return names.find((name) => seen.size === seen.add(name.toLowerCase()).size) ?? null;
}

/** `get` → `GET`. */
export function nearestMethod(text: string): string {
  return nearest(text, methods) ?? 'GET';
}
