import { orderOf } from './order.ts';
import { newRandom, type Random } from './random.ts';
import type { Row } from './ring.ts';

/** Above it only the slowest and a sample of the rest are kept; some 110 MB. */
export const defaultRowLimit = 2_000_000;
const chunkRows = 65_536;

/** The columns of the rows kept, in chunks that are added as needed. */
interface Chunk {
  readonly intendedUs: Float64Array;
  readonly sentUs: Float64Array;
  readonly firstByteUs: Float64Array;
  readonly doneUs: Float64Array;
  readonly endpoint: Int32Array;
  readonly status: Int32Array;
  readonly outcome: Uint8Array;
  readonly connection: Int32Array;
  readonly localPort: Int32Array;
  readonly bytes: Int32Array;
  readonly sequence: Int32Array;
}

export type RowColumns = { readonly [K in keyof Chunk]: Chunk[K] };

/** How the kept rows stand for all of them. */
export interface Sampling {
  /** All requests there were. */
  readonly total: number;
  /** The slowest, all of them kept. */
  readonly slowest: number;
  /** The rest there was, and how many of it were kept, each with the same chance. */
  readonly rest: number;
  readonly restKept: number;
}

/** What a file of requests is written from. */
export interface RowSource {
  /** null while every row was kept. */
  readonly sampling: Sampling | null;
  /** Rows in order of intended time, as columns. */
  sorted(rowsAtATime: number): Iterable<RowColumns>;
}

/**
 * How many of the slowest to keep: at least 0.1 % of what is to come.
 * @param expected requests; NaN where that is not known: a closed loop is assumed to reach 20 times the limit.
 */
export function slowestKept(expected: number, rowLimit: number): number {
  const likely = Number.isNaN(expected) ? 20 * rowLimit : expected;
  return Math.min(Math.ceil(rowLimit / 10), Math.max(Math.ceil(rowLimit / 1000), Math.ceil((likely / 1000) * 1.1)));
}

/**
 * Keeps every row up to a limit. Beyond it, in bounded memory: the slowest `slowestKept` by response time (done − intended) in a
 * heap, and of the others a uniform sample (Vitter's algorithm R, seeded). A row leaves the heap for the sample's stream when a
 * slower one comes, so each row of the rest enters that stream exactly once: the sample stays uniform.
 */
export class RowStore implements RowSource {
  private readonly chunks: Chunk[] = [];
  private readonly limit: number;
  private readonly slowestKept: number;
  private readonly random: Random;
  private seen = 0;
  private kept = 0;
  /** Slots of the slowest rows, fastest of them first; null up to the limit. */
  private heap: Uint32Array | null = null;
  /** Slots of the sample of the rest. */
  private sample = new Uint32Array(0);
  private rest = 0;

  /** @param slowestKept at least 0.1 % of what is expected, well below the limit. */
  constructor(limit: number, slowestKept: number, seed: number) {
    this.limit = limit;
    this.slowestKept = Math.max(1, Math.min(slowestKept, limit - 1));
    this.random = newRandom(seed);
  }

  get length(): number {
    return this.kept;
  }

  /** null while every row was kept. */
  get sampling(): Sampling | null {
    if (!this.heap) return null;
    return { total: this.seen, slowest: this.heap.length, rest: this.rest, restKept: this.sample.length };
  }

  add(row: Readonly<Row>): void {
    this.seen++;
    if (this.kept < this.limit) {
      if (this.kept % chunkRows === 0) this.chunks.push(newChunk(Math.min(chunkRows, this.limit - this.kept)));
      this.write(this.kept++, row);
      return;
    }
    this.heap ??= this.split();
    const { heap } = this;
    const fastest = heap[0] ?? 0;
    // A slot of the heap is reused in place: its old row first gets its chance in the sample.
    if (row.doneUs - row.intendedUs > this.responseUs(fastest)) {
      const slot = this.drawSampleSlot();
      if (slot >= 0) this.copy(fastest, slot);
      this.write(fastest, row);
      this.siftDown(heap, 0);
    } else {
      const slot = this.drawSampleSlot();
      if (slot >= 0) this.write(slot, row);
    }
  }

