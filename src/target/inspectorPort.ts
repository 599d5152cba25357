import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { SlowpathError } from '../errors.ts';
import { isNodeProcess } from './node.ts';

/** Node's own default (`--inspect`). */
const DEFAULT_PORT = 9229;
const OPEN_PATIENCE_MS = 3000;
const POLL_MS = 50;
const MAX_LIST_BYTES = 1024 * 1024;

/** proc(5): state 0A in /proc/net/tcp is a listening socket. */
const LISTENING = '0A';
const SIGUSR1 = 10;

export interface InspectorAddress {
  readonly webSocketUrl: string;
  /** The inspector was closed before. */
  readonly opened: boolean;
}

/**
 * The inspector of a Node process, opened with SIGUSR1 if it is not open yet. That signal ends a program that does not expect
 * it, so it is only sent to a process that is Node's and catches it.
 *
 * @throws SlowpathError TARGET_ATTACH_FAILED before any signal, if the process is not one to attach to.
 */
export async function inspectorOfPid(pid: number, signal: AbortSignal): Promise<InspectorAddress> {
  checkAttachable(pid);
  const open = await findInspector(pid);
  if (open !== null) return { webSocketUrl: open, opened: false };
  if (process.platform === 'linux' && !catchesSigusr1(pid)) {
    throw failed(
      `Process ${pid} does not accept the signal that opens its inspector (--disable-sigusr1, or it is still starting); start it with --inspect=0 and attach by its inspector URL`,
    );
  }
  openInspector(pid);
  for (const deadline = performance.now() + OPEN_PATIENCE_MS; performance.now() < deadline;) {
    await sleep(POLL_MS, undefined, { signal });
    const url = await findInspector(pid);
    if (url !== null) return { webSocketUrl: url, opened: true };
  }
  throw failed(
    `Process ${pid} did not open its inspector within ${OPEN_PATIENCE_MS / 1000} s: port ${DEFAULT_PORT} may be held by another process, or its event loop is blocked; start it with --inspect=0 and attach by its inspector URL`,
  );
}

/** @throws SlowpathError TARGET_ATTACH_FAILED with a sentence why this process cannot be attached to. */
export function checkAttachable(pid: number): void {
  if (!Number.isSafeInteger(pid) || pid <= 1)
    throw failed(`${pid} is not a process to attach to; give the pid of a running Node process`);
  if (pid === process.pid || pid === process.ppid)
    throw failed(`Process ${pid} is Slowpath itself; give the pid of the service`);
  try {
    process.kill(pid, 0);
  } catch (error) {
    const denied = error instanceof Error && 'code' in error && error.code === 'EPERM';
    throw failed(
      denied
        ? `Process ${pid} belongs to another user; attach as that user`
        : `There is no process ${pid}; start the service and give its pid`,
      error,
    );
  }
  if (process.platform === 'linux' && !isNodeProcess(pid)) {
    throw failed(
      `Process ${pid} (${commandName(pid)}) is not a Node process; give the pid of the Node process itself, not of a shell or a package manager around it`,
    );
  }
}

/** The WebSocket URL of an inspector given by any of its addresses: `ws://…/uuid`, or only host and port. Loopback only. */
export async function inspectorOfUrl(text: string): Promise<InspectorAddress> {
  let url: URL;
  try {
    url = new URL(text);
  } catch (error) {
    throw failed(`"${text}" is not an inspector URL; write ws://127.0.0.1:9229/… as Node prints it`, error);
  }
  if (!['ws:', 'http:'].includes(url.protocol))
    throw failed(`"${text}" is not an inspector URL; write ws://127.0.0.1:9229/… as Node prints it`);
  if (!isLoopback(url.hostname))
    throw failed(`The inspector at ${url.host} is on another machine; Slowpath attaches on this machine only`);
  if (url.protocol === 'ws:' && url.pathname.length > 1) return { webSocketUrl: url.href, opened: false };
  const [found] = await listTargets(url.hostname, Number(url.port) || DEFAULT_PORT);
  if (found === undefined) throw failed(`No inspector answers at ${url.host}; start the service with --inspect`);
  return { webSocketUrl: found, opened: false };
}

