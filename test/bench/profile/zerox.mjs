/**
 * What Slowpath's Node profile at 1 ms costs a request beside 0x's own way of running the same service (`--prof`,
 * `--print-opt-source` and its preloads). CPU time a request of the service, bare, watched and under 0x, in interleaved rounds with
 * the order drawn by a seeded coin; each against the bare one of its round.
 */
import { root } from '../../../scripts/lib/setUp.mjs';
import { httpLoad } from '../../fixtures/load.ts';
import { runLoad } from '../../../src/load/run.ts';
import { startTarget } from '../../../src/target/start.ts';
import { median, seededCoin } from '../statistics.mjs';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const service = join(root, 'test/bench/service.js');
const preloads = ['no-cluster', 'redir-stdout', 'soft-exit'].flatMap((name) => [
  '-r',
  join(root, 'node_modules/0x/lib/preload', name),
]);
const rounds = 8;

export async function zerox() {
  const coin = seededCoin(3);
  const overheads = { slowpath: [], zerox: [] };
  for (let round = 0; round < rounds; round++) {
    const order = coin() ? ['slowpath', 'bare', 'zerox'] : ['zerox', 'bare', 'slowpath'];
    const cpuUs = {};
    for (const kind of order) cpuUs[kind] = await cpuOfRequest(kind);
    for (const kind of ['slowpath', 'zerox']) overheads[kind].push(cpuUs[kind] / cpuUs.bare - 1);
  }
  return {
    name: 'overhead of Node profiling at 1 ms, against 0x on the same service',
    reach: '≤ 0.5 × that of 0x',
    rows: {
      rounds,
      'ratio of the medians': rounded(median(overheads.slowpath) / median(overheads.zerox)),
      'overhead a request, Slowpath': rounded(median(overheads.slowpath)),
      'overhead a request, 0x': rounded(median(overheads.zerox)),
    },
  };
}

/** CPU time of the service's process for one request, µs. */
async function cpuOfRequest(kind) {
  const dir = mkdtempSync(join(tmpdir(), 'slowpath-bench-'));
  const port = await freePort();
  const signal = new AbortController().signal;
  const started =
    kind === 'slowpath' ? await watched(port, dir, signal) : await plain(port, kind === 'zerox' ? dir : null);
  let ticks = 0;
  try {
    const load = httpLoad(`http://127.0.0.1:${port}`, {
      arrivals: { model: 'closed', concurrency: 10 },
      connections: 10,
      warmupUs: 2e6,
      durationUs: 5e6,
    });
    const { counts } = await runLoad(load, {
      dir,
      signal,
      onProgress: () => undefined,
      onPhase: (phase) => {
        if (phase === 'measuring' || phase === 'draining') ticks = cpuTicks(started.pid) - ticks;
      },
    });
    return (ticks * 10_000) / counts.ok;
  } finally {
    await started.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function watched(port, dir, signal) {
  const target = await startTarget(
    {
      kind: 'launch',
      name: 'service',
      runtime: 'node',
      runtimeExecutable: process.execPath,
      runtimeArgs: [],
      command: service,
      args: [],
      cwd: root,
      env: { PORT: String(port) },
      build: [],
      pprof: null,
      ready: { kind: 'port', port, timeoutUs: 20e6 },
    },
    { dir, signal, collect: { cpuIntervalUs: 1000, with: 'auto', callGraph: 'auto' }, onOutput: () => undefined },
  );
  await target.startProfile(1000);
  return {
    pid: target.pid,
    stop: async () => {
      await target.collect();
      await target.dispose();
    },
  };
}

/** Bare, or with the arguments and pipes that 0x starts a service with (its platform/v8.js). */
async function plain(port, zeroxDir) {
  const flags =
    zeroxDir === null ? [] : ['--prof', `--logfile=${zeroxDir}/%p-v8.log`, '--print-opt-source', ...preloads];
  const child = spawn(process.execPath, [...flags, service], {
    env: { ...process.env, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit', 'pipe', 'ignore', 'pipe'],
  });
  const output = zeroxDir === null ? child.stdout : child.stdio[3];
  child.stdout.resume();
  await new Promise((listening) => output.once('data', listening));
  return {
    pid: child.pid,
    stop: () =>
      new Promise((stopped) => {
        child.once('exit', stopped);
        child.kill('SIGTERM');
      }),
  };
}

/** CPU time of all threads of a process so far, in ticks of 10 ms. */
function cpuTicks(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

function freePort() {
  return new Promise((found) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => found(port));
    });
  });
}

function rounded(value) {
  return Number(value.toFixed(3));
}
