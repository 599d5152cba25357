/** Our generator's part of the load benchmarks, in a process that can be pinned: one load as `slowpath run` offers it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runLoad } from '../../../src/load/run.ts';
import { httpLoad, requestTemplate } from '../../fixtures/load.ts';

const [url, plan] = process.argv.slice(2);
const { request, overrides } = JSON.parse(plan);
const dir = mkdtempSync(join(tmpdir(), 'slowpath-bench-'));
try {
  const load = httpLoad(url, { requests: [requestTemplate(request)], ...overrides });
  const { counts, ratePerSecond, latencyUs } = await runLoad(load, {
    dir,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    onPhase: () => undefined,
  });
  process.stdout.write(JSON.stringify({ counts, ratePerSecond, latencyUs }));
} finally {
  rmSync(dir, { recursive: true, force: true });
}
