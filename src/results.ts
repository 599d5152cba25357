/** Results that are not one run, as folders among the runs: opened and listed, whatever kind they are. */
import { readdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { readCapacity, type CapacityRecord } from './capacity/record.ts';
import { asSlowpathError, SlowpathError } from './errors.ts';
import { readMatrix } from './matrix/file.ts';
import type { Matrix } from './matrix/model.ts';
import { capacityPage } from './report/capacityPage.ts';
import { doctorPage } from './report/doctorPage.ts';
import { matrixPage } from './report/matrixPage.ts';
import type { ResultPage } from './report/resultPage.ts';
import { readDoctor, type DoctorRecord } from './run/doctorRecord.ts';
import { isPlainName } from './run/plainFiles.ts';
import { readManifest } from './run/store.ts';

/** The result in a folder, read and validated. */
export type StoredResult =
  | { readonly kind: 'capacity'; readonly record: CapacityRecord }
  /** With what an empty server took just before its runs. */
  | { readonly kind: 'matrix'; readonly record: Matrix; readonly floorUs: number | null }
  | { readonly kind: 'doctor'; readonly record: DoctorRecord };

/** One folder with a result; `problem` says why it does not open. */
export interface ResultEntry {
  readonly id: string;
  readonly dir: string;
  readonly result: StoredResult | null;
  readonly problem: string | null;
}

/** null if there is no result in the folder (a run, or something else). @throws SlowpathError RUN_UNREADABLE, RUN_FUTURE_FORMAT */
export async function readStoredResult(dir: string): Promise<StoredResult | null> {
  const capacity = await readCapacity(dir);
  if (capacity) return { kind: 'capacity', record: capacity };
  const matrix = await readMatrix(dir).catch(nullIfAbsent);
  if (matrix) return { kind: 'matrix', record: matrix, floorUs: await floorOfCells(dirname(dir), matrix) };
  const doctor = await readDoctor(dir);
  return doctor && { kind: 'doctor', record: doctor };
}

/** What an empty server took just before a matrix's runs: the greatest of those that are still there, µs; null without any. */
export async function floorOfCells(runsDir: string, { cells }: Matrix): Promise<number | null> {
  const manifests = await Promise.all(cells.map(({ run }) => readManifest(join(runsDir, run)).catch(() => null)));
  const floors = manifests.map((manifest) => manifest?.verdict?.health.floorUs ?? null).filter((us) => us !== null);
  return floors.length > 0 ? Math.max(...floors) : null;
}

function nullIfAbsent(error: unknown): null {
  if (error instanceof SlowpathError && error.code === 'RUN_NOT_FOUND') return null;
  throw error;
}

export function resultPage(result: StoredResult): ResultPage {
  switch (result.kind) {
    case 'capacity':
      return capacityPage(result.record);
    case 'matrix':
      return matrixPage(result.record, result.floorUs);
    case 'doctor':
      return doctorPage(result.record);
  }
}

/** The page of the result that a person means by a folder or its whole name; null if it is none. @throws as readStoredResult */
export async function findResultPage(runsDir: string, wanted: string): Promise<ResultPage | null> {
  for (const dir of [resolve(wanted), ...(isPlainName(wanted) ? [join(runsDir, wanted)] : [])]) {
    const result = await readStoredResult(dir);
    if (result) return resultPage(result);
  }
  return null;
}

/** The results in a runs folder, in no order; runs are left out. An absent folder has none. */
export async function listResults(runsDir: string): Promise<ResultEntry[]> {
  const found = await readdir(runsDir, { withFileTypes: true }).catch(() => []);
  const dirs = found.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name);
  const entries: ResultEntry[] = [];
  for (let start = 0; start < dirs.length; start += 32) {
    const some = dirs.slice(start, start + 32).map((name) => readEntry(join(runsDir, name)));
    entries.push(...(await Promise.all(some)).filter((entry) => entry !== null));
  }
  return entries;
}

async function readEntry(dir: string): Promise<ResultEntry | null> {
  const about = { id: basename(dir), dir };
  try {
    const result = await readStoredResult(dir);
    return result && { ...about, result, problem: null };
  } catch (error) {
    return { ...about, result: null, problem: asSlowpathError(error, 'RUN_UNREADABLE').message };
  }
}
