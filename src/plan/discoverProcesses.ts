/** Processes that listen on TCP ports, from /proc. Linux only; elsewhere none are found. */
import { readdir, readFile, readlink } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Candidate } from './candidate.ts';
import { visible } from './visible.ts';

const maxProcesses = 20;

/** This user's processes that listen on loopback or on every address, except this one and its ancestors. */
export async function discoverProcesses(): Promise<Candidate[]> {
  if (process.platform !== 'linux') return [];
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')),
  );
  const ports = listeningPorts(tables.join('\n'), process.getuid?.() ?? -1);
  if (ports.size === 0) return [];
  const own = await ancestors(process.pid);
  const pids = (await readdir('/proc').catch(() => [])).map(Number).filter((pid) => pid > 0 && !own.has(pid));
  const found = await Promise.all(pids.map((pid) => processOf(pid, ports)));
  return (
    found
      .flat()
      // Those that can be measured come first: a machine full of other listeners must not crowd them out.
      .sort((a, b) => Number(a.target === null) - Number(b.target === null) || (a.port ?? 0) - (b.port ?? 0))
      .slice(0, maxProcesses)
  );
}

/**
 * Ports by socket inode, from the lines of /proc/net/tcp and tcp6: `sl local_address rem_address st … uid timeout inode`
 * (proc_net_tcp.rst), addresses as hexadecimal words in host order, state 0A is LISTEN.
 */
export function listeningPorts(table: string, uid: number): Map<string, number> {
  const ports = new Map<string, number>();
  for (const line of table.split('\n')) {
    const [, local = '', , state, , , , owner, , inode = ''] = line.trim().split(/\s+/);
    const [address = '', port = ''] = local.split(':');
    if (state === '0A' && Number(owner) === uid && isReachable(address)) ports.set(inode, Number.parseInt(port, 16));
  }
  return ports;
}

/** Loopback or any address: little-endian words, so that 127.x.y.z ends in 7F, and ::1 in 01000000. */
function isReachable(address: string): boolean {
  return /^0{8}$|^[0-9A-F]{6}7F$|^0{32}$|^0{24}01000000$|^0{16}FFFF0000(0{8}|[0-9A-F]{6}7F)$/.test(address);
}

async function processOf(pid: number, ports: ReadonlyMap<string, number>): Promise<Candidate[]> {
  const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const links = await Promise.all(descriptors.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')));
  const own = new Set(links.flatMap((link) => ports.get(/^socket:\[(\d+)\]$/.exec(link)?.[1] ?? '') ?? []));
  if (own.size === 0) return [];
  const executable = basename(await readlink(`/proc/${pid}/exe`).catch(() => ''));
  const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''))
    .split('\0')
    .filter((word) => word !== '');
  const isNode = /^node(js)?[\d.]*$/.test(executable);
  return [...own].map((port) => ({
    source: 'process',
    name: `port ${port}`,
    label: `process ${pid} listening on ${port}: ${visible(words.join(' ') || executable)}`,
    target: isNode ? { pid } : null,
    port,
    routes: [],
  }));
}

async function ancestors(pid: number): Promise<Set<number>> {
  const found = new Set<number>();
  for (let each = pid; each > 0 && !found.has(each);) {
    found.add(each);
    const stat = await readFile(`/proc/${each}/stat`, 'utf8').catch(() => '');
    // The name in parentheses may hold spaces and parentheses itself; state and parent follow the last one.
    each = Number(
      stat
        .slice(stat.lastIndexOf(')') + 1)
        .trim()
        .split(' ')[1] ?? 0,
    );
  }
  return found;
}
