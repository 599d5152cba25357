/** Where a plan may send load: this machine, and another only if the plan and the person both say so. */
import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import type { Filler, Path } from './placeholders.ts';
import { quoted } from './visible.ts';

export interface Reach {
  /** The plan's `allowRemote`. */
  readonly allowRemote: boolean;
  /** The person's word for this run. */
  readonly confirmed: boolean;
  /** All addresses of a host name; rejects if it has none. */
  readonly lookup: Lookup;
}

export type Lookup = (host: string) => Promise<readonly string[]>;

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

export const systemLookup: Lookup = async (host) => (await lookup(host, { all: true })).map(({ address }) => address);

/**
 * An address of the plan, as WHATWG normalises it (`http://0x7f.1` is `http://127.0.0.1`). The addresses one listens on,
 * `0.0.0.0` and `[::]`, become the loopback address one connects to.
 * @throws SlowpathError PLAN_INVALID if it is no address, PLAN_REMOTE_REFUSED if it lies on another machine.
 */
export async function checkedUrl(
  text: string,
  schemes: readonly string[],
  reach: Reach,
  fill: Filler,
  path: Path,
): Promise<URL> {
  const url = parsed(text, schemes, fill, path);
  if (url.hostname === '0.0.0.0') url.hostname = '127.0.0.1';
  if (url.hostname === '[::]') url.hostname = '[::1]';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (reach.allowRemote && reach.confirmed) return url;
  const remote = isIP(host) !== 0 ? !isLoopback(host) : await isRemoteName(host, reach.lookup, fill, path);
  if (!remote) return url;
  const message = reach.allowRemote
    ? `${quoted(host)} is another machine, which the plan allows and you have not confirmed; confirm it when asked, or with --allow-remote on the command line`
    : `${quoted(host)} is another machine; write 127.0.0.1, or "allowRemote": true in "load" if its owner agrees`;
  return fill.fail(path, message, 'PLAN_REMOTE_REFUSED');
}

/** @param address an IPv4 or IPv6 address, without brackets. */
function isLoopback(address: string): boolean {
  const bare = address.replace(/%.*$/, '');
  return loopback.check(bare, isIP(bare) === 6 ? 'ipv6' : 'ipv4');
}

function parsed(text: string, schemes: readonly string[], fill: Filler, path: Path): URL {
  const example = `${schemes[0] ?? 'http'}://127.0.0.1:3000`;
  const given = URL.canParse(text) ? new URL(text) : null;
  if (!given || !schemes.some((scheme) => given.protocol === `${scheme}:`)) {
    const withScheme = `${schemes[0] ?? 'http'}://${text.replace(/^[a-z]+:\/\//i, '')}`;
    const wrong =
      given && text.includes('://')
        ? `${quoted(given.protocol.slice(0, -1))} is not spoken here`
        : `${quoted(text)} is not an address`;
    return fill.fail(
      path,
      `${wrong}; write ${quoted(URL.canParse(withScheme) && /^[\w[]/.test(text) ? withScheme : example)}`,
    );
  }
  if (given.username !== '' || given.password !== '')
    fill.fail(path, 'an address can\'t carry a name and password here; write an "authorization" header');
  if (given.port === '0')
    fill.fail(path, `port 0 can't be reached; write the port that is listened on, as in ${quoted(example)}`);
  return given;
}

async function isRemoteName(host: string, addressesOf: Lookup, fill: Filler, path: Path): Promise<boolean> {
  // RFC 6761 §6.3: these names mean loopback everywhere, also where no resolver knows them.
  const isLocalhost = host === 'localhost' || host.endsWith('.localhost');
  try {
    const addresses = await addressesOf(host);
    return addresses.length === 0 || !addresses.every(isLoopback);
  } catch (error) {
    if (isLocalhost) return false;
    return fill.fail(
      path,
      `the host ${quoted(host)} is not known; write 127.0.0.1, or a name that resolves`,
      'PLAN_INVALID',
      undefined,
      error,
    );
  }
}
