import { parquetMetadataAsync, parquetRead, type DecodedArray, type FileMetaData } from 'hyparquet';
import { messageOf, SlowpathError } from '../errors.ts';
import { Outcome, type RequestTable } from './result.ts';
import { rowWeights } from './sampledRows.ts';
import { snappyUncompressed } from './snappy.ts';

const mostRows = 50_000_000;
const doubles = ['intendedUs', 'sentUs', 'firstByteUs', 'doneUs'] as const;
const integers = ['status', 'outcome', 'connection', 'localPort', 'bytes'] as const;
/** Came with version 2. */
const optional = 'sequence';

/**
 * Reads `requests.parquet` into columns, without an object per row. Pure: runs in the page as well.
 * @throws SlowpathError RUN_UNREADABLE if it is truncated, not Parquet, or lacks a column.
 */
export async function readRequests(bytes: ArrayBuffer): Promise<RequestTable> {
  try {
    return await read(bytes);
  } catch (cause) {
    const why = messageOf(cause);
    throw new SlowpathError('RUN_UNREADABLE', `requests.parquet cannot be read: ${why}. Was the run cut off?`, {
      cause,
    });
  }
}

async function read(file: ArrayBuffer): Promise<RequestTable> {
  const metadata = await parquetMetadataAsync(file);
  const length = Number(metadata.num_rows);
  if (!Number.isSafeInteger(length) || length < 0 || length > mostRows)
    throw new RangeError(`${length} rows are not possible`);
  const inGroups = metadata.row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0);
  if (inGroups !== length) throw new RangeError('row counts disagree');
  checkColumns(metadata);
  const hasSequence = metadata.schema.some(({ name, type }) => name === optional && type === 'INT32');
  const columns = [...doubles, 'endpoint', ...integers, ...(hasSequence ? [optional] : [])];
  const endpoints = endpointsIn(metadata);
  const indexOf = new Map(endpoints.map((name, index) => [name, index]));
  const table = {
    length,
    endpoints,
    intendedUs: new Float64Array(length),
    sentUs: new Float64Array(length),
    firstByteUs: new Float64Array(length),
    doneUs: new Float64Array(length),
    endpoint: new Int32Array(length),
    status: new Int32Array(length),
    outcome: new Uint8Array(length),
    connection: new Int32Array(length),
    localPort: new Int32Array(length),
    bytes: new Int32Array(length),
    sequence: new Int32Array(length),
  };
  let filled = 0;
  await parquetRead({
    file,
    metadata,
    columns,
    compressors: { SNAPPY: snappyUncompressed },
    onChunk: ({ columnName, columnData, rowStart }) => {
      filled += columnData.length;
      if (columnName === 'endpoint') fillEndpoints(table.endpoint, columnData, rowStart, endpoints, indexOf);
      else fill(table[columnName as (typeof doubles)[number]], columnData, rowStart);
    },
  });
  if (filled !== length * columns.length) throw new RangeError('rows are missing');
  if (table.outcome.some((outcome) => outcome > Outcome.inFlight)) throw new RangeError('an outcome is not known');
  const sampling = metadata.key_value_metadata?.find(({ key }) => key === 'slowpath.sampling')?.value;
  return sampling === undefined ? table : { ...table, standsFor: rowWeights(sampling, table) };
}

function checkColumns(metadata: FileMetaData): void {
  const types = new Map(metadata.schema.map((element) => [element.name, element.type]));
  const wanted = new Map<string, string>([
    ...doubles.map((name) => [name, 'DOUBLE'] as const),
    ['endpoint', 'BYTE_ARRAY'],
    ...integers.map((name) => [name, 'INT32'] as const),
  ]);
  for (const [name, type] of wanted) {
    if (types.get(name) !== type) throw new TypeError(`column ${name} is not ${type}`);
  }
}

/** In the plan's order; a file made by another tool may not tell it. */
function endpointsIn(metadata: FileMetaData): string[] {
  const text = metadata.key_value_metadata?.find(({ key }) => key === 'slowpath.endpoints')?.value;
  const names: unknown = text === undefined ? [] : JSON.parse(text);
  if (!Array.isArray(names) || !names.every((name) => typeof name === 'string')) {
    throw new TypeError('its list of endpoints is malformed');
  }
  return names;
}

function fill(target: Record<number, number>, data: DecodedArray, at: number): void {
  for (let i = 0; i < data.length; i++) {
    const value: unknown = data[i];
    target[at + i] = typeof value === 'number' ? value : NaN;
  }
}

/** Names not in the list are added to it in order of appearance. */
function fillEndpoints(
  target: Int32Array,
  data: DecodedArray,
  at: number,
  endpoints: string[],
  indexOf: Map<string, number>,
): void {
  for (let i = 0; i < data.length; i++) {
    const name = String(data[i]);
    let index = indexOf.get(name);
    if (index === undefined) {
      index = endpoints.push(name) - 1;
      indexOf.set(name, index);
    }
    target[at + i] = index;
  }
}
