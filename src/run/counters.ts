import { readFile } from 'node:fs/promises';

/** Kernel counters by name, e.g. `TcpExt.DelayedACKs`, as they stood at one moment. */
export type Counters = ReadonlyMap<string, number>;

/**
 * The kernel's TCP, UDP and IP counters now; null where the system has none. They count the whole network namespace, not
 * the targets alone: what they tell is host-wide.
 */
export async function readCounters(): Promise<Counters | null> {
  try {
    const texts = await Promise.all(['/proc/net/snmp', '/proc/net/netstat'].map((file) => readFile(file, 'utf8')));
    return new Map(texts.flatMap((text) => [...parseCounters(text)]));
  } catch {
    return null;
  }
}

/**
 * Reads the format both files share: a line of names, then a line of values, each with the group before a colon.
 * Lines that don't pair up are left out.
 */
export function parseCounters(text: string): Map<string, number> {
  const counters = new Map<string, number>();
  const lines = text.split('\n');
  for (let row = 0; row + 1 < lines.length; row += 2) {
    const [group, ...names] = (lines[row] ?? '').split(/\s+/);
    const [sameGroup, ...values] = (lines[row + 1] ?? '').split(/\s+/);
    if (group !== sameGroup || !group?.endsWith(':')) continue;
    for (const [index, name] of names.entries()) {
      const value = Number(values[index]);
      if (name !== '' && values[index] !== '' && Number.isFinite(value))
        counters.set(group.slice(0, -1) + '.' + name, value);
    }
  }
  return counters;
}

/** Gauges and settings among the counters: their difference means nothing. */
const GAUGES = new Set([
  'Tcp.RtoAlgorithm',
  'Tcp.RtoMin',
  'Tcp.RtoMax',
  'Tcp.MaxConn',
  'Tcp.CurrEstab',
  'Ip.Forwarding',
  'Ip.DefaultTTL',
]);

/** What each counter grew by; those that did not move are left out. */
export function counterGrowth(before: Counters, after: Counters): Record<string, number> {
  const growth: Record<string, number> = {};
  for (const [name, value] of after) {
    const grown = value - (before.get(name) ?? 0);
    if (grown > 0 && before.has(name) && !GAUGES.has(name)) growth[name] = grown;
  }
  return growth;
}
