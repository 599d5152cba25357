import { access, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { SlowpathError } from '../../../errors.ts';

/** 0x 6.0.0 with everything it needs, as npm installs it. */
export const ZEROX_WEIGHT = '287 packages, 31 MB';
/** None of its packages has an install script to run. */
export const ZEROX_INSTALL = 'npm install --save-dev --ignore-scripts 0x';

export interface Zerox {
  /** Its package folder. */
  readonly folder: string;
  readonly version: string;
}

/** What turns V8's log into JSON inside the package, in 0x 4 to 6. */
export const CONVERTER = 'lib/v8-log-to-ticks.js';

/** 0x as a program in one of these folders would load it, looked for in their order, or null. */
async function findZerox(folders: readonly string[]): Promise<Zerox | null> {
  for (const folder of folders) {
    try {
      const manifest = createRequire(join(folder, 'package.json')).resolve('0x/package.json');
      const found: unknown = JSON.parse(await readFile(manifest, 'utf8'));
      const version: unknown = typeof found === 'object' && found !== null ? Reflect.get(found, 'version') : null;
      const place = dirname(manifest);
      await access(join(place, CONVERTER));
      if (typeof version === 'string') return { folder: place, version };
    } catch {
      // Not from here.
    }
  }
  return null;
}

/** @throws SlowpathError TARGET_PROFILER_MISSING, with the command that adds it to the first of the folders. */
export async function requireZerox(folders: readonly string[]): Promise<Zerox> {
  const found = await findZerox(folders);
  if (found) return found;
  throw new SlowpathError(
    'TARGET_PROFILER_MISSING',
    `"with": "0x" needs the npm package 0x (${ZEROX_WEIGHT}), which ${folders[0] ?? 'this folder'} does not have: run "${ZEROX_INSTALL}" there, or write "with": "auto" in "collect".`,
  );
}
