import { orderOf } from './order.ts';
import { newRowColumns, PackedRows, type RowColumns } from './packedRows.ts';
import { newRandom, type Random } from './random.ts';
import type { Row } from './ring.ts';

/** Above it only the slowest and a sample of the rest are kept; some 90 MB. */
export const defaultRowLimit = 2_000_000;
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
  private readonly rows: PackedRows;
  private readonly limit: number;
  private readonly slowestKept: number;
  private readonly random: Random;
  private seen = 0;
  /** The first slots are the slowest rows', and this their order: fastest of them first. null up to the limit. */
  private heap: Uint32Array | null = null;
  /** Rows of the rest so far; the slots behind the heap's are the sample of it. */
  private rest = 0;

  /** @param slowestKept at least 0.1 % of what is expected, well below the limit. */
  constructor(limit: number, slowestKept: number, seed: number) {
    this.rows = new PackedRows(limit);
    this.limit = limit;
    this.slowestKept = Math.max(1, Math.min(slowestKept, limit - 1));
    this.random = newRandom(seed);
  }

  get length(): number {
    return this.rows.length;
  }

  get sampling(): Sampling | null {
    if (!this.heap) return null;
    return { total: this.seen, slowest: this.heap.length, rest: this.rest, restKept: this.limit - this.heap.length };
  }

  add(row: Readonly<Row>): void {
    this.seen++;
    const { rows } = this;
    if (rows.length < this.limit) {
      rows.push(row);
      return;
    }
    this.heap ??= this.split();
    const { heap } = this;
    const fastest = heap[0] ?? 0;
    // A slot of the heap is reused in place: its old row first gets its chance in the sample.
    if (row.doneUs - row.intendedUs > rows.responseUs(fastest)) {
      const slot = this.drawSampleSlot();
      if (slot >= 0) rows.copy(fastest, slot);
      rows.write(fastest, row);
      this.siftDown(heap, 0);
    } else {
      const slot = this.drawSampleSlot();
      if (slot >= 0) rows.write(slot, row);
    }
  }

  *sorted(rowsAtATime: number): Generator<RowColumns> {
    const { rows } = this;
    const order = orderOf(Float64Array.from({ length: rows.length }, (_, slot) => rows.intendedUs(slot)));
    for (let from = 0; from < order.length; from += rowsAtATime) {
      const part = order.subarray(from, from + rowsAtATime);
      const columns = newRowColumns(part.length);
      for (const [at, slot] of part.entries()) rows.unpack(slot, columns, at);
      yield columns;
    }
  }

  /** At the limit: the slowest change places with what is in the first slots and become the heap, the others are the sample so far. */
  private split(): Uint32Array {
    const { rows, limit } = this;
    const heap = Uint32Array.from({ length: this.slowestKept }, (_, slot) => slot);
    for (let at = Math.floor(heap.length / 2) - 1; at >= 0; at--) this.siftDown(heap, at);
    for (let slot = heap.length; slot < limit; slot++) {
      const fastest = heap[0] ?? 0;
      if (!(rows.responseUs(slot) > rows.responseUs(fastest))) continue;
      rows.swap(slot, fastest);
      this.siftDown(heap, 0);
    }
    this.rest = limit - heap.length;
    return heap;
  }

  /** The slot a row of the rest is to replace, -1 for none. */
  private drawSampleSlot(): number {
    this.rest++;
    const drawn = Math.floor(this.random.next() * this.rest);
    return drawn < this.limit - this.slowestKept ? this.slowestKept + drawn : -1;
  }

  private siftDown(heap: Uint32Array, start: number): void {
    const { rows } = this;
    const slot = heap[start] ?? 0;
    const key = rows.responseUs(slot);
    let at = start;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && rows.responseUs(heap[child + 1] ?? 0) < rows.responseUs(heap[child] ?? 0)) child++;
      if (rows.responseUs(heap[child] ?? 0) >= key) break;
      heap[at] = heap[child] ?? 0;
      at = child;
    }
    heap[at] = slot;
  }
}
