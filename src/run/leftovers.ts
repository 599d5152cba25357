import { readdir, realpath, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { liveRun } from './lock.ts';

/**
 * What a run keeps in its folder only while it goes on: room for its last word, drafts, profiles as the target's threads wrote them, the
 * collectors' and the generator processes' own folders. Nothing else is ever touched; the draft of findings, which is written when the run
 * is over, neither.
 */
const passing =
  /^(?:\.reserve|run\.json\.tmp|requests\.parquet\.partial|\.raw-[\w-]+\.json|\.(?:perf|py-spy)-\w+|\.0x-[\p{L}\p{N}._-]+|\.generator-\d+)$/u;

/** Whether this folder's run is being measured now, by whatever name the folder is reached. */
export async function isLive(dir: string): Promise<boolean> {
  const real = await realpath(dir).catch(() => dir);
  return (await liveRun(dirname(real))) === basename(real);
}

/**
 * Clears what a killed launcher left in a run's folder, of which nothing will ever be made. Says nothing where it can't (a folder that may
 * not be written to): it is in nobody's way.
 *
 * @param dir of a run that is over.
 */
export async function clearLeftovers(dir: string): Promise<void> {
  const names = await readdir(dir).catch(() => []);
  const gone = names.filter((name) => passing.test(name));
  await Promise.all(gone.map((name) => rm(join(dir, name), { recursive: true, force: true }).catch(() => undefined)));
}
