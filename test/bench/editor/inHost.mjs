import { root } from '../../../scripts/lib/setUp.mjs';
import { runInside } from '../../editor/runInside.ts';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Runs a benchmark in a real extension host with an empty workspace.
 * @param entry of what runs there, from the root; it writes what it measured to the folder in `SLOWPATH_BENCH_OUT`.
 * @param read takes that folder, which is gone afterwards.
 * @returns what `read` makes of it.
 */
export async function inHost(entry, read, env = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'slowpath-bench-'));
  const workspace = join(folder, 'workspace');
  mkdirSync(workspace);
  try {
    await runInside({
      entry: join(root, entry),
      folder,
      workspace,
      env: { ...env, SLOWPATH_BENCH_OUT: folder },
      limitMs: 180_000,
    });
    return read(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