export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname);
}

/** Linux knows which ports a process listens on; elsewhere the default port is tried, and the pid checked after connecting. */
async function findInspector(pid: number): Promise<string | null> {
  for (const { host, port } of process.platform === 'linux'
    ? listeningPorts(pid)
    : [{ host: '127.0.0.1', port: DEFAULT_PORT }]) {
    const [url] = await listTargets(host, port);
    if (url !== undefined) return url;
  }
  return null;
}

/** Loopback ports among the process's own sockets. */
function listeningPorts(pid: number): readonly { readonly host: string; readonly port: number }[] {
  const inodes = socketInodes(pid);
  const found: { readonly host: string; readonly port: number }[] = [];
  for (const [table, host] of [
    ['tcp', '127.0.0.1'],
    ['tcp6', '[::1]'],
  ] as const) {
    for (const line of readText(`/proc/${pid}/net/${table}`).split('\n').slice(1)) {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
      const port = Number.parseInt(local.slice(local.indexOf(':') + 1), 16);
      if (state === LISTENING && inodes.has(inode)) found.push({ host, port });
    }
  }
  return found.sort((a, b) => Number(b.port === DEFAULT_PORT) - Number(a.port === DEFAULT_PORT));
}

function socketInodes(pid: number): ReadonlySet<string> {
  const inodes = new Set<string>();
  try {
    for (const fd of readdirSync(`/proc/${pid}/fd`)) {
      const inode = /^socket:\[(?<inode>\d+)\]$/.exec(readLink(`/proc/${pid}/fd/${fd}`))?.groups?.['inode'];
      if (inode !== undefined) inodes.add(inode);
    }
  } catch {
    // The process has gone.
  }
  return inodes;
}

/** WebSocket URLs an inspector at this port offers; none if something else answers. */
function listTargets(host: string, port: number): Promise<readonly string[]> {
  return new Promise((resolve) => {
    const request = http.get(`http://${host}:${port}/json/list`, { agent: false, timeout: 1000 }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > MAX_LIST_BYTES) request.destroy();
      });
      response.once('close', () => resolve(webSocketUrls(text, host, port)));
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve([]));
  });
}

/** The path is taken from the answer, host and port are the ones asked: an answer cannot send us elsewhere. */
function webSocketUrls(text: string, host: string, port: number): readonly string[] {
  try {
    const list: unknown = JSON.parse(text);
    if (!Array.isArray(list)) return [];
    return list.flatMap((each: unknown) => {
      const url: unknown = typeof each === 'object' && each !== null ? Reflect.get(each, 'webSocketDebuggerUrl') : null;
      const type: unknown = typeof each === 'object' && each !== null ? Reflect.get(each, 'type') : null;
      return type === 'node' && typeof url === 'string' && URL.canParse(url)
        ? [`ws://${host}:${port}${new URL(url).pathname}`]
        : [];
    });
  } catch {
    return [];
  }
}

/** proc(5): SigCgt is the mask of caught signals, bit n − 1 for signal n. */
function catchesSigusr1(pid: number): boolean {
  const mask = /^SigCgt:\s*(?<mask>[0-9a-f]+)$/m.exec(readText(`/proc/${pid}/status`))?.groups?.['mask'];
  return mask !== undefined && ((BigInt(`0x${mask}`) >> BigInt(SIGUSR1 - 1)) & 1n) === 1n;
}

function openInspector(pid: number): void {
  try {
    if (process.platform === 'win32') {
      const debugProcess: unknown = Reflect.get(process, '_debugProcess');
      if (typeof debugProcess === 'function') Reflect.apply(debugProcess, process, [pid]);
    } else {
      process.kill(pid, 'SIGUSR1');
    }
  } catch (error) {
    throw failed(`The inspector of process ${pid} could not be opened`, error);
  }
}

function commandName(pid: number): string {
  return readText(`/proc/${pid}/comm`).trim() || 'unknown';
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function failed(message: string, cause?: unknown): SlowpathError {
  return new SlowpathError('TARGET_ATTACH_FAILED', `${message}.`, { cause });
}
