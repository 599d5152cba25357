import { readFileSync } from 'node:fs';
import { constants, copyFile, link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import * as z from 'zod/mini';
import { SlowpathError } from '../errors.ts';
import { systemCode, writeFailed } from './writeErrors.ts';

/** Two measurements at once would disturb each other and share ports: one a workspace, held by this file in `runs`. */
const LOCK_FILE = '.lock';

const holderSchema = z.object({
  pid: z.number().check(z.positive()),
  /** The kernel's start time of that process, so that a reused pid is not taken for it; null where unknown. */
  processStart: z.nullable(z.string()),
  run: z.string(),
});
type Holder = z.infer<typeof holderSchema>;

export interface RunLock {
  dispose(): Promise<void>;
}

/**
 * Takes the lock for one run. A lock left by a process that is gone is taken over.
 *
 * @throws SlowpathError RUN_BUSY naming the other run, RUN_WRITE_FAILED
 */
export async function acquireLock(runsDir: string, run: string): Promise<RunLock> {
  const file = join(runsDir, LOCK_FILE);
  const own: Holder = { pid: process.pid, processStart: processStart(process.pid), run };
  const draft = join(runsDir, `.lock-${randomBytes(6).toString('hex')}`);
  try {
    // A hard link appears with its content or not at all: nobody ever reads a half-written lock.
    await writeFile(draft, JSON.stringify(own));
    while (!(await tryPlace(draft, file))) await evictOrRefuse(runsDir, file);
  } catch (error) {
    throw error instanceof SlowpathError ? error : writeFailed(runsDir, error);
  } finally {
    await rm(draft, { force: true });
  }
  return {
    dispose: async () => {
      if ((await readHolder(file))?.run === run) await rm(file, { force: true });
    },
  };
}

/** Name of the run that is being measured in this folder now, or null. */
export async function liveRun(runsDir: string): Promise<string | null> {
  const holder = await readHolder(join(runsDir, LOCK_FILE));
  return holder && isAlive(holder) ? holder.run : null;
}

/** Some file systems (shared folders of virtual machines, FAT) know no hard links. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

/** Puts the draft in the lock's place; false if there is a lock already. */
async function tryPlace(draft: string, file: string): Promise<boolean> {
  try {
    await link(draft, file).catch(async (error: unknown) => {
      if (!NO_LINKS.has(systemCode(error) ?? '')) throw error;
      await copyFile(draft, file, constants.COPYFILE_EXCL);
    });
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
}

async function evictOrRefuse(runsDir: string, file: string): Promise<void> {
  const holder = await readHolder(file);
  if (holder && isAlive(holder)) {
    throw new SlowpathError(
      'RUN_BUSY',
      `Another run, ${holder.run}, is being measured in this workspace (process ${holder.pid}); two at once would spoil each other. Wait for it or stop it.`,
    );
  }
  // Renaming takes exactly the file that is there; if another process took over since it was read, it gets it back.
  const evicted = join(runsDir, `.lock-${randomBytes(6).toString('hex')}`);
  try {
    await rename(file, evicted);
    const taken = await readHolder(evicted);
    if (taken && isAlive(taken)) await tryPlace(evicted, file);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  } finally {
    await rm(evicted, { force: true });
  }
}

async function readHolder(file: string): Promise<Holder | null> {
  try {
    return holderSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return null;
  }
}

function isAlive(holder: Holder): boolean {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if (systemCode(error) !== 'EPERM') return false;
  }
  return processStart(holder.pid) === holder.processStart;
}

/** Start time of a process in clock ticks since boot with the boot's id, field 22 of /proc/PID/stat; null elsewhere. */
function processStart(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, field 2, may hold spaces and brackets: count from its last bracket. A zombie (Z) no longer runs.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z') return 'ended';
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}:${fields[19] ?? ''}`;
  } catch {
    return null;
  }
}
