/** Services under closed load, in turns (turns.mjs): what each request costs them, side by side. */
import { httpLoad } from '../fixtures/load.ts';
import { runLoad } from '../../src/load/run.ts';
import { inTurns } from './turns.mjs';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

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
    return await inTurns(
      services.map((service) => ({ share, onStart }) => {
        onStart(service.pid);
        return underLoad(service, share);
      }),
    );
  } finally {
    for (const service of services) await service.stop();
  }
}

export function pin(pid, cores) {
  execFileSync('taskset', ['-acp', cores, String(pid)], { stdio: 'ignore' });
}

async function underLoad({ port, pid }, share) {
  const dir = mkdtempSync(join(tmpdir(), 'slowpath-bench-'));
  let cpuUs = 0;
  try {
    const { counts, ratePerSecond } = await runLoad(
      httpLoad(`http://127.0.0.1:${port}`, {
        arrivals: { model: 'closed', concurrency: connections },
        connections,
        warmupUs: warmupSeconds * share * 1e6,
        durationUs: measuredSeconds * share * 1e6,
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
    return { ratePerSecond: ratePerSecond.achieved * share, cpuUs: cpuUs / counts.ok };
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
