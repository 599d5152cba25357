/** Files and folders that a plan names. */
import { stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import type { Filler, Path } from './placeholders.ts';
import { quoted } from './visible.ts';

/**
 * The absolute path of a folder or file that exists. A relative one must stay inside the workspace; an absolute one, written as such, may
 * be anywhere.
 * @throws SlowpathError PLAN_INVALID at its place in the plan.
 */
export async function existingPath(
  kind: 'folder' | 'file',
  written: string,
  path: Path,
  fill: Filler,
  workspaceFolder: string,
): Promise<string> {
  const absolute = pathInside(kind, written, path, fill, workspaceFolder);
  const found = await stat(absolute).catch(() => null);
  const isThere = kind === 'folder' ? found?.isDirectory() : found?.isFile();
  if (isThere !== true) fill.fail(path, `there is no ${kind} ${quoted(absolute, 200)}; write one that exists`);
  return absolute;
}

/** The same for one that need not be there yet. */
export function pathInside(
  kind: 'folder' | 'file' | 'socket',
  written: string,
  path: Path,
  fill: Filler,
  workspaceFolder: string,
): string {
  const given = fill.text(written, path);
  const absolute = resolve(workspaceFolder, given);
  const fromWorkspace = relative(workspaceFolder, absolute);
  const leaves = fromWorkspace === '..' || /^\.\.[\\/]/.test(fromWorkspace) || isAbsolute(fromWorkspace);
  const saysAbsolute = isAbsolute(given) && !written.startsWith('${workspaceFolder}');
  if (leaves && !saysAbsolute) {
    fill.fail(
      path,
      `the ${kind} ${quoted(given)} lies outside the workspace; write a ${kind} inside it, or the absolute path if that is meant`,
    );
  }
  return absolute;
}
