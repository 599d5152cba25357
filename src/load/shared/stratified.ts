import type { Random } from '../random.ts';

/** Items of one kind: all of them (as many rows as its population), or a uniform sample. */
export interface Stratum {
  readonly rows: Uint32Array;
  readonly population: number;
}

/** Standard deviations between what a stratum is expected to give and what it has: it runs short once in 10^20 draws. */
const margin = 10;

/**
 * The largest sample, up to `most`, that can be drawn uniformly from the union of the strata: a stratum of which a sample is there gives
 * x = its part of it on average, with a standard deviation below √x, and must have as many.
 */
export function fairSize(strata: readonly Stratum[], most: number): number {
  const total = strata.reduce((sum, { population }) => sum + population, 0);
  let size = Math.min(most, total);
  for (const { rows, population } of strata) {
    if (rows.length >= population) continue;
    // x + margin·√x = rows, solved for √x.
    const root = (Math.sqrt(margin * margin + 4 * rows.length) - margin) / 2;
    size = Math.min(size, Math.floor((root * root * total) / population));
  }
  return size;
}

/** Draws `size` items uniformly, without replacement, from the union of the strata; reorders their rows. Drawn anew if one runs short. */
export function drawFrom(strata: readonly Stratum[], size: number, random: Random): Uint32Array {
  let counts: number[];
  do counts = drawCounts(strata, size, random);
  while (counts.some((count, index) => count > (strata[index]?.rows.length ?? 0)));
  const drawn = new Uint32Array(size);
  let at = 0;
  for (const [index, { rows }] of strata.entries()) {
    const count = counts[index] ?? 0;
    // Fisher and Yates, as far as needed.
    for (let i = 0; i < count; i++) {
      const other = i + Math.floor(random.next() * (rows.length - i));
      const row = rows[other] ?? 0;
      rows[other] = rows[i] ?? 0;
      rows[i] = row;
      drawn[at++] = row;
    }
  }
  return drawn;
}

/** How many of each stratum are among `size` items drawn one by one: the multivariate hypergeometric distribution. */
function drawCounts(strata: readonly Stratum[], size: number, random: Random): number[] {
  const left = strata.map(({ population }) => population);
  const counts = strata.map(() => 0);
  let total = left.reduce((sum, population) => sum + population, 0);
  for (let n = 0; n < size; n++, total--) {
    let at = random.next() * total;
    let stratum = 0;
    while (stratum < left.length - 1 && at >= (left[stratum] ?? 0)) at -= left[stratum++] ?? 0;
    left[stratum] = (left[stratum] ?? 0) - 1;
    counts[stratum] = (counts[stratum] ?? 0) + 1;
  }
  return counts;
}
