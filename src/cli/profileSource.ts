import { stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { importProfileFile } from '../profile/importFile.ts';
import type { ExportSource } from '../report/exporting.ts';
import { openRun, resolveRunDir } from '../run/store.ts';
import type { RunsPlace } from './command.ts';
import { runsDirFor } from './places.ts';

/** A run or a profile, and where it stands. */
export interface FoundSource {
  readonly source: ExportSource;
  /** The run's folder, or the file. */
  readonly path: string;
  /** A name for files beside it: the path without its last extension. */
  readonly stem: string;
}

/**
 * What a person means by RUN|FILE: a profile file that exists, or a run by any of its names.
 *
 * @throws SlowpathError RUN_NOT_FOUND, RUN_UNREADABLE, RUN_FUTURE_FORMAT, FORMAT_*
 */
export async function openSource(wanted: string, runs: RunsPlace, cwd: string): Promise<FoundSource> {
  const file = resolve(cwd, wanted);
  const facts = await stat(file).catch(() => null);
  if (facts?.isFile() && basename(file) !== 'run.json') {
    const name = basename(file, extname(file));
    const source = { kind: 'profile', name, profile: await importProfileFile(file) } as const;
    return { source, path: file, stem: join(dirname(file), name) };
  }
  const dir = await resolveRunDir(runsDirFor(runs, cwd), facts ? file : wanted);
  return { source: { kind: 'run', run: await openRun(dir) }, path: dir, stem: dir };
}
