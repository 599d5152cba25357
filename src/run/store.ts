import { readdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { asSlowpathError, SlowpathError } from '../errors.ts';
import { damaged, fieldFault } from './damaged.ts';
import { clearLeftovers, isLive } from './leftovers.ts';
import { MANIFEST_FILE } from './manifestFile.ts';
import { manifestSchema } from './manifestSchema.ts';
import type { Manifest, Run } from './model.ts';
import { isPlainName, readPlainFile } from './plainFiles.ts';
import { readRecords } from './records.ts';
import { upgradeManifest } from './upgrade.ts';

const MAX_MANIFEST_BYTES = 8 * 1024 * 1024;

export { readFindings, readStoredFindings, writeFindings } from './findingsFile.ts';

/** One folder of the list: its manifest, or why it doesn't open. */
export type RunEntry =
  | { readonly id: string; readonly dir: string; readonly manifest: Manifest; readonly problem: null }
  | { readonly id: string; readonly dir: string; readonly manifest: null; readonly problem: SlowpathError };

/**
 * Opens a run folder. Whatever of its data is missing or damaged becomes a gap of the run; a folder that a crash left
 * behind opens as `incomplete`.
 *
 * @throws SlowpathError RUN_NOT_FOUND, RUN_UNREADABLE (the manifest itself), RUN_FUTURE_FORMAT
 */
export async function openRun(dir: string): Promise<Run> {
  const manifest = await readManifest(dir);
  const { requests, runtime, profile, gaps } = await readRecords(dir, manifest);
  return { manifest: { ...manifest, gaps: [...manifest.gaps, ...gaps] }, requests, runtime, profile };
}

/**
 * The manifest alone: cheap. Of a run whose launcher was killed it clears what is of use only while a run goes on.
 *
 * @throws SlowpathError RUN_NOT_FOUND, RUN_UNREADABLE, RUN_FUTURE_FORMAT
 */
export async function readManifest(dir: string): Promise<Manifest> {
  const bytes = await readPlainFile(join(dir, MANIFEST_FILE), MAX_MANIFEST_BYTES);
  if (bytes === null) throw new SlowpathError('RUN_NOT_FOUND', `${dir} is not a run: there is no run.json in it.`);
  if (typeof bytes === 'string')
    throw new SlowpathError('RUN_UNREADABLE', `run.json in ${dir} can't be read: ${bytes}.`);
  const manifest = validated(upgradeManifest(parsed(bytes, dir), dir), dir);
  if (manifest.state !== 'running' || (await isLive(dir))) return manifest;
  await clearLeftovers(dir);
  return { ...manifest, state: 'incomplete' };
}

/** The runs in a folder, newest first; one that doesn't open stands there with the reason. An absent folder has none. */
export async function listRuns(runsDir: string): Promise<RunEntry[]> {
  const found = await readdir(runsDir, { withFileTypes: true }).catch(() => []);
  const names = found.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map((entry) => entry.name);
  const entries: RunEntry[] = [];
  for (let start = 0; start < names.length; start += 32) {
    const some = names.slice(start, start + 32).map((name) => readEntry(join(runsDir, name)));
    entries.push(...(await Promise.all(some)).filter((entry) => entry !== null));
  }
  return entries.sort((a, b) => startOf(b) - startOf(a) || (a.id < b.id ? 1 : -1));
}

/**
 * The folder a person means: a path, a run's name, the beginning of one that fits no other, its last four letters, or
 * `latest`.
 *
 * @throws SlowpathError RUN_NOT_FOUND
 */
export async function resolveRunDir(runsDir: string, wanted: string): Promise<string> {
  for (const dir of [wanted, ...(isPlainName(wanted) ? [join(runsDir, wanted)] : [])]) {
    const folder = basename(dir) === MANIFEST_FILE ? dirname(dir) : dir;
    const bytes = await readPlainFile(join(folder, MANIFEST_FILE), MAX_MANIFEST_BYTES);
    if (bytes !== null) return resolve(folder);
  }
  const runs = await listRuns(runsDir);
  if (runs.length === 0) {
    throw new SlowpathError('RUN_NOT_FOUND', `There are no runs in ${runsDir}; record one with: slowpath run`);
  }
  if (wanted === 'latest' && runs[0]) return resolve(runs[0].dir);
  const meant = runs.filter(({ id }) => id.startsWith(wanted) || id.endsWith(`-${wanted}`));
  if (meant.length === 1 && meant[0]) return resolve(meant[0].dir);
  throw new SlowpathError(
    'RUN_NOT_FOUND',
    meant.length === 0
      ? `There is no run "${wanted}" in ${runsDir}; see which there are with: slowpath list`
      : `"${wanted}" fits ${meant.length} runs (${meant
          .slice(0, 3)
          .map(({ id }) => id)
          .join(', ')}${meant.length > 3 ? ', …' : ''}); write more of the name.`,
  );
}

async function readEntry(dir: string): Promise<RunEntry | null> {
  const id = basename(dir);
  try {
    return { id, dir, manifest: await readManifest(dir), problem: null };
  } catch (error) {
    const problem = asSlowpathError(error, 'RUN_UNREADABLE');
    return problem.code === 'RUN_NOT_FOUND' ? null : { id, dir, manifest: null, problem };
  }
}

function startOf({ id, manifest }: RunEntry): number {
  if (manifest) return Date.parse(manifest.startedAt);
  // The name tells it where the manifest can't: YYYYMMDD-HHMMSS, UTC.
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)/.exec(id) ?? [];
  return Date.parse(`${year ?? ''}-${month ?? ''}-${day ?? ''}T${hour ?? ''}:${minute ?? ''}:${second ?? ''}Z`) || 0;
}

function parsed(bytes: Uint8Array, dir: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw damaged(dir, 'run.json', 'it is not JSON', { cause: error });
  }
}

function validated(value: unknown, dir: string): Manifest {
  const result = manifestSchema.safeParse(value);
  if (!result.success) throw damaged(dir, 'run.json', fieldFault(result.error.issues));
  return { ...result.data, files: result.data.files.filter(isPlainName) };
}
