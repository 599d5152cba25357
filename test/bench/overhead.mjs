/**
 * What watching costs the watched: throughput and CPU time a request of a service bare, with the probe, and with the probe and a
 * 1 ms CPU profile, in slices of the same time (slices.mjs). Two services, each on one core, where V8's sampling thread takes its time
 * from the service, and free on all cores; this process and the generators have another core.
 */
import { root } from '../../scripts/lib/setUp.mjs';
import { startBare, startWatched } from './services.mjs';
import { inSlices, pin } from './slices.mjs';
import { meanWithError } from './statistics.mjs';
import { cpus } from 'node:os';
import { join } from 'node:path';

const services = {
  'small service (JSON of 40 orders)': join(root, 'test/bench/service.js'),
  'handler of some 200 µs': join(root, 'test/bench/realisticService.js'),
};
const trials = Number(process.env.SLOWPATH_BENCH_TRIALS ?? 6);
const ownCore = '1';
const places = { 'on one core': '0', 'on all cores': `0-${cpus().length - 1}` };

export async function overhead() {
  pin(process.pid, ownCore);
  const rows = { trials };
  for (const [name, program] of Object.entries(services)) {
    for (const [where, cores] of Object.entries(places)) {
      const found = [];
      for (let trial = 0; trial < trials; trial++) found.push(await measured(program, cores));
      Object.assign(rows, compared(`${name}, ${where}`, found));
    }
  }
  return {
    name: 'throughput of a service with the probe and a 1 ms CPU profile (mean ± standard error)',
    reach: 'throughput with the profile ≥ 0.95 × that without',
    rows,
  };
}

async function measured(program, cores) {
  const [bare, probe, profile] = await inSlices(
    [
      () => startBare(program),
      () => startWatched(program, { profiled: false }),
      () => startWatched(program, { profiled: true }),
    ],
    cores,
  );
  return { bare, probe, profile };
}

function compared(label, found) {
  const ratios = (quantity, of, to) => meanWithError(found.map((trial) => trial[of][quantity] / trial[to][quantity]));
  return {
    [`${label}: throughput, profile against probe alone`]: ratios('ratePerSecond', 'profile', 'probe'),
    [`${label}: throughput, probe against bare`]: ratios('ratePerSecond', 'probe', 'bare'),
    [`${label}: throughput, both against bare`]: ratios('ratePerSecond', 'profile', 'bare'),
    [`${label}: CPU time a request, both against bare`]: ratios('cpuUs', 'profile', 'bare'),
    [`${label}: CPU time a request, bare, µs`]: meanWithError(found.map(({ bare }) => bare.cpuUs)),
  };
}
