/**
 * What watching costs the watched: closed-loop throughput of a small service, launched bare against launched with the probe
 * and a 1 ms CPU profile, in interleaved pairs with the order drawn by a seeded coin.
 */
import { root } from '../../scripts/lib/setUp.mjs';
import { runLoad } from '../../src/load/run.ts';
import { startTarget } from '../../src/target/start.ts';
import { median, seededCoin } from './statistics.mjs';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const service = join(root, 'test/bench/service.js');
const pairs = 8;

export async function overhead() {
  const coin = seededCoin(1);
  const ratios = [];
  for (let pair = 0; pair < pairs; pair++) {
    const order = coin() ? ['watched', 'bare'] : ['bare', 'watched'];
    const rate = {};
    for (const kind of order) rate[kind] = await throughput(kind === 'watched');
    ratios.push(rate.watched / rate.bare);
  }
  const ratio = median(ratios);
  return {
    name: 'throughput of a service with probe and 1 ms CPU profile, against bare',
    reach: '≥ 0.95 ×',
    rows: { pairs, ratio: round(ratio), lowest: round(Math.min(...ratios)), highest: round(Math.max(...ratios)) },
  };
}

/** Requests a second of one fresh process. */
async function throughput(watched) {
  const directory = mkdtempSync(join(tmpdir(), 'slowpath-bench-'));
  const port = await freePort();
  const abort = new AbortController();
  const started = watched ? await startWatched(port, directory, abort.signal) : await startBare(port);
  try {
    const result = await runLoad(
      {
        protocol: 'http',
        url: `http://127.0.0.1:${port}`,
        requests: [{ name: 'get', method: 'GET', path: '/', headers: {}, body: null, weight: 1 }],
        arrivals: { model: 'closed', concurrency: 10 },
        connections: 10,
        timeoutUs: 2e6,
        warmupUs: 2e6,
        durationUs: 4e6,
        allowRemote: false,
      },
      { dir: directory, signal: abort.signal, onProgress: () => undefined, onPhase: () => undefined },
    );
    return result.ratePerSecond.achieved;
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
