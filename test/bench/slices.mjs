/**
 * Services beside each other on a machine whose speed wanders: all of them are under closed load at once, but only one runs at a
 * time. The others are stopped (SIGSTOP), and each gets its 50 ms in turn, so that what the machine does to one it does to all; pairs
 * of whole trials of some seconds differ by ±30 % on a shared host where these differ by ±1 %. Latencies mean nothing here.
 */
import { httpLoad } from '../fixtures/load.ts';
import { runLoad } from '../../src/load/run.ts';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const sliceMs = 50;
/** Of each service. */
const warmupSeconds = 1.5;
const measuredSeconds = 4;
const connections = 10;

/**
 * One trial of fresh services, pinned to `cores` (as taskset names them; null: left alone).
 *
 * @param starts how to start each of them, see services.mjs
 * @returns for each of them `{ratePerSecond, cpuUs}`: throughput, and CPU time a request of all its threads
 */
export async function inSlices(starts, cores) {
  const services = [];
  try {
    for (const start of starts) services.push(await start());
    if (cores !== null) for (const { pid } of services) pin(pid, cores);
    const over = new AbortController();
    const turns = takeTurns(services, over.signal);
    try {
      return await Promise.all(services.map((service) => underLoad(service, services.length)));
    } finally {
      over.abort();
      await turns;
    }
  } finally {
    for (const service of services) await service.stop();
  }
}

export function pin(pid, cores) {
  execFileSync('taskset', ['-acp', cores, String(pid)], { stdio: 'ignore' });
}

async function takeTurns(services, signal) {
  for (const { pid } of services) process.kill(pid, 'SIGSTOP');
  for (let turn = 0; !signal.aborted; turn++) {
    const { pid } = services[turn % services.length];
    process.kill(pid, 'SIGCONT');
    await wait(sliceMs);
    process.kill(pid, 'SIGSTOP');
  }
  for (const { pid } of services) process.kill(pid, 'SIGCONT');
}

async function underLoad({ port, pid }, services) {
  const dir = mkdtempSync(join(tmpdir(), 'slowpath-bench-'));
  let cpuUs = 0;
  try {
    const { counts, ratePerSecond } = await runLoad(
      httpLoad(`http://127.0.0.1:${port}`, {
        arrivals: { model: 'closed', concurrency: connections },
        connections,
        warmupUs: warmupSeconds * services * 1e6,
        durationUs: measuredSeconds * services * 1e6,
      }),
      {
        dir,
        signal: new AbortController().signal,
        onProgress: () => undefined,
        onPhase: (phase) => {
          if (phase === 'measuring' || phase === 'draining') cpuUs = cpuTimeUs(pid) - cpuUs;
        },
      },
    );
    return { ratePerSecond: ratePerSecond.achieved * services, cpuUs: cpuUs / counts.ok };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** CPU time of all threads of a process so far, µs. */
function cpuTimeUs(pid) {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, tid) => {
    const [ns] = readFileSync(`/proc/${pid}/task/${tid}/schedstat`, 'utf8').split(' ');
    return sum + Number(ns) / 1000;
  }, 0);
}
