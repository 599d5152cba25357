import { orderOf } from '../order.ts';
import { newRowColumns, type RowColumns } from '../packedRows.ts';
import type { Random } from '../random.ts';
import type { RequestTable } from '../result.ts';
import type { RowSource, Sampling } from '../rowStore.ts';
import { drawFrom, fairSize } from './stratified.ts';

export interface RowPart {
  readonly table: RequestTable;
  /** null if the table holds every request of its process. */
  readonly sampling: Sampling | null;
}

/**
 * The rows of several processes as one source, with what one process' RowStore promises: all rows up to the limit; beyond it all of the
 * slowest, and of the others a sample in which each had the same chance.
 *
 * What a sampled process threw away was faster than all of its slowest. So among the rows slower than the fastest "slowest" of every
 * such process none is missing: they are the slowest of all, as far as they are wanted. The others form strata: each process' rest, of
 * which a uniform sample is there, and the rows that are known one by one. How many a uniform sample of the union takes from each
 * stratum follows the multivariate hypergeometric distribution (Cochran, Sampling Techniques, 1977, ch. 5); so many are drawn of each.
 */
export class MergedRows implements RowSource {
  readonly sampling: Sampling | null;
  private readonly tables: readonly RequestTable[];
  /** Number of the first row of each table, of all rows counted through. */
  private readonly firsts: readonly number[];
  /** Row numbers, in order of intended time. */
  private readonly rows: Uint32Array;

  constructor(parts: readonly RowPart[], limit: number, slowest: number, random: Random) {
    this.tables = parts.map(({ table }) => table);
    let count = 0;
    this.firsts = this.tables.map((table) => (count += table.length) - table.length);
    let kept: Uint32Array;
    if (count <= limit && parts.every(({ sampling }) => sampling === null)) {
      kept = Uint32Array.from({ length: count }, (_, row) => row);
      this.sampling = null;
    } else {
      ({ kept, sampling: this.sampling } = this.sample(parts, limit, slowest, random));
    }
    const order = orderOf(Float64Array.from(kept, (row) => this.at('intendedUs', row)));
    this.rows = order.map((index) => kept[index] ?? 0);
  }

  *sorted(rowsAtATime: number): Generator<RowColumns> {
    for (let from = 0; from < this.rows.length; from += rowsAtATime) {
      const part = this.rows.subarray(from, from + rowsAtATime);
      const columns = newRowColumns(part.length);
      for (const [to, number] of part.entries()) {
        const which = this.tableOf(number);
        const table = this.tables[which];
        const row = number - (this.firsts[which] ?? 0);
        if (table) copyRow(table, row, columns, to);
      }
      yield columns;
    }
  }

  private sample(
    parts: readonly RowPart[],
    limit: number,
    slowest: number,
    random: Random,
  ): { readonly kept: Uint32Array; readonly sampling: Sampling } {
    // 1. Of each process: its slowest, slowest first, and its rest.
    const byResponse = parts.map(({ table, sampling }, part) => {
      const first = this.firsts[part] ?? 0;
      const ascending = orderOf(Float64Array.from({ length: table.length }, (_, row) => this.responseUs(first + row)));
      const descending = ascending.map((row) => row + first).reverse();
      const certain = sampling?.slowest ?? table.length;
      return {
        certain: descending.subarray(0, certain),
        rest: descending.subarray(certain),
        population: sampling?.rest ?? 0,
        thresholdUs: sampling ? this.responseUs(descending[certain - 1] ?? 0) : -Infinity,
      };
    });
    // 2. The slowest of all.
    const thresholdUs = Math.max(...byResponse.map((part) => part.thresholdUs));
    const candidates = concat(byResponse.map(({ certain }) => certain));
    const ascending = orderOf(Float64Array.from(candidates, (row) => this.responseUs(row)));
    const ranked = ascending.map((index) => candidates[index] ?? 0).reverse();
    let take = Math.min(slowest, ranked.length);
    while (take > 0 && this.responseUs(ranked[take - 1] ?? 0) < thresholdUs) take--;
    // 3. The rest, in strata.
    const strata = [
      { rows: ranked.slice(take), population: ranked.length - take },
      ...byResponse.map(({ rest, population }) => ({ rows: rest.slice(), population })),
    ];
    const sampled = drawFrom(strata, fairSize(strata, limit - take), random);
    const total = parts.reduce((sum, { table, sampling }) => sum + (sampling?.total ?? table.length), 0);
    return {
      kept: concat([ranked.subarray(0, take), sampled]).sort(),
      sampling: { total, slowest: take, rest: total - take, restKept: sampled.length },
    };
  }

  private responseUs(number: number): number {
    return this.at('doneUs', number) - this.at('intendedUs', number);
  }

  private at(column: 'intendedUs' | 'doneUs', number: number): number {
    const which = this.tableOf(number);
    return this.tables[which]?.[column][number - (this.firsts[which] ?? 0)] ?? NaN;
  }

  /** Few tables: looked for from the last. */
  private tableOf(number: number): number {
    let which = this.firsts.length - 1;
    while (which > 0 && (this.firsts[which] ?? 0) > number) which--;
    return which;
  }
}

function copyRow(table: RequestTable, row: number, columns: RowColumns, to: number): void {
  for (const name of columnNames) columns[name][to] = table[name][row] ?? NaN;
}

const columnNames = [
  'intendedUs',
  'sentUs',
  'firstByteUs',
  'doneUs',
  'endpoint',
  'status',
  'outcome',
  'connection',
  'localPort',
  'bytes',
  'sequence',
] as const;

function concat(parts: readonly Uint32Array[]): Uint32Array {
  const all = new Uint32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
