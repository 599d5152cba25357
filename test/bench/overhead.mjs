/**
 * What watching costs the watched: closed-loop throughput of a small service, launched bare against launched with the probe
 * and a 1 ms CPU profile, in interleaved pairs with the order drawn by a seeded coin. The service has a core to itself; this
 * process, the generator and whoever reads the profile share the other. CPU time a request is told beside it: what else runs on
 * the machine spoils it less.
 */
import { root } from '../../scripts/lib/setUp.mjs';
import { httpLoad } from '../fixtures/load.ts';
import { runLoad } from '../../src/load/run.ts';
import { startTarget } from '../../src/target/start.ts';
import { median, seededCoin } from './statistics.mjs';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const service = join(root, 'test/bench/service.js');
const pairs = 12;
const serviceCore = '0';
const ownCore = '1';

export async function overhead() {
  const coin = seededCoin(1);
  pin(process.pid, ownCore);
  const ratios = { throughput: [], cpu: [] };
  for (let pair = 0; pair < pairs; pair++) {
    const order = coin() ? ['watched', 'bare'] : ['bare', 'watched'];
    const trial = {};
    for (const kind of order) trial[kind] = await measured(kind === 'watched');
    ratios.throughput.push(trial.watched.ratePerSecond / trial.bare.ratePerSecond);
    ratios.cpu.push(trial.watched.cpuUs / trial.bare.cpuUs);
  }
  return {
    name: 'throughput of a service with probe and 1 ms CPU profile, against bare',
    reach: '≥ 0.95 ×',
    rows: {
      pairs,
      ratio: round(median(ratios.throughput)),
      lowest: round(Math.min(...ratios.throughput)),
      highest: round(Math.max(...ratios.throughput)),
      'CPU time a request, median ratio': round(median(ratios.cpu)),
    },
  };
}

function pin(pid, core) {
  execFileSync('taskset', ['-acp', core, String(pid)], { stdio: 'ignore' });
}

/** CPU time of all threads of a process so far, in ticks of 10 ms. */
function cpuTicks(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

/** Requests a second of one fresh process, and its CPU time for each. */
async function measured(watched) {
  const directory = mkdtempSync(join(tmpdir(), 'slowpath-bench-'));
  const port = await freePort();
  const abort = new AbortController();
  const started = watched ? await startWatched(port, directory, abort.signal) : await startBare(port);
  pin(started.pid, serviceCore);
  let ticks = 0;
  try {
    const result = await runLoad(
      httpLoad(`http://127.0.0.1:${port}`, {
        arrivals: { model: 'closed', concurrency: 10 },
        connections: 10,
        warmupUs: 2e6,
        durationUs: 5e6,
      }),
      {
        dir: directory,
        signal: abort.signal,
        onProgress: () => undefined,
        onPhase: (phase) => {
          if (phase === 'measuring' || phase === 'draining') ticks = cpuTicks(started.pid) - ticks;
        },
      },
    );
    return { ratePerSecond: result.ratePerSecond.achieved, cpuUs: (ticks * 10_000) / result.counts.ok };
  } finally {
    await started.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function startWatched(port, directory, signal) {
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
      ready: { kind: 'port', port, timeoutUs: 5e6 },
    },
    {
      dir: directory,
      signal,
      collect: { cpuIntervalUs: 1000, with: 'auto', callGraph: 'auto' },
      onOutput: () => undefined,
    },
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

async function startBare(port) {
  const child = spawn(process.execPath, [service], {
    env: { ...process.env, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((listening) => child.stdout.once('data', listening));
  return {
    pid: child.pid,
    stop: () =>
      new Promise((stopped) => {
        child.once('exit', stopped);
        child.kill('SIGTERM');
      }),
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

function round(value) {
  return Number(value.toFixed(3));
}
