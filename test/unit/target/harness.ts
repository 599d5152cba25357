import { mkdtemp, rm } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestContext } from 'node:test';
import type { Collect, LaunchTarget } from '../../../src/plan/scenario.ts';
import { startTarget } from '../../../src/target/start.ts';
import type { RunningTarget, TargetOutput } from '../../../src/target/target.ts';

export const services = join(import.meta.dirname, '../../fixtures/services/target');

/** The Node binaries to test against: this one, and those named in SLOWPATH_TEST_NODES (separated as PATH is). */
export const nodes = [
  process.execPath,
  ...(process.env['SLOWPATH_TEST_NODES'] ?? '').split(':').filter((path) => path !== ''),
];

export async function temporaryFolder(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'slowpath-test-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** As a plan without a word on it resolves. */
export const collecting: Collect = { cpuIntervalUs: 1000, with: 'auto', callGraph: 'auto' };

/** A target as a plan would resolve it: one of the fixture services, ready when it prints `listening`. */
export function launchSpec(command: string, changes: Partial<LaunchTarget> = {}): LaunchTarget {
  return {
    kind: 'launch',
    name: 'api',
    runtime: 'node',
    runtimeExecutable: process.execPath,
    runtimeArgs: [],
    command,
    args: [],
    cwd: services,
    env: {},
    build: [],
    pprof: null,
    ready: { kind: 'log', text: 'listening', timeoutUs: 20e6 },
    ...changes,
  };
}

export interface Started {
  readonly target: RunningTarget;
  readonly dir: string;
  readonly output: TargetOutput[];
  readonly port: number;
  readonly get: (path: string) => Promise<string>;
}

/** Starts a service on a free port; it is stopped after the test. */
export async function start(
  t: TestContext,
  command: string,
  changes: Partial<LaunchTarget> = {},
  collect: Collect = collecting,
): Promise<Started> {
  const dir = await temporaryFolder(t);
  const port = await freePort();
  const output: TargetOutput[] = [];
  const spec = launchSpec(command, { ...changes, env: { PORT: String(port), ...changes.env } });
  const target = await startTarget(spec, {
    dir,
    signal: new AbortController().signal,
    collect,
    onOutput: (line) => void output.push(line),
  });
  t.after(() => target.dispose());
  return { target, dir, output, port, get: (path) => get(port, path) };
}

export async function get(port: number, path: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  return response.text();
}

/** Waits for a fact, looking often; fails with its name when it does not come true in time. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, timeoutMs = 15_000): Promise<void> {
  for (const deadline = performance.now() + timeoutMs; !(await isSo());) {
    if (performance.now() > deadline) throw new Error(`not so within ${timeoutMs} ms: ${what}`);
    await sleep(10);
  }
}

/** Whether a process lives: a zombie does not. */
export function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  if (process.platform !== 'linux') return true;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat[stat.lastIndexOf(')') + 2] !== 'Z';
  } catch {
    return false;
  }
}