  /** Rows [from, to) in order of intended time, as columns. */
  *sorted(rowsAtATime: number): Generator<RowColumns> {
    const order = orderOf(Float64Array.from({ length: this.kept }, (_, slot) => this.intendedUs(slot)));
    for (let from = 0; from < this.kept; from += rowsAtATime) {
      const part = order.subarray(from, from + rowsAtATime);
      const columns = newChunk(part.length);
      for (let i = 0; i < part.length; i++) this.copyTo(part[i] ?? 0, columns, i);
      yield columns;
    }
  }

  /** At the limit: the slowest become the heap, the others the sample so far. */
  private split(): Uint32Array {
    const order = orderOf(Float64Array.from({ length: this.kept }, (_, slot) => this.responseUs(slot)));
    const rest = this.kept - this.slowestKept;
    this.sample = order.slice(0, rest);
    this.rest = rest;
    // Ascending order is a valid heap.
    return order.slice(rest);
  }

  /** The slot a row of the rest is to replace, -1 for none. */
  private drawSampleSlot(): number {
    this.rest++;
    const drawn = Math.floor(this.random.next() * this.rest);
    return drawn < this.sample.length ? (this.sample[drawn] ?? -1) : -1;
  }

  private siftDown(heap: Uint32Array, start: number): void {
    const slot = heap[start] ?? 0;
    const key = this.responseUs(slot);
    let at = start;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.responseUs(heap[child + 1] ?? 0) < this.responseUs(heap[child] ?? 0)) child++;
      if (this.responseUs(heap[child] ?? 0) >= key) break;
      heap[at] = heap[child] ?? 0;
      at = child;
    }
    heap[at] = slot;
  }

  private chunkOf(slot: number): Chunk {
    const chunk = this.chunks[Math.floor(slot / chunkRows)];
    if (!chunk) throw new RangeError(`No row ${slot}.`);
    return chunk;
  }

  private intendedUs(slot: number): number {
    return this.chunkOf(slot).intendedUs[slot % chunkRows] ?? NaN;
  }

  private responseUs(slot: number): number {
    const chunk = this.chunkOf(slot);
    return (chunk.doneUs[slot % chunkRows] ?? NaN) - (chunk.intendedUs[slot % chunkRows] ?? NaN);
  }

  private write(slot: number, row: Readonly<Row>): void {
    const chunk = this.chunkOf(slot);
    const i = slot % chunkRows;
    chunk.intendedUs[i] = row.intendedUs;
    chunk.sentUs[i] = row.sentUs;
    chunk.firstByteUs[i] = row.firstByteUs;
    chunk.doneUs[i] = row.doneUs;
    chunk.endpoint[i] = row.endpoint;
    chunk.status[i] = row.status;
    chunk.outcome[i] = row.outcome;
    chunk.connection[i] = row.connection;
    chunk.localPort[i] = row.localPort;
    chunk.bytes[i] = row.bytes;
    chunk.sequence[i] = row.sequence;
  }

  private copy(from: number, to: number): void {
    this.copyTo(from, this.chunkOf(to), to % chunkRows);
  }

  private copyTo(slot: number, target: Chunk, at: number): void {
    const chunk = this.chunkOf(slot);
    const i = slot % chunkRows;
    target.intendedUs[at] = chunk.intendedUs[i] ?? NaN;
    target.sentUs[at] = chunk.sentUs[i] ?? NaN;
    target.firstByteUs[at] = chunk.firstByteUs[i] ?? NaN;
    target.doneUs[at] = chunk.doneUs[i] ?? NaN;
    target.endpoint[at] = chunk.endpoint[i] ?? 0;
    target.status[at] = chunk.status[i] ?? 0;
    target.outcome[at] = chunk.outcome[i] ?? 0;
    target.connection[at] = chunk.connection[i] ?? 0;
    target.localPort[at] = chunk.localPort[i] ?? 0;
    target.bytes[at] = chunk.bytes[i] ?? 0;
    target.sequence[at] = chunk.sequence[i] ?? 0;
  }
}

export function newChunk(rows: number): Chunk {
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
