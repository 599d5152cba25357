import type { RequestTable } from './result.ts';
import type { Row } from './ring.ts';

/** Rows as columns, as they are written and read. */
export type RowColumns = Omit<RequestTable, 'length' | 'endpoints'>;

export function newRowColumns(rows: number): RowColumns {
  return {
    intendedUs: new Float64Array(rows),
    sentUs: new Float64Array(rows),
    firstByteUs: new Float64Array(rows),
    doneUs: new Float64Array(rows),
    endpoint: new Int32Array(rows),
    status: new Int32Array(rows),
    outcome: new Uint8Array(rows),
    connection: new Int32Array(rows),
    localPort: new Int32Array(rows),
    bytes: new Int32Array(rows),
    sequence: new Int32Array(rows),
  };
}

const chunkRows = 65_536;
const timesPerRow = 3;
const integersPerRow = 6;

/** Of each row: intended time; sent, first byte and done since then; endpoint, status, connection, bytes, sequence, port and outcome. */
interface Chunk {
  readonly intendedUs: Float64Array;
  readonly sinceUs: Float32Array;
  readonly integers: Int32Array;
}

/**
 * Rows in 44 bytes each, in chunks that are added as needed. The times after the intended one are kept as what has passed since, in
 * single precision: to a 16-millionth of it, 60 ns in a second.
 */
export class PackedRows {
  private readonly chunks: Chunk[] = [];
  private readonly limit: number;
  private rows = 0;

  /** @param limit of rows. */
  constructor(limit: number) {
    this.limit = limit;
  }

  get length(): number {
    return this.rows;
  }

  push(row: Readonly<Row>): void {
    if (this.rows % chunkRows === 0) this.chunks.push(newChunk(Math.min(chunkRows, this.limit - this.rows)));
    this.write(this.rows++, row);
  }

  write(slot: number, row: Readonly<Row>): void {
    const { intendedUs: intended, sinceUs, integers } = this.chunkOf(slot);
    const i = slot % chunkRows;
    const { intendedUs } = row;
    intended[i] = intendedUs;
    const t = i * timesPerRow;
    sinceUs[t] = row.sentUs - intendedUs;
    sinceUs[t + 1] = row.firstByteUs - intendedUs;
    sinceUs[t + 2] = row.doneUs - intendedUs;
    const n = i * integersPerRow;
    integers[n] = row.endpoint;
    integers[n + 1] = row.status;
    integers[n + 2] = row.connection;
    integers[n + 3] = row.bytes;
    integers[n + 4] = row.sequence;
    integers[n + 5] = row.localPort | (row.outcome << 16);
  }

  /** Writes the row of one slot over another's. */
  copy(from: number, to: number): void {
    const [source, target] = [this.chunkOf(from), this.chunkOf(to)];
    const [i, at] = [from % chunkRows, to % chunkRows];
    copyCells(source.intendedUs, i, target.intendedUs, at, 1);
    copyCells(source.sinceUs, i, target.sinceUs, at, timesPerRow);
    copyCells(source.integers, i, target.integers, at, integersPerRow);
  }

  swap(a: number, b: number): void {
    const [chunkA, chunkB] = [this.chunkOf(a), this.chunkOf(b)];
    const [i, j] = [a % chunkRows, b % chunkRows];
    swapCells(chunkA.intendedUs, i, chunkB.intendedUs, j, 1);
    swapCells(chunkA.sinceUs, i, chunkB.sinceUs, j, timesPerRow);
    swapCells(chunkA.integers, i, chunkB.integers, j, integersPerRow);
  }

  /** Writes a row into columns. */
  unpack(slot: number, columns: RowColumns, at: number): void {
    const { intendedUs: intended, sinceUs, integers } = this.chunkOf(slot);
    const i = slot % chunkRows;
    const intendedUs = intended[i] ?? NaN;
    columns.intendedUs[at] = intendedUs;
    const t = i * timesPerRow;
    columns.sentUs[at] = intendedUs + (sinceUs[t] ?? NaN);
    columns.firstByteUs[at] = intendedUs + (sinceUs[t + 1] ?? NaN);
    columns.doneUs[at] = intendedUs + (sinceUs[t + 2] ?? NaN);
    const n = i * integersPerRow;
    columns.endpoint[at] = integers[n] ?? 0;
    columns.status[at] = integers[n + 1] ?? 0;
    columns.connection[at] = integers[n + 2] ?? 0;
    columns.bytes[at] = integers[n + 3] ?? 0;
    columns.sequence[at] = integers[n + 4] ?? 0;
    const portAndOutcome = integers[n + 5] ?? 0;
    columns.localPort[at] = portAndOutcome & 0xffff;
    columns.outcome[at] = portAndOutcome >>> 16;
  }

  intendedUs(slot: number): number {
    return this.chunkOf(slot).intendedUs[slot % chunkRows] ?? NaN;
  }

  /** Done less intended, NaN where it never was. */
  responseUs(slot: number): number {
    return this.chunkOf(slot).sinceUs[(slot % chunkRows) * timesPerRow + 2] ?? NaN;
  }

  private chunkOf(slot: number): Chunk {
    const chunk = this.chunks[Math.floor(slot / chunkRows)];
    if (!chunk) throw new RangeError(`No row ${slot}.`);
    return chunk;
  }
}

function newChunk(rows: number): Chunk {
  return {
    intendedUs: new Float64Array(rows),
    sinceUs: new Float32Array(rows * timesPerRow),
    integers: new Int32Array(rows * integersPerRow),
  };
}

type Cells = Float64Array | Float32Array | Int32Array;

function copyCells<T extends Cells>(from: T, row: number, to: T, at: number, perRow: number): void {
  for (let cell = 0; cell < perRow; cell++) to[at * perRow + cell] = from[row * perRow + cell] ?? 0;
}

function swapCells<T extends Cells>(a: T, rowOfA: number, b: T, rowOfB: number, perRow: number): void {
  for (let cell = 0; cell < perRow; cell++) {
    const [i, j] = [rowOfA * perRow + cell, rowOfB * perRow + cell];
    const kept = a[i] ?? 0;
    a[i] = b[j] ?? 0;
    b[j] = kept;
  }
}
