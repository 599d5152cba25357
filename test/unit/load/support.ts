import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { getCompileCacheDir } from 'node:module';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { readRequests } from '../../../src/load/requests.ts';
import { Outcome, type LoadProgress, type LoadResult, type RequestTable } from '../../../src/load/result.ts';
import { runLoad, type RunLoadOptions } from '../../../src/load/run.ts';
import type { Load } from '../../../src/plan/scenario.ts';
import { httpLoad, requestTemplate } from '../../fixtures/load.ts';

/** The load process and its recorder straight from their sources: what is tested is what is there, built or not. */
export const entries = {
  load: join(import.meta.dirname, '../../../src/load/main.ts'),
  recorder: join(import.meta.dirname, '../../../src/load/recorder.ts'),
};

// What the tests keep compiled (scripts/lib/keepCompiled.mjs), their load processes take from there too: a hundred of them are started.
const compiled = getCompileCacheDir();
if (compiled !== undefined) process.env['NODE_COMPILE_CACHE'] = dirname(compiled);

export const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

export const request = requestTemplate;

export function load(port: number, overrides: Partial<Load> = {}): Load {
  return httpLoad(`http://127.0.0.1:${port}`, overrides);
}

/** A TCP server on a free port; `answer` is called with each whole request (by its blank line; bodies are not looked at). */
export async function listen(t: TestContext, answer: (socket: Socket, head: string) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    let pending = '';
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => {
      pending += chunk.toString('latin1');
      for (let end = pending.indexOf('\r\n\r\n'); end >= 0; end = pending.indexOf('\r\n\r\n')) {
        const head = pending.slice(0, end);
        pending = pending.slice(end + 4);
        answer(socket, head);
      }
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** A server that takes its time for each request. @returns its port, and how many it ever had at once. */
export async function listenSlowly(
  t: TestContext,
  ms: number,
): Promise<{ readonly port: number; readonly most: () => number }> {
  let [now, most] = [0, 0];
  const port = await listen(t, (socket) => {
    most = Math.max(most, ++now);
    setTimeout(() => {
      now--;
      socket.write(ok);
    }, ms);
  });
  return { port, most: () => most };
}

export async function temporaryFolder(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'slowpath-load-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

export interface Measured {
  readonly result: LoadResult;
  readonly table: RequestTable;
  readonly dir: string;
  readonly hlog: string;
  readonly phases: readonly string[];
}

/** Runs a load to its end and reads back what it left. */
export async function measure(t: TestContext, what: Load, overrides: Partial<RunLoadOptions> = {}): Promise<Measured> {
  const dir = overrides.dir ?? (await temporaryFolder(t));
  const phases: string[] = [];
  const result = await runLoad(what, {
    dir,
    entries,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...overrides,
    onPhase: (phase: LoadProgress['phase'], timeUs: number) => {
      phases.push(phase);
      overrides.onPhase?.(phase, timeUs);
    },
  });
  const bytes = await readFile(join(dir, 'requests.parquet'));
  const table = await readRequests(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  return { result, table, dir, hlog: await readFile(join(dir, 'latency.hlog'), 'utf8'), phases };
}

/** For runs whose progress nobody looks at. */
export const quiet = { entries, onProgress: () => undefined, onPhase: () => undefined };

export function assertSums({ counts }: LoadResult): void {
  assert.equal(counts.sent, counts.ok + counts.errors + counts.timeouts + counts.inFlight);
}

/** The local ports of the requests that were sent; on a busy machine some of the warm-up are let go. */
export function localPorts(table: RequestTable): number[] {
  return Array.from(table.localPort).filter((_, i) => table.outcome[i] !== Outcome.unsent);
}

export function codes(reasons: readonly { readonly code: string }[]): string[] {
  return reasons.map(({ code }) => code);
}

/** Process ids of a process' living children (Linux). */
export function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && statusOf(name)?.parent === parent)
    .map(Number);
}

/** Whether a process is there and not merely waiting to be buried. */
export function isAlive(pid: number): boolean {
  const state = statusOf(String(pid))?.state;
  return state !== undefined && state !== 'Z' && state !== 'X';
}

/** The process that writes into a folder, of those that any of `parents` has started: others may run beside it. */
export function generatorOf(dir: string, parents: readonly number[] = [process.pid]): number {
  const started = parents.flatMap((parent) => childrenOf(parent));
  const pid = started.find((each) => openFiles(each).some((path) => path.startsWith(dir)));
  if (pid === undefined) throw new Error(`nobody writes into ${dir}`);
  return pid;
}

function openFiles(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).flatMap((name) => {
    try {
      return readlinkSync(join(folder, name));
    } catch {
      // Closed meanwhile.
      return [];
    }
  });
}

/** proc(5): `pid (name) state parent …`; the name may hold anything, parentheses too. */
function statusOf(pid: string): { readonly state: string; readonly parent: number } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state = '', parent] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state, parent: Number(parent) };
  } catch {
    return null;
  }
}

/** Waits for a condition, polling; fails after a while. */
export async function eventually(what: string, condition: () => boolean, timeoutMs = 10_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`never: ${what}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}
