import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { runsDirOf } from '../run/folder.ts';
import type { RunsPlace } from './command.ts';

const PLAN_FILE = 'slowpath.jsonc';

/** The plan that is meant: as given, or the nearest one from here upwards; one here if there is none, for the message. */
export function planFileOf(given: string | undefined, cwd: string): string {
  if (given !== undefined) return resolve(cwd, given);
  return upwards(cwd, PLAN_FILE) ?? join(cwd, PLAN_FILE);
}

/** Where runs are recorded and looked for. */
export function runsDirFor({ plan, out }: RunsPlace, cwd: string): string {
  if (out !== undefined) return resolve(cwd, out);
  if (plan !== undefined) return runsDirOf(dirname(resolve(cwd, plan)));
  const file = upwards(cwd, PLAN_FILE) ?? upwards(cwd, '.slowpath');
  return runsDirOf(file === null ? cwd : dirname(file));
}

/** A path relative to here where that is shorter to read, else as it is. */
export function shownPath(file: string, cwd: string): string {
  if (!isAbsolute(file)) return file;
  const fromHere = relative(cwd, file);
  return fromHere === '' ? '.' : fromHere.startsWith('..') || isAbsolute(fromHere) ? file : fromHere;
}

function upwards(from: string, name: string): string | null {
  for (let folder = from; ; folder = dirname(folder)) {
    const file = join(folder, name);
    if (existsSync(file)) return file;
    if (dirname(folder) === folder) return null;
  }
}
