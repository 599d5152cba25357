import { readFile } from 'node:fs/promises';
import type { Load } from '../../plan/scenario.ts';
import { newRandom } from '../random.ts';
import { readRequests } from '../requests.ts';
import { writeRequestsFile } from '../requestsFile.ts';
import type { MeasuredWindow } from '../result.ts';
import { slowestKept, type Sampling } from '../rowStore.ts';
import { expectedRequests } from '../schedule.ts';
import type { Recorded } from '../sessionFacts.ts';
import { MergedRows } from './mergedRows.ts';

export interface RequestParts {
  /** `requests.parquet` of each process. */
  readonly parts: readonly { readonly path: string; readonly sampling: Sampling | null }[];
  readonly load: Load;
  /** Of the merged file. */
  readonly rowLimit: number;
  readonly tracePrefix: string | null;
  readonly window: MeasuredWindow;
}

/**
 * Merges the requests of several processes into one file, within the same bound as one process keeps.
 * @throws what the file system says; SlowpathError RUN_UNREADABLE.
 */
export async function mergeRequests(
  path: string,
  { parts, load, rowLimit, tracePrefix, window }: RequestParts,
): Promise<Pick<Recorded, 'sampling' | 'medians'>> {
  const tables = [];
  for (const { path: part, sampling } of parts) {
    const bytes = await readFile(part);
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
    tables.push({ table: await readRequests(file), sampling });
  }
  const slowest = slowestKept(expectedRequests(load), rowLimit);
  const rows = new MergedRows(tables, rowLimit, slowest, newRandom('seed' in load.arrivals ? load.arrivals.seed : 1));
  const medians = writeRequestsFile(
    path,
    rows,
    load.requests.map(({ name }) => name),
    tracePrefix,
    window,
  );
  return { sampling: rows.sampling, medians };
}
