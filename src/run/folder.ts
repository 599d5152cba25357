import { randomBytes } from 'node:crypto';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { systemCode, writeFailed } from './writeErrors.ts';

/** Where a workspace keeps its runs. */
export function runsDirOf(workspaceFolder: string): string {
  return join(workspaceFolder, '.slowpath', 'runs');
}

/**
 * Makes the folder that holds the runs. A `.slowpath` folder gets a `.gitignore` of its own, so that records never end up
 * in a commit; one that is there is left as it is.
 *
 * @throws SlowpathError RUN_WRITE_FAILED
 */
export async function prepareRunsDir(runsDir: string): Promise<void> {
  try {
    await ensureFolder(runsDir);
    if (basename(dirname(runsDir)) === '.slowpath') {
      await writeFile(join(dirname(runsDir), '.gitignore'), '*\n', { flag: 'wx' }).catch((error: unknown) => {
        if (systemCode(error) !== 'EEXIST') throw error;
      });
    }
  } catch (error) {
    throw writeFailed(runsDir, error);
  }
}

/**
 * Makes a folder and those above it. (Node's own `recursive` never returns where the kernel answers ENOENT to a folder whose
 * parent exists, as /proc does.)
 */
async function ensureFolder(dir: string): Promise<void> {
  try {
    await mkdir(dir);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' && !(await isFolder(dirname(dir)))) {
      await ensureFolder(dirname(dir));
      await ensureFolder(dir);
    } else if (code !== 'EEXIST' || !(await isFolder(dir))) {
      throw error;
    }
  }
}

async function isFolder(dir: string): Promise<boolean> {
  return (await stat(dir).catch(() => null))?.isDirectory() === true;
}

/**
 * Makes a new, empty run folder; two made in the same second still differ.
 *
 * @throws SlowpathError RUN_WRITE_FAILED
 */
export async function createRunFolder(
  runsDir: string,
  scenario: string,
  now: Date,
): Promise<{ id: string; dir: string }> {
  for (let attempt = 0; ; attempt += 1) {
    const id = runId(scenario, now, randomBytes(2).toString('hex'));
    const dir = join(runsDir, id);
    try {
      await mkdir(dir);
      return { id, dir };
    } catch (error) {
      if (systemCode(error) !== 'EEXIST' || attempt > 100) throw writeFailed(runsDir, error);
    }
  }
}

/** `YYYYMMDD-HHMMSS-scenario-xxxx` in UTC, so that sorting by name is sorting by time wherever it is opened. */
export function runId(scenario: string, now: Date, suffix: string): string {
  const stamp = now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  const name = scenario
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replace(/^-+|-+$/g, '');
  return `${stamp}-${name || 'scenario'}-${suffix}`;
}
