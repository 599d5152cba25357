/** The built command line as a child process, on workspaces made for the test. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const cliPath = resolve(import.meta.dirname, '../../../dist/cli.cjs');
const MARK = 'SLOWPATH_TEST_WORKSPACE';
const serverPath = resolve(import.meta.dirname, '../../fixtures/services/cli/server.cjs');

export interface PlanOptions {
  readonly slo?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly command?: string;
  readonly rate?: number;
  readonly warmup?: string;
  readonly duration?: string;
  readonly readyTimeout?: string;
}

interface Cleaning {
  readonly after: (clean: () => Promise<void>) => void;
}

/** A workspace with the fixture's service and a plan with one scenario, `orders`. */
export async function workspace(t: Cleaning, options: PlanOptions = {}): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'slowpath-cli-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  await cp(serverPath, join(dir, 'server.cjs'));
  await writeFile(join(dir, 'slowpath.jsonc'), planText(options));
  return dir;
}

export function planText(options: PlanOptions = {}): string {
  const url = 'http://127.0.0.1:${port:api}';
  return JSON.stringify({
    scenarios: {
      orders: {
        targets: {
          api: {
            command: options.command ?? 'server.cjs',
            env: { PORT: '${port:api}', ...options.env },
            ready: { http: `${url}/health`, timeout: options.readyTimeout ?? '10s' },
          },
        },
        load: {
          url,
          requests: [{ name: 'create', method: 'POST', path: '/orders', body: { sku: 'a1' } }],
          arrivals: { model: 'constant', rate: options.rate ?? 100 },
          connections: 40,
          warmup: options.warmup ?? '600ms',
          duration: options.duration ?? '1s',
        },
        slo: options.slo ?? [],
      },
    },
  });
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /** Resolves when standard error has said it; rejects with everything said when the process ends first. */
  readonly says: (words: RegExp) => Promise<string>;
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Instead of Node itself, e.g. a shell that sets limits first; gets Node and the words as its last arguments. */
  readonly through?: readonly string[];
}

/** Starts `slowpath` in a process group of its own, as a shell does. */
export function start(cwd: string, words: readonly string[], { env = {}, through = [] }: StartOptions = {}): Running {
  const [command = '', ...args] = [...through, process.execPath, cliPath, ...words];
  const child = spawn(command, args, {
    cwd,
    env: { ...cleanEnvironment(), [MARK]: cwd, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = once(child, 'close').then(([code, signal]): Ended => {
    return { code: code as number | null, signal: signal as NodeJS.Signals | null, stdout, stderr };
  });
  const says = async (words: RegExp): Promise<string> => {
    const over = ended.then(() => true);
    while (!words.test(stderr)) {
      if (await Promise.race([over, sleep(10)]))
        throw new Error(`It ended without saying ${String(words)}:\n${stderr}\n${stdout}`);
    }
    return stderr;
  };
  if (child.pid === undefined) throw new Error('the command line could not be started');
  return { child, pid: child.pid, ended, says };
}

export function slowpath(cwd: string, words: readonly string[], options?: StartOptions): Promise<Ended> {
  return start(cwd, words, options).ended;
}

/** Processes that were started for a workspace, however deep: the mark in their environment is inherited. */
export function processesOf(dir: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`${MARK}=${dir}`);
      } catch {
        return false;
      }
    });
}

/** Waits until no process of a workspace is left; gives those that are, after ten seconds. */
export async function lingering(dir: string): Promise<string[]> {
  const describe = (pid: number): string => {
    try {
      return `${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')}`;
    } catch {
      return `${pid} gone`;
    }
  };
  for (let waited = 0; waited < 10_000; waited += 50) {
    if (processesOf(dir).length === 0) return [];
    await sleep(50);
  }
  return processesOf(dir).map(describe);
}

/** Without what a terminal, a CI service or this test runner has set. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const env = { ...process.env };
  for (const name of ['NO_COLOR', 'FORCE_COLOR', 'CI', 'NODE_TEST_CONTEXT', 'NODE_OPTIONS']) env[name] = undefined;
  return env;
}
