/**
 * Columns that grow by doubling, for building tables whose length is not known beforehand. The two are written out: over both kinds of
 * array one class pushes and reads a fifth slower, and an importer does so for every sample.
 */

export class Int32Column {
  length = 0;
  private data = new Int32Array(1024);

  push(value: number): void {
    if (this.length === this.data.length) {
      const grown = new Int32Array(this.data.length * 2);
      grown.set(this.data);
      this.data = grown;
    }
    this.data[this.length++] = value;
  }

  at(index: number): number {
    return this.data[index] ?? 0;
  }

  set(index: number, value: number): void {
    this.data[index] = value;
  }

  truncate(length: number): void {
    this.length = length;
  }

  /** The values, in an array of exactly their number. */
  take(): Int32Array {
    return this.data.slice(0, this.length);
  }
}

export class Float64Column {
  length = 0;
  private data = new Float64Array(1024);

  push(value: number): void {
    if (this.length === this.data.length) {
      const grown = new Float64Array(this.data.length * 2);
      grown.set(this.data);
      this.data = grown;
    }
    this.data[this.length++] = value;
  }

  at(index: number): number {
    return this.data[index] ?? 0;
  }

  set(index: number, value: number): void {
    this.data[index] = value;
  }

  truncate(length: number): void {
    this.length = length;
  }

  /** The values, in an array of exactly their number. */
  take(): Float64Array {
    return this.data.slice(0, this.length);
  }
}

/**
 * Rows 0…keys.length−1 grouped by key (a counting sort, stable): rows of key k are
 * `rows[start[k]]` to `rows[start[k + 1] - 1]`. Rows with a key outside 0…groups−1 are left out.
 */
export function groupRows(keys: Int32Array, groups: number): { start: Int32Array; rows: Int32Array } {
  const start = new Int32Array(groups + 1);
  for (const key of keys) {
    if (key >= 0 && key < groups) start[key + 1] = (start[key + 1] ?? 0) + 1;
  }
  for (let key = 0; key < groups; key++) start[key + 1] = (start[key + 1] ?? 0) + (start[key] ?? 0);
  const next = start.slice(0, groups);
  const rows = new Int32Array(start[groups] ?? 0);
  for (let row = 0; row < keys.length; row++) {
    const key = keys[row] ?? -1;
    if (key < 0 || key >= groups) continue;
    const place = next[key] ?? 0;
    rows[place] = row;
    next[key] = place + 1;
  }
  return { start, rows };
}
