import { createHash, randomBytes } from 'node:crypto';
import { SlowpathError } from '../../errors.ts';
import { Carry } from './carry.ts';

/** RFC 6455, 1.3. */
const acceptSuffix = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
/** Above it the answer is refused as WS_HANDSHAKE_TOO_LARGE. */
const longestHead = 64 * 1024;
/** Field names (RFC 9110, 5.6.2), values without line ends (5.5), targets without spaces. */
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/;
const target = /^\/[\x21-\x7e]*$/;
const ours = new Set(['upgrade', 'connection', 'sec-websocket-key', 'sec-websocket-version', 'sec-websocket-protocol']);

export interface Upgrade {
  /** As the `Host` header has it. */
  readonly host: string;
  /** With its query, percent-encoded, from its slash. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** null: none is asked for. */
  readonly subprotocol: string | null;
}

/** @throws SlowpathError PLAN_INVALID if it cannot be sent, or names a header that the handshake itself sets. */
export function checkUpgrade({ path, headers, subprotocol }: Upgrade): void {
  if (!target.test(path)) throw refused(`its path "${path}" holds characters that must be encoded`);
  if (subprotocol !== null && !token.test(subprotocol)) throw refused(`"${subprotocol}" is not a subprotocol's name`);
  for (const [name, value] of Object.entries(headers)) {
    if (!token.test(name)) throw refused(`"${name}" is not a header's name`);
    if (!fieldValue.test(value)) throw refused(`the value of header "${name}" holds control characters`);
    if (ours.has(name.toLowerCase())) throw refused(`header "${name}" belongs to the handshake; leave it out`);
  }
}

function refused(why: string): SlowpathError {
  return new SlowpathError('PLAN_INVALID', `The WebSocket cannot be opened: ${why}.`);
}

/** The opening handshake of one connection, from the client's side (RFC 6455, 4.1). */
export class Handshake {
  readonly request: Uint8Array;
  done = false;
  /**
   * Empty unless failed: WS_HANDSHAKE_<status> if the server refused, WS_BAD_UPGRADE if what it agreed to is not a WebSocket,
   * WS_BAD_ACCEPT, WS_BAD_SUBPROTOCOL, WS_BAD_EXTENSION (none was asked for), WS_HANDSHAKE_TOO_LARGE.
   */
  error = '';
  private readonly accept: string;
  private readonly subprotocol: string | null;
  private readonly head = new Carry();

  constructor(upgrade: Upgrade) {
    const key = randomBytes(16).toString('base64');
    this.accept = createHash('sha1')
      .update(key + acceptSuffix)
      .digest('base64');
    this.subprotocol = upgrade.subprotocol;
    const lines = [
      `GET ${upgrade.path} HTTP/1.1`,
      ...(Object.keys(upgrade.headers).some((name) => name.toLowerCase() === 'host') ? [] : [`Host: ${upgrade.host}`]),
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Key: ${key}`,
      'Sec-WebSocket-Version: 13',
      ...(upgrade.subprotocol === null ? [] : [`Sec-WebSocket-Protocol: ${upgrade.subprotocol}`]),
      ...Object.entries(upgrade.headers).map(([name, value]) => `${name}: ${value}`),
    ];
    this.request = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  }

  /** Takes the bytes [from, to). @returns the position after the head's end, `to` if it has none so far, -1 if it failed. */
  execute(data: Uint8Array, from: number, to: number): number {
    const before = this.head.length;
    this.head.add(data, from, Math.min(to, from + longestHead + 1 - before));
    const text = Buffer.from(this.head.data.buffer, 0, this.head.length);
    const end = text.indexOf('\r\n\r\n', Math.max(0, before - 3));
    if (end < 0) {
      if (this.head.length > longestHead) this.error = 'WS_HANDSHAKE_TOO_LARGE';
      return this.error === '' ? to : -1;
    }
    this.error = this.judge(text.toString('latin1', 0, end));
    this.done = this.error === '';
    return this.done ? from + (end + 4 - before) : -1;
  }

  private judge(head: string): string {
    const [statusLine = '', ...lines] = head.split('\r\n');
    const status = /^HTTP\/1\.1 (\d{3})( |$)/.exec(statusLine)?.[1];
    if (status === undefined) return 'WS_BAD_UPGRADE';
    if (status !== '101') return `WS_HANDSHAKE_${status}`;
    const fields = new Map<string, string>();
    for (const line of lines) {
      const colon = line.indexOf(':');
      const name = line.slice(0, colon).toLowerCase();
      const value = line.slice(colon + 1).trim();
      fields.set(name, fields.has(name) ? `${fields.get(name)}, ${value}` : value);
    }
    const lists = (name: string, word: string): boolean =>
      (fields.get(name) ?? '').split(',').some((each) => each.trim().toLowerCase() === word);
    if (!lists('upgrade', 'websocket') || !lists('connection', 'upgrade')) return 'WS_BAD_UPGRADE';
    if (fields.get('sec-websocket-accept') !== this.accept) return 'WS_BAD_ACCEPT';
    if ((fields.get('sec-websocket-extensions') ?? '') !== '') return 'WS_BAD_EXTENSION';
    const agreed = fields.get('sec-websocket-protocol') ?? null;
    return agreed === null || agreed === this.subprotocol ? '' : 'WS_BAD_SUBPROTOCOL';
  }
}
