import { FRAME_HEADER_BYTES, FrameKind, ROWS_HEADER_BYTES, WIRE_TABLES, type WireTable } from '../wire.ts';

/** Room for 100 ms between two flushes at 40,000 rows a second; fuller tables are flushed early. */
const CAPACITY = 4096;

const unused = new Float64Array(CAPACITY);

/** One table's rows since the last flush, in columns allocated once: adding a row allocates nothing. */
export class RowBuffer {
  private readonly table: number;
  private readonly columns: readonly Float64Array[];
  /** The columns by name, so that adding a row walks no list; those a table lacks stand in one that is never read. */
  private readonly a: Float64Array;
  private readonly b: Float64Array;
  private readonly c: Float64Array;
  private readonly d: Float64Array;
  private length = 0;
  private readonly onFull: () => void;

  constructor(name: WireTable, onFull: () => void) {
    this.table = WIRE_TABLES.findIndex((table) => table.name === name);
    const columns = WIRE_TABLES[this.table]?.columns ?? 0;
    this.columns = Array.from({ length: columns }, () => new Float64Array(CAPACITY));
    const [a, b = unused, c = unused, d = unused] = this.columns;
    this.a = a ?? unused;
    this.b = b;
    this.c = c;
    this.d = d;
    this.onFull = onFull;
  }

  /** Adds a row; columns beyond the table's own are ignored. */
  push(a: number, b: number, c = 0, d = 0): void {
    if (this.length === CAPACITY) this.onFull();
    if (this.length === CAPACITY) return;
    const at = this.length++;
    this.a[at] = a;
    this.b[at] = b;
    this.c[at] = c;
    this.d[at] = d;
  }

  /** The rows as one frame and an empty buffer; null if there are none. */
  takeFrame(): Buffer | null {
    if (this.length === 0) return null;
    const payloadBytes = ROWS_HEADER_BYTES + this.columns.length * this.length * 8;
    const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + payloadBytes);
    frame.writeUInt32LE(payloadBytes, 0);
    frame.writeUInt8(FrameKind.rows, 4);
    frame.writeUInt32LE(this.table, 5);
    frame.writeUInt32LE(this.length, 9);
    let offset = FRAME_HEADER_BYTES + ROWS_HEADER_BYTES;
    for (const column of this.columns) {
      const bytes = this.length * 8;
      frame.set(new Uint8Array(column.buffer, 0, bytes), offset);
      offset += bytes;
    }
    this.length = 0;
    return frame;
  }

  /** Empties it; returns how many rows there were. */
  discard(): number {
    const { length } = this;
    this.length = 0;
    return length;
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
