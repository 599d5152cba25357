import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';
import { ByteWriter, ParquetWriter, type ColumnSource } from 'hyparquet-writer';
import { SlotCollector, type SlotMedians } from '../latency/steadyState.ts';
import { hasLatency } from './latencies.ts';
import type { RowColumns } from './packedRows.ts';
import type { MeasuredWindow } from './result.ts';
import type { RowSource } from './rowStore.ts';

export const requestsFileName = 'requests.parquet';
/** Small enough that a row group's columns stay in the cache and in bounded memory while being packed. */
const rowsPerGroup = 100_000;
/** Version of the columns; readers pass over what they don't know. */
const formatVersion = '2';

const doubles = ['intendedUs', 'sentUs', 'firstByteUs', 'doneUs'] as const;
const integers = ['status', 'outcome', 'connection', 'localPort', 'bytes', 'sequence'] as const;

/**
 * Writes the rows as Parquet, in order of intended time. Columns are those of RequestTable; `endpoint` holds names, so that
 * other tools show them, and the file's metadata their order (`slowpath.endpoints`), the outcome codes and, if rows were sampled,
 * how they stand for all (`slowpath.sampling`). Rows of the warm-up are those intended before `startUs` of `slowpath.window`. `slowpath.tracePrefix` are the first 16 digits of every trace id, the last 16 are `sequence`.
 *
 * It appears under its name only when whole. Synchronous: it has a thread to itself.
 * @param window null if nothing was ever due.
 * @returns the medians of response time over warm-up and window, null if there are too few requests.
 * @throws what the file system says, e.g. ENOSPC.
 */
export function writeRequestsFile(
  path: string,
  rows: RowSource,
  endpoints: readonly string[],
  tracePrefix: string | null,
  window: MeasuredWindow | null,
): SlotMedians | null {
  const { warmupStartUs, endUs } = window ?? { warmupStartUs: 0, endUs: 0 };
  const medians = new SlotCollector(warmupStartUs, endUs - warmupStartUs);
  const partial = `${path}.partial`;
  const file = openSync(partial, 'w');
  try {
    const writer = new ParquetWriter({
      writer: new FileBytes(file),
      schema: [
        { name: 'requests', num_children: doubles.length + integers.length + 1 },
        ...doubles.map((name) => ({ name, type: 'DOUBLE' as const, repetition_type: 'REQUIRED' as const })),
        { name: 'endpoint', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
        ...integers.map((name) => ({ name, type: 'INT32' as const, repetition_type: 'REQUIRED' as const })),
      ],
      createdBy: 'slowpath',
      kvMetadata: [
        { key: 'slowpath.requests', value: formatVersion },
        { key: 'slowpath.endpoints', value: JSON.stringify(endpoints) },
        { key: 'slowpath.outcomes', value: '0 ok, 1 bad status, 2 connection error, 3 timeout, 4 unsent, 5 in flight' },
        ...(window ? [{ key: 'slowpath.window', value: JSON.stringify(window) }] : []),
        ...(tracePrefix === null ? [] : [{ key: 'slowpath.tracePrefix', value: tracePrefix }]),
        ...(rows.sampling ? [{ key: 'slowpath.sampling', value: JSON.stringify(rows.sampling) }] : []),
      ],
    });
    for (const columns of rows.sorted(rowsPerGroup)) {
      for (const [row, intendedUs] of columns.intendedUs.entries()) {
        if (hasLatency(columns.outcome[row] ?? 0)) medians.add(intendedUs, (columns.doneUs[row] ?? NaN) - intendedUs);
      }
      void writer.write({ columnData: columnData(columns, endpoints), rowGroupSize: rowsPerGroup });
    }
    void writer.finish();
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(partial, path);
  return medians.finish();
}

function columnData(columns: RowColumns, endpoints: readonly string[]): ColumnSource[] {
  return [
    // The bytes of neighbouring times are alike: split by significance they pack to half.
    ...doubles.map((name) => ({ name, data: columns[name], encoding: 'BYTE_STREAM_SPLIT' as const })),
    { name: 'endpoint', data: Array.from(columns.endpoint, (index) => endpoints[index] ?? '') },
    ...integers.map((name) => ({
      name,
      data: name === 'outcome' ? Int32Array.from(columns.outcome) : columns[name],
    })),
  ] as ColumnSource[];
}

/** Hands each row group to the file as soon as it is packed. */
class FileBytes extends ByteWriter {
  private readonly file: number;

  constructor(file: number) {
    super(1 << 20);
    this.file = file;
  }

  flush(): void {
    const bytes = this.getBytes();
    for (let at = 0; at < bytes.length;) at += writeSync(this.file, bytes, at);
    this.index = 0;
  }

  override finish(): void {
    this.flush();
  }
}
