import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFailed } from './writeErrors.ts';

/** JSON, whole or not at all: written beside the file and renamed over it. @throws SlowpathError RUN_WRITE_FAILED */
export async function writeWholeJson(dir: string, name: string, value: unknown): Promise<void> {
  const draft = join(dir, `${name}.tmp`);
  try {
    await writeFile(draft, `${JSON.stringify(value, null, 2)}\n`);
    await rename(draft, join(dir, name));
  } catch (error) {
    await rm(draft, { force: true });
    throw writeFailed(dir, error);
  }
}
