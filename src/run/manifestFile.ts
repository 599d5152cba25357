import { open, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest } from './model.ts';

export const MANIFEST_FILE = 'run.json';

/** Room kept free for the last word of a run whose data filled the disk. */
const RESERVE_FILE = '.reserve';
const RESERVE_BYTES = 64 * 1024;

/**
 * `run.json` while the run goes on: whole at every moment, since each version is written beside it and renamed over it.
 * Updates are queued, so that a later one never loses to an earlier one.
 */
export class ManifestFile {
  private readonly dir: string;
  private manifest: Manifest;
  private queue: Promise<void> = Promise.resolve();

  private constructor(dir: string, manifest: Manifest) {
    this.dir = dir;
    this.manifest = manifest;
  }

  /** Writes the first version, durable before anything else happens. */
  static async create(dir: string, manifest: Manifest): Promise<ManifestFile> {
    const file = new ManifestFile(dir, manifest);
    await writeManifest(dir, manifest);
    await writeFile(join(dir, RESERVE_FILE), new Uint8Array(RESERVE_BYTES));
    return file;
  }

  get current(): Manifest {
    return this.manifest;
  }

  update(change: Partial<Manifest>): Promise<void> {
    this.manifest = { ...this.manifest, ...change };
    const version = this.manifest;
    const write = this.queue.then(() => writeManifest(this.dir, version));
    this.queue = write.catch(() => undefined);
    return write;
  }

  /** The last version; gives the reserved room back first, so that it fits on a full disk too. */
  async finish(change: Partial<Manifest>): Promise<void> {
    await this.queue;
    await rm(join(this.dir, RESERVE_FILE), { force: true });
    await this.update(change);
  }
}

async function writeManifest(dir: string, manifest: Manifest): Promise<void> {
  const draft = join(dir, `${MANIFEST_FILE}.tmp`);
  try {
    const handle = await open(draft, 'w');
    try {
      await handle.writeFile(`${JSON.stringify(manifest, null, 2)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, join(dir, MANIFEST_FILE));
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
