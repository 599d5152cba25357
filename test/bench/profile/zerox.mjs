/**
 * What Slowpath's Node profile at 1 ms costs a request beside 0x's own way of running the same service (`--prof`,
 * `--print-opt-source` and its preloads). CPU time a request of the service, bare, watched and under 0x, in slices of the same time
 * (../slices.mjs); each against the bare one of its trial.
 */
import { root } from '../../../scripts/lib/setUp.mjs';
import { startBare, startWatched } from '../services.mjs';
import { inSlices } from '../slices.mjs';
import { meanWithError } from '../statistics.mjs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const program = join(root, 'test/bench/service.js');
const preloads = ['no-cluster', 'redir-stdout', 'soft-exit'].flatMap((name) => [
  '-r',
  join(root, 'node_modules/0x/lib/preload', name),
]);
const trials = 6;

export async function zerox() {
  const overheads = [];
  for (let trial = 0; trial < trials; trial++) {
    const [bare, slowpath, peer] = await inSlices(
      [() => startBare(program), () => startWatched(program, { profiled: true }), startUnder0x],
      null,
    );
    overheads.push({ slowpath: slowpath.cpuUs / bare.cpuUs - 1, zerox: peer.cpuUs / bare.cpuUs - 1 });
  }
  return {
    name: 'overhead of Node profiling at 1 ms, against 0x on the same service (CPU time a request, mean ± standard error)',
    reach: '≤ 0.5 × that of 0x',
    rows: {
      trials,
      ratio: meanWithError(overheads.map((each) => each.slowpath / each.zerox)),
      'overhead a request, Slowpath': meanWithError(overheads.map((each) => each.slowpath)),
      'overhead a request, 0x': meanWithError(overheads.map((each) => each.zerox)),
    },
  };
}

/** With the arguments and pipes that 0x starts a service with (its platform/v8.js). */
async function startUnder0x() {
  const dir = mkdtempSync(join(tmpdir(), 'slowpath-bench-'));
  const started = await startBare(program, {
    flags: ['--prof', `--logfile=${dir}/%p-v8.log`, '--print-opt-source', ...preloads],
    stdio: ['ignore', 'pipe', 'inherit', 'pipe', 'ignore', 'pipe'],
    said: 3,
  });
  return {
    ...started,
    stop: async () => {
      await started.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
