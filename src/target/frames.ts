import {
  FRAME_HEADER_BYTES,
  FrameKind,
  MAX_FRAME_BYTES,
  ROWS_HEADER_BYTES,
  WIRE_TABLES,
  type WireTable,
} from './wire.ts';

export interface Rows {
  readonly table: WireTable;
  readonly length: number;
  readonly columns: readonly Float64Array[];
}

export interface FrameHandlers {
  onMessage(message: unknown): void;
  onRows(rows: Rows): void;
}

/** Puts frames together from the pieces a socket delivers. Throws a RangeError or SyntaxError on what no probe sends. */
export class FrameReader {
  private pieces: Buffer[] = [];
  private bytes = 0;
  private readonly handlers: FrameHandlers;

  constructor(handlers: FrameHandlers) {
    this.handlers = handlers;
  }

  write(chunk: Buffer): void {
    this.pieces.push(chunk);
    this.bytes += chunk.length;
    let needed = this.bytesOfNextFrame();
    while (needed !== null && this.bytes >= needed) {
      const buffer = this.joined();
      const frame = buffer.subarray(0, needed);
      this.pieces = needed < buffer.length ? [buffer.subarray(needed)] : [];
      this.bytes -= needed;
      this.take(frame);
      needed = this.bytesOfNextFrame();
    }
  }

  private joined(): Buffer {
    const [only] = this.pieces;
    const buffer = this.pieces.length === 1 && only ? only : Buffer.concat(this.pieces);
    this.pieces = [buffer];
    return buffer;
  }

  private bytesOfNextFrame(): number | null {
    if (this.bytes < FRAME_HEADER_BYTES) return null;
    const [first] = this.pieces;
    const header = first && first.length >= FRAME_HEADER_BYTES ? first : this.joined();
    const payload = header.readUInt32LE(0);
    if (payload > MAX_FRAME_BYTES) throw new RangeError(`frame of ${payload} bytes`);
    return FRAME_HEADER_BYTES + payload;
  }

  private take(frame: Buffer): void {
    const kind = frame.readUInt8(4);
    const payload = frame.subarray(FRAME_HEADER_BYTES);
    if (kind === FrameKind.message) this.handlers.onMessage(JSON.parse(payload.toString('utf8')));
    else if (kind === FrameKind.rows) this.handlers.onRows(decodeRows(payload));
    else throw new RangeError(`frame of unknown kind ${kind}`);
  }
}

function decodeRows(payload: Buffer): Rows {
  if (payload.length < ROWS_HEADER_BYTES) throw new RangeError('rows without a header');
  const table = WIRE_TABLES[payload.readUInt32LE(0)];
  const length = payload.readUInt32LE(4);
  if (table?.columns === undefined || payload.length !== ROWS_HEADER_BYTES + table.columns * length * 8)
    throw new RangeError('rows of a wrong size');
  // A copy is aligned, which a slice of a network buffer need not be.
  const values = new Float64Array(
    payload.buffer.slice(payload.byteOffset + ROWS_HEADER_BYTES, payload.byteOffset + payload.length),
  );
  const columns = Array.from({ length: table.columns }, (_, column) =>
    Float64Array.from({ length }, (_row, row) => values[row * table.columns + column] ?? 0),
  );
  return { table: table.name, length, columns };
}
