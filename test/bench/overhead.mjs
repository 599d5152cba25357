/**
 * What watching costs the watched: closed-loop throughput of a service, launched bare against launched with the probe and a 1 ms
 * CPU profile, in interleaved pairs with the order drawn by a seeded coin. Two services, each on one core (V8's sampling thread then
 * takes its time from the service) and free on all cores; this process, the generator and whoever reads the profile have another core.
 *
 * CPU time a request is told beside throughput: what else runs on the machine spoils it less, but not nothing. V8 samples by the
 * clock, also while the service waits for a core that others use: with the share s of a core, a request bears 1/s times the samples
 * it would bear on a core of its own. The share is told, so that a ratio of a busy machine can be read for what it is.
 */
import { root } from '../../scripts/lib/setUp.mjs';
import { httpLoad } from '../fixtures/load.ts';
import { runLoad } from '../../src/load/run.ts';
import { startTarget } from '../../src/target/start.ts';
import { median, seededCoin } from './statistics.mjs';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';

const services = {
  'small service (JSON of 40 orders)': join(root, 'test/bench/service.js'),
  'handler of some 200 µs': join(root, 'test/bench/realisticService.js'),
};
const pairs = Number(process.env.SLOWPATH_BENCH_PAIRS ?? 8);
const durationUs = 5e6;
const ownCore = '1';
const places = { 'on one core': '0', 'on all cores': null };

export async function overhead() {
  pin(process.pid, ownCore);
  const rows = { pairs };
  for (const [name, service] of Object.entries(services))
    for (const [where, core] of Object.entries(places))
      Object.assign(rows, await compared(`${name}, ${where}`, service, core));
  return {
    name: 'throughput of a service with probe and 1 ms CPU profile, against bare',
    reach: 'throughput ≥ 0.95 ×, CPU time a request ≤ 1.05 ×',
    rows,
  };
}

async function compared(label, service, core) {
  const coin = seededCoin(1);
  const ratios = { throughput: [], cpu: [] };
  const shares = [];
  for (let pair = 0; pair < pairs; pair++) {
    const order = coin() ? ['watched', 'bare'] : ['bare', 'watched'];
    const trial = {};
    for (const kind of order) trial[kind] = await measured(kind === 'watched', service, core);
    ratios.throughput.push(trial.watched.ratePerSecond / trial.bare.ratePerSecond);
    ratios.cpu.push(trial.watched.cpuUs / trial.bare.cpuUs);
    shares.push(trial.watched.share);
  }
  return {
    [`${label}: throughput`]: told(ratios.throughput),
    [`${label}: CPU time a request`]: told(ratios.cpu),
    [`${label}: share of a core it got`]: round(median(shares)),
  };
}

/** e.g. `0.95 (0.93 to 0.97)`: median, lowest, highest. */
function told(ratios) {
  return `${round(median(ratios))} (${round(Math.min(...ratios))} to ${round(Math.max(...ratios))})`;
}

function pin(pid, core) {
  execFileSync('taskset', ['-acp', core, String(pid)], { stdio: 'ignore' });
}

/** CPU time of all threads of a process so far, µs. */
function cpuTimeUs(pid) {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, tid) => {
    const [ns] = readFileSync(`/proc/${pid}/task/${tid}/schedstat`, 'utf8').split(' ');
    return sum + Number(ns) / 1000;
  }, 0);
}

/** Requests a second of one fresh process, its CPU time for each, and the share of a core it got. */
async function measured(watched, service, core) {
  const directory = mkdtempSync(join(tmpdir(), 'slowpath-bench-'));
  const port = await freePort();
  const abort = new AbortController();
  const started = watched ? await startWatched(service, port, directory, abort.signal) : await startBare(service, port);
  pin(started.pid, core ?? `0-${cpus().length - 1}`);
  let cpuUs = 0;
  try {
    const result = await runLoad(
      httpLoad(`http://127.0.0.1:${port}`, {
        arrivals: { model: 'closed', concurrency: 10 },
        connections: 10,
        warmupUs: 2e6,
        durationUs,
      }),
      {
        dir: directory,
        signal: abort.signal,
        onProgress: () => undefined,
        onPhase: (phase) => {
          if (phase === 'measuring' || phase === 'draining') cpuUs = cpuTimeUs(started.pid) - cpuUs;
        },
      },
    );
    return {
      ratePerSecond: result.ratePerSecond.achieved,
      cpuUs: cpuUs / result.counts.ok,
      share: cpuUs / durationUs,
    };
  } finally {
    await started.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function startWatched(service, port, directory, signal) {
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

async function startBare(service, port) {
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
