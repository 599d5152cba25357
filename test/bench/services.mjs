/** Services for the benchmarks of what watching costs: bare, or launched as Slowpath launches a target. */
import { root } from '../../scripts/lib/setUp.mjs';
import { startTarget } from '../../src/target/start.ts';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Node running a program that listens on $PORT and then says so. `options.flags` go before the program; `options.stdio` and
 * `options.said`, the stream it speaks on, where they are not the usual ones.
 *
 * @returns `{port, pid, stop}`
 */
export async function startBare(program, options = {}) {
  const { flags = [], stdio = ['ignore', 'pipe', 'inherit'], said = 1 } = options;
  const port = await freePort();
  // In a session of its own, as a target is: the kernel shares a core among sessions first.
  const child = spawn(process.execPath, [...flags, program], {
    env: { ...process.env, PORT: String(port) },
    stdio,
    detached: true,
  });
  child.stdout.resume();
  await new Promise((listening) => child.stdio[said].once('data', listening));
  return {
    port,
    pid: child.pid,
    stop: () =>
      new Promise((stopped) => {
        child.once('exit', stopped);
        child.kill('SIGTERM');
      }),
  };
}

/** The same with Slowpath's probe in it, and a CPU profile of 1 ms if `profiled`. */
export async function startWatched(program, { profiled }) {
  const dir = mkdtempSync(join(tmpdir(), 'slowpath-bench-'));
  const port = await freePort();
  const target = await startTarget(
    {
      kind: 'launch',
      name: 'service',
      runtime: 'node',
      runtimeExecutable: process.execPath,
      runtimeArgs: [],
      command: program,
      args: [],
      cwd: root,
      env: { PORT: String(port) },
      build: [],
      pprof: null,
      ready: { kind: 'port', port, timeoutUs: 20e6 },
    },
    {
      dir,
      signal: new AbortController().signal,
      collect: { cpuIntervalUs: profiled ? 1000 : null, with: 'auto', callGraph: 'auto' },
      onOutput: () => undefined,
    },
  );
  if (profiled) await target.startProfile(1000);
  return {
    port,
    pid: target.pid,
    stop: async () => {
      await target.collect();
      await target.dispose();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function freePort() {
  return new Promise((found) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => found(port));
    });
  });
}
