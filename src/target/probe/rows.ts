import { FRAME_HEADER_BYTES, FrameKind, ROWS_HEADER_BYTES, WIRE_TABLES, type WireTable } from '../wire.ts';

/** Room for 100 ms between two flushes at 40,000 rows a second; fuller tables are flushed early. */
const CAPACITY = 4096;

/**
 * One table's rows since the last flush, in memory allocated once: adding a row allocates nothing. The rows lie one after the
 * other, so that adding one touches one or two lines of the processor's cache: between two requests the program has used the
 * cache for itself, and each line of ours that is missing from it costs as much as the rest of a push.
 */
export class RowBuffer {
  private readonly table: number;
  private readonly columns: number;
  private readonly values: Float64Array;
  /** Numbers held: rows times columns. */
  private used = 0;
  private readonly onFull: () => void;

  constructor(name: WireTable, onFull: () => void) {
    this.table = WIRE_TABLES.findIndex((table) => table.name === name);
    this.columns = WIRE_TABLES[this.table]?.columns ?? 0;
    this.values = new Float64Array(CAPACITY * this.columns);
    this.onFull = onFull;
  }

  /** Adds a row; columns beyond the table's own are ignored. */
  push(a: number, b: number, c = 0, d = 0): void {
    const { values, columns } = this;
    if (this.used === values.length) this.onFull();
    if (this.used === values.length) return;
    const at = this.used;
    this.used += columns;
    values[at] = a;
    values[at + 1] = b;
    if (columns > 2) values[at + 2] = c;
    if (columns > 3) values[at + 3] = d;
  }

  /** The rows as one frame and an empty buffer; null if there are none. */
  takeFrame(): Buffer | null {
    if (this.used === 0) return null;
    const bytes = this.used * 8;
    const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + ROWS_HEADER_BYTES + bytes);
    frame.writeUInt32LE(ROWS_HEADER_BYTES + bytes, 0);
    frame.writeUInt8(FrameKind.rows, 4);
    frame.writeUInt32LE(this.table, 5);
    frame.writeUInt32LE(this.rows, 9);
    frame.set(new Uint8Array(this.values.buffer, 0, bytes), FRAME_HEADER_BYTES + ROWS_HEADER_BYTES);
    this.used = 0;
    return frame;
  }

  /** Empties it; returns how many rows there were. */
  discard(): number {
    const { rows } = this;
    this.used = 0;
    return rows;
  }

  private get rows(): number {
    return this.used / this.columns;
  }
}

/** A control message as a frame. */
export function messageFrame(message: object): Buffer {
  const json = Buffer.from(JSON.stringify(message), 'utf8');
  const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + json.length);
  frame.writeUInt32LE(json.length, 0);
  frame.writeUInt8(FrameKind.message, 4);
  json.copy(frame, FRAME_HEADER_BYTES);
  return frame;
}
